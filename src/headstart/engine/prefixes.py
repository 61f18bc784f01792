"""What token sequences begin with alike: computed once for all that share it."""

from collections.abc import Sequence
from itertools import pairwise

Tokens = tuple[int, ...]

GRAIN = 32
"""Beginnings that differ by fewer tokens are not told apart."""


def shared_prefix(sequences: Sequence[Sequence[int]], limit: int) -> int:
    """How many leading tokens all sequences have in common, at most `limit`."""
    if not sequences:
        return 0
    low, high = min(map(tuple, sequences)), max(map(tuple, sequences))
    length = 0
    for a, b in zip(low, high, strict=False):
        if a != b or length >= limit:
            break
        length += 1
    return length


def alike(prompts: Sequence[Tokens], full: int) -> list[tuple[Tokens, list[int]]]:
    """Sort prompts into groups, each to be computed behind what all of it begins with.

    A group of its own saves at least a full pack of tokens, so that it never adds a pack; what
    shares less stays together.

    Args:
        prompts: token ids, at least one each.
        full: tokens of a full pack.

    Returns:
        Of each group its beginning, shorter than each of its prompts, and which prompts.
    """
    groups = [sorted(members) for members in _grouped(prompts, full) if members]
    return [(beginning([prompts[i] for i in members]), members) for members in groups]


def beginning(prompts: Sequence[Tokens]) -> Tokens:
    """What all prompts begin with, shorter than each of them."""
    return prompts[0][: shared_prefix(prompts, min(map(len, prompts)) - 1)]


def _grouped(prompts: Sequence[Tokens], full: int) -> list[list[int]]:
    """Walk the sorted prompts: those that share more with each other than with the rest lie
    together, and a beginning is closed where a prompt follows that lacks it.
    """
    ordered = sorted(range(len(prompts)), key=prompts.__getitem__)
    groups: list[list[int]] = []
    nested: list[tuple[int, list[int]]] = [(0, [])]
    """Open beginnings, each within the one before: their length, and prompts not yet grouped."""
    for i, shared in zip(ordered, _shared_with_next([prompts[i] for i in ordered]), strict=True):
        if shared > nested[-1][0]:
            nested.append((shared, []))
        nested[-1][1].append(i)
        while shared < nested[-1][0]:
            length, members = nested.pop()
            if shared > nested[-1][0]:
                nested.append((shared, []))
            if len(members) * (length - nested[-1][0]) >= length + full:
                groups.append(members)
            else:
                nested[-1][1].extend(members)
    return [*groups, nested[0][1]]


def _shared_with_next(ordered: Sequence[Tokens]) -> list[int]:
    """Leading tokens that each shares with the next, in whole grains; 0 for the last."""
    return [
        shared_prefix(pair, min(map(len, pair)) - 1) // GRAIN * GRAIN for pair in pairwise(ordered)
    ] + [0] * bool(ordered)
