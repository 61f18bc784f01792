"""The verdict in sentences, every one with its figures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from headstart.domain.verdict import Outcome
from headstart.judge.compare import Comparison
from headstart.judge.draws import SEED_PRIOR_SD
from headstart.judge.power import resolving_variance

MOST_ITEMS, MOST_SEEDS = 20_000, 20
"""Asking for more than this to resolve a gap is no advice."""


@dataclass(frozen=True, eq=False)
class Told:
    """A decided comparison, ready to be put into words."""

    table: Comparison
    """The starts side by side."""
    outcome: Outcome
    """What the rules came to."""
    column: int
    """The start to take."""
    tolerated: float
    """The margin on the working scale."""

    def reason(self, absent: Sequence[str]) -> str:
        """Why: the figures that decided, and what was left out or assumed."""
        table = self.table
        if not table.rivals():
            text = (
                f"{self._scored(table.leader)} after {table.rows} rows, "
                "and there is nothing to compare it with"
            )
        elif self.outcome is Outcome.NO_TRAINING_NEEDED:
            text = self._untrained()
        else:
            text = self._gap_sentence() + self._consequence()
        return f"{text}.{self._assumed()}{left_out(absent)}"

    def would_flip_if(self) -> str:
        """By how much the gap would have to move for another verdict."""
        if not self.table.rivals():
            return "another start, or the untuned one, were measured and did better"
        if self.outcome in (Outcome.WINNER, Outcome.UNDECIDED):
            return self._gap_would_flip()
        room = self._amount(self.table.in_metric_units(self._room()))
        if self.outcome is Outcome.NO_TRAINING_NEEDED:
            return f"tuning gained {room} more than it did at {self.table.rows} rows"
        return (
            f"a repeat, or more rows, moved {self._name} more than {room} down "
            "against the other starts"
        )

    def next_step(self, screening: str) -> str:
        """What to do now."""
        caution = f" This was a screening run: {screening}." if screening else ""
        if not self.table.rivals():
            return "Give a second start, or measure the untuned one." + caution
        if self.outcome is Outcome.UNDECIDED:
            return self._resolve() + caution
        if self.outcome is Outcome.NO_TRAINING_NEEDED:
            how = self.table.untuned[self.column - len(self.table.tuned)].how
            return f"Use {self._name} as it is, {how}." + caution
        return f"Tune with {self._name} on all your rows." + caution

    @property
    def _name(self) -> str:
        return self.table.name(self.column)

    @property
    def _in_points(self) -> bool:
        means = self.table.means
        return self.table.higher_is_better and bool((means >= 0).all() and (means <= 1).all())

    def _level(self, mean: float) -> str:
        return f"{100 * mean:.1f}%" if self._in_points else f"{mean:.4g}"

    def _signed(self, difference: float) -> str:
        return f"{100 * difference:+.1f}" if self._in_points else f"{difference:+.3g}"

    def _amount(self, difference: float) -> str:
        if self._in_points:
            return f"{100 * abs(difference):.1f} points"
        return f"{abs(difference):.3g}"

    def _scored(self, column: int) -> str:
        return f"{self.table.name(column)} scored {self._level(float(self.table.means[column]))}"

    def _what(self, column: int) -> str:
        count = len(self.table.tuned)
        name = self.table.name(column)
        return name if column < count else f"{name} {self.table.untuned[column - count].how}"

    def _gap_sentence(self) -> str:
        table = self.table
        rival = table.rivals()[0]
        gap = table.difference(rival).gap
        level = self._level(float(table.means[rival]))
        size = self._signed(gap.mean) + (" points" if self._in_points else "")
        return (
            f"{self._scored(table.leader)} against {level} for {self._what(rival)} after "
            f"{table.rows} rows: {size}, 95% interval {self._signed(gap.low)} to "
            f"{self._signed(gap.high)}, {self._seeds()}, {table.items} test items"
        )

    def _consequence(self) -> str:
        if self.outcome is not Outcome.TIE:
            return ""
        loss = self._amount(self.table.in_metric_units(self._regret(self.column)))
        margin = self._amount(self.table.in_metric_units(self.tolerated))
        return f"; taking {self._name} is expected to lose {loss}, within the margin of {margin}"

    def _untrained(self) -> str:
        table = self.table
        how = table.untuned[self.column - len(table.tuned)].how
        loss = self._amount(table.in_metric_units(self._regret(self.column)))
        margin = self._amount(table.in_metric_units(self.tolerated))
        best = self._level(float(table.means[table.leader]))
        return (
            f"{self._scored(self.column)} {how}, without training, against {best} for "
            f"{table.name(table.leader)} after {table.rows} rows: leaving it untuned is expected "
            f"to lose {loss}, within the margin of {margin}, {self._seeds()}, "
            f"{table.items} test items"
        )

    def _seeds(self) -> str:
        counts = sorted({noise.seeds for noise in self.table.noise})
        if counts == [1]:
            return "1 seed"
        return f"{' to '.join(str(c) for c in (counts[0], counts[-1])[: len(counts)])} seeds"

    def _assumed(self) -> str:
        if all(noise.freedom for noise in self.table.noise):
            return ""
        size = (
            f"{100 * SEED_PRIOR_SD:.0f} points"
            if self.table.higher_is_better
            else f"{100 * SEED_PRIOR_SD:.0f}%"
        )
        return f" With one seed the noise between seeds was not measured; {size} was assumed."

    def _regret(self, column: int) -> float:
        return self.table.expected_regret(column)

    def _gap_would_flip(self) -> str:
        table = self.table
        rival = table.rivals()[0]
        gap = table.difference(rival).gap
        pair = f"the gap between {table.name(table.leader)} and {self._what(rival)}"
        if self.outcome is Outcome.WINNER:
            return (
                f"a repeat moved {pair} by more than {self._amount(gap.low)} down, which would "
                f"leave it undecided, or by more than {self._amount(gap.mean)}, which would "
                "reverse it"
            )
        if gap.low > 0:
            return f"a repeat kept {pair} and the rest of the field fell back"
        return (
            f"a repeat moved {pair} by more than {self._amount(gap.low)} up, which would make a "
            f"winner, or by more than {self._amount(gap.mean)} down, which would change the lead"
        )

    def _room(self) -> float:
        """How much worse the start could have scored before its regret passes the margin."""
        table = self.table

        def passes(lowered: float) -> bool:
            return table.expected_regret(self.column, lowered_by=lowered) > self.tolerated

        high = self.tolerated + float(abs(table.draws.values).max()) * 2
        return _smallest(passes, high)

    def _resolve(self) -> str:
        """How many test items or seeds would show the measured gap with 80% power."""
        table = self.table
        rival = table.rivals()[0]
        gap = float(table.draws.points[table.leader] - table.draws.points[rival])
        by_items, by_seeds = table.variances(rival)
        seeds = min(noise.seeds for noise in table.noise)
        if not all(noise.freedom for noise in table.noise) and by_seeds > by_items:
            return "Run 3 seeds: the assumed noise between seeds outweighs that of the test items."
        wanted = needed(gap, by_items, by_seeds, table.items, seeds)
        size = self._amount(table.difference(rival).gap.mean)
        if wanted is None:
            return (
                f"A gap of {size} cannot be resolved at a sensible cost: "
                "take the start you prefer, or widen the margin."
            )
        items, more_seeds = wanted
        parts = [f"about {items:,} test items"] if items > table.items else []
        parts += [f"{more_seeds} seeds"] if more_seeds > seeds else []
        source = "the choice of test items" if by_items >= by_seeds else "the noise between seeds"
        share = max(by_items, by_seeds) / max(by_items + by_seeds, 1e-300)
        return (
            f"To resolve a gap of {size} at 80% power, use {' and '.join(parts)}: "
            f"{source} makes {100 * share:.0f}% of its variance."
        )


def left_out(absent: Sequence[str]) -> str:
    """A sentence that names the starts without a finished trial; empty where there are none."""
    return f" Left out, since no trial of it finished: {', '.join(absent)}." if absent else ""


def needed(
    gap: float, by_items: float, by_seeds: float, items: int, seeds: int
) -> tuple[int, int] | None:
    """Test items and seeds that resolve a gap at 80% power; None where that is out of reach.

    More of the source that dominates, where that alone is enough; else of both.
    The variances are those of the gap at the present `items` and `seeds`.
    """
    if gap <= 0:
        return None
    target = resolving_variance(gap)
    if by_items + by_seeds <= target:
        # the figures would do, were the seed noise known better than few seeds allow
        return items, seeds + 1
    if by_items >= by_seeds and target > by_seeds:
        wanted = ceil(items * by_items / (target - by_seeds)), seeds
    elif by_seeds > by_items and target > by_items:
        wanted = items, ceil(seeds * by_seeds / (target - by_items))
    else:
        both = 2 / target
        wanted = (
            max(items, ceil(items * by_items * both)),
            max(seeds, ceil(seeds * by_seeds * both)),
        )
    return wanted if wanted[0] <= MOST_ITEMS and wanted[1] <= MOST_SEEDS else None


def _smallest(passes: Callable[[float], bool], high: float) -> float:
    """The point from which `passes` holds, found by halving [0, high]."""
    low = 0.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return high
