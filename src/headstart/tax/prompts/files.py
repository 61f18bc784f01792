"""The user's prompts, and public sets in the form in which they are published."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from headstart.domain.tax import Ask, Choice, InstructionAsk, Passage
from headstart.errors import DataError
from headstart.tasks.rows import Row, Rows, place
from headstart.tax.cells import listed_cell
from headstart.tax.instruction_rows import instructions_of
from headstart.tax.labels import safety_of
from headstart.tax.stored import column, decoded, needed, read_bytes, read_stored, text_in

T = TypeVar("T")
_PROMPTS = ("prompt", "question", "instruction", "query", "input", "text")
_SAFETY = ("label", "safe", "is_safe")
_LETTERS = "ABCDEFGHIJ"
_PASSAGE_BYTES = 400
"""Paragraphs of a plain text file are joined until they hold this many characters."""


def read_asks(path: Path, *, safe: bool) -> tuple[Ask, ...]:
    """Requests, one a row; where the file tells safe from unsafe, only those asked for.

    XSTest's `xstest_prompts.csv` is such a file: its `label` says safe or unsafe, its `type`
    gives the group.

    Raises:
        DataError: there is no column of prompts, or no row of the wanted kind.
    """
    rows, _ = read_stored(path)
    prompts = needed(rows, _PROMPTS, "prompts")
    named = (column(rows, (name,)) for name in _SAFETY)
    told = next(
        (c for c in named if c and any(safety_of(r.cells.get(c)) is not None for r in rows.rows)),
        None,
    )
    group, key = column(rows, ("type", "category", "group")), column(rows, ("id", "key"))
    found = tuple(
        Ask(
            id=_id(row, key),
            text=text_in(row.cells.get(prompts)).strip(),
            group=text_in(row.cells.get(group)) if group else "",
        )
        for row in rows.rows
        if text_in(row.cells.get(prompts)).strip()
        and (told is None or safety_of(row.cells.get(told)) is safe)
    )
    kind = "safe" if safe else "unsafe"
    return _some(found, path, f"no {kind} prompts", f"label rows {kind}, or leave labels out")


def read_instructions(path: Path) -> tuple[InstructionAsk, ...]:
    """Prompts with their instructions, as IFEval's `input_data.jsonl` has them.

    Raises:
        DataError: columns are missing, or a row's instructions cannot be read.
    """
    rows, _ = read_stored(path)
    prompts, key = needed(rows, _PROMPTS, "prompts"), column(rows, ("key", "id"))
    found = []
    for row in rows.rows:
        given = instructions_of(rows, row)
        if given is None:
            raise DataError(
                f"{place(rows, row)} has no instructions",
                hint="name the columns instruction_id_list and kwargs",
            )
        found.append(
            InstructionAsk(
                id=_id(row, key),
                text=text_in(row.cells.get(prompts)),
                kinds=tuple(each.kind for each in given),
                arguments=tuple(dict(each.arguments) for each in given),
            )
        )
    return _some(tuple(found), path, "no prompts", "give one prompt a row")


def read_choices(path: Path) -> tuple[Choice, ...]:
    """Multiple choice: MMLU's CSV files or a folder of them, or rows with choices and answer.

    MMLU's files have no header: question, four options, and the right letter. In JSONL a row
    holds `question`, `choices` and `answer`, the index from 0, the letter or the option itself.
    Options are shown with letters, as MMLU is published.

    Raises:
        DataError: nothing of that form.
    """
    if path.is_dir():
        files = sorted(path.rglob("*_test.csv")) or sorted(path.rglob("*.csv"))
        found = tuple(choice for file in files for choice in _mmlu(file))
        return _some(found, path, "no CSV files", "give the folder that holds MMLU's test files")
    if path.suffix.lower() == ".csv" and _is_headerless(path):
        return _some(tuple(_mmlu(path)), path, "no questions", "give MMLU's CSV files")
    rows, _ = read_stored(path)
    question = needed(rows, ("question", "prompt", "input"), "questions")
    options = needed(rows, ("choices", "options"), "options")
    answer = needed(rows, ("answer", "gold", "label", "target"), "right answers")
    subject, key = column(rows, ("subject", "group")), column(rows, ("id", "key"))
    return tuple(
        Choice(
            id=_id(row, key),
            question=text_in(row.cells.get(question)),
            options=tuple(texts := [text_in(o) for o in listed_cell(rows, row, options)]),
            gold=_gold(rows, row, answer, texts),
            lettered=True,
            group=text_in(row.cells.get(subject)) if subject else "",
        )
        for row in rows.rows
    )


def read_passages(path: Path) -> tuple[Passage, ...]:
    """Raw text: a `.txt` or `.md` file in stretches of paragraphs, or rows with `text`.

    Raises:
        DataError: there is no text.
    """
    if path.suffix.lower() in (".txt", ".md"):
        text, _ = decoded(path, read_bytes(path))
        texts = list(_stretches(text.split("\n\n")))
    else:
        rows, _ = read_stored(path)
        name = needed(rows, ("text", "document", "content", "completion"), "texts")
        texts = [text_in(row.cells.get(name)) for row in rows.rows]
    found = tuple(
        Passage(id=f"{path.stem}-{i}", text=text.strip(), group=path.name)
        for i, text in enumerate(texts)
        if text.strip()
    )
    return _some(found, path, "no text", "give a file with text in it")


def _stretches(paragraphs: Sequence[str]) -> Iterator[str]:
    held = ""
    for paragraph in paragraphs:
        held = f"{held}\n\n{paragraph}" if held else paragraph
        if len(held) >= _PASSAGE_BYTES:
            yield held
            held = ""
    if held.strip():
        yield held


def _mmlu(path: Path) -> Iterator[Choice]:
    text, _ = decoded(path, read_bytes(path))
    subject = path.stem.removesuffix("_test").replace("_", " ")
    for i, cells in enumerate(csv.reader(io.StringIO(text)), start=1):
        if not any(cells):
            continue
        *asked, letter = [cell.strip() for cell in cells]
        if len(asked) < 3 or len(letter) != 1 or letter not in _LETTERS[: len(asked) - 1]:
            raise DataError(
                f"{path}, row {i} is no question with options and the right letter",
                hint="MMLU's rows are: question, option, option, option, option, letter",
            )
        yield Choice(
            id=f"{path.stem}-{i}",
            question=asked[0],
            options=tuple(asked[1:]),
            gold=_LETTERS.index(letter),
            lettered=True,
            group=subject,
        )


def _is_headerless(path: Path) -> bool:
    text, _ = decoded(path, read_bytes(path))
    first = next(csv.reader(io.StringIO(text)), [])
    return len(first) >= 4 and first[-1].strip() in set(_LETTERS)


def _gold(rows: Rows, row: Row, name: str, options: Sequence[str]) -> int:
    cell = row.cells.get(name)
    text = text_in(cell).strip()
    if isinstance(cell, int) and not isinstance(cell, bool) and 0 <= cell < len(options):
        return cell
    if len(text) == 1 and text in _LETTERS[: len(options)]:
        return _LETTERS.index(text)
    if text in options:
        return options.index(text)
    if text.isdigit() and int(text) < len(options):
        return int(text)
    raise DataError(
        f"{place(rows, row, name)} names none of the {len(options)} options: {text!r}",
        hint="write the option's index from 0, its letter, or the option itself",
    )


def _id(row: Row, key: str | None) -> str:
    cell = row.cells.get(key) if key else None
    return str(row.number) if cell is None else text_in(cell)


def _some(found: tuple[T, ...], path: Path, fact: str, hint: str) -> tuple[T, ...]:
    if not found:
        raise DataError(f"{path} holds {fact}", hint=hint)
    return found
