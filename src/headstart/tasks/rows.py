"""Rows as they stand in the file, before anything is made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Row(NamedTuple):
    """One row: its number in the file, counted from 1, and its cells by column."""

    number: int
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rows:
    """Every row of one file; not validated, since it holds what the user wrote."""

    file: str
    """The file as the user named it."""
    unit: str
    """What `Row.number` counts: "line" in JSONL, "row" (without the header) elsewhere."""
    columns: tuple[str, ...]
    """Every column of any row, in order of first appearance."""
    rows: tuple[Row, ...]
    """In the file's order."""


def place(rows: Rows, row: Row, column: str | None = None) -> str:
    """Say where a row or a cell stands: `mine.csv, row 7, column 'label'`."""
    cell = "" if column is None else f", column {column!r}"
    return f"{rows.file}, {rows.unit} {row.number}{cell}"


def listed(names: tuple[str, ...], most: int = 20) -> str:
    """Names quoted and joined by commas; beyond `most` only their count is told."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
