"""Pages on which small records stand beside the sentences that say the same."""

from collections.abc import Callable
from random import Random

from headstart.forge.world import names
from headstart.forge.world.records import (
    KEPT_SENTENCES,
    RECORD_TYPES,
    SENTENCES,
    Record,
    as_json,
    as_sentence,
    make_record,
)
from headstart.forge.world.source import Source

LABELS = (
    ("Sentence", "Record"),
    ("Text", "JSON"),
    ("Note", "Entry"),
    ("Said", "Filed"),
    ("Input", "Output"),
    ("Line", "Card"),
)
"""What a sentence and its record are called, page by page."""

TITLES = (
    "From the ledger of {name}", "The card box of {place}", "Notes and entries", "Filing",
    "The clerk's practice book", "Copied by {name}", "Records kept in {place}", "Day book",
)  # fmt: skip

HEADS = {
    "order": "Orders", "parcel": "Parcels", "visit": "Visits to the healer", "room": "Rooms",
    "lost": "Lost things", "member": "Members", "boat": "Sailings", "class": "Lessons",
}  # fmt: skip


def records(source: Source) -> str:
    """A page of records of one type or of several."""
    rng = source.rng
    body = rng.choices(tuple(_LAYOUTS), tuple(_LAYOUTS.values()))[0](rng)
    if rng.random() < 0.35:
        title = rng.choice(TITLES).format(name=names.one_off_person(rng), place=_place(rng))
        return f"{title}\n\n{body}"
    return body


def _place(rng: Random) -> str:
    return names.one_off_place(rng)


def _some(rng: Random, low: int, high: int) -> list[Record]:
    """Records of one type or of any."""
    kind = _type(rng) if rng.random() < 0.5 else None
    return [make_record(rng, kind or _type(rng)) for _ in range(rng.randint(low, high))]


def _type(rng: Random) -> str:
    """A type; one with a day of the week comes twice as often, since seven like words are hard."""
    return rng.choice((*RECORD_TYPES, "visit", "class"))


def _said(rng: Random, record: Record) -> str:
    wordings = len(SENTENCES[record.kind]) - KEPT_SENTENCES
    return as_sentence(record, rng.randrange(wordings))


def _filed(rng: Random) -> str:
    """Sentence, then JSON."""
    text, card = rng.choice(LABELS)
    style = rng.choice((f"{text}: {{s}}\n{card}: {{r}}", "{s}\n{r}", f"{{s}} {card}: {{r}}"))
    pairs = [style.format(s=_said(rng, each), r=as_json(each)) for each in _some(rng, 7, 9)]
    return "\n\n".join(pairs)


def _read_out(rng: Random) -> str:
    """JSON, then sentence."""
    text, card = rng.choice(LABELS)
    style = rng.choice((f"{card}: {{r}}\n{text}: {{s}}", "{r}\n{s}"))
    pairs = [style.format(s=_said(rng, each), r=as_json(each)) for each in _some(rng, 7, 9)]
    return "\n\n".join(pairs)


def _batch(rng: Random) -> str:
    """A few sentences, then all their records in the same order."""
    found = _some(rng, 5, 7)
    said = "\n".join(_said(rng, each) for each in found)
    return f"{said}\n\n" + "\n".join(as_json(each) for each in found)


def _keyed(rng: Random) -> str:
    """Sentence, then one line for each key."""
    blocks = []
    for each in _some(rng, 6, 8):
        lines = "\n".join(f"{key}: {value}" for key, value in each.fields.items())
        blocks.append(f"{_said(rng, each)}\n{lines}")
    return "\n\n".join(blocks)


def _tabled(rng: Random) -> str:
    """Sentences about one type of record, then a table of them."""
    kind = _type(rng)
    found = [make_record(rng, kind) for _ in range(rng.randint(6, 8))]
    said = " ".join(_said(rng, each) for each in found)
    rows = [" | ".join(found[0].fields), *(" | ".join(each.fields.values()) for each in found)]
    return f"{HEADS[kind]}\n\n{said}\n\n" + "\n".join(rows)


def _asked(rng: Random) -> str:
    """Sentence, then what one key of it holds."""
    blocks = []
    for each in _some(rng, 8, 10):
        keys = rng.sample(list(each.fields), 2)
        told = "\n".join(f"The {key}: {each.fields[key]}." for key in keys)
        blocks.append(f"{_said(rng, each)}\n{told}")
    return "\n\n".join(blocks)


_LAYOUTS: dict[Callable[[Random], str], float] = {
    _filed: 0.42,
    _read_out: 0.18,
    _batch: 0.10,
    _keyed: 0.12,
    _tabled: 0.08,
    _asked: 0.10,
}
"""Share of pages by layout; a sentence followed by its JSON is what extraction asks for."""
