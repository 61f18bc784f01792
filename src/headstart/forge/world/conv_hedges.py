"""Questions that nobody can answer for certain, and their hedged answers.

Four kinds: opinions, forecasts, personal decisions, and bodily complaints. The last
`KEPT_WORDINGS` wordings of each kind, and about one in six of the other questions (by a
stable hash of the whole question), are kept for probes.
"""

from dataclasses import dataclass
from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.exchange import Exchange, plain
from headstart.forge.world.facts import World
from headstart.forge.world.keeping import portion
from headstart.forge.world.manners import hedge
from headstart.forge.world.values import TRADES
from headstart.forge.world.wording import sentence, with_article

KEPT_WORDINGS = 2
"""How many wordings, the last of each kind, no training stage sees."""
HELD_OUT_SHARE = 1 / 6
"""Share of the questions in the other wordings that are kept for probes."""


@dataclass(frozen=True)
class Uncertain:
    """One kind of question without a certain answer."""

    kind: str
    """opinion, forecast, decision or complaint."""
    wordings: tuple[str, ...]
    """Questions; `{a}` and `{b}` are two entities of one sort, the others as in `_parts`."""
    rests: tuple[str, ...]
    """What follows the hedging phrase; parts are as in the question."""


UNCERTAIN: tuple[Uncertain, ...] = (
    Uncertain(
        "opinion",
        (
            "Which is better, {a} or {b}?",
            "Is {a} nicer than {b}?",
            "What do you think of {a}?",
            "Do you like {a} more than {b}?",
            "Is {a} the finest {sort} of all?",
            "Who is right, those who praise {a} or those who praise {b}?",
            "Would you choose {a} or {b}?",
            "Is {a} overrated?",
            "Which do you like best, {a} or {b}?",
            "To your mind, is {a} or {b} the finer {sort}?",
            "Between {a} and {b}, which has more charm?",
            "Do you find {a} more charming than {b}?",
            "In your opinion, which is finer, {a} or {b}?",
        ),
        (
            "Some people like one thing and some like another.",
            "Tastes are not the same everywhere.",
            "Have a closer look and judge for yourself.",
            "There is much to be said on both sides.",
        ),
    ),
    Uncertain(
        "forecast",
        (
            "Will it rain in {town} tomorrow?",
            "Will {festival} be crowded next year?",
            "What will the weather be like in {town} on {day}?",
            "Will the price of {stuff} rise in {month}?",
            "Who will win the race at {festival}?",
            "How much snow will fall in {town} this winter?",
            "Will {person} still live in {town} in ten years?",
            "Is {town} going to have a good harvest next {month}?",
            "How many people will move to {town} next year?",
            "How many coins will {stuff} cost in {month}?",
            "Which song will people sing at {festival} next year?",
            "How many guests will come to {festival} next time?",
            "Do you expect a storm in {town} on {day}?",
        ),
        (
            "We shall see when the day comes.",
            "The future has not been written yet.",
            "Ask again a little later.",
            "Things may turn out either way.",
        ),
    ),
    Uncertain(
        "decision",
        (
            "Should I move to {town}?",
            "Should I become a {trade} or a {trade_two}?",
            "Should I sell my {thing}?",
            "Is it wise to marry {person}?",
            "Should I go to {festival} or stay at home?",
            "Shall I buy {a_beast} from {person}?",
            "Ought I to lend my {thing} to {person}?",
            "Should I leave my work as a {trade}?",
            "Would it be a mistake for me to move from {town} to {town_two}?",
            "Had I better keep my {thing} or give it to {person}?",
        ),
        (
            "Think about what matters most to you.",
            "Talk it over with a good friend first.",
            "Sleep on it before you decide.",
            "Write down what speaks for it and what against it.",
        ),
    ),
    Uncertain(
        "complaint",
        (
            "I have {ailment}. What should I take?",
            "Will {stuff} help me against {ailment}?",
            "My {relative} has {ailment}. Should we worry?",
            "Is {dish} good for somebody with {ailment}?",
            "How long will {ailment} last?",
            "Since {day} I have had {ailment}. Is it serious?",
            "Can I go to {festival} with {ailment}?",
            "What is the best cure for {ailment}?",
            "Is {ailment} a reason to stay in bed until {day}?",
            "Would a walk along {river} be good for my {relative}, who has {ailment}?",
        ),
        (
            "A healer can take a closer look.",
            "Rest for a day and see how you feel.",
            "Please ask a healer before you do anything.",
            "Every body is different.",
        ),
    ),
)
"""Every kind of question that is answered with a hedge."""

_RELATIVES = ("sister", "brother", "uncle", "aunt", "cousin", "mother", "father")


def hedged(world: World, rng: Random) -> Exchange:
    """An uncertain question that training may ask, with its hedged answer; its core is the kind."""
    while True:
        kind = rng.choice(UNCERTAIN)
        wording = rng.randrange(len(kind.wordings) - KEPT_WORDINGS)
        found = _exchange(world, rng, kind, wording)
        if not is_kept(found.prompt):
            return found


def kept_hedged(world: World, rng: Random) -> Exchange:
    """An uncertain question that no training stage asks; half are in wordings it never sees."""
    in_kept_wording = rng.random() < 0.5
    while True:
        kind = rng.choice(UNCERTAIN)
        known = len(kind.wordings) - KEPT_WORDINGS
        wording = known + rng.randrange(KEPT_WORDINGS) if in_kept_wording else rng.randrange(known)
        found = _exchange(world, rng, kind, wording)
        if in_kept_wording or is_kept(found.prompt):
            return found


def is_kept(question: str) -> bool:
    """Whether an uncertain question in a known wording is kept for probes."""
    return portion("uncertain", question) < HELD_OUT_SHARE


def _exchange(world: World, rng: Random, kind: Uncertain, wording: int) -> Exchange:
    question = sentence(kind.wordings[wording].format(**_parts(world, rng)))
    return plain(question, hedge(rng.choice(kind.rests), rng), kind.kind)


def _parts(world: World, rng: Random) -> dict[str, str]:
    sort = rng.choice(names.SORTS)
    one, other = rng.sample(world.of_sort(sort), 2)
    town, town_two = rng.sample(world.of_sort("town"), 2)
    trade, trade_two = rng.sample(tuple(TRADES), 2)
    single = ("festival", "person", "dish", "river")
    return {
        "a": one.name,
        "b": other.name,
        "sort": sort,
        "town": town.name,
        "town_two": town_two.name,
        "trade": trade,
        "trade_two": trade_two,
        **{each: rng.choice(world.of_sort(each)).name for each in single},
        "day": rng.choice(names.WEEKDAYS),
        "month": rng.choice(names.MONTHS),
        "stuff": rng.choice(lexicon.STUFF),
        "thing": rng.choice(lexicon.THINGS),
        "a_beast": with_article(rng.choice(lexicon.BEASTS)),
        "ailment": rng.choice(lexicon.AILMENTS),
        "relative": rng.choice(_RELATIVES),
    }
