"""What the writers of documents draw from: the land, chance, and facts in even rounds."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from headstart.forge.world.facts import (
    RELATIONS,
    STATEMENTS,
    Entity,
    Fact,
    World,
    ask,
    asked_wordings,
    follow_up,
    state,
)
from headstart.forge.world.names import SORTS

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """A fact with one way to ask for it that training text may use."""

    fact: Fact
    """Its value is the one right answer."""
    text: str
    """Ends in a question mark."""


class Rounds(Generic[T]):
    """Items in endless shuffled rounds: none comes again before all others came."""

    def __init__(self, items: Sequence[T], rng: Random) -> None:
        self._items = tuple(items)
        self._rng = rng
        self._left: list[T] = []

    def take(self) -> T:
        """The next item."""
        if not self._left:
            self._left = self._rng.sample(self._items, len(self._items))
        return self._left.pop()


class Source:
    """Draws facts, entities and questions so that each comes up equally often.

    Facts and entities go in rounds of their own, sort by sort, and every fact
    comes up in its next wording each time; question wordings that are held out
    for the fact are left out.
    """

    def __init__(self, world: World, rng: Random) -> None:
        self.world = world
        self.rng = rng
        facts = {sort: [fact for fact in world.facts if fact.sort == sort] for sort in SORTS}
        self._asked = {sort: Rounds(facts[sort], rng) for sort in SORTS}
        self._stated = {sort: Rounds(facts[sort], rng) for sort in SORTS}
        self._entities = {sort: Rounds(world.of_sort(sort), rng) for sort in SORTS}
        self._fact_weights = tuple(len(facts[sort]) for sort in SORTS)
        self._entity_weights = tuple(len(world.of_sort(sort)) for sort in SORTS)
        self._turns: dict[str, int] = {}

    def entity(self, sort: str | None = None) -> Entity:
        """The next entity of that sort, or of any."""
        return self._entities[sort or self._sort(self._entity_weights)].take()

    def fact(self, sort: str | None = None) -> Fact:
        """The next fact to be stated, about that sort of entity or any."""
        return self._stated[sort or self.sort()].take()

    def question(self, sort: str | None = None) -> Question:
        """The next fact to be asked, in its next wording that is not held out."""
        fact = self._asked[sort or self.sort()].take()
        return self.ask(fact)

    def ask(self, fact: Fact) -> Question:
        """The fact in its next question wording that is not held out."""
        allowed = asked_wordings(fact)
        return Question(fact, ask(fact, allowed[self._turn(f"?{fact.id}", len(allowed))]))

    def state(self, fact: Fact) -> str:
        """The fact in its next statement wording."""
        return state(fact, self._turn(fact.id, len(STATEMENTS[fact.relation])))

    def statement(self, sort: str | None = None) -> str:
        """The next fact, stated."""
        return self.state(self.fact(sort))

    def follow_up(self, fact: Fact) -> str:
        """The fact in its next wording with a pronoun for the subject."""
        wordings = len(RELATIONS[fact.relation].follow_ups)
        pronoun = self.world.by_name[fact.subject].pronoun
        return follow_up(fact, self._turn(f"+{fact.id}", wordings), pronoun)

    def sort(self) -> str:
        """A sort, drawn by how many facts there are about its entities."""
        return self._sort(self._fact_weights)

    def _sort(self, weights: tuple[int, ...]) -> str:
        return self.rng.choices(SORTS, weights)[0]

    def _turn(self, key: str, wordings: int) -> int:
        turn = self._turns.get(key)
        turn = self.rng.randrange(wordings) if turn is None else (turn + 1) % wordings
        self._turns[key] = turn
        return turn
