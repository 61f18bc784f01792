"""The token that closes an answer, and the role markers, read from a template's syntax tree.

Nothing is rendered: a template can be hostile, and this room answers within a second. The tree
is walked in the order of the text; what stands behind the content of an assistant's turn, up to
the first special token, closes it.

Limits: a template that builds its markers at run time, or that writes turns by macros, may give
none. Behaviour and lint render.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from headstart.checkpoints.template_tree import EOS, Piece, Region, read_regions
from headstart.checkpoints.token_forms import closes_turns, ends_documents
from headstart.domain.value import NotMeasured, Value

MAX_CHARACTERS = 200_000
"""Longer templates are not parsed; the longest in use have about 40,000 characters."""
MAX_SPECIALS = 200
"""Most added tokens of one template that are looked for by their text; markers look the part."""
MAX_SPECIAL_CHARACTERS = 64
"""Longer added tokens are not looked for."""
_MARKER = r"<[/|\uff5c]?[^<>|\uff5c\s{}'\"]{1,48}[|\uff5c]?>"
_INNER = re.compile(
    r"(?i)tool|think|thought|function|param|image|audio|video|vision|document|context|example|json"
    r"|schema|args?(?:\b|_)|invoke|call|respon|observ|answer|code|python|quer|title|result|cite|search|memory"
)
"""Marks inside an answer, which never close it."""
_OPENS = re.compile(r"(?i)start|begin|^<[|\uff5c]?(?:user|human|system|assistant|bot)[|\uff5c]?>$")
"""Marks that open a turn."""
_ENDS = re.compile(r"(?i)end|^</")
"""Marks that may close one thing and stand before another."""


class Ending(Value):
    """What closes an answer in a template, and what marks its turns."""

    closes: str | None
    """The token's text; None where nothing closes it, or the end token by its variable."""
    by_eos: bool
    """Whether the template writes the variable `eos_token` there."""
    markers: tuple[str, ...]
    """Every marker written as text, in the order of first use."""


def read_ending(template: str, specials: Collection[str] = ()) -> Ending | NotMeasured:
    """Find what closes an assistant's turn.

    Args:
        template: Jinja source; it is parsed, never run.
        specials: texts of the vocabulary's added tokens, if they are known; those that do not
            look like markers are then found too.
    """
    if len(template) > MAX_CHARACTERS:
        return NotMeasured(why=f"the template has {len(template):,} characters")
    return _read(template, frozenset(_written(template, specials)[:MAX_SPECIALS]))


def _written(template: str, specials: Collection[str]) -> list[str]:
    """The added tokens that the template writes out, found by one pass for every length.

    A vocabulary can hold hundreds of thousands; to search for each by itself would take minutes.
    """
    by_length: dict[int, set[str]] = {}
    for text in specials:
        if len(text) <= MAX_SPECIAL_CHARACTERS and len(text.strip()) > 2:
            by_length.setdefault(len(text), set()).add(text)
    found = {
        window
        for length, texts in by_length.items()
        for at in range(len(template) - length + 1)
        if (window := template[at : at + length]) in texts
    }
    return [text for text in specials if text in found]


@lru_cache(maxsize=16)
def _read(template: str, specials: frozenset[str]) -> Ending | NotMeasured:
    regions = read_regions(template)
    if isinstance(regions, NotMeasured):
        return regions
    pattern = _pattern(specials)
    written = [m for region in regions for p in region.pieces for m in pattern.findall(p.text)]
    closes = _closing(regions, pattern)
    return Ending(
        closes=None if closes == EOS else closes,
        by_eos=closes == EOS,
        markers=tuple(dict.fromkeys(written)),
    )


def _closing(regions: list[Region], pattern: re.Pattern[str]) -> str | None:
    """Vote over every place where an answer's content is written; the first breaks ties.

    Branches for the assistant's turn count; branches for any turn where there are none.
    """
    for role in ("assistant", ""):
        ends = [
            _end_behind(region, at, pattern)
            for region in regions
            if region.role == role
            for at, piece in enumerate(region.pieces)
            if piece.sort == "content"
        ]
        votes = Counter(end for end in ends if end is not None)
        if votes or (ends and role == "assistant"):
            return votes.most_common(1)[0][0] if votes else None
    return None


def _end_behind(region: Region, at: int, pattern: re.Pattern[str]) -> str | None:
    """The end token behind a piece, in its branch or in what follows the branch.

    The first that is named for an end or has a control token's form; else the first of all.
    Behind what opens the next turn nothing closes this one.
    """
    behind = region.pieces[at + 1 :]
    if region.parent is not None:
        behind = behind + region.parent.pieces[region.resumes_at :]
    opened = {mark for piece in region.pieces[:at] for mark in pattern.findall(piece.text)}
    first = None
    for mark in _marks(behind, pattern):
        if mark == EOS or closes_turns(mark) or ends_documents(mark):
            return mark
        if _OPENS.search(mark) or (mark in opened and not _ENDS.search(mark)):
            break
        if mark.startswith(("<|", "<\uff5c")) or mark.endswith("|>"):
            return mark
        first = first or mark
    return first


def _marks(pieces: Sequence[Piece], pattern: re.Pattern[str]) -> Iterator[str]:
    for piece in pieces:
        if piece.sort == "eos":
            yield EOS
        yield from (mark for mark in pattern.findall(piece.text) if not _INNER.search(mark))


def _pattern(specials: frozenset[str]) -> re.Pattern[str]:
    """Known added tokens, the longest first, then whatever looks like a marker."""
    known = sorted(specials, key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, known), _MARKER]))
