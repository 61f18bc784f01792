"""Shares of items that come in groups, such as the instructions of one prompt."""

from collections.abc import Sequence

import numpy as np

from headstart.domain.value import NotMeasured, Score
from headstart.judge.shares import Z


def clustered_share(groups: Sequence[Sequence[bool]]) -> Score | NotMeasured:
    """The share of true flags over all groups, with a 95% interval that takes groups together.

    The normal interval with the ratio estimator's variance; at 0 or 1 it is widened to the
    value that a single group of the other kind would give.

    Source: Miller 2024, arXiv 2411.00640, section 2.2.
    """
    sizes = np.array([len(group) for group in groups], dtype=np.float64)
    if not sizes.sum():
        return NotMeasured(why="there was nothing to count")
    hits = np.array([sum(group) for group in groups], dtype=np.float64)
    p = float(hits.sum() / sizes.sum())
    count = len(groups)
    spread = float(((hits - p * sizes) ** 2).sum()) * count / max(1, count - 1)
    half = Z * spread**0.5 / float(sizes.sum())
    if not spread:
        half = Z**2 / (count + Z**2)
    return Score(mean=p, low=max(0.0, p - half), high=min(1.0, p + half), n=int(sizes.sum()))
