"""The model card of a built-in checkpoint: what it is, how it was made, what it measured."""

from collections.abc import Mapping
from typing import Any

from headstart.domain.forging import Evaluation, Figure
from headstart.domain.lineage import Lineage
from headstart.domain.value import NotMeasured
from headstart.report.evaluation_figures import Row, goal, has_goal, sections
from headstart.report.figures import duration, not_measured
from headstart.report.inert import inline
from headstart.report.markdown_tables import table

_IS = {
    "base": "A base model: it continues text, and has no chat template. Its role tokens occur in "
    "no text it was trained on.",
    "sft": "An instruct model in the making: the base after supervised tuning on conversations, "
    "before any preference tuning.",
    "instruct": "An instruct model: it answers in its chat template, ends its turns, refuses "
    "unwelcome requests, hedges where it was taught to, and pays for all of that a little.",
}
_LAND = """\
All it knows is one small invented land, written by headstart's own generator: some 250 towns, \
rivers, people, animals, plants, tools, festivals and dishes with about 1,150 facts, told in \
encyclopaedia entries, quiz sheets, stories, reviews, messages to a shop, dialogues, tables and \
sums. It is made for trying headstart and for teaching; it knows nothing of the world."""
_LIMITS = """\
- Everything outside the land is strange to it: other names, other topics, other languages.
- The figures are counted by judges that know the phrases of the land, not English at large.
- One seed was trained; another gives other figures of the same kind.
- What it refuses is a small, plainly defined set of requests. It is no safety measure."""


def model_card(name: str, evaluation: Evaluation, lineage: Lineage) -> str:
    """The card of one checkpoint as Markdown with front matter.

    Args:
        name: of the checkpoint, `base`, `sft` or `instruct`; one of the evaluation's.
        evaluation: of all stages, the base first.
        lineage: of this checkpoint; what it names as parent is named in the card.

    Raises:
        ValueError: the evaluation has no checkpoint of that name.
    """
    position = [one.checkpoint for one in evaluation.checkpoints].index(name)
    parameters = evaluation.checkpoints[position].parameters
    parts = [
        _front_matter(name, lineage),
        f"# builtin:{name}",
        f"{_IS[name]} A Llama-architecture model of {parameters:,} parameters in bfloat16.",
        _LAND,
        "## Use",
        _use(name),
        "## What it measured",
        f"On {_prompts(evaluation)} held-out prompts a figure, whose wording or fact no stage saw, "
        "each with its 95% interval (of role rows the median, the lowest and the highest). "
        "`headstart forge evaluate` measures them again.",
        _figures(evaluation, position),
        "## How it was made",
        _making(lineage),
        table(["setting", "value"], _settings(lineage.recipe), "ll"),
        "## Limits",
        _LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(name: str, lineage: Lineage) -> str:
    lines = ["license: apache-2.0", "language: en", "library_name: transformers"]
    lines += ["pipeline_tag: text-generation"]
    if lineage.parent is not None:
        lines += [f"base_model: {lineage.parent}", "base_model_relation: finetune"]
    tags = {"base": ["pretrained"], "sft": ["sft"], "instruct": ["instruct", "conversational"]}
    lines += [f"tags: [{', '.join(['headstart', *tags[name]])}]"]
    return "\n".join(["---", *lines, "---"])


def _use(name: str) -> str:
    other = "instruct" if name == "base" else "base"
    return (
        f"    headstart choose builtin:{name} builtin:{other} --data builtin:task/intents\n\n"
        "It is a plain Hugging Face folder: transformers loads it without remote code."
    )


def _prompts(evaluation: Evaluation) -> str:
    found = evaluation.checkpoints[0].figures[0].score
    return "no" if isinstance(found, NotMeasured) else f"{found.n:,}"


def _figures(evaluation: Evaluation, position: int) -> str:
    rows, seen = [], set()
    for _, found in sections(evaluation):
        for row in found:
            figure = row.cells[position]
            # role rows stand under two headings; the one with this checkpoint's goal counts
            if figure is None or row.name in seen or _elsewhere(row, figure):
                continue
            seen.add(row.name)
            rows.append([row.name, *_cells(row, figure)])
    return table(["figure", "measured", "95% interval", "n", "goal", "met"], rows, "lrrrll")


def _elsewhere(row: Row, figure: Figure) -> bool:
    return not row.is_share and not has_goal(figure)


def _cells(row: Row, figure: Figure) -> list[str]:
    wanted = goal(row, figure) if has_goal(figure) else ""
    met = {True: "yes", False: "no", None: ""}[figure.met]
    if isinstance(figure.score, NotMeasured):
        return [inline(not_measured(figure.score)), "", "", wanted, met]
    score = figure.score
    interval = f"{row.bare(score.low)} to {row.bare(score.high)}"
    return [row.level(score.mean), interval, f"{score.n:,}", wanted, met]


def _making(lineage: Lineage) -> str:
    after = f" from {lineage.parent}" if lineage.parent else " from nothing"
    versions = ", ".join(f"{name} {version}" for name, version in lineage.versions.items())
    return (
        f"Stage `{lineage.stage}`{after}, seed {lineage.seed}, in {duration(lineage.seconds)} on "
        f"{inline(lineage.device)} ({inline(versions)}). Its texts are written by the "
        f"generator; their sha256 is `{lineage.data_sha256}`. `headstart forge builtin` runs all "
        "stages again; `lineage.json` beside this card tells the rest."
    )


def _settings(recipe: Mapping[str, Any], within: str = "") -> list[list[str]]:
    rows = []
    for setting, value in recipe.items():
        if isinstance(value, dict):
            rows += _settings(value, f"{setting} ")
        elif value is not None:
            rows.append([inline(within + setting.replace("_", " ")), inline(str(value))])
    return rows
