"""How far apart two tensors lie: relative gap, and cosine against a shuffled null."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from headstart.checkpoints.weights import Numbers, Place, read_block, read_rows

MOST_NUMBERS = 2**20
"""Of one tensor; a larger one is read in evenly spaced blocks of rows."""
BLOCKS = 8
Rows = Callable[[int], int]
Sums = NDArray[np.float64]


@dataclass(frozen=True)
class Gap:
    """Two tensors, compared as vectors."""

    numbers: int
    """Numbers read of each."""
    relative_gap: float
    """Norm of the difference over that of the first."""
    cosine: float
    """Between the two."""
    shuffled: float
    """Between the first and the second with its rows shuffled."""
    sampled: bool
    """Whether only blocks of them were read."""


def gap(first: Place, second: Place, row_of_second: Rows | None = None) -> Gap:
    """Compare two matrices of equal width, at most about a million numbers of each.

    Args:
        first: one matrix.
        second: the other; rows beyond the shorter of the two are left out.
        row_of_second: gives the second's row that belongs to a row of the first, where the two
            are ordered differently.

    Raises:
        CannotRead: packed in a way that is not known here.
        CheckpointBroken: a file ends within the tensor.
    """
    rows = min(first.rows, second.rows)
    draw = np.random.default_rng(0)
    sums: Sums = np.zeros(5)
    seen = 0
    for start, count in _blocks(rows, first.width):
        one = read_block(first, start, count)
        if row_of_second is None:
            two = read_block(second, start, count)
        else:
            two = read_rows(second, [row_of_second(row) for row in range(start, start + count)])
        sums += _products(one, two, two[draw.permutation(count)])
        seen += count
    return _folded(sums, seen * first.width, sampled=seen < rows)


def _blocks(rows: int, width: int) -> Iterator[tuple[int, int]]:
    """(first row, rows) of each block."""
    most = max(1, MOST_NUMBERS // max(1, width))
    if rows <= most:
        yield 0, rows
        return
    each = max(1, most // BLOCKS)
    blocks = min(BLOCKS, most)
    for number in range(blocks):
        start = number * (rows - each) // max(1, blocks - 1)
        yield start, each


def _products(one: Numbers, two: Numbers, shuffled: Numbers) -> Sums:
    """Sums that add up over blocks: both squares, both products, the squared difference."""
    flat, other, mixed = one.ravel(), two.ravel(), shuffled.ravel()
    apart = flat - other
    sums = (flat @ flat, other @ other, flat @ other, flat @ mixed, apart @ apart)
    return np.array(sums, np.float64)


def _folded(sums: Sums, numbers: int, *, sampled: bool) -> Gap:
    own, other, product, mixed, apart = (float(each) for each in sums)
    norms = (own * other) ** 0.5
    return Gap(
        numbers=numbers,
        relative_gap=(apart / own) ** 0.5 if own > 0 else float(other > 0),
        cosine=min(1.0, product / norms) if norms > 0 else float(own == other),
        shuffled=mixed / norms if norms > 0 else 0.0,
        sampled=sampled,
    )
