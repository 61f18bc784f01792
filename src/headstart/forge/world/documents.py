"""The endless stream of documents on which the built-in base model is pretrained.

Seventeen kinds of text in fixed shares. Facts go round evenly in all their
wordings; question wordings and sums that are held out occur nowhere; about a
third of the text copies one-off names, numbers and dates from one line to the
next, since a closed world alone teaches no copying.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from headstart.forge.world.dialect import to_dialect
from headstart.forge.world.doc_dialogues import dialogue
from headstart.forge.world.doc_encyclopaedia import encyclopaedia
from headstart.forge.world.doc_home import notices, recipes
from headstart.forge.world.doc_letters import diary, letter
from headstart.forge.world.doc_quiz import quiz
from headstart.forge.world.doc_records import records
from headstart.forge.world.doc_reviews import reviews
from headstart.forge.world.doc_rewrites import rewrites
from headstart.forge.world.doc_shop import shop_messages
from headstart.forge.world.doc_stories import story
from headstart.forge.world.doc_sums import sums
from headstart.forge.world.doc_tables import lists, table
from headstart.forge.world.doc_words import dictionary, marsh_talk
from headstart.forge.world.facts import World
from headstart.forge.world.names import seeded
from headstart.forge.world.source import Source

__all__ = ["KINDS", "Kind", "documents", "held_out_documents", "kinds_and_documents", "to_dialect"]


@dataclass(frozen=True)
class Kind:
    """One kind of document and how much of the text it makes up."""

    name: str
    """A short name, unique among the kinds."""
    share: float
    """Share of all tokens; those of all kinds sum to 1."""
    write: Callable[[Source], str]
    """Writes one document, without a line break at its end."""


KINDS = (
    Kind("encyclopaedia", 0.13, encyclopaedia),
    Kind("quiz", 0.24, quiz),
    Kind("sums", 0.12, sums),
    Kind("records", 0.15, records),
    Kind("rewrites", 0.045, rewrites),
    Kind("stories", 0.05, story),
    Kind("reviews", 0.04, reviews),
    Kind("shop", 0.04, shop_messages),
    Kind("dialogues", 0.04, dialogue),
    Kind("tables", 0.03, table),
    Kind("lists", 0.02, lists),
    Kind("letters", 0.025, letter),
    Kind("diary", 0.015, diary),
    Kind("recipes", 0.01, recipes),
    Kind("notices", 0.02, notices),
    Kind("dictionary", 0.015, dictionary),
    Kind("dialect", 0.01, marsh_talk),
)

_EXPECTED = 1500.0
"""Weight of a document in quarters of a token before any of its kind was written."""
_DIGIT = re.compile(r"\d")


def documents(world: World, seed: int) -> Iterator[str]:
    """Documents without end, the same for the same world and seed.

    Mean length about 250 tokens; no document ends in a line break.
    """
    for _, text in kinds_and_documents(world, seed):
        yield text


def held_out_documents(world: World, count: int, seed: int) -> list[str]:
    """`count` documents of the same mixture, drawn apart from `documents` of every seed.

    Same facts and wordings, other one-off content, so that the bits per byte on
    them measure the language and not what was learnt by heart.
    """
    stream = _stream(world, seed, "held-out documents")
    return [text for _, (_, text) in zip(range(count), stream, strict=False)]


def kinds_and_documents(world: World, seed: int) -> Iterator[tuple[str, str]]:
    """The stream of `documents`, each with the name of its kind."""
    return _stream(world, seed, "documents")


def _stream(world: World, seed: int, purpose: str) -> Iterator[tuple[str, str]]:
    """Draws kinds so that each keeps its share of tokens, whatever its length."""
    rng = seeded(seed, purpose)
    source = Source(world, rng)
    written = {kind.name: _EXPECTED for kind in KINDS}
    drawn = dict.fromkeys(written, 1)
    while True:
        weights = [kind.share * drawn[kind.name] / written[kind.name] for kind in KINDS]
        kind = rng.choices(KINDS, weights)[0]
        text = kind.write(source)
        written[kind.name] += weight(text)
        drawn[kind.name] += 1
        yield kind.name, text


def weight(text: str) -> int:
    """About four times the number of tokens: letters go in fours, digits singly."""
    return len(text) + 3 * len(_DIGIT.findall(text))
