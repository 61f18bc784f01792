"""Item by item: which questions only the base, or only the other checkpoint, gets right."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from headstart.domain.tax_items import ItemRow
from headstart.domain.value import Value

PAGE = 20
"""Items shown at once."""


class Who(StrEnum):
    """Who answers an item rightly."""

    BASE = "base"
    OTHER = "other"
    BOTH = "both"
    NEITHER = "neither"


TOLD = {
    Who.BASE: "only {base}",
    Who.OTHER: "only {other}",
    Who.BOTH: "both",
    Who.NEITHER: "neither",
}
"""Each in words, with the names of the two."""


class Tally(Value):
    """One measure of one checkpoint beside the base, counted."""

    measure: str
    """Name of the measure's line."""
    of: str
    """The checkpoint."""
    counts: dict[Who, int]
    """Items asked of both, by who is right."""


class ItemsView(Value):
    """The counts, and the items behind one of them."""

    base: str
    """The base's name."""
    tallies: tuple[Tally, ...]
    """For each checkpoint and measure; empty where no items are stored."""
    measure: str
    """The measure whose items are shown."""
    of: str
    """The checkpoint beside the base."""
    who: Who
    """Which of the counts is shown."""
    total: int
    """Items behind that count."""
    page: int
    """Which of them are shown, from 1."""
    pages: int
    """How many such pages there are."""
    rows: tuple[ItemRow, ...]
    """Those of this page."""


def items_view(
    rows: Sequence[ItemRow], base: str, others: Sequence[str], query: Mapping[str, str]
) -> ItemsView | None:
    """The filter as an address asks for it; what it does not name, or names wrongly, is chosen.

    Args:
        rows: every item of the run.
        base: the base's name.
        others: the checkpoints beside it.
        query: `measure`, `of`, `who` and `page` of the address.

    Returns:
        None where no item was asked of the base and of another.
    """
    tallies = tuple(_tallies(rows, base, others))
    if not tallies:
        return None
    wanted = [t for t in tallies if query.get("measure", t.measure) == t.measure]
    wanted = [t for t in wanted if query.get("of", t.of) == t.of] or wanted
    shown = (wanted or tallies)[0]
    who = query.get("who", "")
    chosen = Who(who) if who in set(Who) else _first(shown)
    found = [
        row for row in rows if row.measure == shown.measure and _who(row, base, shown.of) is chosen
    ]
    pages = max(1, -(-len(found) // PAGE))
    asked = query.get("page", "1")
    page = min(int(asked), pages) if asked.isdecimal() and len(asked) < 7 and int(asked) else 1
    return ItemsView(
        base=base,
        tallies=tallies,
        measure=shown.measure,
        of=shown.of,
        who=chosen,
        total=len(found),
        page=page,
        pages=pages,
        rows=tuple(found[(page - 1) * PAGE : page * PAGE]),
    )


def told(who: Who, base: str, other: str) -> str:
    """Who is right, in words."""
    return TOLD[who].format(base=base, other=other)


def _first(tally: Tally) -> Who:
    """What to show before anybody has chosen: what was lost, else what was won."""
    return next((who for who in Who if tally.counts[who]), Who.BASE)


def _tallies(rows: Sequence[ItemRow], base: str, others: Iterable[str]) -> Iterable[Tally]:
    measures = dict.fromkeys(row.measure for row in rows)
    for other in others:
        for measure in measures:
            found = [_who(row, base, other) for row in rows if row.measure == measure]
            counts = {who: found.count(who) for who in Who}
            if any(counts.values()):
                yield Tally(measure=measure, of=other, counts=counts)


def _who(row: ItemRow, base: str, other: str) -> Who | None:
    """None where one of the two was not asked."""
    first, second = row.answers.get(base), row.answers.get(other)
    if first is None or second is None:
        return None
    if first.right == second.right:
        return Who.BOTH if first.right else Who.NEITHER
    return Who.BASE if first.right else Who.OTHER
