"""Cells that hold lists, however they are written."""

import ast
import json

from headstart.errors import DataError
from headstart.tasks.rows import Row, Rows, place


def listed_cell(rows: Rows, row: Row, name: str) -> list[object]:
    """A list, or one written out as JSON or as Python writes it.

    Raises:
        DataError: neither.
    """
    cell = row.cells.get(name)
    if isinstance(cell, str):
        for reader in (json.loads, ast.literal_eval):
            try:
                cell = reader(cell)
                break
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
    if isinstance(cell, list | tuple):
        return list(cell)
    raise DataError(
        f"{place(rows, row, name)} is no list", hint="write one entry for each instruction"
    )
