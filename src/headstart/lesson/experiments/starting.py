"""From which of the two to start: one task by `choose`, and several tasks side by side."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headstart.choose import run
from headstart.domain.event import Event, OnEvent
from headstart.domain.plan import Request
from headstart.domain.report import Report, StartReport
from headstart.domain.value import Score
from headstart.forge.task_source import OPENING
from headstart.lesson.experiments.cast import NAMES, Cast
from headstart.lesson.experiments.telling import Side
from headstart.lesson.finding import Bar, Bars, Found, Measured
from headstart.report.figures import Scale, scale_of

SIZES = {"topics": (32, 60), "extract": (8, 16), "polite": (16, 30)}
"""Training rows and test items of each task: long answers take longer."""
UNCUT_SECONDS = 3600.0
"""A budget that cuts nothing: the size of the run is what bounds its time."""


def start(_cast: Cast, choice: str, seed: int, on_event: OnEvent) -> Found:
    """Run `headstart choose` on one small task: one seed, four sizes, both halves of the pair.

    Args:
        choice: a built-in task; `topics` where empty.
        seed: splits and orders the rows.
        on_event: told of progress; what it raises stops the run.
    """
    task = choice or "topics"
    with _trials(task, seed, on_event) as report:
        scale = scale_of(report)
        base, instruct = (_side(report, name) for name in ("base", "instruct"))
        gap = instruct.curve[-1].mean - base.curve[-1].mean
        ahead = gap if report.higher_is_better else -gap
        tie = not _resolved(report)
        return Found(
            sentence=report.verdict.reason.split(". ")[0].rstrip(".")
            + f". The verdict of this screening run: {report.verdict.outcome.value}, "
            f"{report.verdict.start}.",
            agrees=ahead >= 0 or tie,
            outcome="tie" if tie else "instruct" if ahead > 0 else "base",
            numbers=tuple(
                Measured(
                    name=f"{name}, {point.n} rows",
                    unit=report.metric,
                    value=Score(mean=point.mean, low=point.low, high=point.high, n=SIZES[task][1]),
                )
                for name, each in (("base", base), ("instruct", instruct))
                for point in each.curve
            ),
            drawings=tuple(_at(size, base, instruct, scale) for size in range(len(base.curve))),
        )


@contextmanager
def _trials(task: str, seed: int, on_event: OnEvent) -> Iterator[Report]:
    rows, items = SIZES[task]
    request = Request(
        checkpoints=(NAMES[0], NAMES[-1]),
        data=OPENING + task,
        max_train=rows,
        max_test=items,
        seeds=1,
        shots=2,
        seed=seed,
        budget_seconds=UNCUT_SECONDS,
    )
    with tempfile.TemporaryDirectory() as scratch:

        def told(event: Event) -> None:
            on_event(event.model_copy(update={"stage": "lesson"}))

        yield run(request, out=Path(scratch) / task, on_event=told)[0]


def _side(report: Report, checkpoint: str) -> StartReport:
    return next(each for each in report.starts if each.checkpoint == checkpoint)


def _resolved(report: Report) -> bool:
    gaps = [each.gap for each in report.verdict.differences if each.how == "tuned"]
    return bool(gaps) and all(gap.low > 0 or gap.high < 0 for gap in gaps)


def _at(place: int, base: StartReport, instruct: StartReport, scale: Scale) -> Bars:
    sides: tuple[tuple[Side, StartReport], ...] = (("base", base), ("instruct", instruct))
    points = [(side, each.curve[place]) for side, each in sides]
    return Bars(
        title=f"After {points[0][1].n} rows",
        most=1 if scale.percent else max(each.high for _, each in points),
        rows=tuple(
            Bar(
                label=side,
                value=point.mean,
                low=point.low,
                high=point.high,
                shown=scale.level(point.mean),
                side=side,
            )
            for side, point in points
        ),
    )
