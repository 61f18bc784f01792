"""JSONL and JSON files into rows."""

import json
from typing import NoReturn

from headstart.errors import DataError
from headstart.tasks.rows import Row, Rows, listed

_BOM = "\ufeff"


def decode(file: str, data: bytes) -> str:
    """Text of a UTF-8 file, without its byte order mark.

    Raises:
        DataError: not UTF-8, or a null byte; the fact gives the byte's offset.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{file} is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}"
            f" (line {line})",
            hint="save the file as UTF-8 text; if it is compressed or binary, unpack or convert it",
        ) from error
    if (offset := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, offset) + 1
        raise DataError(
            f"{file} holds a null byte at offset {offset} (line {line})",
            hint="text holds no null bytes; remove it, or check that the file is not binary",
        )
    return text.removeprefix(_BOM)


def read_jsonl(file: str, data: bytes) -> Rows:
    """One JSON object per line; blank lines are skipped, numbers are physical lines.

    Raises:
        DataError: a line that is broken or no object; the fact names the line.
    """
    rows = []
    # not splitlines(): a JSON string may hold U+2028 and its kin unescaped
    for number, line in enumerate(decode(file, data).split("\n"), start=1):
        if line.strip():
            rows.append(Row(number, _object_in(file, number, line)))
    return Rows(file=file, unit="line", columns=_columns(rows), rows=tuple(rows))


def read_json(file: str, data: bytes) -> Rows:
    """A list of objects, or an object of which exactly one value is such a list.

    Raises:
        DataError: broken JSON (line and column named), or no such list.
    """
    text = decode(file, data)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        _raise_broken(f"{file} is not one JSON value: {_reason(error)}", text)
    items = _list_in(file, value)
    rows = []
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise DataError(
                f"{file}, row {number}: {_kind(item)} instead of an object",
                hint='each row is an object such as {"prompt": "...", "completion": "..."}',
            )
        rows.append(Row(number, item))
    return Rows(file=file, unit="row", columns=_columns(rows), rows=tuple(rows))


def _object_in(file: str, number: int, line: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{file}, line {number} is no JSON: {_reason(error)}",
            hint="each line holds one whole JSON object; a file that is one JSON list"
            " is named .json",
        ) from error
    if not isinstance(value, dict):
        raise DataError(
            f"{file}, line {number} is {_kind(value)} instead of an object",
            hint='write each line as {"prompt": "...", "completion": "..."}',
        )
    return value


def _list_in(file: str, value: object) -> list[object]:
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise DataError(
            f"{file} is {_kind(value)} instead of a list of objects",
            hint='write [{"prompt": "...", "completion": "..."}, ...]',
        )
    lists = {
        name: items
        for name, items in value.items()
        if isinstance(items, list) and items and all(isinstance(item, dict) for item in items)
    }
    if len(lists) == 1:
        return next(iter(lists.values()))
    found = f"lists of objects under {listed(tuple(lists))}" if lists else "no list of objects"
    raise DataError(
        f"{file} is an object with {found}",
        hint="keep exactly one list of objects in the file, or make the file that list",
    )


def _raise_broken(fact: str, text: str) -> NoReturn:
    lines = [line for line in text.split("\n", 2)[:2] if line.strip()]
    looks_like_lines = len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines)
    hint = "rename it to .jsonl: it holds one object per line" if looks_like_lines else ""
    raise DataError(fact, hint=hint or "check the JSON at that place")


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _columns(rows: list[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(column for row in rows for column in row.cells))


def _kind(value: object) -> str:
    if value is None:
        return "null"
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "an object")
