"""What the judge is given: per-item scores of tuned and untuned starts.

Tuned scores stand in arrays of shape [seeds, items], untuned ones in arrays of
shape [items]. The items are the same test items in the same order everywhere.
A trial that failed is absent: its row is left out, or is all NaN.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from headstart.domain.value import Score

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

WILSON_BELOW_ITEMS = 400
"""Below this many binary items a normal interval is too short near 0 and 1."""
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, eq=False)
class Curve:
    """One start's scores, rung by rung."""

    start: str
    """The start's name."""
    rungs: Mapping[int, Floats]
    """Training rows -> scores of shape [seeds, items], in the metric's own unit."""

    def completed(self, rows: int) -> Floats:
        """The finished trials at a rung, shape [seeds, items]; no rows where none finished."""
        scores = np.asarray(self.rungs.get(rows, np.empty((0, 0))), dtype=np.float64)
        if scores.ndim != 2:
            raise ValueError(f"{self.start} at {rows} rows: expected [seeds, items]")
        return scores[~np.isnan(scores).any(axis=1)]

    def finished_rungs(self) -> list[int]:
        """Training sizes with at least one finished trial, ascending."""
        return sorted(rows for rows in self.rungs if len(self.completed(rows)))


@dataclass(frozen=True, eq=False)
class Untuned:
    """A start's scores before any training."""

    start: str
    """The start's name."""
    how: Literal["zero-shot", "few-shot"]
    """Whether worked examples stood in the prompt."""
    scores: Floats
    """Shape [items], in the metric's own unit."""


def point(curve: Curve, rows: int, groups: Sequence[str] | None = None) -> Score:
    """The mean at one rung, with a 95% interval over test items and seeds.

    Two seeds or more: the variance over item groups and over seeds is added and
    the interval has Student tails. One seed: items only, since nothing is known
    about other seeds. See `mean_score` for binary scores.

    Raises:
        ValueError: no trial finished at that rung.
    """
    return mean_score(curve.completed(rows), groups)


def mean_score(scores: Floats, groups: Sequence[str] | None = None) -> Score:
    """The mean of scores [seeds, items] or [items], with a 95% interval.

    Binary scores with fewer than 400 items get Wilson's interval at the sample
    size that the measured variance is worth (just the number of items for one
    run without groups), so that 30 of 30 right does not read as certainty.

    Raises:
        ValueError: there are no scores, or there is one group only.

    Source: Wilson 1927 for the interval.
    """
    table = np.atleast_2d(np.asarray(scores, dtype=np.float64))
    seeds, items = table.shape
    if seeds == 0 or items < 2:
        raise ValueError("a mean with an interval needs two items or more")
    index = group_index(groups, items)
    mean = float(table.mean())
    variance, freedom = _variance_of_mean(table, index)
    quantile = student_quantile(freedom)
    if items < WILSON_BELOW_ITEMS and bool(np.isin(table, (0.0, 1.0)).all()):
        low, high = _wilson(mean, variance, int(index.max()) + 1, quantile)
    else:
        half = quantile * variance**0.5
        low, high = mean - half, mean + half
    return Score(mean=mean, low=low, high=high, n=items)


def group_index(groups: Sequence[str] | None, items: int) -> Indices:
    """Number the groups from 0; without groups every item is its own. Shape [items]."""
    if groups is None:
        return np.arange(items)
    if len(groups) != items:
        raise ValueError(f"{len(groups)} groups for {items} items")
    return np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1).astype(np.intp)


def group_totals(scores: Floats, index: Indices) -> Floats:
    """Sum scores [runs, items] over each group: shape [runs, groups]."""
    count = int(index.max()) + 1
    return np.stack([np.bincount(index, weights=row, minlength=count) for row in scores])


def interaction_variance(scores: Floats, index: Indices) -> float:
    """Variance of a one-seed mean that comes from the seed changing single items.

    `scores` is [seeds, items] with two seeds or more. What is left when each
    seed's mean and each item's mean are taken out, summed by group.
    """
    seeds, items = scores.shape
    residual = scores - scores.mean(axis=1, keepdims=True) - scores.mean(axis=0) + scores.mean()
    sums = group_totals(residual, index)
    groups = sums.shape[1]
    return float((sums**2).sum() / (seeds - 1) * groups / max(groups - 1, 1) / items**2)


def student_quantile(freedom: float) -> float:
    """The 97.5% quantile of Student's t, by the Cornish-Fisher series.

    Within 1% from three degrees of freedom up, 3% too small at two.

    Source: Abramowitz and Stegun, 26.7.5.
    """
    z, v = _Z, max(freedom, 1.0)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def _variance_of_mean(scores: Floats, index: Indices) -> tuple[float, float]:
    """Variance of the grand mean and its degrees of freedom (Satterthwaite)."""
    seeds, items = scores.shape
    per_item = scores.mean(axis=0) - scores.mean()
    sums = group_totals(per_item[None], index)[0]
    groups = len(sums)
    if groups < 2:
        raise ValueError("an interval needs two item groups or more")
    over_items = float((sums**2).sum() * groups / (groups - 1) / items**2)
    if seeds == 1:
        # a few groups deserve Student tails; single items are Wilson's or many
        return over_items, groups - 1 if groups < items else np.inf
    means = scores.mean(axis=1)
    # the item part already holds the seeds' effect on single items: count it once
    main = max(0.0, float(means.var(ddof=1)) - interaction_variance(scores, index))
    over_seeds = main / seeds
    total = over_items + over_seeds
    if total == 0:
        return 0.0, np.inf
    return total, total**2 / (over_items**2 / (groups - 1) + over_seeds**2 / (seeds - 1))


def _wilson(mean: float, variance: float, groups: int, z: float) -> tuple[float, float]:
    worth = mean * (1 - mean) / variance if variance > 0 else groups
    centre = (mean + z**2 / (2 * worth)) / (1 + z**2 / worth)
    half = z / (1 + z**2 / worth) * (mean * (1 - mean) / worth + z**2 / (4 * worth**2)) ** 0.5
    # rounding may push the ends past the mean where every item agrees
    return min(mean, max(0.0, centre - half)), max(mean, min(1.0, centre + half))
