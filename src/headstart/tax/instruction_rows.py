"""A row's checkable instructions, as IFEval publishes them."""

from collections.abc import Mapping
from dataclasses import dataclass

from headstart.errors import DataError
from headstart.tasks.rows import Row, Rows, place
from headstart.tax.cells import listed_cell
from headstart.tax.stored import column

KINDS = ("instruction_id_list", "instruction_ids", "instructions")
ARGUMENTS = ("kwargs", "arguments", "args")


@dataclass(frozen=True)
class Instruction:
    """One instruction as published."""

    kind: str
    """Its id."""
    arguments: Mapping[str, object]
    """Its arguments; null counts as not given."""


def instructions_of(rows: Rows, row: Row) -> tuple[Instruction, ...] | None:
    """The instructions, or None where the row brings none.

    Raises:
        DataError: ids and arguments do not fit together.
    """
    kinds, arguments = column(rows, KINDS), column(rows, ARGUMENTS)
    if kinds is None or arguments is None or row.cells.get(arguments) is None:
        return None
    ids = listed_cell(rows, row, kinds)
    given = [{} if each is None else each for each in listed_cell(rows, row, arguments)]
    found = [
        Instruction(str(kind), {k: v for k, v in each.items() if v is not None})
        for kind, each in zip(ids, given, strict=False)
        if isinstance(each, dict)
    ]
    if len(ids) != len(given) or len(found) != len(given):
        raise DataError(
            f"{place(rows, row, arguments)}: {len(given)} entries for {len(ids)} instructions",
            hint="give one object of arguments for each instruction, {} where it takes none",
        )
    return tuple(found)
