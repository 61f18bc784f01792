"""Where in a template's source a place of its output comes from.

Every spot of the source at which tags could stand is given a mark of its own, and one
render shows which marks come to stand where. Marks are only for looking; what is done
with a spot afterwards is proved by rendering without them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from headstart.templates.markup import Piece, Term, pieces
from headstart.templates.subject import Subject, rendered_as

_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_MOST_SPOTS = 1_000


@dataclass(frozen=True)
class Spot:
    """A place in the source where tags can be put, and what must be written around them."""

    start: int
    """The template is kept up to here."""
    end: int
    """And from here; what lies between, an operator, goes."""
    close: str = ""
    """Before the tags: what closes an output that is cut in two."""
    open: str = ""
    """Behind the tags: what opens its second half."""
    left: str = ""
    """White-space sign of the first tag: that of the output it stands before."""
    right: str = ""
    """White-space sign of the last tag: that of the output it stands behind."""


@dataclass(frozen=True)
class Located:
    """The spots of a template, and where each came to stand in one render."""

    text: str
    """The render without marks."""
    seen: tuple[tuple[int, Spot], ...]
    """Place in `text` and spot, in the order of the render."""

    def behind(self, place: int) -> list[Spot]:
        """The spots at a place, or behind it with white space only between; nearest first."""
        found = [
            (where, spot)
            for where, spot in self.seen
            if where >= place and not self.text[place:where].strip()
        ]
        return list(dict.fromkeys(spot for _, spot in sorted(found, key=lambda one: one[0])))

    def before(self, place: int, floor: int) -> list[Spot]:
        """The spots between two places of the render, the last one first."""
        found = [(where, spot) for where, spot in self.seen if floor <= where <= place]
        found.sort(key=lambda one: -one[0])
        return list(dict.fromkeys(spot for _, spot in found))


def locate(subject: Subject, probe: str, turn_end: str) -> Located:
    """Render one probe with every spot marked.

    Args:
        subject: the template.
        probe: name of the conversation.
        turn_end: text behind which a spot is made even inside a quoted text; may be empty.

    Raises:
        NotRendered: the marked template gives no text.
    """
    template = subject.template.text
    spots = list(dict.fromkeys(_spots(template, turn_end)))[:_MOST_SPOTS]
    text = rendered_as(subject, _with_marks(template, spots), probe).text
    seen, plain, place = [], [], 0
    for mark in _MARK.finditer(text):
        plain.append(text[place : mark.start()])
        seen.append((sum(map(len, plain)), spots[int(mark[1])]))
        place = mark.end()
    return Located("".join([*plain, text[place:]]), tuple(seen))


def _with_marks(template: str, spots: list[Spot]) -> str:
    parts, place = [], 0
    for number, spot in sorted(enumerate(spots), key=lambda one: (one[1].start, one[1].end)):
        if spot.start < place:
            continue
        mark = f"{{{{{spot.left} '{_OPEN}{number}{_CLOSE}' {spot.right.strip('+')}}}}}"
        parts += [template[place : spot.start], spot.close, mark, spot.open]
        place = spot.end
    return "".join([*parts, template[place:]])


def _spots(template: str, turn_end: str) -> Iterator[Spot]:
    for piece in pieces(template):
        if piece.kind == "text" and turn_end:
            for place in _behind_each(template, turn_end, piece.start, piece.end):
                yield _behind(template, place)
        if piece.kind != "output":
            continue
        yield _before(template, piece)
        for number, term in enumerate(piece.terms):
            if number:
                yield _between(piece.terms[number - 1], term)
            if turn_end and term.literal:
                yield from _inside_literal(template, term, turn_end)
        yield _behind(template, piece.end)


def _behind_each(template: str, turn_end: str, start: int, end: int) -> Iterator[int]:
    while (place := template.find(turn_end, start, end)) >= 0:
        start = place + len(turn_end)
        yield start


def _before(template: str, piece: Piece) -> Spot:
    if template[piece.start + 2] == "-":
        return Spot(piece.start, piece.start, left="-")
    line = template[template.rfind("\n", 0, piece.start) + 1 : piece.start]
    # a tag at the start of a line would take the line's indentation away
    return Spot(piece.start, piece.start, "{{ '' }}" if line and not line.strip() else "")


def _between(one: Term, other: Term) -> Spot:
    return Spot(one.end, other.start, " }}", "{{ ")


def _inside_literal(template: str, term: Term, turn_end: str) -> Iterator[Spot]:
    """Cuts a quoted text in two behind the turn end, where something follows it."""
    for cut in _behind_each(template, turn_end, term.start, term.end):
        if cut < term.end - 1:
            quote = template[term.start]
            yield Spot(cut, cut, f"{quote} }}}}", f"{{{{ {quote}")


def _behind(template: str, place: int) -> Spot:
    if template.startswith("-}}", place - 3):
        return Spot(place, place, right="-")
    return Spot(place, place, right="+" if template.startswith("\n", place) else "")
