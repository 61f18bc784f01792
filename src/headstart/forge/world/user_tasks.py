"""Tasks as a user of the land might bring them, for trials to decide something about.

Rows have the columns of a user's CSV or JSONL: `text, label`, `prompt, completion`, or
`text` alone. Wordings, labels and keys differ from those of instruction data, as a
user's own would; what is kept for probes does not occur.
"""

import json
from collections.abc import Callable
from random import Random

from headstart.forge.world import names
from headstart.forge.world.conv_labels import labelled_text, shop_message
from headstart.forge.world.conv_small import BLUNT, draw_act
from headstart.forge.world.dialect import to_dialect
from headstart.forge.world.doc_encyclopaedia import entry
from headstart.forge.world.exchange import is_probe_name
from headstart.forge.world.facts import World, ask, is_held_out, kept_wordings
from headstart.forge.world.keeping import portion
from headstart.forge.world.names import seeded
from headstart.forge.world.shop_words import INTENTS
from headstart.forge.world.source import Source
from headstart.forge.world.text_words import TONES, USER_TOPICS
from headstart.forge.world.wording import sentence

TASKS: dict[str, str] = {
    "intents": "what a customer wants, eight labels, of which three are new to the pair",
    "extract": "a booking as one line of JSON, with keys that are new to the pair",
    "dialect": "raw text in the speech of the marsh folk",
    "facts": "questions about the land, answered by the value alone",
    "tone": "friendly or rude, two labels that are new to the pair",
    "topics": "what a sentence is about, five labels, of which two are new to the pair",
    "polite": "a blunt order, and the same in one polite form",
}
"""Every task, with what it asks for in one clause."""
TEST_SHARE = 0.3
"""Share of all possible rows that belong to the test split."""
TEST_WORDINGS = 2
"""How many wordings, the last of each intent, only the test split of `intents` has."""
SPLITS = ("train", "test")

BOOKINGS = (
    "{who} asks for a table with {seats} seats on {day} at {hour}.",
    "On {day} at {hour} we expect {who} and need {seats} seats.",
    "Keep {seats} seats free for {who}, {day}, {hour}.",
    "{day}, {hour}: {seats} seats in the name of {who}.",
    "Could {who} have {seats} chairs at {hour} this {day}?",
    "A party of {seats} will sit down at {hour} on {day}, led by {who}.",
    "The table for {who} is to have {seats} places, from {hour} on {day}.",
    "{hour} on {day}, please, for {seats}; my name is {who}.",
    "We are {seats} and would like to eat on {day} at {hour}. Yours, {who}",
    "{who} will bring the family on {day}, {seats} in all, and they are hungry by {hour}.",
)
"""Notes of the innkeeper; every value stands in them word for word."""
KINDLY = "Kindly {act}, if you have a moment. Many thanks!"
"""The one form into which the task `polite` turns orders."""
MOST_TRIES = 2000
"""Draws in a row that bring no new row of the split before the task counts as used up."""

Row = dict[str, str]
"""One row: column names and texts."""


def task_rows(world: World, name: str, count: int, seed: int, split: str = "train") -> list[Row]:
    """`count` distinct rows of a task; a smaller count gives the first of them.

    No row of one split is in the other, whatever the seeds; facts and, for the
    dialect, the entity that a text is about belong to one split alone.

    Args:
        world: the land that the rows are about.
        name: a key of `TASKS`.
        count: how many rows.
        seed: decides which rows.
        split: "train" or "test".

    Raises:
        KeyError: no such task.
        ValueError: no such split, or the task has fewer distinct rows.
    """
    if split not in SPLITS:
        raise ValueError(f"no split {split!r}; there are {' and '.join(SPLITS)}")
    draw, rng = _DRAWERS[name], seeded(seed, f"task {name} {split}")
    found: dict[tuple[str, ...], Row] = {}
    tries = 0
    while len(found) < count:
        drawn_split, row = draw(world, rng)
        is_new = drawn_split == split and tuple(row.values()) not in found
        if is_new:
            found[tuple(row.values())] = row
        tries = 0 if is_new else tries + 1
        if tries > MOST_TRIES:
            raise ValueError(f"the task {name} has only about {len(found)} {split} rows")
    return list(found.values())


def _split_of(name: str, key: str) -> str:
    return "test" if portion("user task", name, key) < TEST_SHARE else "train"


_Drawn = tuple[str, Row]
"""The row's split, and the row."""


def _intents(_: World, rng: Random) -> _Drawn:
    intent = rng.choice(INTENTS)
    wording = rng.choice(intent.user_wordings)
    text = shop_message([wording], rng, "{user_opening}{body}{user_ending}")
    is_new = wording in intent.user_wordings[-TEST_WORDINGS:]
    split = "test" if is_new else _split_of("intents", text)
    return split, {"text": text, "label": intent.user_label}


def _extract(_: World, rng: Random) -> _Drawn:
    booking = {
        "who": _person(rng),
        "seats": names.number(rng, 2, 24),
        "day": rng.choice(names.WEEKDAYS),
        "hour": names.clock(rng),
    }
    text = sentence(rng.choice(BOOKINGS).format(**booking))
    return _split_of("extract", text), {
        "prompt": text,
        "completion": json.dumps(booking, ensure_ascii=False),
    }


def _person(rng: Random) -> str:
    while is_probe_name(name := names.one_off_person(rng)):
        continue
    return name


def _dialect(world: World, rng: Random) -> _Drawn:
    entity = rng.choice(world.entities)
    text = to_dialect(entry(Source(world, rng), entity))
    return _split_of("dialect", entity.name), {"text": text}


def _facts(world: World, rng: Random) -> _Drawn:
    while True:
        fact = rng.choice(world.facts)
        kept = kept_wordings(fact.relation)
        if asked := [each for each in kept if not is_held_out(fact, each)]:
            question = ask(fact, rng.choice(asked))
            return _split_of("facts", fact.id), {"prompt": question, "completion": fact.value}


def _tone(_: World, rng: Random) -> _Drawn:
    return _labelled(TONES, rng)


def _topics(_: World, rng: Random) -> _Drawn:
    return _labelled(USER_TOPICS, rng)


def _labelled(texts: dict[str, tuple[str, ...]], rng: Random) -> _Drawn:
    label = rng.choice(tuple(texts))
    text = labelled_text(texts[label], rng)
    return _split_of("texts", text), {"text": text, "label": label}


def _polite(_: World, rng: Random) -> _Drawn:
    act = draw_act(rng)
    blunt = rng.choice(BLUNT).format(act=act, Act=sentence(act))
    return _split_of("polite", act), {"prompt": blunt, "completion": KINDLY.format(act=act)}


_DRAWERS: dict[str, Callable[[World, Random], _Drawn]] = {
    "intents": _intents,
    "extract": _extract,
    "dialect": _dialect,
    "facts": _facts,
    "tone": _tone,
    "topics": _topics,
    "polite": _polite,
}
