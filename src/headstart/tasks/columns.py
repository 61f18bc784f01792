"""Which of the file's columns hold what: the `--columns` mapping and the accepted layouts."""

import shlex
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import NamedTuple

from headstart.domain.value import Value
from headstart.errors import DataError, RequestError
from headstart.tasks.rows import Rows, listed


class LayoutKind(StrEnum):
    """The accepted ways to lay out a row, the first that fits is taken."""

    MESSAGES = "messages"
    CONVERSATIONS = "conversations"
    PROMPT = "prompt, completion"
    INSTRUCTION = "instruction, input, output"
    LABEL = "text, label"
    TEXT = "text"


class Layout(Value):
    """A file's layout, with the file's column for each of headstart's names."""

    kind: LayoutKind
    """Which of the accepted layouts the rows have."""
    columns: dict[str, str]
    """From headstart's name to the file's column."""


class _Wanted(NamedTuple):
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return self.required + self.optional


_LAYOUTS = {
    LayoutKind.MESSAGES: _Wanted(("messages",)),
    LayoutKind.CONVERSATIONS: _Wanted(("conversations",)),
    LayoutKind.PROMPT: _Wanted(("prompt", "completion")),
    LayoutKind.INSTRUCTION: _Wanted(("instruction", "output"), ("input",)),
    LayoutKind.LABEL: _Wanted(("text", "label")),
    LayoutKind.TEXT: _Wanted(("text",)),
}
_TARGETS = tuple(dict.fromkeys(name for wanted in _LAYOUTS.values() for name in wanted.names))


def parse_columns(text: str) -> dict[str, str]:
    """Read `prompt=question,completion=answer` into a mapping from target to column.

    Raises:
        RequestError: not of that form, an unknown target, or a name used twice.

    Limits: a column whose name holds a comma cannot be named.
    """
    columns: dict[str, str] = {}
    for part in text.split(",") if text.strip() else ():
        target, equals, column = (piece.strip() for piece in part.partition("="))
        if not (target and equals and column):
            raise RequestError(
                f"--columns: {part.strip()!r} is not of the form target=column",
                hint="write for example --columns prompt=question,completion=answer",
            )
        if target in columns:
            raise RequestError(
                f"--columns names the target {target!r} twice", hint="name each target once"
            )
        columns[target] = column
    check_targets(columns)
    return columns


def check_targets(columns: Mapping[str, str]) -> None:
    """Refuse a mapping that no layout could take.

    Raises:
        RequestError: an unknown target, one column for two targets, or targets
            of different layouts.
    """
    for target in columns:
        if target not in _TARGETS:
            close = get_close_matches(target, _TARGETS, n=1)
            guess = f"did you mean {close[0]!r}? " if close else ""
            raise RequestError(
                f"--columns: unknown target {target!r}",
                hint=f"{guess}targets are {', '.join(_TARGETS)}",
            )
    if len(set(columns.values())) < len(columns):
        raise RequestError(
            f"--columns takes one column for two targets: {_written(columns)}",
            hint="give each target a column of its own",
        )
    if not any(set(columns) <= set(wanted.names) for wanted in _LAYOUTS.values()):
        raise RequestError(
            f"--columns mixes layouts: {', '.join(columns)}",
            hint=f"the targets belong together as {_accepted()}",
        )


def find_layout(rows: Rows, columns: Mapping[str, str]) -> Layout:
    """Tell the layout of a file, after mapping its columns.

    A mapped column loses its own name, and only layouts that take every mapped
    target are tried; the first whose required columns are there is taken.

    Raises:
        RequestError: see `check_targets`.
        DataError: the file lacks a mapped column, or no layout fits.
    """
    check_targets(columns)
    for target, column in columns.items():
        if column not in rows.columns:
            raise DataError(
                f"{rows.file} has no column {column!r} (for {target!r}); it has"
                f" {listed(rows.columns)}",
                hint=_guess(column, rows.columns),
            )
    named = {name: name for name in rows.columns if name not in columns.values()} | dict(columns)
    for kind, wanted in _LAYOUTS.items():
        if set(columns) <= set(wanted.names) and all(name in named for name in wanted.required):
            return Layout(
                kind=kind, columns={name: named[name] for name in wanted.names if name in named}
            )
    mapped = f" with --columns {_written(columns)}" if columns else ""
    raise DataError(
        f"{rows.file}{mapped} fits no accepted layout; its columns are {listed(rows.columns)}",
        hint=f"accepted are {_accepted()}; name the columns, for example {_example(rows.columns)}",
    )


def unused_columns(rows: Rows, layout: Layout) -> tuple[str, ...]:
    """Columns of the file that the layout does not read."""
    return tuple(name for name in rows.columns if name not in layout.columns.values())


def _accepted() -> str:
    return "; ".join(f"({kind.value})" for kind in LayoutKind)


def _written(columns: Mapping[str, str]) -> str:
    return ",".join(f"{target}={column}" for target, column in columns.items())


def _guess(column: str, names: tuple[str, ...]) -> str:
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(column.casefold(), folded, n=1)
    return f"did you mean {folded[close[0]]!r}?" if close else "name one of the file's columns"


def _example(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return f"--columns {shlex.quote('text=' + ''.join(names))}"
    return f"--columns {shlex.quote(f'prompt={names[0]},completion={names[1]}')}"
