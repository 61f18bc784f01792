"""Two checkpoints on the same items: the difference, its interval, and how surprising it is.

Every difference is the second minus the first, paired by item. Differences of shares use an
interval that holds for few items and few disagreements; means use Student's; whatever is no mean
of items (a ratio, a calibration error) draws the items anew.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.judge.shares import Z
from headstart.tax.student import quantile, two_sided

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
DRAWS = 4000
"""Bootstrap draws; the least probability they can show is one in half as many, which Holm's
adjustment must still let through for the lines of a whole table."""
_CELLS = 1_000_000
"""Most indices that are drawn at once."""


@dataclass(frozen=True)
class Contrast:
    """The second minus the first."""

    mean: float
    """The difference, in the measure's own unit."""
    low: float
    """Lower end of the 95% interval."""
    high: float
    """Upper end."""
    p: float
    """Probability of a difference at least as large if there were none."""
    n: int
    """Paired items, or groups of items where these belong together."""


def shares(first: Sequence[bool], second: Sequence[bool]) -> Contrast:
    """Two shares of the same yes-or-no items.

    The interval adds half an item to each cell and centres on what that gives, so that it
    holds with few disagreements; the probability is McNemar's exact one, mid-p.

    Raises:
        ValueError: no items, or not as many in both.

    Source: Bonett and Price 2012, doi 10.3102/1076998611411915; Fagerland et al. 2013,
    doi 10.1186/1471-2288-13-91.
    """
    n = _paired(first, second)
    gained = sum(b and not a for a, b in zip(first, second, strict=True))
    lost = sum(a and not b for a, b in zip(first, second, strict=True))
    up, down = (gained + 1) / (n + 2), (lost + 1) / (n + 2)
    half = Z * math.sqrt((up + down - (up - down) ** 2) / (n + 2))
    mean = (gained - lost) / n
    middle = up - down
    low, high = max(-1.0, middle - half), min(1.0, middle + half)
    return Contrast(mean, min(low, mean), max(high, mean), _mid_p(gained, lost), n)


def means(
    first: Sequence[float], second: Sequence[float], groups: Sequence[object] | None = None
) -> Contrast:
    """Two means over the same items; items of one group are taken together.

    Raises:
        ValueError: fewer than two items or groups, or not as many in both.

    Source: Miller 2024, arXiv 2411.00640.
    """
    _paired(first, second)
    gaps = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    return mean_of(gaps.tolist(), groups)


def mean_of(values: Sequence[float], groups: Sequence[object] | None = None) -> Contrast:
    """One mean against zero; values of one group are taken together.

    Raises:
        ValueError: fewer than two values or groups.
    """
    sums, sizes = _grouped(values, groups)
    count = len(sums)
    if count < 2:
        raise ValueError("an interval needs at least two independent items")
    mean = float(sums.sum() / sizes.sum())
    spread = float(((sums - mean * sizes) ** 2).sum()) * count / (count - 1)
    error = math.sqrt(spread) / float(sizes.sum())
    if error <= 1e-12 * abs(mean) or error == 0:
        return Contrast(mean, mean, mean, 1.0 if mean == 0 else 0.0, count)
    half = quantile(count - 1) * error
    return Contrast(mean, mean - half, mean + half, two_sided(mean / error, count - 1), count)


def sum_of_means(samples: Sequence[Sequence[float]]) -> Contrast:
    """The sum of means over independent sets of items, against zero.

    Raises:
        ValueError: a set has fewer than two items.

    Source: Welch 1947, doi 10.1093/biomet/34.1-2.28, for the degrees of freedom.
    """
    if min(map(len, samples)) < 2:
        raise ValueError("an interval needs at least two independent items")
    flat = [np.asarray(values, dtype=np.float64) for values in samples]
    parts = [float(values.var(ddof=1)) / len(values) for values in flat]
    mean, variance = sum(float(values.mean()) for values in flat), sum(parts)
    n = sum(map(len, samples))
    if variance == 0:
        return Contrast(mean, mean, mean, 1.0 if mean == 0 else 0.0, n)
    shares_of = zip(parts, flat, strict=True)
    freedom = variance**2 / sum(part**2 / (len(values) - 1) for part, values in shares_of)
    error = math.sqrt(variance)
    half = quantile(freedom) * error
    return Contrast(mean, mean - half, mean + half, two_sided(mean / error, freedom), n)


def drawn(
    figure: Callable[[Indices], Floats],
    n: int,
    *,
    around: float | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> Contrast:
    """A difference that is no mean of items: items are drawn anew, with what belongs to them.

    Args:
        figure: from [draws, items] of indices, with repeats, the difference on each row of them;
            NaN where it cannot be told, which leaves the draw out.
        n: items.
        around: an estimate without the bias that `figure` has on few items; the draws, which have
            it twice, are moved so that their mean lies there. None leaves them where they are.
        seed: of the draws.
        draws: how many.

    Raises:
        ValueError: fewer than two items.

    Source: the percentile bootstrap, Efron 1979, doi 10.1214/aos/1176344552.
    """
    if n < 2:
        raise ValueError("an interval needs at least two independent items")
    rng = np.random.default_rng(seed)
    mean = float(figure(np.arange(n)[None])[0]) if around is None else around
    at_once = max(1, _CELLS // n)
    parts = [min(at_once, draws - done) for done in range(0, draws, at_once)]
    found = np.concatenate([figure(rng.integers(0, n, (part, n))) for part in parts])
    found = found[~np.isnan(found)]
    if not len(found):
        return Contrast(mean, math.nan, math.nan, 1.0, n)
    if around is not None:
        found += around - found.mean()
    low, high = (float(q) for q in np.quantile(found, [0.025, 0.975]))
    beyond = min((found <= 0).mean(), (found >= 0).mean())
    p = min(1.0, 2 * (float(beyond) * len(found) + 1) / (len(found) + 1))
    return Contrast(mean, min(low, mean), max(high, mean), p, n)


def ratios(
    first: tuple[Sequence[float], Sequence[float]],
    second: tuple[Sequence[float], Sequence[float]],
    *,
    seed: int = 0,
) -> Contrast:
    """Two ratios of sums over the same items, such as bits over bytes.

    Raises:
        ValueError: fewer than two items, or not as many everywhere.
    """
    tops = np.array([first[0], second[0]], dtype=np.float64)
    bottoms = np.array([first[1], second[1]], dtype=np.float64)
    if tops.shape != bottoms.shape:
        raise ValueError("both sides of a ratio must be given for every item")

    def figure(items: Indices) -> Floats:
        below = bottoms[:, items].sum(2)
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = np.where(below > 0, tops[:, items].sum(2) / below, math.nan)
        return np.asarray(b - a)

    return drawn(figure, tops.shape[1], seed=seed)


def holm(probabilities: Sequence[float]) -> list[float]:
    """Probabilities adjusted for how many questions are asked at once.

    Source: Holm 1979, Scandinavian Journal of Statistics 6:65.
    """
    order = sorted(range(len(probabilities)), key=lambda i: probabilities[i])
    adjusted = [1.0] * len(probabilities)
    least = 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, probabilities[i] * (len(order) - rank)))
        adjusted[i] = least
    return adjusted


def _paired(first: Sequence[object], second: Sequence[object]) -> int:
    if not first or len(first) != len(second):
        raise ValueError(f"{len(first)} and {len(second)} items cannot be paired")
    return len(first)


def _grouped(values: Sequence[float], groups: Sequence[object] | None) -> tuple[Floats, Floats]:
    """Sum and size of each group; every value is its own without groups."""
    flat = np.asarray(values, dtype=np.float64)
    if groups is None:
        return flat, np.ones(len(flat))
    places: dict[object, int] = {}
    at = np.array([places.setdefault(group, len(places)) for group in groups], dtype=np.intp)
    return np.bincount(at, weights=flat).astype(np.float64), np.bincount(at).astype(np.float64)


def _mid_p(gained: int, lost: int) -> float:
    """Two-sided mid-p of `gained` among the disagreements, each as likely either way."""
    n, least = gained + lost, min(gained, lost)
    if n == 0 or gained == lost:
        return 1.0
    logs = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(least + 1)
    ]
    masses = [math.exp(value - n * math.log(2)) for value in logs]
    return min(1.0, 2 * (sum(masses) - masses[-1] / 2))
