"""IFEval scores for a terminal."""

from headstart.domain.ifeval import IfevalScores
from headstart.domain.value import NotMeasured, Score
from headstart.report.cells import grid
from headstart.report.inert import visible


def ifeval_table(scores: IfevalScores) -> str:
    """Shares by prompt and instruction, by kind, and the agreement with a reference if any."""
    lines = [f"{scores.n} responses in {visible(scores.file)}", ""]
    lines += grid(
        [
            ["", "strict", "loose"],
            ["prompts", _share(scores.prompt_strict), _share(scores.prompt_loose)],
            ["instructions", _share(scores.instruction_strict), _share(scores.instruction_loose)],
        ],
        "lrr",
    )
    table = [["kind", "n", "strict", "loose"]]
    table += [[visible(k.kind), str(k.n), _mean(k.strict), _mean(k.loose)] for k in scores.kinds]
    lines += ["", *grid(table, "lrrr")]
    if scores.agreement:
        found = [["equal to the file's verdicts", "n", "strict", "loose"]]
        found += [
            [visible(a.kind), str(a.n), f"{a.strict / a.n:.2%}", f"{a.loose / a.n:.2%}"]
            for a in scores.agreement
            if a.n and (a.kind == "all" or min(a.strict, a.loose) < a.n)
        ]
        lines += ["", *grid(found, "lrrr")]
    lines += [f"note: {visible(note)}" for note in scores.notes]
    return "\n".join(lines) + "\n"


def _share(score: Score | NotMeasured) -> str:
    if isinstance(score, NotMeasured):
        return "not measured"
    return f"{score.mean:.1%} ({score.low:.1%} to {score.high:.1%}, n = {score.n})"


def _mean(score: Score | NotMeasured) -> str:
    return "-" if isinstance(score, NotMeasured) else f"{score.mean:.1%}"
