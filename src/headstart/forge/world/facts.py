"""The land itself: who and what is in it, every fact about them, and which of them is kept back.

A land of 250 entities of eight sorts and 1,152 facts. Relations between entities
make sense: a town stands in the part of the land its river flows through, the
mayor of a town lives there, the tool of a trade does that trade's work.

Two things are kept back by stable hashes of the facts themselves, whatever the
seed of a text: about one in six pairs of fact and question wording occurs in
no training text at all (`is_held_out`), and about 30% of the facts and two question
wordings of each relation are asked in no SFT or DPO data (`kept_from_sft`,
`kept_wordings`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from random import Random

from headstart.forge.world.making import RawFact, raw_entities, raw_facts
from headstart.forge.world.names import SORTS, Owner, entity_name, seeded
from headstart.forge.world.wording import Relation, sentence
from headstart.forge.world.wordings_nature import ANIMAL, PLANT
from headstart.forge.world.wordings_people import DISH, PERSON, TOOL
from headstart.forge.world.wordings_places import FESTIVAL, RIVER, TOWN

RELATIONS: dict[str, Relation] = TOWN | RIVER | PERSON | ANIMAL | PLANT | TOOL | FESTIVAL | DISH
"""Every relation by its name, which opens with the sort it belongs to."""
STATEMENTS = {name: relation.statements for name, relation in RELATIONS.items()}
QUESTIONS = {name: relation.questions for name, relation in RELATIONS.items()}
"""Seven question wordings for each relation; two of them are kept back from SFT."""
COMPLETIONS = (0, 1)
"""The statement wordings in which the value follows the subject, in every relation."""
KEPT_WORDINGS = 2
"""How many question wordings of each relation are kept back from SFT and DPO."""


@dataclass(frozen=True)
class Entity:
    """One thing of the land."""

    name: str
    """As it stands within a sentence, its article included: "Tarbholm", "the brintling"."""
    sort: str
    """One of `names.SORTS`."""
    pronoun: str
    """"he", "she" or "it"."""


@dataclass(frozen=True)
class Fact:
    """One true value; no two facts share subject and relation."""

    subject: str
    """The name of an entity."""
    relation: str
    """A key of `RELATIONS`."""
    value: str
    """As it stands within the statements; digits only where it is a number."""
    sort: str
    """The sort of the subject."""

    @property
    def id(self) -> str:
        """Relation and subject: "town_flag:Tarbholm"."""
        return f"{self.relation}:{self.subject}"


@dataclass(frozen=True)
class World:
    """A land with all its facts, made from one seed."""

    seed: int
    """Decides names and values; the same seed gives the same land."""
    entities: tuple[Entity, ...]
    """Sort by sort, in the order of `names.SORTS`."""
    facts: tuple[Fact, ...]
    """Entity by entity, in the order of `entities`."""

    @cached_property
    def by_name(self) -> dict[str, Entity]:
        """Every entity by its name."""
        return {entity.name: entity for entity in self.entities}

    @cached_property
    def facts_about(self) -> dict[str, tuple[Fact, ...]]:
        """The facts of every entity by its name, in the order of the relations."""
        grouped: dict[str, list[Fact]] = {}
        for fact in self.facts:
            grouped.setdefault(fact.subject, []).append(fact)
        return {name: tuple(facts) for name, facts in grouped.items()}

    @cached_property
    def values(self) -> dict[str, tuple[str, ...]]:
        """The distinct values that each relation takes in this land, sorted."""
        found: dict[str, set[str]] = {}
        for fact in self.facts:
            found.setdefault(fact.relation, set()).add(fact.value)
        return {relation: tuple(sorted(values)) for relation, values in found.items()}

    def of_sort(self, sort: str) -> tuple[Entity, ...]:
        """The entities of one sort, in order."""
        return tuple(entity for entity in self.entities if entity.sort == sort)


def make_world(seed: int = 0) -> World:
    """A land of 250 entities and 1,152 facts; equal for equal seeds."""
    rng = seeded(seed, "world")
    named = raw_entities(rng)
    entities = tuple(Entity(*entity) for sort in SORTS for entity in named[sort])
    facts = [_fact(raw) for raw in raw_facts(rng, named)]
    order = {entity.name: place for place, entity in enumerate(entities)}
    facts.sort(key=lambda fact: order[fact.subject])
    return World(seed, entities, tuple(facts))


def _fact(raw: RawFact) -> Fact:
    subject, relation, value = raw
    return Fact(subject, relation, value, relation.partition("_")[0])


def state(fact: Fact, wording: int) -> str:
    """The fact as a whole sentence, in one of `STATEMENTS[fact.relation]`."""
    text = STATEMENTS[fact.relation][wording]
    return sentence(text.format(s=fact.subject, v=fact.value))


def follow_up(fact: Fact, wording: int, pronoun: str) -> str:
    """The fact as a sentence in which a pronoun stands for the subject."""
    text = RELATIONS[fact.relation].follow_ups[wording]
    its = {"he": "his", "she": "her", "it": "its"}[pronoun]
    return sentence(text.format(it=pronoun, its=its, v=fact.value))


def ask(fact: Fact, wording: int) -> str:
    """The question whose right answer is the fact's value."""
    return ask_about(fact.subject, fact.relation, wording)


def ask_about(subject: str, relation: str, wording: int) -> str:
    """The question of that relation about any name, one of the land or not."""
    return sentence(QUESTIONS[relation][wording].format(s=subject))


def completion(fact: Fact, wording: int) -> str:
    """The statement up to where its value begins, without the space before it.

    Raises:
        ValueError: the wording is none of `COMPLETIONS`.
    """
    if wording not in COMPLETIONS:
        raise ValueError(f"statement wording {wording} does not end with its value")
    opening, _, _ = STATEMENTS[fact.relation][wording].partition("{v}")
    return sentence(opening.format(s=fact.subject)).rstrip()


def is_held_out(fact: Fact, wording: int) -> bool:
    """Whether this fact is never asked in this question wording, pretraining included.

    True for about one pair in six, by a hash of subject, relation and wording.
    """
    return _share(f"held out|{fact.id}|{wording}") < 1 / 6


def asked_wordings(fact: Fact) -> tuple[int, ...]:
    """The question wordings in which training text may ask for the fact."""
    return tuple(
        index for index in range(len(QUESTIONS[fact.relation])) if not is_held_out(fact, index)
    )


def kept_from_sft(fact: Fact) -> bool:
    """Whether SFT and DPO never ask for the fact; true for about 30%, by a hash of it."""
    return _share(f"kept from sft|{fact.id}") < 0.3


@cache
def kept_wordings(relation: str) -> tuple[int, ...]:
    """The `KEPT_WORDINGS` question wordings that SFT and DPO never use, by a hash, ascending.

    They differ from relation to relation, so that no form of question is kept back everywhere:
    what is tested is a new wording, not a grammar that was never taught.
    """
    ranked = sorted(
        range(len(QUESTIONS[relation])),
        key=lambda wording: _share(f"kept wording|{relation}|{wording}"),
    )
    return tuple(sorted(ranked[:KEPT_WORDINGS]))


@cache
def taught_wordings(relation: str) -> tuple[int, ...]:
    """The other question wordings, ascending."""
    kept = kept_wordings(relation)
    return tuple(wording for wording in range(len(QUESTIONS[relation])) if wording not in kept)


def distractors(world: World, fact: Fact, rng: Random, count: int) -> list[str]:
    """Distinct wrong values that the fact's relation takes elsewhere in the land.

    Raises:
        ValueError: the relation has fewer than `count` other values.
    """
    others: Sequence[str] = [value for value in world.values[fact.relation] if value != fact.value]
    return rng.sample(others, count)


def unknown_name(rng: Random, sort: str) -> str:
    """A name of that sort that no land gives to anything, whatever its seed.

    Drawn from many thousands, so two calls may in rare cases agree.
    """
    return entity_name(rng, sort, Owner.UNKNOWN)


def _share(text: str) -> float:
    """A stable number in [0, 1) for a text."""
    return int.from_bytes(sha256(text.encode()).digest()[:6], "big") / 2**48
