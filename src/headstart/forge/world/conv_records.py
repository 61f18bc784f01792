"""Sentences to JSON: one-line records with one-off names, and sums."""

from random import Random

from headstart.forge.world.exchange import Exchange, is_probe_name, plain, styled
from headstart.forge.world.facts import World
from headstart.forge.world.records import (
    RECORD_TYPES,
    SENTENCES,
    Record,
    as_json,
    as_sentence,
    make_record,
)
from headstart.forge.world.sums import SPOKEN, SUM_QUESTIONS, Sum, larger_first, make_sum
from headstart.forge.world.wording import listed, words

KEPT_SENTENCES = 1
"""How many sentence wordings, the last of each type of record, no training stage sees."""
KEPT_QUESTIONS = 1
"""How many ways to ask for a sum, the last ones, SFT and DPO do not use."""
NAME_KEYS = frozenset(
    words("customer sender receiver town name guest owner place boat captain teacher")
)
"""Keys of records whose values are one-off names."""

EXTRACT_WORDINGS = (
    "Turn this into JSON: {s}",
    "Write this as JSON.\n{s}",
    "{s}\nGive this as one line of JSON.",
    "Give {keys} as JSON: {s}",
    "Put this note into JSON with the keys {keys}.\n{s}",
    "Read the note and answer with JSON only. {s}",
    "Extract {keys} as JSON.\n{s}",
    "Make a JSON record of this: {s}",
)
"""How a sentence is to be turned into JSON; `{s}` is the sentence."""


def extract(_: World, rng: Random) -> Exchange:
    """A sentence to be turned into one line of JSON; its core is the type of record."""
    record = fresh_record(rng, for_probes=False)
    wording = rng.randrange(len(SENTENCES[record.kind]) - KEPT_SENTENCES)
    return plain(asked_as_json(record, wording, rng), as_json(record), record.kind)


def fresh_record(rng: Random, *, for_probes: bool) -> Record:
    """A record whose names are all for probes, or all for training."""
    kind = rng.choice(RECORD_TYPES)
    while True:
        record = make_record(rng, kind)
        named = [value for key, value in record.fields.items() if key in NAME_KEYS]
        if all(is_probe_name(name) is for_probes for name in named):
            return record


def asked_as_json(record: Record, wording: int, rng: Random) -> str:
    """The request to turn the record's sentence into JSON, in one of `EXTRACT_WORDINGS`."""
    frame = rng.choice(EXTRACT_WORDINGS)
    return frame.format(s=as_sentence(record, wording), keys=listed(tuple(record.fields)))


def total(_: World, rng: Random) -> Exchange:
    """A sum that is not held out, answered by its equation; its core is the result.

    Products are answered with the larger factor first, as both orders have one result.
    """
    found = make_sum(rng)
    prompt = found.question(*sum_wording(found, rng, len(SUM_QUESTIONS) - KEPT_QUESTIONS))
    return styled(prompt, f"{larger_first(found).equation}.", rng, str(found.result))


def sum_wording(found: Sum, rng: Random, questions: int) -> tuple[int, int]:
    """A way to ask, of the first `questions`, and a way to write; half are plain figures."""
    ways = len(SPOKEN[found.operation])
    return rng.randrange(questions), 0 if rng.random() < 0.5 else rng.randrange(1, ways)
