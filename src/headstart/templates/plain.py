"""What a template is shown: messages as plain JSON values, in the shape transformers 5 gives.

A template is untrusted, and an object's methods could do anything; so it sees copies
made of text, numbers, lists and dicts only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

REASONING = ("reasoning_content", "thinking", "reasoning")
"""Names that a message's reasoning goes by; the first is the standard one."""


def plain(value: Any) -> Any:
    """A copy made of JSON values; any other object becomes its type's name in brackets."""
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return [plain(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if callable(getattr(value, "model_dump", None)):
        return plain(value.model_dump())
    return f"<{type(value).__name__}>"


def without_none(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages without the keys whose value is None."""
    return [{k: v for k, v in one.items() if v is not None} for one in messages]


def with_reasoning(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages whose reasoning stands under its standard name and under the old one."""
    return [_named(message) for message in messages]


def _named(message: dict[str, Any]) -> dict[str, Any]:
    given = [message[name] for name in REASONING if message.get(name) is not None]
    if not given:
        return message
    return {"thinking": given[0], **message, "reasoning_content": given[0]}
