"""Where generation tags could go: ways to put them around an assistant's answer.

Every way is only a candidate: `fix` takes the first that is proved by rendering.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from headstart.templates.places import Located, Spot

_LOOP = re.compile(r"\{%[-+]?\s*for\s+(\w+)\s+in\b")
_TAGS = re.compile(r"\{%[-+]?\s*(?:end)?generation\s*[-+]?%\}")
_MOST_SPOTS = 4
"""Spots tried for each end of an answer; the first is nearly always the right one."""


@dataclass(frozen=True)
class Span:
    """Where one answer stands in a render."""

    floor: int
    """Where the question before it ends."""
    begin: int
    """Where the answer begins."""
    end: int
    """Where its turn end ends."""


Pair = tuple[Spot, Spot]


def unmarked(template: str) -> str:
    """The template without its generation tags."""
    return _TAGS.sub("", template)


def markings(template: str, located: Located, spans: Sequence[Span]) -> Iterator[str]:
    """The template with generation tags, in every way that might be right, likely ones first.

    A template that writes earlier answers in another place than the last one gets tags
    in both places.

    Args:
        template: without generation tags.
        located: its spots in a render.
        spans: the answers in that render.
    """
    ways = [_pairs(located, span) for span in spans]
    for choice in sorted(product(*ways), key=lambda pairs: sum(rank for rank, _ in pairs)):
        pairs = sorted({pair for _, pair in choice}, key=lambda pair: pair[0].start)
        if all(one[1].end <= other[0].start for one, other in pairwise(pairs)):
            for marked in (_marked, _marked_if_assistant):
                text = template
                for begin, end in reversed(pairs):
                    text = marked(text, begin, end)
                yield text


def _pairs(located: Located, span: Span) -> list[tuple[int, Pair]]:
    """Ways to enclose one answer, each with a number that is small where it is likely."""
    return [
        (rank + other, (begin, end))
        for rank, begin in enumerate(located.before(span.begin, span.floor)[:_MOST_SPOTS])
        for other, end in enumerate(located.behind(span.end)[:_MOST_SPOTS])
        if begin.end <= end.start and begin != end
    ]


def loop_name(template: str, place: int) -> str | None:
    """The variable of the last loop that begins before a place of the source."""
    found: list[str] = _LOOP.findall(template, 0, place)
    return found[-1] if found else None


def _marked(template: str, begin: Spot, end: Spot) -> str:
    return (
        template[: begin.start]
        + begin.close
        + tag("generation", begin.left)
        + begin.open
        + template[begin.end : end.start]
        + end.close
        + tag("endgeneration", "", end.right)
        + end.open
        + template[end.end :]
    )


def _marked_if_assistant(template: str, begin: Spot, end: Spot) -> str:
    """For a template that writes every role alike: one copy with tags and one without."""
    loop = loop_name(template, begin.start) or "message"
    inside = begin.open + template[begin.end : end.start] + end.close
    return (
        template[: begin.start]
        + begin.close
        + tag(f"if {loop}['role'] == 'assistant'", begin.left)
        + tag("generation")
        + inside
        + tag("endgeneration")
        + tag("else")
        + inside
        + tag("endif", "", end.right)
        + end.open
        + template[end.end :]
    )


def tag(body: str, left: str = "", right: str = "") -> str:
    """A block tag with its white-space signs."""
    return f"{{%{left} {body} {right}%}}"
