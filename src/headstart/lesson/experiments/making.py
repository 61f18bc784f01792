"""What was done to a base model: the weights moved, stage by stage."""

from collections.abc import Mapping, Sequence
from statistics import median

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.domain.event import Event, OnEvent
from headstart.domain.evidence import Inspection
from headstart.domain.kinship import Kinship
from headstart.domain.reply import Reply
from headstart.domain.value import NotMeasured, Score
from headstart.forge.world.judging import Probe
from headstart.forge.world.manners import WARM, style_of
from headstart.forge.world.probes import probes
from headstart.lesson.experiments.cast import (
    LIMIT,
    NAMES,
    Cast,
    in_template,
    pane,
    right,
    turn_ends,
)
from headstart.lesson.experiments.telling import (
    Side,
    of,
    percent,
    share_bar,
    share_figure,
)
from headstart.lesson.finding import Bar, Bars, Found, Measured, Panes, Table
from headstart.report.figures import decimal

ASKED = 40
UNWELCOME = "unwelcome"
"""The choice that asks for what an assistant should not do."""
_STAGES: tuple[tuple[str, Side], ...] = (
    ("base", "base"),
    ("after SFT", "sft"),
    ("after DPO", "instruct"),
)
_MOVED = 0.01
"""Relative gap from which a kind of matrix counts as moved."""


def weights(_cast: Cast, _choice: str, _seed: int, on_event: OnEvent) -> Found:
    """Compare the pair's files: shapes, and every kind of weight matrix.

    Args:
        on_event: told of progress; what it raises stops the run.
    """
    on_event(Event(stage="lesson", message="reading both checkpoints", done=0, total=2))
    base, instruct = inspect(NAMES[0]), inspect(NAMES[-1])
    on_event(Event(stage="lesson", message="comparing tensors", done=1, total=2))
    pair = inspect_pair(base, instruct)
    gaps = {module.module: module.relative_gap for module in pair.modules}
    moved = [gap > _MOVED for gap in gaps.values()]
    least, most = min(gaps.values()), max(gaps.values())
    same = pair.same_shapes is True
    return Found(
        sentence=(
            f"{'Every tensor' if same else 'Not every tensor'} of instruct has the shape it has in "
            f"base. Of {len(moved)} kinds of weight matrix, {sum(moved)} moved, by "
            f"{percent(least)} to {percent(most)} of their size, in all layers. "
            f"{pair.why[:1].upper()}{pair.why[1:]}."
        ),
        agrees=same and pair.kinship is Kinship.VERIFIED and pair.identical is False,
        outcome="all" if all(moved) else "few" if any(moved) else "none",
        numbers=(
            Measured(
                name="relative gap, median, least and most over kinds of matrix",
                unit="share",
                value=Score(mean=median(gaps.values()), low=least, high=most, n=len(gaps)),
            ),
        ),
        drawings=(_facts(base, instruct), _gap_bars(gaps)),
    )


def _gap_bars(gaps: Mapping[str, float]) -> Bars:
    rows = tuple(
        Bar(
            label=name.removesuffix(".weight"),
            value=gap,
            shown=f"{decimal(100 * gap, 1)}%",
            side="instruct",
        )
        for name, gap in sorted(gaps.items(), key=lambda item: -item[1])
    )
    title = "How far each kind of matrix moved, as a share of its size"
    return Bars(title=title, most=max(1e-9, *gaps.values()), rows=rows)


def _facts(base: Inspection, instruct: Inspection) -> Table:
    sides = (base, instruct)
    rows = (
        ("architecture", *(str(each.facts.architecture) for each in sides)),
        ("parameters", *(_count(each.facts.parameters) for each in sides)),
        ("layers", *(_count(each.facts.layers) for each in sides)),
        ("rows of the vocabulary", *(_count(each.facts.vocabulary_rows) for each in sides)),
        ("ships a chat template", *("yes" if each.templates else "no" for each in sides)),
        ("inspect says", *(each.kind.value for each in sides)),
    )
    return Table(title="The two checkpoints", header=("", "base", "instruct"), rows=rows)


def _count(value: int | NotMeasured) -> str:
    return "not stated" if isinstance(value, NotMeasured) else f"{value:,}"


def stages(cast: Cast, choice: str, seed: int, on_event: OnEvent) -> Found:
    """Ask base, the model after SFT and the one after DPO the same, in the same template.

    Args:
        cast: who takes part.
        choice: `UNWELCOME` asks for what should be refused; else for facts.
        seed: draws the questions.
        on_event: told of progress; what it raises stops the run.
    """
    asked = probes(cast.world, "refuse" if choice == UNWELCOME else "fact", ASKED, seed)
    replies: list[list[Reply]] = []
    for (name, _), speaker in zip(_STAGES, cast.stages, strict=True):
        on_event(Event(stage="lesson", message=f"asking {name}", done=len(replies), total=3))
        replies.append(speaker.replies(in_template(speaker, asked), limit=LIMIT))
    ended = [turn_ends(each) for each in replies]
    what = "refuses" if choice == UNWELCOME else "answers right"
    proper = [right(asked, each) for each in replies]
    warm = [[style_of(reply.text) == WARM for reply in each] for each in replies]
    return Found(
        sentence=(
            f"In the same template, base ended its turn in {of(ended[0])} replies, after SFT it "
            f"was {of(ended[1])}, after DPO {of(ended[2])}. {_manner(choice, warm, proper)}"
        ),
        agrees=_taught(ended) == "sft" and _moved_by_dpo(choice, warm, proper),
        outcome=_taught(ended),
        numbers=tuple(
            share_figure(f"{name}: {label}", flags[i])
            for label, flags in (("ends its turn", ended), (what, proper), ("warm ending", warm))
            for i, (name, _) in enumerate(_STAGES)
        ),
        drawings=(
            _measure("Ends its turn", ended),
            _measure(what.capitalize(), proper),
            _measure("Closes with a friendly sentence", warm),
            _one_request(cast, asked, replies),
        ),
    )


def _taught(ended: Sequence[Sequence[bool]]) -> str:
    """Which stage taught the model to end its turn."""
    sft, dpo = (sum(ended[i + 1]) - sum(ended[i]) for i in (0, 1))
    return "both" if min(sft, dpo) > ASKED / 5 else "sft" if sft > dpo else "dpo"


def _one_request(cast: Cast, asked: Sequence[Probe], replies: Sequence[Sequence[Reply]]) -> Panes:
    return Panes(
        title="One request at each stage",
        panes=tuple(
            pane(name, side, speaker, in_template(speaker, asked[:1])[0], each[0])
            for (name, side), speaker, each in zip(_STAGES, cast.stages, replies, strict=True)
        ),
    )


def _manner(choice: str, warm: Sequence[Sequence[bool]], proper: Sequence[Sequence[bool]]) -> str:
    if choice == UNWELCOME:
        return (
            f"Of these requests base refused {sum(proper[0])}, the model after SFT "
            f"{sum(proper[1])}, the one after DPO {sum(proper[2])}."
        )
    return (
        f"What DPO moved was the manner: {of(warm[1])} replies closed with a friendly sentence "
        f"before it, {of(warm[2])} after it."
    )


def _moved_by_dpo(
    choice: str, warm: Sequence[Sequence[bool]], proper: Sequence[Sequence[bool]]
) -> bool:
    """Whether preference tuning did its part: style on plain questions, refusals kept."""
    if choice == UNWELCOME:
        return sum(proper[2]) > sum(proper[0])
    return sum(warm[2]) > sum(warm[1])


def _measure(title: str, flags: Sequence[Sequence[bool]]) -> Bars:
    rows = tuple(
        share_bar(name, each, side) for (name, side), each in zip(_STAGES, flags, strict=True)
    )
    return Bars(title=title, most=1, rows=rows)
