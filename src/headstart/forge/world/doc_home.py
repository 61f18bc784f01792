"""Recipes for the dishes of the land, and notices on its walls."""

from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.facts import Entity, Fact
from headstart.forge.world.grammar import Rules, expand
from headstart.forge.world.source import Rounds, Source
from headstart.forge.world.wording import listed, sentence

BASICS = (
    "butter", "salt", "flour", "milk", "pepper", "garlic", "parsley", "oil", "vinegar", "sugar",
    "cream", "cider", "mustard", "bread crumbs", "thyme", "ginger", "honey", "eggs",
)  # fmt: skip

FIRST_STEPS = (
    "Wash the {main} and cut off what looks old.",
    "Put the {main} into a large bowl.",
    "Soak the {main} overnight in cold water.",
    "Clean the {main} well and dry on a cloth.",
    "Chop the {main} as small as you can.",
)
STEPS = (
    "Melt a spoon of {one} in a pan.",
    "Add the {one} and stir until your arm is tired.",
    "Mix the {one} and the {two} in a cup.",
    "Let it cook over a small fire for {minutes} minutes.",
    "Cover the pot and do not lift the lid.",
    "Pour half of it over the {main}.",
    "Sprinkle the {two} on top.",
    "Taste it. If it needs {three}, add a little.",
    "Turn it once, gently.",
    "Take it off the fire and wait for {minutes} minutes.",
    "Press it through a sieve.",
    "Stir in the {three} at the very end.",
    "Keep back a handful of {main} for later.",
    "If it sticks, add water by the spoon.",
)
LAST_STEPS = (
    "Serve hot.",
    "Let it cool before you cut it.",
    "It feeds {people} people, or two sailors.",
    "Eat it with your eyes closed.",
    "It keeps for {people} days in a cold place.",
    "Serve it in deep plates with bread.",
    "Leave some for the cook.",
)
HINTS = (
    "My grandmother never measured anything.",
    "Do not let the cat near it.",
    "{name} makes it with twice the {one}, but that is wrong.",
    "A heavy pot is best.",
    "The smell brings the neighbours, so make enough.",
    "It fails on the first try and works on the second.",
)

NOTICES = (
    "Lost: {a!thing}, near the {place}. It is of no use to anyone but me. Reward: {count} coins. "
    "{name}",
    "Found: {a!thing}. Whoever owns it may fetch it from {name} after {time}.",
    "The {place} is closed on {day} because of {reason}.",
    "Lessons in {subject}, every {day} at {time}. Ask for {name}.",
    "For sale: {goods}, hardly used, {price} coins. {name}, by the {place}.",
    "Wanted: someone to {chore}. Good pay and soup. {name}",
    "Please do not feed the {beast} by the {place}. It has had enough.",
    "Choir meets on {day} at {time}. Singers with strong voices are welcome. {name}",
    "Room to let above the {place}, quiet, with stove, {price} coins a week. {name}",
    "The ferry leaves at {time} and not a minute later. {name}, ferry keeper",
    "Whoever took the {thing} from the {place} is asked to bring it back. No questions.",
    "Thank you to all who helped to {chore}. {name}",
    "On {date} the well will be cleaned. Fetch your water the day before.",
    "A {beast} has run away. It answers to the name of {pet}. Tell {name}.",
    "The council of {town} meets on {date} at {time}. The first matter is {a!thing}.",
    "The {place} has a new roof. Come and look at it on {day}. {name}",
    "Who has seen {name}? Last heard of in {town}, on the way to the {place}.",
    "Fresh {food} every {day} from {time} at the {place}.",
    "Bring your old {things} to the {place}. {name} mends them for {price} coins.",
    "Dance at the {place} on {date}. Bring your own chair. {name} plays the fiddle.",
    "Wet paint! This means you, {name}.",
    "The road to {town} is flooded. Use the path by the {place}.",
    "Reward of {count} coins for news of {a!thing} that vanished on {day}. {name}",
    "Silence between {time} and supper. The {beast} of {name} is asleep.",
    "Swap: {goods} for {goods}. See {name} at the {place}.",
)
REASONS = (
    "a wedding", "mending work", "the flood", "illness", "a lost key", "the harvest",
    "wet paint", "a birthday", "too many mice",
)  # fmt: skip
PARTS: Rules = {
    "thing": lexicon.THINGS,
    "place": lexicon.PLACES,
    "things": tuple(lexicon.plural(each) for each in lexicon.THINGS),
    "food": ("bread", "eggs", "milk", "herrings", "buns", "cream", "pies", "radishes", "cheese"),
    "beast": ("goat", "hen", "cow", "dog", "cat", "pony", "duck", "goose", "sheep", "donkey"),
    "chore": lexicon.CHORES,
    "subject": lexicon.SUBJECTS,
    "reason": REASONS,
    "day": names.WEEKDAYS,
}


def recipes(source: Source) -> str:
    """Two recipes for dishes of the land, each with what is true of the dish."""
    return "\n\n".join(_recipe(source) for _ in range(2))


def _recipe(source: Source) -> str:
    rng = source.rng
    dish = source.entity("dish")
    facts = source.world.facts_about[dish.name]
    main = next(fact.value for fact in facts if fact.relation == "dish_ingredient")
    one, two, three, four = rng.sample(BASICS, 4)
    given = {
        "main": main,
        "one": one,
        "two": two,
        "three": three,
        "minutes": names.number(rng, 5, 50),
        "people": names.number(rng, 3, 9),
        "name": names.one_off_person(rng),
    }
    steps = [rng.choice(FIRST_STEPS), *rng.sample(STEPS, rng.randint(6, 8)), rng.choice(LAST_STEPS)]
    told = [sentence(expand(step, rng, PARTS, given)) for step in steps]
    hint = expand(rng.choice(HINTS), rng, PARTS, given)
    needed = [f"{rng.randint(2, 9)} handfuls of {main}", one, two, three, four]
    parts = [_about(source, dish, facts), _needed(rng, needed), _told(rng, told), hint]
    if rng.random() < 0.3:
        parts[0], parts[3] = parts[3], parts[0]
    head = [f"Recipe for {dish.name}"] if rng.random() < 0.5 else [dish.name]
    return "\n\n".join(head + parts)


def _about(source: Source, dish: Entity, facts: tuple[Fact, ...]) -> str:
    chosen = source.rng.sample(facts, source.rng.randint(3, len(facts)))
    assert chosen[0].subject == dish.name
    return " ".join([source.state(chosen[0]), *(source.follow_up(fact) for fact in chosen[1:])])


def _needed(rng: Random, needed: list[str]) -> str:
    if rng.random() < 0.5:
        return f"You need {listed(needed)}."
    return "You need:\n" + "\n".join(f"- {each}" for each in needed)


def _told(rng: Random, steps: list[str]) -> str:
    if rng.random() < 0.5:
        return " ".join(steps)
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def notices(source: Source) -> str:
    """A wall of notices, those of festivals with what is true of them."""
    rng = source.rng
    frames = Rounds(NOTICES, rng)
    blocks: list[str] = []
    while sum(map(len, blocks)) < 950:
        is_festival = rng.random() < 0.2
        blocks.append(_festival(source) if is_festival else _notice(source, frames.take()))
    return "\n\n".join(blocks)


def _notice(source: Source, frame: str) -> str:
    rng = source.rng
    given = {
        "name": names.one_off_person(rng),
        "pet": names.one_off_name(rng),
        "town": source.entity("town").name,
        "count": names.number(rng, 2, 20),
        "price": names.price(rng),
        "date": names.date(rng),
        "time": names.clock(rng),
    }
    parts: Rules = {**PARTS, "goods": (lexicon.goods(rng), lexicon.goods(rng))}
    return expand(frame, rng, parts, given)


def _festival(source: Source) -> str:
    festival = source.entity("festival")
    facts = list(source.world.facts_about[festival.name])
    source.rng.shuffle(facts)
    told = " ".join([source.state(facts[0]), *(source.follow_up(fact) for fact in facts[1:])])
    call = source.rng.choice(
        ("Come one, come all!", "All are welcome.", "Be there!", "Bring your neighbours.", "Hear!")
    )
    return f"{festival.name}\n{told} {call}"
