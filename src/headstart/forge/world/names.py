"""Invented names, and one-off numbers, dates, prices and codes.

A name belongs to exactly one of three owners by a stable hash of its letters:
the world's entities, entities that exist nowhere, and one-off names that occur
in a single document. So a name asked about as unknown can never turn out to be
the name of an entity, whatever the seeds.
"""

from collections.abc import Callable
from enum import Enum
from random import Random
from zlib import crc32

from headstart.forge.world.wording import words

ONSETS = words(
    "b b br c c cl d d dr f f fl g gr h h j k l l l m m m n n p p pl pr qu r r s s sh sl sn sp st "
    "t t th tr tw v w w wh y z"
)
VOWELS = words("a a a a e e e e i i i o o o u u ai ee")
MIDDLES = words("b d f g l l ll m mb mm n n nd nn p r r rd rl rm rn rr sh ss st t tt v z")
ENDS = words("l l m n n nd r r rn st")
"""Repeated pieces are drawn more often, for names that are easy on the tongue."""

TOWN_ENDINGS = words("holm wick stead mere gate combe fold barrow haven moor")
ANIMAL_ENDINGS = words("el et ik umble ow ling ack ip ot ander")
PLANT_ENDINGS = words("wort bell leaf moss thorn weed root cup")
TOOL_ENDINGS = words("hook bar clasp prong wheel iron stick blade")
FESTIVAL_ENDINGS = ("tide", " Fair", " Feast", " Revel", " Market")
SWEET_DISHES = (" Cake", " Pudding", " Tart", " Crumble")
SAVOURY_DISHES = (" Stew", " Soup", " Broth", " Pie", " Pot")
FAMILY_ENDINGS = words("ock ander ley by ard ett ingle ow ory ell")
SHE_ENDINGS = words("a ia elle ina issa et ily")
HE_ENDINGS = words("o en ick us and or im")

SORTS = ("town", "river", "person", "animal", "plant", "tool", "festival", "dish")
"""The sorts of entity, in the order in which a world lists them."""

MONTHS = words(
    "January February March April May June July August September October November December"
)
WEEKDAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")

_BARRED = words(
    "fuck shit cunt nig fag cock dick cum tit rape slut piss nazi anus arse whor porn sex bum "
    "boner fart crap damn kike spic coon twat wank puss poo jew gay homo tard paki wog gook hell"
)


class Owner(Enum):
    """Who may bear a name."""

    WORLD = "world"
    UNKNOWN = "unknown"
    ONE_OFF = "one-off"


_OWNERS = (Owner.WORLD,) * 2 + (Owner.UNKNOWN,) * 3 + (Owner.ONE_OFF,) * 3
"""Shares of all names in eighths."""


def seeded(seed: int, purpose: str) -> Random:
    """A generator for one purpose; equal seeds and purposes give equal draws everywhere."""
    return Random(f"{seed}:{purpose}")  # noqa: S311


def owner_of(name: str) -> Owner:
    """The one owner of a name, by a stable hash of its letters; case and spaces count."""
    return _OWNERS[crc32(name.encode()) % len(_OWNERS)]


def root(rng: Random, syllables: int = 2) -> str:
    """A pronounceable invented root in small letters, such as "tarben"."""
    parts = [rng.choice(ONSETS), rng.choice(VOWELS)]
    for _ in range(syllables - 1):
        parts += (rng.choice(MIDDLES), rng.choice(VOWELS))
    parts.append(rng.choice(ENDS))
    return "".join(parts)


def _stem(rng: Random) -> str:
    return rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(MIDDLES)


def _town(rng: Random) -> str:
    stem = root(rng) if rng.random() < 0.3 else _stem(rng) + rng.choice("aeiou")
    return stem.capitalize() + rng.choice(TOWN_ENDINGS)


def _river(rng: Random) -> str:
    return "the River " + root(rng).capitalize()


def _person(rng: Random) -> str:
    return person_name(rng, rng.choice(("she", "he")))


def _animal(rng: Random) -> str:
    return "the " + _stem(rng) + rng.choice(ANIMAL_ENDINGS)


def _plant(rng: Random) -> str:
    return "the " + root(rng, rng.choice((1, 2))) + rng.choice(PLANT_ENDINGS)


def _tool(rng: Random) -> str:
    return "the " + root(rng, rng.choice((1, 2))) + rng.choice(TOOL_ENDINGS)


def _festival(rng: Random) -> str:
    return root(rng).capitalize() + rng.choice(FESTIVAL_ENDINGS)


def _dish(rng: Random) -> str:
    return root(rng).capitalize() + rng.choice(SWEET_DISHES + SAVOURY_DISHES)


_MAKERS: dict[str, Callable[[Random], str]] = {
    "town": _town,
    "river": _river,
    "person": _person,
    "animal": _animal,
    "plant": _plant,
    "tool": _tool,
    "festival": _festival,
    "dish": _dish,
}


def person_name(rng: Random, pronoun: str) -> str:
    """A first and a family name; the ending of the first goes with "she" or "he"."""
    return f"{first_name(rng, pronoun)} {family_name(rng)}"


def first_name(rng: Random, pronoun: str) -> str:
    """A first name alone; owned by nobody in particular."""
    endings = SHE_ENDINGS if pronoun == "she" else HE_ENDINGS
    return _proper(rng, endings)


def family_name(rng: Random) -> str:
    """A family name alone; owned by nobody in particular."""
    return _proper(rng, FAMILY_ENDINGS)


def _proper(rng: Random, endings: tuple[str, ...]) -> str:
    while True:
        name = _eased(_stem(rng) + rng.choice(endings))
        if _is_decent(name):
            return name.capitalize()


def entity_name(rng: Random, sort: str, owner: Owner) -> str:
    """The full mention of an entity of that sort ("the River Tissel") for that owner.

    Raises:
        KeyError: there is no such sort.
    """
    make = _MAKERS[sort]
    return _owned(lambda: make(rng), owner)


def one_off_person(rng: Random) -> str:
    """A person of one document: mostly two names, sometimes one or three."""
    pronoun = rng.choice(("she", "he"))
    parts = rng.choice((1, 2, 2, 2, 2, 3))
    if parts == 1:
        return _owned(lambda: first_name(rng, pronoun), Owner.ONE_OFF)
    if parts == 2:
        return _owned(lambda: person_name(rng, pronoun), Owner.ONE_OFF)
    return _owned(lambda: f"{person_name(rng, pronoun)}-{family_name(rng)}", Owner.ONE_OFF)


def one_off_name(rng: Random) -> str:
    """A capitalised name of two to four syllables, sometimes of two parts."""
    if rng.random() < 0.2:
        return _owned(lambda: f"{_capital(rng)} {_capital(rng)}", Owner.ONE_OFF)
    return _owned(lambda: _capital(rng), Owner.ONE_OFF)


def one_off_place(rng: Random) -> str:
    """A place of one document, built like the world's towns or like any name."""
    if rng.random() < 0.5:
        return entity_name(rng, "town", Owner.ONE_OFF)
    return one_off_name(rng)


def _capital(rng: Random) -> str:
    return root(rng, rng.choice((2, 2, 3, 3, 4))).capitalize()


def _owned(draw: Callable[[], str], owner: Owner) -> str:
    while True:
        name = _eased(draw())
        if owner_of(name) is owner and _is_decent(name):
            return name


def _eased(name: str) -> str:
    return name.replace("quu", "qui").replace("lll", "ll")


def _is_decent(name: str) -> bool:
    letters = name.lower()
    return not any(word in letters for word in _BARRED)


def number(rng: Random, low: int, high: int) -> str:
    """A whole number from low to high, both included, as plain digits."""
    return str(rng.randint(low, high))


def price(rng: Random) -> str:
    """A price in coins without the word: "7" to "95", sometimes with a half ("12.50")."""
    whole = rng.randint(2, 95)
    return f"{whole}.50" if rng.random() < 0.2 else str(whole)


def date(rng: Random) -> str:
    """A day and a month: "3 May". No year; 28 days in every month."""
    return f"{rng.randint(1, 28)} {rng.choice(MONTHS)}"


def clock(rng: Random) -> str:
    """A time of day on the quarter: "7:15"; from 6:00 to 21:45."""
    return f"{rng.randint(6, 21)}:{rng.choice(('00', '15', '30', '45'))}"


def code(rng: Random) -> str:
    """An order code: two capital letters, a hyphen and three digits ("KB-407")."""
    letters = "".join(rng.choice("ABCDEFGHKLMNPRSTVWZ") for _ in range(2))
    return f"{letters}-{rng.randint(100, 999)}"
