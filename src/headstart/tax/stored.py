"""Files of stored outputs: read whatever their encoding, their columns found by name."""

import codecs
import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

from headstart.errors import DataError
from headstart.tasks.read_json import read_json, read_jsonl
from headstart.tasks.read_table import read_csv, read_tsv
from headstart.tasks.rows import Rows, listed

_READERS = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_stored(path: Path) -> tuple[Rows, tuple[str, ...]]:
    """Read JSONL, JSON, CSV or TSV, also with `.gz`; gives the rows and what had to be assumed.

    UTF-8 is expected and UTF-16 told by its mark; what is neither is read as Windows-1252 and
    said so, since every sequence of bytes means something there.

    Raises:
        DataError: no such file, another extension, no rows, or a broken line, which is named.
    """
    packed = path.suffix.lower() == ".gz"
    reader = _READERS.get((path.with_suffix("") if packed else path).suffix.lower())
    if reader is None:
        raise DataError(
            f"{path}: unknown extension {path.suffix!r}",
            hint="give a .jsonl, .json, .csv or .tsv file",
        )
    data = read_bytes(path)
    text, notes = decoded(path, data)
    if not text.strip():
        raise DataError(f"{path} is empty", hint="give a file with rows in it")
    rows = reader(str(path), text.encode("utf-8"))
    if not rows.rows:
        raise DataError(f"{path} holds no rows", hint="give a file with rows in it")
    return rows, notes


def column(rows: Rows, names: Sequence[str]) -> str | None:
    """The first of `names` that is a column, by any case."""
    found = {name.lower(): name for name in reversed(rows.columns)}
    return next((found[name] for name in names if name in found), None)


def needed(rows: Rows, names: Sequence[str], what: str) -> str:
    """The first of `names` that is a column.

    Raises:
        DataError: there is none.
    """
    found = column(rows, names)
    if found is None:
        raise DataError(
            f"{rows.file} has no column for the {what}; it has {listed(rows.columns)}",
            hint=f"name it {' or '.join(names)}",
        )
    return found


def text_in(cell: object) -> str:
    """A cell as text; null is empty."""
    return cell if isinstance(cell, str) else "" if cell is None else str(cell)


def read_bytes(path: Path) -> bytes:
    """A file, unpacked where its name ends in `.gz`.

    Raises:
        DataError: it cannot be read.
    """
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix.lower() == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {reason}", hint="check the path") from error


def decoded(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and what had to be assumed of its encoding.

    Raises:
        DataError: the file's mark promises an encoding that it is not in.
    """
    mark = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)
    try:
        return data.decode(mark or "utf-8"), ()
    except UnicodeDecodeError:
        if mark is not None:
            raise DataError(
                f"{path} begins as {mark} and is not", hint="save the file as UTF-8"
            ) from None
    note = f"{path.name} is not UTF-8; it was read as Windows-1252"
    return data.decode("cp1252", errors="replace"), (note,)
