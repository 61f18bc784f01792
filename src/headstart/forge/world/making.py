"""How a land comes about: names for every entity, and values that go together."""

from collections.abc import Iterator, Sequence
from random import Random

from headstart.forge.world import values
from headstart.forge.world.names import (
    MONTHS,
    SORTS,
    SWEET_DISHES,
    Owner,
    entity_name,
    family_name,
    first_name,
    owner_of,
)

COUNTS = {
    "town": 36,
    "river": 24,
    "person": 56,
    "animal": 32,
    "plant": 28,
    "tool": 24,
    "festival": 22,
    "dish": 28,
}
"""How many entities of each sort a land has."""

RawEntity = tuple[str, str, str]
"""Name, sort and pronoun."""
RawFact = tuple[str, str, str]
"""Subject, relation and value."""


def raw_entities(rng: Random) -> dict[str, list[RawEntity]]:
    """The entities of a new land by sort; no two names of a sort begin alike."""
    return {sort: _entities(rng, sort) for sort in SORTS}


def _entities(rng: Random, sort: str) -> list[RawEntity]:
    found: list[RawEntity] = []
    beginnings: set[str] = set()
    while len(found) < COUNTS[sort]:
        pronoun = ("she", "he")[len(found) % 2] if sort == "person" else "it"
        name = _person(rng, pronoun) if sort == "person" else entity_name(rng, sort, Owner.WORLD)
        words = [word[:4] for word in name.removeprefix("the ").removeprefix("River ").split()]
        marks = {words[0], words[-1]} if sort == "person" else {words[0]}
        if not marks & beginnings:
            beginnings |= marks
            found.append((name, sort, pronoun))
    return found


def _person(rng: Random, pronoun: str) -> str:
    while True:
        name = f"{first_name(rng, pronoun)} {family_name(rng)}"
        if owner_of(name) is Owner.WORLD:
            return name


def raw_facts(rng: Random, named: dict[str, list[RawEntity]]) -> Iterator[RawFact]:
    """Every fact of a new land, one value for each subject and relation."""
    names = {sort: [name for name, _, _ in named[sort]] for sort in SORTS}
    homes = _spread(rng, names["town"], COUNTS["person"])
    yield from _waters(rng, names)
    yield from _towns(rng, names, homes)
    yield from _people(rng, names, homes)
    yield from _animals(rng, names["animal"])
    yield from _plants(rng, names["plant"])
    yield from _tools(rng, names["tool"])
    yield from _festivals(rng, names)
    yield from _dishes(rng, names)


def _spread(rng: Random, choices: Sequence[str], count: int) -> list[str]:
    """`count` choices in random order, each taken equally often or once more."""
    rounds = [rng.sample(choices, len(choices)) for _ in range(-(-count // len(choices)))]
    return [choice for each in rounds for choice in each][:count]


def _waters(rng: Random, names: dict[str, list[str]]) -> Iterator[RawFact]:
    rivers = names["river"]
    regions = dict(zip(rivers, _spread(rng, values.REGIONS, len(rivers)), strict=True))
    river_of = dict(zip(names["town"], _spread(rng, rivers, len(names["town"])), strict=True))
    for town, river in river_of.items():
        yield town, "town_region", regions[river]
        yield town, "town_river", river
    lengths = rng.sample(range(12, 197), len(rivers))
    waters = _spread(rng, values.WATERS, len(rivers))
    for river, length, water in zip(rivers, lengths, waters, strict=True):
        yield river, "river_region", regions[river]
        yield river, "river_length", str(length)
        on_it = [town for town, other in river_of.items() if other == river]
        yield river, "river_mouth", rng.choice(on_it)
        yield river, "river_water", water
        yield river, "river_bridges", str(rng.randint(2, 19))


def _towns(rng: Random, names: dict[str, list[str]], homes: list[str]) -> Iterator[RawFact]:
    towns = names["town"]
    years = rng.sample(range(101, 900), len(towns))
    goods = _spread(rng, values.GOODS, len(towns))
    flags = _spread(rng, values.COLOURS, len(towns))
    for town, year, good, flag in zip(towns, years, goods, flags, strict=True):
        yield town, "town_goods", good
        yield town, "town_founded", str(year)
        yield town, "town_flag", flag
        living = [
            person for person, home in zip(names["person"], homes, strict=True) if home == town
        ]
        yield town, "town_mayor", rng.choice(living)


def _people(rng: Random, names: dict[str, list[str]], homes: list[str]) -> Iterator[RawFact]:
    people = names["person"]
    trades = _spread(rng, tuple(values.TRADES), len(people))
    dishes = _spread(rng, names["dish"], len(people))
    pets = _spread(rng, names["animal"], len(people))
    for person, trade, home, dish, pet in zip(people, trades, homes, dishes, pets, strict=True):
        yield person, "person_trade", trade
        yield person, "person_home", home
        yield person, "person_born", str(rng.randint(921, 989))
        yield person, "person_dish", dish
        yield person, "person_pet", pet.removeprefix("the ")


def _animals(rng: Random, animals: list[str]) -> Iterator[RawFact]:
    kinds = {
        "animal_habitat": values.HABITATS,
        "animal_food": values.FOODS,
        "animal_coat": values.COATS,
        "animal_size": values.SIZES,
    }
    yield from _independent(rng, animals, kinds)


def _plants(rng: Random, plants: list[str]) -> Iterator[RawFact]:
    kinds = {
        "plant_flower": values.COLOURS,
        "plant_region": values.REGIONS,
        "plant_use": values.PLANT_USES,
        "plant_month": tuple(MONTHS),
    }
    yield from _independent(rng, plants, kinds)


def _independent(
    rng: Random, subjects: list[str], kinds: dict[str, tuple[str, ...]]
) -> Iterator[RawFact]:
    for relation, choices in kinds.items():
        taken = _spread(rng, choices, len(subjects))
        for subject, value in zip(subjects, taken, strict=True):
            yield subject, relation, value


def _tools(rng: Random, tools: list[str]) -> Iterator[RawFact]:
    trades = _spread(rng, tuple(values.TRADES), len(tools))
    materials = _spread(rng, values.MATERIALS, len(tools))
    used: set[str] = set()
    for tool, trade, material in zip(tools, trades, materials, strict=True):
        use = next(use for use in values.TRADES[trade] if use not in used)
        used.add(use)
        yield tool, "tool_trade", trade
        yield tool, "tool_use", use
        yield tool, "tool_material", material
        yield tool, "tool_price", str(rng.randint(3, 60))


def _festivals(rng: Random, names: dict[str, list[str]]) -> Iterator[RawFact]:
    festivals = names["festival"]
    towns = _spread(rng, names["town"], len(festivals))
    months = _spread(rng, tuple(MONTHS), len(festivals))
    customs = _spread(rng, values.CUSTOMS, len(festivals))
    for festival, town, month, custom in zip(festivals, towns, months, customs, strict=True):
        yield festival, "festival_town", town
        yield festival, "festival_month", month
        yield festival, "festival_days", str(rng.randint(2, 9))
        yield festival, "festival_custom", custom


def _dishes(rng: Random, names: dict[str, list[str]]) -> Iterator[RawFact]:
    dishes = names["dish"]
    towns = _spread(rng, names["town"], len(dishes))
    festivals = _spread(rng, names["festival"], len(dishes))
    for dish, town, festival in zip(dishes, towns, festivals, strict=True):
        is_sweet = dish.endswith(SWEET_DISHES)
        yield (
            dish,
            "dish_ingredient",
            rng.choice(values.SWEET_THINGS if is_sweet else values.SAVOURY_THINGS),
        )
        yield dish, "dish_town", town
        yield dish, "dish_festival", festival
        yield (
            dish,
            "dish_taste",
            rng.choice(values.SWEET_TASTES if is_sweet else values.SAVOURY_TASTES),
        )
