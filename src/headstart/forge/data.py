"""The user's data for the stages: conversations, preferences, prompts and raw documents."""

import glob
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from headstart.builtin import is_builtin
from headstart.domain.stage import Preference, RlPrompt
from headstart.domain.task import Example, Message
from headstart.errors import DataError, RequestError
from headstart.forge.task_source import builtin_rows
from headstart.tasks.columns import Layout, LayoutKind, find_layout
from headstart.tasks.examples import cell_text, cell_turns, to_examples
from headstart.tasks.read import read_rows
from headstart.tasks.read_json import decode
from headstart.tasks.rows import Row, Rows, listed, place
from headstart.tasks.split import is_empty

PLAIN = (".txt", ".md")
"""Files of which each is one document; others hold rows with a column `text`."""
_NOWHERE = "\0"
"""The name of no column: an answer that is not there."""


def parse_names(text: str, allowed: Sequence[str]) -> dict[str, str]:
    """Read `prompt=question,chosen=good` into a mapping from our names to the file's.

    Raises:
        RequestError: not of that form, a name that is not allowed, or one given twice.
    """
    found: dict[str, str] = {}
    for part in text.split(",") if text.strip() else ():
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not (equals and column) or name not in allowed or name in found:
            raise RequestError(
                f"--columns: {part.strip()!r} is not one of {', '.join(allowed)}, given once, "
                "with the file's column",
                hint=f"write for example --columns {allowed[0]}=mine",
            )
        found[name] = column
    return found


def read_conversations(path: str, columns: Mapping[str, str]) -> tuple[Example, ...]:
    """Rows of (messages), (prompt, completion), (instruction, output) or (text, label).

    Rows whose prompt or answer is empty are left out.

    Args:
        path: a JSONL, JSON, CSV, TSV or Parquet file, or a built-in task.
        columns: from those names to the file's.

    Raises:
        DataError: unreadable, no such columns, or no row with both; the fact names the place.
    """
    rows = _rows(path)
    layout = find_layout(rows, columns)
    if layout.kind is LayoutKind.TEXT:
        raise DataError(
            f"{path} holds raw text (a column 'text' and no answers)",
            hint="train on it with headstart forge adapt, or beside conversations with --replay",
        )
    found = to_examples(rows, layout, "train")
    kept = tuple(e for e in found if e.prompt and not is_empty(e))
    if not kept:
        raise DataError(f"{path}: no row has a prompt and an answer", hint="check the columns")
    return kept


def read_preferences(path: str, columns: Mapping[str, str]) -> tuple[Preference, ...]:
    """Rows of (prompt, chosen, rejected), or (chosen, rejected) as whole conversations.

    A prompt is text or a list of turns; answers are text or one assistant turn. Rows without
    prompt or answers, or with equal answers, are left out.

    Args:
        path: a JSONL, JSON, CSV, TSV or Parquet file, or a built-in task.
        columns: from those names to the file's.

    Raises:
        DataError: unreadable, no such columns, conversations that differ before their last
            turn, or no usable row; the fact names the place.
    """
    rows = _rows(path)
    names = {name: columns.get(name, name) for name in ("prompt", "chosen", "rejected")}
    _require(rows, [names["chosen"], names["rejected"]], "chosen, rejected")
    if names["prompt"] in rows.columns:
        first, second = (
            _as(rows, LayoutKind.PROMPT, prompt=names["prompt"], completion=names[answer])
            for answer in ("chosen", "rejected")
        )
    else:
        first, second = (
            _as(rows, LayoutKind.MESSAGES, messages=names[answer])
            for answer in ("chosen", "rejected")
        )
    found = [
        Preference(prompt=a.prompt, chosen=a.completion.strip(), rejected=b.completion.strip())
        for row, a, b in zip(rows.rows, first, second, strict=True)
        if _same_prompt(rows, row, a, b)
    ]
    kept = tuple(
        p
        for p in found
        if any(turn.content.strip() for turn in p.prompt)
        and p.chosen
        and p.rejected
        and p.chosen != p.rejected
    )
    if not kept:
        raise DataError(
            f"{path}: no row has a prompt and two different answers", hint="check the columns"
        )
    return kept


def read_prompts(path: str, columns: Mapping[str, str]) -> tuple[RlPrompt, ...]:
    """Rows with a column `prompt`, or `messages` of which an answer at the end is dropped.

    Other columns go to reward functions as they are.

    Args:
        path: a JSONL, JSON, CSV, TSV or Parquet file, or a built-in task.
        columns: from those names to the file's.

    Raises:
        DataError: unreadable, no such column, or no usable row; the fact names the place.
    """
    rows = _rows(path)
    prompt = columns.get("prompt", "prompt")
    messages = columns.get("messages", "messages")
    if prompt in rows.columns:
        found = [e.prompt for e in _as(rows, LayoutKind.PROMPT, prompt=prompt, completion=_NOWHERE)]
    elif messages in rows.columns:
        found = [
            _unanswered(cell_turns(row.cells.get(messages), place(rows, row, messages)))
            for row in rows.rows
        ]
    else:
        raise DataError(
            f"{path} has no column 'prompt'; it has {listed(rows.columns)}",
            hint="name it, for example --columns prompt=question",
        )
    kept = tuple(
        RlPrompt(prompt=turns, row=dict(row.cells))
        for row, turns in zip(rows.rows, found, strict=True)
        if any(turn.content.strip() for turn in turns)
    )
    if not kept:
        raise DataError(f"{path}: every prompt is empty", hint="check the columns")
    return kept


def read_documents(paths: Sequence[str]) -> Iterator[str]:
    """Raw documents: each .txt and .md file is one, other files hold one a row in `text`.

    Args:
        paths: files, or patterns such as `notes/*.txt`; read in the order given.

    Raises:
        DataError: a file is missing, unreadable, or has no column `text`.
    """
    for path in expand(paths):
        if path.suffix.lower() in PLAIN:
            yield _plain_text(path)
            continue
        rows = read_rows(path)
        _require(rows, ["text"], "text")
        for row in rows.rows:
            yield cell_text(row.cells.get("text"), place(rows, row, "text"))


def expand(paths: Sequence[str]) -> tuple[Path, ...]:
    """Patterns made files, in the order given, within a pattern by name.

    Raises:
        DataError: a pattern matches nothing.
    """
    found: list[Path] = []
    for path in paths:
        matches = [path] if Path(path).is_file() else sorted(glob.glob(path, recursive=True))
        files = [Path(match) for match in matches if Path(match).is_file()]
        if not files:
            raise DataError(f"{path}: no such file", hint="check the path or the pattern")
        found += files
    return tuple(found)


def digest(paths: Iterable[Path]) -> str:
    """sha256 over the content of files, in order; their names do not enter.

    Raises:
        DataError: a file cannot be read.
    """
    whole = hashlib.sha256()
    for path in paths:
        try:
            one = hashlib.sha256(path.read_bytes())
        except OSError as error:
            raise DataError(
                f"{path} cannot be read: {error.strerror or error}", hint="check the path"
            ) from error
        whole.update(one.digest())
    return whole.hexdigest()


def _rows(path: str) -> Rows:
    return read_rows(Path(path), builtin_rows if is_builtin(path) else None)


def _as(rows: Rows, kind: LayoutKind, **columns: str) -> tuple[Example, ...]:
    return to_examples(rows, Layout(kind=kind, columns=columns), "train")


def _unanswered(turns: tuple[Message, ...]) -> tuple[Message, ...]:
    return turns[:-1] if turns and turns[-1].role == "assistant" else turns


def _require(rows: Rows, columns: Sequence[str], wanted: str) -> None:
    missing = [name for name in columns if name not in rows.columns]
    if missing:
        raise DataError(
            f"{rows.file} has no column {missing[0]!r}; it has {listed(rows.columns)}",
            hint=f"the columns are {wanted}; map others with --columns",
        )


def _same_prompt(rows: Rows, row: Row, first: Example, second: Example) -> bool:
    if first.prompt != second.prompt:
        raise DataError(
            f"{place(rows, row)}: the chosen and the rejected conversation differ before their "
            "last turn",
            hint="both answer one prompt; give it in a column 'prompt'",
        )
    return True


def _plain_text(path: Path) -> str:
    try:
        return decode(str(path), path.read_bytes())
    except OSError as error:
        raise DataError(
            f"{path} cannot be read: {error.strerror or error}", hint="check its permissions"
        ) from error
