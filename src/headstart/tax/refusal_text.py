"""A reply made plain and cut into sentences, so that cues can be found and pointed at."""

import re
from dataclasses import dataclass

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2019\u2018\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
        **dict.fromkeys("\u00a0\u202f\u2009\u200b\ufeff\t\r\f\v*_", " "),
        "\u2028": "\n",
        "\u2029": "\n",
    }
)
_THOUGHT = re.compile(r"^\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"(?<=[.!?])(?<!\n\d\.)(?<!\n\d\d\.)[\"')\]]*\s+|\n+")
_ITEM = re.compile(r"\s*(?:\d+\s*[.):]|[-*\u2022\u2013]|step \d+|\(?[a-z]\))\s*\S", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"\n]{0,400}"')


@dataclass(frozen=True)
class Sentence:
    """One sentence or line."""

    text: str
    """With straight quotes, and without emphasis marks."""
    start: int
    """Where it begins in the reply, in characters."""
    is_item: bool
    """Whether it is an item of a list."""


def sentences(reply: str, most: int = 40) -> list[Sentence]:
    """The first `most` sentences of what was said; thoughts in `<think>` tags are skipped."""
    thought = _THOUGHT.match(reply)
    said = reply if thought is None else " " * thought.end() + reply[thought.end() :]
    plain = said.translate(_PLAIN)
    found: list[Sentence] = []
    start = 0
    for end, following in [
        *((m.start(), m.end()) for m in _BREAK.finditer(plain)),
        (len(plain),) * 2,
    ]:
        text = plain[start:end]
        if text.strip():
            lead = len(text) - len(text.lstrip())
            is_item = _ITEM.match(said, start + lead) is not None
            found.append(Sentence(text[lead:], start + lead, is_item))
        if len(found) == most:
            break
        start = following
    return found


def without_quotations(text: str) -> str:
    """The same length, with what stands in double quotes blanked: a story's words are no refusal.

    A text that is one whole quotation is left as it is.
    """
    if _QUOTED.fullmatch(text.strip()):
        return text
    return _QUOTED.sub(lambda m: " " * len(m.group()), text)


def repaired(text: str) -> str:
    """UTF-8 that was read as Windows-1252 put right, where that explains all of the text."""
    if "\u00e2\u20ac" not in text and "\u00c3" not in text:
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text.replace("\u00e2\u20ac\u2122", "'").replace("\u00e2\u20ac\u02dc", "'")
