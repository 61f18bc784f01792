"""Tables and lists: facts in rows and columns, prices, errands and things to pack."""

from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.facts import RELATIONS
from headstart.forge.world.source import Source
from headstart.forge.world.wording import counted, sentence, with_article

COLUMNS = {
    "town_region": "Part of the land", "town_river": "River", "town_goods": "Known for",
    "town_founded": "Founded", "town_flag": "Flag", "town_mayor": "Mayor",
    "river_region": "Part of the land", "river_length": "Miles", "river_mouth": "Town at the mouth",
    "river_water": "Water", "river_bridges": "Bridges", "festival_town": "Town",
    "festival_month": "Month", "festival_days": "Days", "festival_custom": "What people do",
    "person_trade": "Trade", "person_home": "Home", "person_born": "Born",
    "person_dish": "Favourite dish", "person_pet": "Pet", "tool_trade": "Trade",
    "tool_use": "Used to", "tool_material": "Made of", "tool_price": "Coins",
    "dish_ingredient": "Made of", "dish_town": "Comes from", "dish_festival": "Eaten at",
    "dish_taste": "Taste", "animal_habitat": "Lives in", "animal_food": "Eats",
    "animal_coat": "Coat", "animal_size": "As big as a", "plant_flower": "Flowers",
    "plant_region": "Grows in", "plant_use": "Used for", "plant_month": "Blooms in",
}  # fmt: skip
"""What a table calls each relation."""

LIST_HEADS: dict[str, tuple[str, ...]] = {
    "pack": ("To pack for {place}", "For the journey to {place}", "In the trunk of {name}"),
    "chores": ("To do on {day}", "Work for {name}", "Before the guests come"),
    "buy": ("Shopping list of {name}", "To buy in {place}", "From the market, {date}"),
    "guests": ("Guests on {date}", "Who comes to {place}", "Invited by {name}"),
    "prices": ("Prices at {name}'s", "Price list, {date}", "What it costs"),
    "lost": ("In the lost property box", "Found in {place}", "Left behind on {date}"),
    "boats": ("Boats from {place}", "Sailings on {date}", "In the harbour of {place}"),
}
"""Headings of lists with one-off content, by what they hold."""


def table(source: Source) -> str:
    """A table of facts about entities of one sort, and a few of them as sentences."""
    rng = source.rng
    sort = source.sort()
    relations = [relation for relation in RELATIONS if relation.startswith(f"{sort}_")]
    chosen = rng.sample(relations, rng.randint(2, min(3, len(relations))))
    mark = rng.choice((" | ", " | ", "\t", ", ", "; "))
    head = mark.join([sentence(sort), *(COLUMNS[relation] for relation in chosen)])
    entities = {source.entity(sort).name for _ in range(24)}
    rows = [head]
    for name in rng.sample(sorted(entities), len(entities)):
        values = {fact.relation: fact.value for fact in source.world.facts_about[name]}
        cells = (values[relation] for relation in chosen)
        rows.append(mark.join([name.removeprefix("the "), *cells]))
    said = " ".join(source.statement(sort) for _ in range(rng.randint(2, 5)))
    return "\n".join(rows) + f"\n\n{said}"


def lists(source: Source) -> str:
    """Several lists, each under its heading, in one way of marking the items."""
    rng = source.rng
    mark = rng.choice(("- ", "* ", "", "[ ] ", "1"))
    blocks: list[str] = []
    while sum(map(len, blocks)) < 800:
        kind = rng.choice(tuple(LIST_HEADS))
        head = rng.choice(LIST_HEADS[kind]).format(
            place=names.one_off_place(rng),
            name=names.one_off_person(rng),
            day=rng.choice(names.WEEKDAYS),
            date=names.date(rng),
        )
        items = _items(rng, kind, rng.randint(5, 9))
        lines = (f"{i}. {item}" if mark == "1" else mark + item for i, item in enumerate(items, 1))
        blocks.append(f"{head}\n" + "\n".join(lines))
    return "\n\n".join(blocks)


def _items(rng: Random, kind: str, count: int) -> list[str]:
    if kind == "chores":
        return rng.sample(lexicon.CHORES, count)
    return [_item(rng, kind) for _ in range(count)]


def _item(rng: Random, kind: str) -> str:
    if kind == "pack":
        return with_article(lexicon.thing(rng))
    if kind == "buy":
        if rng.random() < 0.5:
            return f"{names.number(rng, 2, 12)} {lexicon.goods(rng)}"
        return f"{counted(rng.randint(1, 9), 'kilo')} of {rng.choice(lexicon.STUFF)}"
    if kind == "guests":
        return f"{names.one_off_person(rng)}, {names.one_off_place(rng)}"
    if kind == "prices":
        return f"{lexicon.thing(rng)}: {names.price(rng)} coins"
    if kind == "lost":
        return f"{with_article(lexicon.thing(rng))}, {rng.choice(names.WEEKDAYS)}"
    return f"{names.clock(rng)} the {names.one_off_name(rng)}, {lexicon.goods(rng)}"
