"""Fixed-width text: how many columns a string takes, and laying strings out in them."""

import unicodedata
from collections.abc import Iterable, Sequence

ELLIPSIS = "…"


def columns(text: str) -> int:
    """Columns the text takes in a terminal: wide letters count 2, combining marks 0."""
    return sum(_columns(letter) for letter in text)


def clip(text: str, width: int) -> str:
    """The text cut to at most `width` columns, with an ellipsis where something was cut."""
    if columns(text) <= width:
        return text
    taken, room = "", width - 1
    for letter in text:
        room -= _columns(letter)
        if room < 0:
            break
        taken += letter
    return taken + ELLIPSIS if width > 0 else ""


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text filled with spaces to `width` columns, on its left where `right`."""
    fill = " " * max(0, width - columns(text))
    return fill + text if right else text + fill


def grid(rows: Sequence[Sequence[str]], align: str, *, gap: int = 2) -> list[str]:
    """Rows as lines with aligned columns; `align` holds `l` or `r` for each column."""
    widths = [max(columns(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = zip(row, widths, align, strict=True)
        line = (" " * gap).join(pad(cell, width, right=how == "r") for cell, width, how in cells)
        lines.append(line.rstrip())
    return lines


def wrap(text: str, width: int, *, first: str = "", rest: str | None = None) -> list[str]:
    """The text in lines of at most `width` columns, broken at spaces where it can be.

    `first` stands before the first line and `rest` (spaces, if not given) before
    the others; both count.
    """
    following = " " * columns(first) if rest is None else rest
    room = width - max(columns(first), columns(following))
    lines, line, empty = [], first, True
    for word in _pieces(text.split(" "), max(1, room)):
        joined = line + word if empty else f"{line} {word}"
        if not empty and columns(joined) > width:
            lines.append(line.rstrip())
            joined = following + word
        line, empty = joined, False
    return [*lines, line.rstrip()]


def _pieces(words: Iterable[str], width: int) -> Iterable[str]:
    """Words, those wider than the width broken into pieces that fit."""
    for word in words:
        piece = ""
        for letter in word:
            if piece and columns(piece + letter) > width:
                yield piece
                piece = ""
            piece += letter
        yield piece


def _columns(letter: str) -> int:
    if " " <= letter < "\x7f":
        return 1
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
