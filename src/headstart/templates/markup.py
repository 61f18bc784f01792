"""A template's text cut into tags and text, with places, so that it can be edited.

jinja2 reads templates but cannot write them; repairs therefore work on the text itself
and prove by rendering that they did what was meant. This reader knows just enough:
where tags begin and end, and where the terms of a sum stand inside `{{ ... }}`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENS = re.compile(r"\{\{|\{%|\{#")
_RAW_END = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"|(?P<word>\w+)|(?P<open>[(\[{])|(?P<close>[)\]}])"
    r"|(?P<sign>==|!=|<=|>=|//|\*\*|[-+*/%<>~|])|(?P<other>.)",
    re.DOTALL,
)
_NOT_A_SUM = frozenset({"and", "else", "if", "in", "is", "not", "or"})
_CLOSERS = {"{{": "}}", "{%": "%}", "{#": "#}"}


@dataclass(frozen=True)
class Term:
    """One term of the sum inside an output tag."""

    start: int
    """Where it begins in the template."""
    end: int
    """Where it ends."""
    literal: bool
    """Whether it is one quoted text and nothing else."""


@dataclass(frozen=True)
class Piece:
    """A tag, or the text between two tags."""

    kind: str
    """`text`, `output`, `block` or `comment`."""
    start: int
    """Where it begins in the template."""
    end: int
    """Where it ends."""
    terms: tuple[Term, ...] = ()
    """For an output: the terms of its sum, or itself as the only one."""


def pieces(template: str) -> tuple[Piece, ...]:
    """Cut a template into its tags and the text between; together they are the template.

    A tag that never ends is taken as text. What stands in `raw` is text.
    """
    return tuple(_pieces(template))


def _pieces(template: str) -> Iterator[Piece]:
    place = 0
    while found := _OPENS.search(template, place):
        end = _tag_end(template, found.start(), found[0])
        if end < 0:
            break
        if place < found.start():
            yield Piece("text", place, found.start())
        yield _tag(template, found.start(), end)
        place = end
        if re.match(r"\{%[-+]?\s*raw\b", template[found.start() : end]):
            closing = _RAW_END.search(template, end)
            place = closing.start() if closing else len(template)
            yield Piece("text", end, place)
    if place < len(template):
        yield Piece("text", place, len(template))


def _tag(template: str, start: int, end: int) -> Piece:
    opening = template[start : start + 2]
    if opening != "{{":
        return Piece("block" if opening == "{%" else "comment", start, end)
    left = start + 2 + (template[start + 2] in "-+")
    right = end - 2 - (template[end - 3] in "-+")
    return Piece("output", start, end, tuple(_terms(template, left, right)))


def _tag_end(template: str, start: int, opening: str) -> int:
    closer = _CLOSERS[opening]
    if opening == "{#":
        found = template.find(closer, start + 2)
        return found + 2 if found >= 0 else -1
    depth, place = 0, start + 2
    while place < len(template):
        if depth == 0 and template.startswith(closer, place):
            return place + 2
        token = _TOKEN.match(template, place)
        assert token is not None
        depth += (token.lastgroup == "open") - (token.lastgroup == "close" and depth > 0)
        place = token.end()
    return -1


def _terms(template: str, left: int, right: int) -> Iterator[Term]:
    """The terms of a sum by `+` or `~`; the whole as one term where it is no plain sum."""
    cuts: list[tuple[int, int]] = []
    depth = 0
    for token in _TOKEN.finditer(template, left, right):
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth:
            continue
        if token[0] in "+~" and token.lastgroup == "sign":
            cuts.append(token.span())
        elif token[0] in _NOT_A_SUM or (token.lastgroup == "sign" and token[0] != "|"):
            cuts = []
            break
    starts = [left, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), right]
    for start, end in zip(starts, ends, strict=True):
        yield _trimmed(template, start, end)


def _trimmed(template: str, start: int, end: int) -> Term:
    text = template[start:end]
    begin = start + len(text) - len(text.lstrip())
    stop = end - (len(text) - len(text.rstrip()))
    token = _TOKEN.match(template, begin, stop) if begin < stop else None
    whole = token is not None and token.lastgroup == "text" and token.end() == stop
    return Term(begin, max(begin, stop), literal=whole)


def quoted_literal(text: str) -> str:
    """A text as a template writes it in an expression."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r") + "'"
