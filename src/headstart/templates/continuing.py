"""A final message left open, so that the model goes on with it.

The text to go on with gets a mark at its end before the render, and the render is cut at
the mark: the same steps as transformers takes, so that the same bytes remain.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from headstart.templates.errors import TemplateError, told
from headstart.templates.plain import REASONING, plain, with_reasoning, without_none

MARK = "CONTINUE_FINAL_MESSAGE_TAG "
"""Ends in a space, which shows whether the template trims; transformers' own mark."""


def marked_open(
    template: str, messages: list[dict[str, Any]], *, wanted: bool | str
) -> list[dict[str, Any]]:
    """Messages with the mark at the end of the last one's text.

    Args:
        template: its text; it must mention the field.
        messages: plain dicts.
        wanted: the field's name, or True for `content`.

    Raises:
        TemplateError: there is no such text, or the template never reads the field.
    """
    last = dict(messages[-1])
    names = _fields(last, wanted=wanted)
    if last.get(names[0]) is None:
        raise _cannot(f"the last message has no {names[0]!r}")
    if not any(name in template for name in names):
        raise _cannot(f"the template never reads {names[0]!r}")
    for name in names:
        last[name] = _marked(last[name])
    return [*messages[:-1], last]


def _marked(text: Any) -> Any:
    if not isinstance(text, list):
        return text + MARK
    place = _last_text(text)
    return [
        part | {"text": part["text"] + MARK} if number == place else part
        for number, part in enumerate(text)
    ]


def _last_text(parts: list[Any]) -> int:
    found = [number for number, part in enumerate(parts) if "text" in part]
    if not found:
        raise _cannot("the last message holds no text part")
    return found[-1]


def _fields(last: dict[str, Any], *, wanted: bool | str) -> list[str]:
    name = wanted if isinstance(wanted, str) else "content"
    if name not in REASONING or last.get(name) is None:
        return [name]
    return [name, *(each for each in REASONING if each != name and last.get(each) == last[name])]


def cut_open(text: str, messages: Sequence[Mapping[str, Any]], *, wanted: bool | str) -> str:
    """A render up to its mark.

    Raises:
        TemplateError: the template deleted the text or the mark.
    """
    (last,) = with_reasoning(without_none([plain(messages[-1])]))
    final = last[_fields(last, wanted=wanted)[0]]
    if isinstance(final, list):
        final = final[_last_text(final)]["text"]
    place = text.rfind(MARK.strip())
    if place < 0 or final.strip() not in text:
        raise _cannot("the template changes the last message's text")
    kept = text[:place]
    return kept if text.startswith(MARK, place) else kept.rstrip()


def _cannot(why: str) -> TemplateError:
    return told("failed", f"the final message cannot be left open: {why}")
