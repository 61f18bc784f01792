"""How many rows, seeds, passes and test items fit the budget; pure arithmetic."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from headstart.domain.plan import Rates

LEAST_RUNG = 64
SWEEP_RATES = 3.5
"""Learning rates tried: three, and in about half of the sweeps one further out."""


@dataclass(frozen=True)
class Schedule:
    """The size of a run."""

    top: int
    """Rows of the largest rung."""
    sizes: int
    """Number of rungs, at most."""
    seeds: int
    epochs: int
    test_items: int
    dev_items: int

    @property
    def rungs(self) -> tuple[int, ...]:
        """Training sizes from the smallest to the largest, evenly spaced in logarithm."""
        least = min(max(LEAST_RUNG, self.top // 64), max(1, self.top // 4))
        count = min(self.sizes, 4)
        if count == 1 or least >= self.top:
            return (self.top,)
        ratio = (self.top / least) ** (1 / (count - 1))
        middle = [round(least * ratio**i / 8) * 8 for i in range(1, count - 1)]
        return tuple(sorted({least, *(m for m in middle if least < m < self.top), self.top}))


def estimate_seconds(schedule: Schedule, rates: Mapping[str, Rates]) -> float:
    """Wall time of baselines, sweep and trials of all starts."""
    return sum(_start_seconds(schedule, r) for r in rates.values())


def trial_seconds(rows: int, schedule: Schedule, rates: Rates) -> float:
    """Training on `rows` rows and scoring every test item."""
    return (
        _train_seconds(rows, schedule, rates) + schedule.test_items * rates.tuned_seconds_per_item
    )


def _train_seconds(rows: int, schedule: Schedule, rates: Rates) -> float:
    return rows * schedule.epochs * rates.tokens_per_example / rates.train_tokens_per_second


def _start_seconds(schedule: Schedule, rates: Rates) -> float:
    rungs = schedule.rungs
    baselines = schedule.test_items * (
        rates.untuned_seconds_per_item + rates.few_shot_seconds_per_item
    )
    sweep = SWEEP_RATES * (
        _train_seconds(rungs[0], schedule, rates) + schedule.dev_items * rates.dev_seconds_per_item
    )
    trials = sum(schedule.seeds * trial_seconds(n, schedule, rates) for n in rungs)
    return baselines + sweep + trials


def fit(
    wanted: Schedule, rates: Mapping[str, Rates], budget_seconds: float
) -> tuple[Schedule, tuple[str, ...]]:
    """Cut the schedule until its estimate fits; what a sound verdict needs is cut last.

    The order: a fourth size, passes down to two, test items beyond 200, the largest rung
    by steps down to 256 rows, the third seed, rows down to 64, test items, sizes, the
    second seed, and passes last: rows seen too briefly would say nothing of a start.

    Returns:
        The schedule and what was cut. The smallest one is given even if it does not fit.
        A step that would save no time is passed over.
    """
    schedule = wanted
    for step in _cuts():
        if estimate_seconds(schedule, rates) <= budget_seconds:
            break
        smaller = step(schedule)
        # one size alone moves the sweep to the largest one, which may take longer
        if estimate_seconds(smaller, rates) < estimate_seconds(schedule, rates):
            schedule = smaller
    return schedule, tuple(_tell(wanted, schedule))


def _cuts() -> Sequence[Callable[[Schedule], Schedule]]:
    return [
        lambda s: replace(s, sizes=min(s.sizes, 3)),
        lambda s: replace(s, epochs=min(s.epochs, 2)),
        lambda s: replace(s, test_items=min(s.test_items, 200)),
        *[_fewer_rows(least=256)] * 24,
        lambda s: replace(s, seeds=min(s.seeds, 2)),
        *[_fewer_rows(least=64)] * 4,
        lambda s: replace(s, test_items=min(s.test_items, 100)),
        lambda s: replace(s, sizes=min(s.sizes, 2)),
        lambda s: replace(s, seeds=1),
        lambda s: replace(s, test_items=min(s.test_items, 50)),
        lambda s: replace(s, sizes=1),
        lambda s: replace(s, epochs=1),
        lambda s: replace(s, sizes=1),
    ]


def _fewer_rows(least: int) -> Callable[[Schedule], Schedule]:
    """Seven tenths of the largest rung, in eights, but not below `least`."""

    def cut(schedule: Schedule) -> Schedule:
        fewer = max(least, round(schedule.top * 0.7 / 8) * 8)
        return replace(schedule, top=min(schedule.top, fewer))

    return cut


def _tell(before: Schedule, after: Schedule) -> list[str]:
    """What was cut, one clause for each size that shrank."""
    names = {
        "top": "rows of the largest trial",
        "sizes": "training sizes",
        "seeds": "seeds",
        "epochs": "passes over the rows",
        "test_items": "test items",
    }
    changes = [(name, getattr(before, f), getattr(after, f)) for f, name in names.items()]
    return [f"{name}: {old} to {new}" for name, old, new in changes if old != new]
