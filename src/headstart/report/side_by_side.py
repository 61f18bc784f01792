"""Two texts beside one another, or below one another where the terminal is narrow."""

from collections.abc import Sequence
from itertools import zip_longest

from headstart.report.cells import pad, wrap
from headstart.report.inert import visible

_GUTTER = " │ "
_NARROW = 64
"""Below so many columns, texts stand below one another."""

Part = tuple[str, str]
"""A label, perhaps empty, and a text that may break lines; what a model wrote is shown inert."""


def side_by_side(left: Sequence[Part], right: Sequence[Part], width: int) -> list[str]:
    """Parts of two texts in lines of at most `width` columns; opposite parts begin on one line."""
    if width < _NARROW:
        return [*_column(left, width), "", *_column(right, width)]
    room = (width - len(_GUTTER)) // 2
    lines: list[str] = []
    for one, other in zip_longest(left, right, fillvalue=("", "")):
        pairs = zip_longest(_part(one, room), _part(other, room), fillvalue="")
        lines += [f"{pad(a, room)}{_GUTTER}{b}".rstrip() for a, b in pairs]
    return lines


def _column(parts: Sequence[Part], width: int) -> list[str]:
    return [line for part in parts for line in _part(part, width)]


def _part(part: Part, width: int) -> list[str]:
    label, text = part
    first = f"{label}: " if label else ""
    rest = "  " if label else ""
    lines: list[str] = []
    for number, line in enumerate(text.split("\n")):
        lines += wrap(visible(line), width, first=rest if number else first, rest=rest)
    return lines
