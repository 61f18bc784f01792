"""What the starts' scores could have been with other test items and other seeds.

`draw` gives a table of plausible mean scores, one column per arm. Everything the
judge says is counted from that table. Two sources of chance go into it:

* test items: groups of items are drawn anew, the same for every arm, so that
  what the arms share cancels;
* seeds: each tuned arm gets a shift of its own. Resampling k seeds would
  understate their variance by (k-1)/k and have too light tails with k = 3, so
  the shift has Student tails with the degrees of freedom really measured.

Inside this module a larger value is better: losses are turned into -log(mean).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headstart.judge.curves import Floats, Indices, group_totals, interaction_variance

SEED_PRIOR_SD = 0.02
"""Assumed seed noise where one seed ran: 2 points of a score, 2% of a loss."""
LEAST_FREEDOM = 3
"""Below this many measured degrees of freedom the assumed noise fills up."""
_CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class Arm:
    """One column of the comparison: a tuned start at a rung, or an untuned start."""

    scores: Floats
    """[seeds, items] at the rung judged; [1, items] for an untuned start."""
    lower: Floats | None = None
    """The same start one rung lower, [seeds, items]; helps to measure the seed noise."""
    tuned: bool = True
    """An untuned start has no seed noise."""


@dataclass(frozen=True)
class SeedNoise:
    """How much the mean of one seed differs from that of another."""

    variance: float
    """Of the means of single seeds, on the working scale."""
    freedom: int
    """Degrees of freedom behind it; 0 where it is assumed, not measured."""
    interaction: float
    """The part that stems from single items changing; drawn with the items already."""
    seeds: int
    """Seeds at the rung judged."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Plausible mean scores on the working scale, where larger is better."""

    points: Floats
    """The measured means, shape [arms]."""
    items: Floats
    """Deviations that other test items would cause, shape [draws, arms]."""
    seeds: Floats
    """Deviations that other seeds would cause, shape [draws, arms]."""

    @property
    def values(self) -> Floats:
        """Means as they could have been, shape [draws, arms]."""
        return np.asarray(self.points + self.items + self.seeds)


def draw(
    arms: Sequence[Arm], index: Indices, *, higher_is_better: bool, seed: int, draws: int
) -> Draws:
    """Draw plausible means for all arms together.

    Arms with identical scores (one checkpoint under two names, run with the
    same seeds) share one column, so that they differ by exactly nothing. Other
    arms get independent seed shifts; if the seeds in truth move both alike,
    intervals come out too wide, never too narrow. Neither the order of the arms
    nor that of the items changes the draws.

    Raises:
        ValueError: a loss with a mean of zero or less, which has no logarithm.
    """
    unique, place = _distinct(arms)
    per_item = np.stack([arm.scores.mean(axis=0) for arm in unique])
    means = per_item.mean(axis=1)
    if not higher_is_better and bool((means <= 0).any()):
        raise ValueError("a loss to be compared relatively must have a mean above zero")
    totals = _in_canonical_order(group_totals(np.vstack([per_item, np.ones_like(index)]), index))
    rng = np.random.default_rng(seed)
    resampled = _resample(totals, rng, draws)
    scale = np.ones_like(means) if higher_is_better else means
    points = means if higher_is_better else -np.log(means)
    # a mean of losses cannot fall below zero, however the weights fall
    items = resampled if higher_is_better else -np.log1p(np.maximum(resampled / means, -0.99))
    items = items + _unseen_groups(totals[:-1] / scale[:, None], len(index), rng, draws)
    noise = [seed_noise(arm, index, higher_is_better=higher_is_better) for arm in unique]
    seeds = np.stack([_seed_shift(each, rng, draws) for each in noise], axis=1)
    return Draws(points[place], items[:, place], seeds[:, place])


def seed_noise(arm: Arm, index: Indices, *, higher_is_better: bool) -> SeedNoise:
    """Measure an arm's seed noise at its rung, pooled with the next lower rung.

    Degrees of freedom add up. With one or two of them the assumed noise of 2
    points (2% of a loss) fills up to three; with none it stands alone.
    """
    seeds = len(arm.scores)
    if not arm.tuned:
        return SeedNoise(variance=0.0, freedom=LEAST_FREEDOM, interaction=0.0, seeds=1)
    squares = interaction = freedom = 0.0
    for table in (arm.scores, arm.lower):
        if table is None or len(table) < 2:
            continue
        scale = 1.0 if higher_is_better else float(table.mean())
        count = len(table) - 1
        squares += count * float(table.mean(axis=1).var(ddof=1)) / scale**2
        interaction += count * interaction_variance(table, index) / scale**2
        freedom += count
    if freedom == 0:
        return SeedNoise(variance=SEED_PRIOR_SD**2, freedom=0, interaction=0.0, seeds=seeds)
    filled = max(freedom, LEAST_FREEDOM)
    squares += (filled - freedom) * (SEED_PRIOR_SD**2 + interaction / freedom)
    return SeedNoise(squares / filled, int(filled), interaction / freedom, seeds)


def _seed_shift(noise: SeedNoise, rng: np.random.Generator, draws: int) -> Floats:
    """Draw the mean over seeds of an arm's seed effects; Student tails, shape [draws].

    The item draws already hold what seeds do to single items, so that part is
    taken out of each drawn variance (a generalised pivotal quantity).
    """
    normal = rng.standard_normal(draws)
    chance = rng.chisquare(max(noise.freedom, 1), draws)
    if noise.freedom == 0:
        return np.asarray(normal * (noise.variance / noise.seeds) ** 0.5)
    main = np.maximum(0.0, noise.variance * noise.freedom / chance - noise.interaction)
    return np.asarray(normal * np.sqrt(main / noise.seeds))


def _distinct(arms: Sequence[Arm]) -> tuple[list[Arm], Indices]:
    """Arms without duplicates, in an order that names cannot change; and each arm's place."""
    keys = [(arm.tuned, float(arm.scores.mean()), arm.scores.tobytes()) for arm in arms]
    ordered = sorted(set(keys))
    unique = [arms[keys.index(key)] for key in ordered]
    return unique, np.array([ordered.index(key) for key in keys], dtype=np.intp)


def _in_canonical_order(totals: Floats) -> Floats:
    """Sort groups by their contents, so that the order of items does not matter."""
    return totals[:, np.lexsort(np.round(totals, 9))]


def _resample(totals: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Deviations of the means over reweighted groups, shape [draws, arms].

    Exponential weights (the Bayesian bootstrap, Rubin 1981) are drawn several
    times faster than counts and never leave all groups of one sort out. Their
    variance is that of g+1 groups; Student tails for few groups come with the
    correction. The last row of totals holds the groups' sizes.
    """
    sizes, groups = totals[-1], totals.shape[1]
    means = totals[:-1].sum(axis=1) / sizes.sum()
    # centred first, so that single precision is precise enough
    centred = np.vstack([totals[:-1] - means[:, None] * sizes, sizes]).astype(np.float32)
    step = max(1, _CHUNK // groups)
    sums = np.concatenate(
        [
            rng.standard_exponential((min(step, draws - begin), groups), dtype=np.float32)
            @ centred.T
            for begin in range(0, draws, step)
        ]
    ).astype(np.float64)
    stretch = np.sqrt((groups + 1) / rng.chisquare(max(groups - 1, 1), draws))
    return np.asarray(sums[:, :-1] / sums[:, -1:] * stretch[:, None])


def _unseen_groups(totals: Floats, items: int, rng: np.random.Generator, draws: int) -> Floats:
    """Room for two more groups on which the arms disagree, shape [draws, arms].

    Where arms differ on four of sixty items, all in one's favour, resampling
    never sees a case against it. Two disagreements of the usual size are added
    to the variance of each difference, in the manner of Agresti and Min (2005),
    who add half a count to each cell of the paired table: one disagreement,
    with which false winners still came to 5.3% in simulations near the ceiling.
    """
    gaps = totals[:, None, :] - totals[None, :, :]
    disagreeing = np.abs(gaps) > 1e-12
    if not disagreeing.any():
        return np.zeros((draws, len(totals)))
    size = float(np.sqrt((gaps[disagreeing] ** 2).mean()))
    return rng.standard_normal((draws, len(totals))) * size / items
