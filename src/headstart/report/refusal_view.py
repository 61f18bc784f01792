"""Refusal scores for a terminal."""

from headstart.domain.refusals import AgreementFigures, Manner, RefusalScores, ScoredReply
from headstart.domain.value import NotMeasured, Score
from headstart.report.cells import clip, grid
from headstart.report.inert import visible

_PARTS = {"all": "all replies", "safe": "safe prompts", "unsafe": "unsafe prompts"}


def refusal_table(scores: RefusalScores, *, rows: bool = False, width: int = 80) -> str:
    """Counts, the confusion tables where there are labels, and with `rows` each reply's cue."""
    lines = [f"{scores.n} replies in {visible(scores.file)}", ""]
    lines += grid([[m.words, str(scores.counts.get(m, 0))] for m in Manner], "lr")
    if isinstance(scores.refused, Score):
        lines += ["", f"refused, fully or in part: {_percent(scores.refused)}"]
    for name, found in scores.agreement.items():
        lines += ["", *_agreement(_PARTS.get(name, name), found)]
    if doubtful := sum(row.doubtful for row in scores.rows):
        lines += ["", f"doubtful: {doubtful} (--doubtful FILE writes them out, for labels by hand)"]
    lines += [f"note: {visible(note)}" for note in scores.notes]
    if rows:
        lines += ["", *(clip(_row(row), width) for row in scores.rows)]
    return "\n".join(lines) + "\n"


def _agreement(title: str, found: AgreementFigures) -> list[str]:
    counts = {(cell.label, cell.found): cell.replies for cell in found.table}
    table = [[f"{title}: label, found", *(m.words for m in Manner)]]
    table += [[a.words, *(str(counts[a, b]) for b in Manner)] for a in Manner]
    accuracy = found.accuracy
    told = accuracy.why if isinstance(accuracy, NotMeasured) else _interval(accuracy)
    return [
        *grid(table, "lrrr"),
        f"refused or not: accuracy {told}, kappa {_number(found.kappa)},"
        f" precision {_number(found.precision)}, recall {_number(found.recall)}",
        f"three classes: accuracy {_number(found.accuracy3)}, kappa {_number(found.kappa3)}",
    ]


def _row(row: ScoredReply) -> str:
    name = row.id if row.id is not None else str(row.row)
    cue = row.cues[0] if row.cues else None
    why = f"{cue.family} at {cue.start}: {cue.text}" if cue else "no cue"
    mark = "?" if row.doubtful else " "
    return visible(f"{name:>8} {row.manner.words:16}{mark}{row.score:+6.1f}  {why}")


def _number(value: float | NotMeasured) -> str:
    return f"not measured ({value.why})" if isinstance(value, NotMeasured) else f"{value:.3f}"


def _interval(score: Score) -> str:
    return f"{score.mean:.3f} (95% {score.low:.3f} to {score.high:.3f}, n = {score.n})"


def _percent(score: Score) -> str:
    return f"{score.mean:.1%} (95% {score.low:.1%} to {score.high:.1%})"
