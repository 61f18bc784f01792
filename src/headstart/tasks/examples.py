"""From rows to examples: every layout becomes prompt messages and a completion."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Literal

from headstart.domain.task import Example, Message
from headstart.errors import DataError
from headstart.tasks.columns import Layout, LayoutKind
from headstart.tasks.rows import Row, Rows, place
from headstart.tasks.split import group_of

_Role = Literal["system", "user", "assistant", "tool"]
_Turns = tuple[Message, ...]
_At = Callable[[str], str]

_ROLES: dict[str, _Role] = {
    "system": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
}
_LARGEST_EXACT_FLOAT = 2.0**53


def to_examples(rows: Rows, layout: Layout, side: str) -> tuple[Example, ...]:
    """Convert every row; empty cells give empty texts, which the split drops.

    Args:
        rows: the rows of one file.
        layout: the file's layout.
        side: "train" or "test", the first part of each example's id.

    Raises:
        DataError: a cell that is no text, or a conversation that does not end
            with an assistant turn; the fact names file, row and column.
    """
    return tuple(_to_example(rows, row, layout, side) for row in rows.rows)


def cell_turns(value: object, where: str) -> tuple[Message, ...]:
    """A conversation, whoever speaks last; an empty cell has no turns.

    Args:
        value: a list of turns; in CSV and TSV a JSON list written in the cell.
        where: file, row and column, for errors.

    Raises:
        DataError: no list of turns, an unknown role, or content that is no text.
    """
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise DataError(
                f"{where}: not a JSON list of turns", hint="write the turns as JSON, or use JSONL"
            ) from error
    if value is None or value == "" or value == []:
        return ()
    if not isinstance(value, list) or not all(isinstance(turn, dict) for turn in value):
        raise DataError(
            f"{where}: not a list of turns",
            hint='write [{"role": "user", "content": "..."}, {"role": "assistant", ...}]',
        )
    turns = tuple(_turn(turn, f"{where}, turn {n}") for n, turn in enumerate(value, start=1))
    for number, turn in enumerate(turns[1:], start=2):
        if turn.role == "system":
            raise DataError(
                f"{where}, turn {number}: a system message after the first turn",
                hint="a system message may only stand first",
            )
    return turns


def cell_text(value: object, where: str) -> str:
    """A cell as text: null and NaN are empty, 3.0 is "3", lists and objects are JSON.

    Raises:
        DataError: bytes, images and the like; lone surrogates; null characters.
    """
    text = _plain(value, where)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(
            f"{where}: half a surrogate pair at character {error.start}",
            hint="the escape \\ud800 to \\udfff must come in pairs; repair or remove it",
        ) from error
    if (offset := text.find("\0")) >= 0:
        raise DataError(
            f"{where}: a null character at character {offset}", hint="remove it from the text"
        )
    return text


def _plain(value: object, where: str) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() | Decimal():
            return _number(value)
        case int():
            return str(value)
        case date() | time():
            return value.isoformat()
        case dict() | list() | tuple():
            return _json(value, where)
    raise DataError(
        f"{where}: {type(value).__name__} is no text",
        hint="convert the column to text, or name another one with --columns",
    )


def _number(value: float | Decimal) -> str:
    if math.isnan(value):
        return ""
    if -_LARGEST_EXACT_FLOAT < value < _LARGEST_EXACT_FLOAT and value == int(value):
        return str(int(value))
    return str(value)


def _json(value: object, where: str) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=lambda inner: _plain(inner, where))
    except (RecursionError, ValueError, TypeError) as error:
        raise DataError(
            f"{where}: cannot be written as JSON ({error})", hint="flatten the value"
        ) from error


def _to_example(rows: Rows, row: Row, layout: Layout, side: str) -> Example:
    cells = {name: row.cells.get(column) for name, column in layout.columns.items()}

    def at(name: str) -> str:
        return place(rows, row, layout.columns[name])

    prompt, completion = _CONVERTERS[layout.kind](cells, at)
    return Example(
        id=f"{side}:{row.number}",
        prompt=prompt,
        completion=completion,
        group=group_of(prompt, completion),
    )


def _from_chat(name: str) -> Callable[[Mapping[str, object], _At], tuple[_Turns, str]]:
    def convert(cells: Mapping[str, object], at: _At) -> tuple[_Turns, str]:
        where = at(name)
        messages = cell_turns(cells[name], where)
        if not messages:
            return (), ""
        if messages[-1].role != "assistant":
            has_answer = any(message.role == "assistant" for message in messages)
            what = f"ends with a {messages[-1].role} turn" if has_answer else "has no assistant"
            raise DataError(
                f"{where}: the conversation {what}",
                hint="each conversation ends with the assistant turn that is to be learned",
            )
        return messages[:-1], messages[-1].content

    return convert


def _from_prompt(cells: Mapping[str, object], at: _At) -> tuple[_Turns, str]:
    prompt, completion = cells["prompt"], cells["completion"]
    turns = (
        cell_turns(prompt, at("prompt"))
        if _is_chat(prompt)
        else _user(cell_text(prompt, at("prompt")))
    )
    if not _is_chat(completion):
        return turns, cell_text(completion, at("completion"))
    answer = cell_turns(completion, at("completion"))
    if len(answer) != 1 or answer[0].role != "assistant":
        raise DataError(
            f"{at('completion')}: {len(answer)} turns instead of one assistant turn",
            hint="put earlier turns into the prompt, or use the layout (messages)",
        )
    return turns, answer[0].content


def _from_instruction(cells: Mapping[str, object], at: _At) -> tuple[_Turns, str]:
    instruction = cell_text(cells["instruction"], at("instruction"))
    given = cell_text(cells["input"], at("input")) if "input" in cells else ""
    prompt = f"{instruction}\n\n{given}" if given.strip() else instruction
    return _user(prompt), cell_text(cells["output"], at("output"))


def _from_label(cells: Mapping[str, object], at: _At) -> tuple[_Turns, str]:
    return _user(cell_text(cells["text"], at("text"))), cell_text(cells["label"], at("label"))


def _from_text(cells: Mapping[str, object], at: _At) -> tuple[_Turns, str]:
    return (), cell_text(cells["text"], at("text"))


_CONVERTERS = {
    LayoutKind.MESSAGES: _from_chat("messages"),
    LayoutKind.CONVERSATIONS: _from_chat("conversations"),
    LayoutKind.PROMPT: _from_prompt,
    LayoutKind.INSTRUCTION: _from_instruction,
    LayoutKind.LABEL: _from_label,
    LayoutKind.TEXT: _from_text,
}


def _user(text: str) -> _Turns:
    return (Message(role="user", content=text),)


def _is_chat(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and "role" in turn and "content" in turn for turn in value)
    )


def _turn(turn: Mapping[str, object], where: str) -> Message:
    spoken = turn.get("role", turn.get("from"))
    role = _ROLES.get(spoken) if isinstance(spoken, str) else None
    if role is None:
        raise DataError(f"{where}: unknown role {spoken!r}", hint=f"roles are {', '.join(_ROLES)}")
    if "content" not in turn and "value" not in turn:
        raise DataError(
            f"{where}: neither 'content' nor 'value'", hint="each turn has a role and a content"
        )
    if turn.get("tool_calls"):
        raise DataError(
            f"{where}: holds tool_calls, which are not read",
            hint="write the call into the turn's content as the text that is to be learned",
        )
    content = turn.get("content", turn.get("value"))
    parts = content if isinstance(content, list) else (content,)
    return Message(role=role, content="".join(_parts(parts, where)))


def _parts(parts: Iterable[object], where: str) -> Iterable[str]:
    for part in parts:
        if not isinstance(part, dict):
            yield cell_text(part, where)
        elif part.get("type") == "text":
            yield cell_text(part.get("text"), where)
        else:
            raise DataError(
                f"{where}: a part of type {part.get('type')!r}", hint="only text can be learned"
            )
