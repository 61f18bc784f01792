"""The matrix of a report: starts down, zero-shot, few-shot and each training size across."""

from collections.abc import Iterable

from headstart.domain.report import Baseline, CurvePoint, Report, StartReport, TrialSummary
from headstart.domain.value import Score, Value
from headstart.domain.verdict import Outcome, Verdict
from headstart.report.figures import counted

BASELINES = ("zero-shot", "few-shot")


class Cell(Value):
    """One start under one condition."""

    score: Score | None
    """Mean, 95% interval and items; None where no trial finished."""
    seeds: int | None
    """Finished seeds; None for a baseline, which has none."""
    failed: int
    """Trials that failed."""


class Row(Value):
    """One start."""

    start: str
    """Its name."""
    cells: tuple[Cell, ...]
    """One for each column."""


class Matrix(Value):
    """The scores of all starts."""

    columns: tuple[str, ...]
    """What was done before scoring, in words."""
    rows: tuple[Row, ...]
    """In the report's order of starts."""

    @property
    def seeds(self) -> frozenset[int]:
        """The different numbers of seeds behind the tuned cells."""
        cells = (cell for row in self.rows for cell in row.cells)
        return frozenset(cell.seeds for cell in cells if cell.seeds is not None)


def matrix(report: Report) -> Matrix:
    """All that was scored, and where trials failed; a size without a score keeps its column."""
    kinds = [how for how in BASELINES if _tried(report, how)]
    sizes = sorted(
        {point.n for start in report.starts for point in start.curve}
        | {trial.rows for trial in report.trials if trial.kind == "tuned"}
    )
    return Matrix(
        columns=(*(_heading(report, how) for how in kinds), *(counted(n, "row") for n in sizes)),
        rows=tuple(
            Row(
                start=start.name,
                cells=(
                    *(_untuned(report, start, how) for how in kinds),
                    *(_tuned(report, start, n) for n in sizes),
                ),
            )
            for start in report.starts
        ),
    )


def leader(report: Report) -> str | None:
    """The start that the verdict's differences are measured from; None where it cannot be told."""
    rivals = {each.start for each in report.verdict.differences if each.rows}
    others = [start.name for start in report.starts if start.curve and start.name not in rivals]
    return others[0] if len(others) == 1 else None


def headline(verdict: Verdict, start: str) -> str:
    """The verdict in a few words; `start` is the verdict's start as the view writes it."""
    match verdict.outcome:
        case Outcome.WINNER:
            return f"Winner: {start}"
        case Outcome.TIE:
            return f"Tie: take {start}"
        case Outcome.UNDECIDED:
            return f"Undecided: {start} leads so far"
        case Outcome.NO_TRAINING_NEEDED:
            return f"No training needed: use {start} as it is"


def failures(report: Report) -> list[TrialSummary]:
    """The trials that failed, in the report's order."""
    return [trial for trial in report.trials if trial.failed is not None]


def _tried(report: Report, how: str) -> bool:
    scored = any(base.how == how for start in report.starts for base in start.baselines)
    return scored or any(trial.kind == how for trial in report.trials)


def _heading(report: Report, how: str) -> str:
    """The baseline's name, with the number of examples where all starts saw as many."""
    shots = {base.shots for start in report.starts for base in start.baselines if base.how == how}
    return f"{how} ({shots.pop()})" if len(shots) == 1 and shots != {0} else how


def _untuned(report: Report, start: StartReport, how: str) -> Cell:
    base: Baseline | None = next((each for each in start.baselines if each.how == how), None)
    failed = _failed(report.trials, start.name, how, 0)
    return Cell(score=base.score if base else None, seeds=None, failed=failed)


def _tuned(report: Report, start: StartReport, rows: int) -> Cell:
    failed = _failed(report.trials, start.name, "tuned", rows)
    point: CurvePoint | None = next((each for each in start.curve if each.n == rows), None)
    if point is None:
        return Cell(score=None, seeds=None, failed=failed)
    score = Score(mean=point.mean, low=point.low, high=point.high, n=report.test_items)
    return Cell(score=score, seeds=point.seeds, failed=failed)


def _failed(trials: Iterable[TrialSummary], start: str, kind: str, rows: int) -> int:
    return sum(
        trial.failed is not None
        for trial in trials
        if (trial.start, trial.kind, trial.rows) == (start, kind, rows)
    )
