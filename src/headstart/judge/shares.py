"""Shares of a few hundred yes-or-no items, with an interval that holds near 0 and 1."""

import math
from collections.abc import Sequence

from headstart.domain.value import NotMeasured, Score

Z = 1.959964
"""Of the normal distribution, for 95%."""


def share(flags: Sequence[bool]) -> Score | NotMeasured:
    """The share of true flags with Wilson's 95% interval.

    Source: Wilson 1927, doi 10.1080/01621459.1927.10502953.
    """
    n = len(flags)
    if not n:
        return NotMeasured(why="there was nothing to count")
    p = sum(flags) / n
    middle = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return Score(mean=p, low=max(0.0, middle - half), high=min(1.0, middle + half), n=n)
