"""Structured output: finding a JSON object in text, and comparing it field by field."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

_DEEPEST = 64
_FENCE = re.compile(r"```[A-Za-z]*[ \t]*\n(.*?)```", re.DOTALL)

FieldPath = tuple[str, ...]
"""Keys from the outside in; `[]` stands for any place in a list."""
Schema = Mapping[FieldPath, frozenset[str]]
"""For each path the JSON types it may have."""


class Extracted(NamedTuple):
    """The object found in a text, and whether the text was nothing else."""

    value: dict[str, Any] | None
    strict: bool


def extract_json(text: str) -> Extracted:
    """Find the first JSON object in a text.

    The whole text is tried first (strict), then what a ``` fence holds, then the
    first balanced `{...}` that parses. An object that is never closed is not
    searched for smaller ones.

    Limits: NaN and Infinity are no JSON; objects nested deeper than 64 count as
    unparsable.
    """
    if (value := _parse(text)) is not None:
        return Extracted(value, strict=True)
    for fenced in _FENCE.findall(text):
        if (value := _parse(fenced)) is not None:
            return Extracted(value, strict=False)
    for start, end in _balanced(text):
        if (value := _parse(text[start:end])) is not None:
            return Extracted(value, strict=False)
    return Extracted(None, strict=False)


def is_json_object(text: str) -> bool:
    """Whether the whole text is one JSON object."""
    return extract_json(text).strict


def field_f1(prediction: str, reference: str) -> float:
    """F1 over (path, value) pairs in [0, 1].

    Lists are compared without regard to order; 1 and 1.0 are equal, "1" and 1 are
    not. Two empty objects score 1.0, an unparsable text scores 0.0.
    """
    predicted, expected = fields(prediction), fields(reference)
    if predicted is None or expected is None:
        return 0.0
    total = predicted.total() + expected.total()
    return 2 * (predicted & expected).total() / total if total else 1.0


def json_exact(prediction: str, reference: str) -> float:
    """1.0 where both hold the same JSON object, key order and spacing aside; else 0.0."""
    predicted, expected = extract_json(prediction).value, extract_json(reference).value
    if predicted is None or expected is None:
        return 0.0
    return float(_canonical(predicted) == _canonical(expected))


def has_json(prediction: str, reference: str) -> bool:  # noqa: ARG001 - one signature for all
    """Whether the prediction holds a JSON object."""
    return extract_json(prediction).value is not None


def fields(text: str) -> Counter[tuple[FieldPath, str]] | None:
    """The (path, value) pairs of the object in a text, or None where there is none."""
    value = extract_json(text).value
    if value is None:
        return None
    leaves = (node for node in _nodes(value) if node[0] and _is_leaf(node[1]))
    return Counter((path, _canonical(leaf)) for path, leaf in leaves)


def infer_schema(completions: Iterable[str]) -> Schema:
    """Every path ever seen in the completions, with the JSON types seen there.

    Limits: says what may occur, never what must.
    """
    seen: dict[FieldPath, set[str]] = {}
    for completion in completions:
        for path, value in _nodes(extract_json(completion).value or {}):
            seen.setdefault(path, set()).add(_json_type(value))
    return {path: frozenset(types) for path, types in seen.items()}


def fits_schema(text: str, schema: Schema) -> bool:
    """Whether a text holds an object of which every path and type is in the schema."""
    value = extract_json(text).value
    return value is not None and all(
        not path or _json_type(node) in schema.get(path, frozenset())
        for path, node in _nodes(value)
    )


def _parse(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    shallow = all(len(path) <= _DEEPEST for path, _ in _nodes(value, deepest=_DEEPEST + 1))
    return value if shallow else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _balanced(text: str) -> Iterator[tuple[int, int]]:
    """Outermost brace-balanced stretches, braces inside JSON strings not counted."""
    depth, start, quoted, escaped = 0, 0, False, False
    for at, letter in enumerate(text):
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == "{":
            start = start if depth else at
            depth += 1
        elif depth and letter == '"':
            quoted = True
        elif depth and letter == "}":
            depth -= 1
            if not depth:
                yield start, at + 1


def _nodes(value: Any, deepest: int | None = None) -> Iterator[tuple[FieldPath, Any]]:
    """Every node with its path, the root first; iterative, so that depth is no danger."""
    waiting: list[tuple[FieldPath, Any]] = [((), value)]
    while waiting:
        path, node = waiting.pop()
        yield path, node
        if deepest is not None and len(path) >= deepest:
            continue
        if isinstance(node, dict):
            waiting += [((*path, key), inner) for key, inner in node.items()]
        elif isinstance(node, list):
            waiting += [((*path, "[]"), inner) for inner in node]


def _is_leaf(node: Any) -> bool:
    # an empty container is a value too: {"a": []} is not {}
    return not isinstance(node, dict | list) or not node


def _canonical(value: Any) -> str:
    return json.dumps(_with_plain_numbers(value), sort_keys=True)


def _with_plain_numbers(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        return {key: _with_plain_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_plain_numbers(inner) for inner in value]
    return value


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, dict) else "array"
