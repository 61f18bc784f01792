"""From what the user typed to rows: JSONL, JSON, CSV, TSV and Parquet files.

Folders of `Dataset.save_to_disk`, hub ids and built-in tasks go to a loader that the
caller passes in, so that this room needs neither `datasets` nor the forge.
"""

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from headstart.builtin import is_builtin
from headstart.errors import DataError
from headstart.tasks.read_json import read_json, read_jsonl
from headstart.tasks.read_table import read_csv, read_parquet, read_tsv
from headstart.tasks.rows import Row, Rows, listed

LoadDataset = Callable[[str], list[dict[str, Any]]]
"""Takes a `save_to_disk` folder, a hub id or a built-in task's name, gives its rows."""

_READERS: dict[str, Callable[[str, bytes], Rows]] = {
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".json": read_json,
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".parquet": read_parquet,
}
_SAVED_DATASET = ("dataset_info.json", "state.json", "dataset_dict.json")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_FORMATS = "JSONL (.jsonl, .ndjson), JSON, CSV, TSV and Parquet"


def read_rows(path: Path, load_dataset: LoadDataset | None = None) -> Rows:
    """Read every row of a data file, told apart by its extension.

    Args:
        path: a data file; or, where `load_dataset` is given, a folder written by
            `save_to_disk`, a hub id or the name of a built-in task.
        load_dataset: called only where `path` is no existing file.

    Raises:
        DataError: nothing is there, it cannot be read, or it holds no rows; the
            fact names file, row or line, and byte or column where it can.

    Limits: the file is held in memory. CSV and TSV are UTF-8 with a header line,
    double quotes around cells that hold delimiters or newlines, and every cell
    stays the string it is.
    """
    if not _is_unicode(str(path)):
        raise DataError(f"{str(path)!r} is no UTF-8 file name", hint="rename the file")
    rows = _read_any(path, load_dataset)
    if not rows.rows:
        raise DataError(f"{path} holds no rows", hint="give data with at least two rows")
    if not rows.columns:
        raise DataError(
            f"{path}: no row holds any column", hint='give rows such as {"text": "..."}'
        )
    odd = tuple(name for name in rows.columns if not _is_unicode(name))
    if odd:
        raise DataError(
            f"{path}: half a surrogate pair in the column name {odd[0]!r}", hint="rename the column"
        )
    return rows


def _read_any(path: Path, load_dataset: LoadDataset | None) -> Rows:
    if os.path.isfile(path):
        return _read_file(path)
    if os.path.isdir(path):
        return _read_folder(path, load_dataset)
    if os.path.lexists(path) and os.path.exists(path):
        raise DataError(f"{path} is no regular file", hint=f"give a file in {_FORMATS}")
    if load_dataset is not None and (is_builtin(str(path)) or _may_be_hub_id(path)):
        return _read_dataset(str(path), load_dataset)
    raise DataError(f"{path}: no such file", hint=_hint_for_missing(path))


def _read_file(path: Path) -> Rows:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataError(
            f"{path}: unknown extension {path.suffix!r}",
            hint=f"headstart reads {_FORMATS}; convert or rename the file, unpack it if compressed",
        )
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror or error}",
            hint="check the file's permissions and its disk",
        ) from error
    if not data.strip():
        raise DataError(f"{path} is empty ({len(data)} bytes)", hint="give a file with rows in it")
    return reader(str(path), data)


def _read_folder(path: Path, load_dataset: LoadDataset | None) -> Rows:
    names = _names_in(path)
    if load_dataset is not None and any(name in names for name in _SAVED_DATASET):
        return _read_dataset(str(path), load_dataset)
    files = tuple(name for name in names if Path(name).suffix.lower() in _READERS)
    raise DataError(f"{path} is a folder, not a data file", hint=_hint_for_folder(path, files))


def _hint_for_folder(path: Path, files: tuple[str, ...]) -> str:
    train = next((name for name in files if Path(name).stem == "train"), None)
    test = next((name for name in files if Path(name).stem == "test"), None)
    if train and test:
        return f"it holds both files: --data {path / train} --test {path / test}"
    if train or len(files) == 1:
        return f"did you mean --data {path / (train or files[0])}?"
    if files:
        return f"give one of its files: {listed(files)}"
    return f"it holds no file in {_FORMATS}"


def _read_dataset(source: str, load_dataset: LoadDataset) -> Rows:
    rows = tuple(Row(number, cells) for number, cells in enumerate(load_dataset(source), start=1))
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    return Rows(file=source, unit="row", columns=tuple(columns), rows=rows)


def _may_be_hub_id(path: Path) -> bool:
    text = str(path)
    if path.suffix.lower() in _READERS or not _HUB_ID.fullmatch(text):
        return False
    # `data/trian` beside a folder `data` is a slip of the pen, not somebody's data set
    return not ("/" in text and os.path.isdir(path.parent)) and not _close_files(path)


def _hint_for_missing(path: Path) -> str:
    if close := _close_files(path):
        return f"did you mean {' or '.join(str(path.parent / name) for name in close)}?"
    if not os.path.isdir(path.parent):
        return f"the folder {path.parent} does not exist either; check the path"
    return "check the path; it is taken from the current folder"


def _close_files(path: Path) -> list[str]:
    files = [name for name in _names_in(path.parent) if Path(name).suffix.lower() in _READERS]
    same_stem = [name for name in files if Path(name).stem == path.stem]
    return same_stem or get_close_matches(path.name, files, n=3, cutoff=0.7)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _names_in(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(os.listdir(folder)))
    except (OSError, ValueError):
        return ()
