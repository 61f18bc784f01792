"""How a relation is put into words, and the small pieces of English grammar that needs."""

from collections.abc import Sequence
from dataclasses import dataclass

VOWEL_LETTERS = "aeiouAEIOU"


@dataclass(frozen=True)
class Relation:
    """The wordings of one relation; `{s}` is the subject, `{v}` the value."""

    statements: tuple[str, ...]
    """Whole sentences; in the first two the value follows the subject."""
    follow_ups: tuple[str, ...]
    """Sentences after the subject has been named; `{it}` and `{its}` stand for it."""
    questions: tuple[str, ...]
    """Questions with one right answer; SFT and DPO never use two of them, drawn by a hash."""


def words(line: str) -> tuple[str, ...]:
    """The words of a line, parted at spaces."""
    return tuple(line.split())


def sentence(text: str) -> str:
    """The text with its first letter made a capital."""
    return text[:1].upper() + text[1:]


def with_article(noun: str) -> str:
    """The noun with "a" or "an", by its first letter; the only exception it knows is "hour"."""
    is_open = noun[:1] in VOWEL_LETTERS or noun.startswith("hour")
    return f"an {noun}" if is_open else f"a {noun}"


def listed(items: Sequence[str], last: str = "and") -> str:
    """Items as English lists them: "a", "a and b", "a, b and c"; "" for none."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def counted(count: int, noun: str) -> str:
    """A number of regular nouns: "1 egg", "4 eggs"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
