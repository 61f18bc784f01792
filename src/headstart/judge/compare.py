"""Starts side by side at one rung: who leads, by how much, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headstart.domain.value import Score
from headstart.domain.verdict import Difference
from headstart.judge.curves import Curve, Floats, Indices, Untuned
from headstart.judge.draws import Arm, Draws, SeedNoise, draw, seed_noise


@dataclass(frozen=True, eq=False)
class Comparison:
    """All starts at one rung and untuned; built by `compare`."""

    tuned: tuple[str, ...]
    """Tuned starts, in the order given."""
    untuned: tuple[Untuned, ...]
    """Untuned starts, in the order given; their columns follow the tuned ones."""
    draws: Draws
    """Plausible means on the working scale, one column for each of the above."""
    noise: tuple[SeedNoise, ...]
    """The seed noise of each tuned start."""
    means: Floats
    """Measured means in metric units, shape [tuned + untuned]."""
    rows: int
    """The rung."""
    items: int
    """Test items."""
    higher_is_better: bool
    """False: the working scale is -log(mean)."""

    @property
    def leader(self) -> int:
        """Column of the tuned start with the best measured mean; the first of equals."""
        return int(np.argmax(self.draws.points[: len(self.tuned)]))

    @property
    def best_untuned(self) -> int | None:
        """Column of the untuned start with the best measured mean, if there is any."""
        count = len(self.tuned)
        if not self.untuned:
            return None
        return count + int(np.argmax(self.draws.points[count:]))

    @property
    def field(self) -> list[int]:
        """Columns that compete: the tuned starts; a single one competes with the best untuned."""
        tuned = list(range(len(self.tuned)))
        if len(tuned) == 1 and self.best_untuned is not None:
            return [*tuned, self.best_untuned]
        return tuned

    def rivals(self) -> list[int]:
        """Columns that compete with the leader, closest first."""
        others = [column for column in self.field if column != self.leader]
        return sorted(others, key=lambda column: -float(self.draws.points[column]))

    def name(self, column: int) -> str:
        """The start behind a column."""
        count = len(self.tuned)
        return self.tuned[column] if column < count else self.untuned[column - count].start

    def probability_best(self) -> dict[str, float]:
        """For each tuned start the share of draws in which it is best; ties split evenly."""
        shares = _shares_best(self.draws.values[:, : len(self.tuned)])
        return {name: float(share) for name, share in zip(self.tuned, shares, strict=True)}

    def leader_is_best(self) -> float:
        """The probability that the leader is the best of the field."""
        shares = _shares_best(self.draws.values[:, self.field])
        return float(shares[self.field.index(self.leader)])

    def expected_regret(self, column: int, *, lowered_by: float = 0.0) -> float:
        """What taking a column is expected to lose against the field, on the working scale.

        `lowered_by` asks what it would be had the column scored that much worse.
        """
        values = self.draws.values
        others = [other for other in self.field if other != column]
        if not others:
            return 0.0
        behind = values[:, others].max(axis=1) - values[:, column] + lowered_by
        return float(np.maximum(0.0, behind).mean())

    def regret_bound(self, column: int) -> float:
        """Upper 95% bound of what taking a column loses against the field, in metric units."""
        draws, sign = self.metric_draws(), 1 if self.higher_is_better else -1
        best = (sign * draws[:, self.field]).max(axis=1)
        return max(0.0, float(np.quantile(best - sign * draws[:, column], 0.95)))

    def in_metric_units(self, difference: float) -> float:
        """A difference on the working scale in metric units, as seen from the leader."""
        if self.higher_is_better:
            return difference
        return float(self.means[self.leader] * np.expm1(difference))

    def metric_draws(self) -> Floats:
        """The plausible means in metric units, shape [draws, columns]."""
        values = self.draws.values
        return values if self.higher_is_better else np.asarray(np.exp(-values))

    def difference(self, rival: int) -> Difference:
        """The leader against a rival in metric units, positive where the leader is better."""
        draws, sign = self.metric_draws(), 1 if self.higher_is_better else -1
        ends = np.quantile(sign * (draws[:, self.leader] - draws[:, rival]), [0.025, 0.975])
        mean = sign * float(self.means[self.leader] - self.means[rival])
        # equal arms differ by nothing in every draw, whatever rounding makes of the means
        low, high = min(float(ends[0]), mean), max(float(ends[1]), mean)
        gap = Score(mean=mean, low=low, high=high, n=self.items)
        if rival < len(self.tuned):
            return Difference(start=self.name(rival), gap=gap, rows=self.rows)
        how = self.untuned[rival - len(self.tuned)].how
        return Difference(start=self.name(rival), how=how, gap=gap, rows=0)

    def variances(self, rival: int) -> tuple[float, float]:
        """What test items and what seeds add to the variance of the leader's gap.

        On the working scale. Seeds' part is the usual variance, without the
        Student tails that come from measuring it on few seeds.
        """
        items = self.draws.items[:, self.leader] - self.draws.items[:, rival]
        return float(items.var()), sum(
            max(0.0, self.noise[i].variance - self.noise[i].interaction) / self.noise[i].seeds
            for i in (self.leader, rival)
            if i < len(self.noise)
        )


def compare(
    curves: Sequence[Curve],
    untuned: Sequence[Untuned],
    rows: int,
    index: Indices,
    *,
    higher_is_better: bool,
    seed: int,
    draws: int,
) -> Comparison:
    """Compare curves that all have a finished trial at `rows`."""
    arms = [Arm(c.completed(rows), _lower_rung(c, rows)) for c in curves]
    arms += [Arm(np.asarray(u.scores, dtype=np.float64)[None], None, tuned=False) for u in untuned]
    if any(arm.scores.shape[1] != len(index) for arm in arms):
        raise ValueError("every start must be scored on the same test items")
    return Comparison(
        tuned=tuple(curve.start for curve in curves),
        untuned=tuple(untuned),
        draws=draw(arms, index, higher_is_better=higher_is_better, seed=seed, draws=draws),
        noise=tuple(
            seed_noise(arm, index, higher_is_better=higher_is_better) for arm in arms if arm.tuned
        ),
        means=np.array([float(arm.scores.mean()) for arm in arms]),
        rows=rows,
        items=len(index),
        higher_is_better=higher_is_better,
    )


def shared_rungs(curves: Sequence[Curve]) -> list[int]:
    """Training sizes at which every curve has a finished trial, ascending."""
    sizes = [set(curve.finished_rungs()) for curve in curves]
    return sorted(set.intersection(*sizes)) if sizes else []


def _lower_rung(curve: Curve, rows: int) -> Floats | None:
    below = [size for size in curve.finished_rungs() if size < rows]
    return curve.completed(below[-1]) if below else None


def _shares_best(values: Floats) -> Floats:
    """How often each column of [draws, columns] is the largest; ties split evenly."""
    best = values == values.max(axis=1, keepdims=True)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0))
