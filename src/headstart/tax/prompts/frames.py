"""Sentences made by filling frames, so that a few dozen words give hundreds of prompts."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest


def filled(frames: Mapping[str, Sequence[str]]) -> list[str]:
    """Each frame with each of its fillers in place of `{}`; a frame without stands for itself."""
    return [
        frame.format(filler) for frame, fillers in frames.items() for filler in (fillers or [""])
    ]


def in_turn(groups: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """(group, text) from each group in turn, so that any beginning of the list is balanced."""
    rounds = zip_longest(*([(name, text) for text in texts] for name, texts in groups.items()))
    return [pair for round_ in rounds for pair in round_ if pair is not None]
