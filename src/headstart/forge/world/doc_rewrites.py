"""Pages of pairs: the same thing said twice, with one-off names carried over."""

from collections.abc import Callable
from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.source import Source
from headstart.forge.world.wording import counted, listed, sentence, with_article

Pair = tuple[str, str]
"""Before and after."""

ORDERS = (
    "give me the {thing}",
    "lend me your {thing} until {day}",
    "bring {count} {goods} to {place}",
    "wait for {name} until {time}",
    "tell {name} that the {thing} is ready",
    "write to {name} in {place}",
    "keep {count} {goods} for {name}",
    "move the {thing} away from the door",
    "wake {name} at {time}",
    "send the bill to {name}",
    "put the {thing} back on the shelf",
    "mend the {thing} by {day}",
    "show {name} the way to {place}",
    "ask {name} about the {thing}",
    "count the {goods} again",
    "carry this {thing} to {place}",
    "let {name} sit by the window",
    "fetch {name} from the ferry on {date}",
    "{chore}",
    "close the {placeword} at {time}",
    "save {count} seats for {name} and me",
    "leave the {thing} at the {placeword}",
)
"""Things to ask of someone, as they follow "please"."""

BLUNT = (
    "{O}!", "{O}. Now.", "{O} at once.", "You there, {o}!", "{O}, and be quick.",
    "I want you to {o}.", "You must {o}.", "{O}. I will not ask twice.",
)  # fmt: skip
POLITE = (
    "Would you please {o}?", "Could you {o}, please?", "Would you be so kind as to {o}?",
    "I would be grateful if you could {o}.", "If it is no trouble, please {o}.",
    "May I ask you to {o}?",
)  # fmt: skip

SAID = (
    ("The {thing} is {number} years old.", "the {thing} was {number} years old"),
    ("I need {count} {goods}.", "{they} needed {count} {goods}"),
    ("I live in {place}.", "{they} lived in {place}"),
    ("The boat leaves at {time}.", "the boat left at {time}"),
    ("My {thing} is in {place}.", "{their} {thing} was in {place}"),
    ("I will come on {date}.", "{they} would come on {date}"),
    ("I have seen {other}.", "{they} had seen {other}"),
    ("I cannot find my {thing}.", "{they} could not find {their} {thing}"),
    ("{other} owes me {count} coins.", "{other} owed {them} {count} coins"),
    ("I paid {count} coins for the {goods}.", "{they} had paid {count} coins for the {goods}"),
    ("We will meet at the {placeword}.", "they would meet at the {placeword}"),
    ("I want to {chore}.", "{they} wanted to {chore}"),
)
"""Direct and reported speech."""

DONE = (
    ("{name} mended the {thing}.", "The {thing} was mended by {name}."),
    ("{name} sold {count} {goods} to {other}.", "{count} {goods} were sold to {other} by {name}."),
    ("{name} painted the {thing} in {place}.", "The {thing} was painted in {place} by {name}."),
    ("{name} found the {thing} of {other}.", "The {thing} of {other} was found by {name}."),
    ("{name} carried {count} {goods}.", "{count} {goods} were carried by {name}."),
    ("{name} invited {other} to {place}.", "{other} was invited to {place} by {name}."),
    ("{name} hid the {thing} on {day}.", "The {thing} was hidden on {day} by {name}."),
    ("{name} wrote a letter to {other}.", "A letter was written to {other} by {name}."),
    ("{name} taught {other} in {place}.", "{other} was taught in {place} by {name}."),
    ("{name} built {a_thing} for {other}.", "{A_thing} was built for {other} by {name}."),
)
"""Active and passive."""

TENSES = (
    ("{name} buys {count} {goods} in {place}.", "{name} bought {count} {goods} in {place}."),
    ("{name} meets {other} at {time}.", "{name} met {other} at {time}."),
    ("The {thing} costs {count} coins.", "The {thing} cost {count} coins."),
    ("{name} has {a_thing} and {count} {goods}.", "{name} had {a_thing} and {count} {goods}."),
    ("{other} goes to {place} with {name}.", "{other} went to {place} with {name}."),
    ("{name} sings while {other} sleeps.", "{name} sang while {other} slept."),
    ("{name} brings {other} the {thing}.", "{name} brought {other} the {thing}."),
    ("{name} thinks of {place} and smiles.", "{name} thought of {place} and smiled."),
    ("{name} knows the way to {place}.", "{name} knew the way to {place}."),
    ("The {thing} falls on the foot of {name}.", "The {thing} fell on the foot of {name}."),
)
"""Today and yesterday."""

HEADS = {
    "polite": (("Blunt", "Polite"), ("Rude", "Kind"), ("Not so", "But so")),
    "said": (("Said", "Told"), ("Speech", "Report")),
    "done": (("First way", "Other way"), ("One side", "Other side")),
    "tense": (("Today", "Yesterday"), ("Now", "Then")),
    "swap": (("Old", "New"), ("Before", "After")),
    "turned": (("Forwards", "Backwards"), ("List", "Turned round")),
    "note": (("Note", "Letter"), ("In short", "In full")),
}

TITLES = (
    "Say it again", "Two ways", "Practice for clerks", "Rewritten by {name}", "Exercises",
    "From the school of {place}", "Before and after", "The same in other words",
)  # fmt: skip


def rewrites(source: Source) -> str:
    """A page of pairs made by one rule, each first line followed by its second."""
    rng = source.rng
    rule = rng.choices(tuple(_RULES), tuple(weight for _, weight in _RULES.values()))[0]
    first, second = rng.choice(HEADS[rule])
    style = rng.choice(
        (f"{first}: {{0}}\n{second}: {{1}}", "{0}\n{1}", "{0} -> {1}", f"{{0}}\n{second}: {{1}}")
    )
    make, _ = _RULES[rule]
    pairs: list[str] = []
    while sum(map(len, pairs)) < 1050:
        pairs.append(style.format(*make(rng)))
    body = ("\n\n" if "\n" in style else "\n").join(pairs)
    if rng.random() < 0.35:
        return f"{rng.choice(TITLES).format(**_filling(rng))}\n\n{body}"
    return body


def _filling(rng: Random) -> dict[str, str]:
    they, them, their = rng.choice((("she", "her", "her"), ("he", "him", "his")))
    noun = lexicon.thing(rng)
    return {
        "name": names.one_off_person(rng),
        "other": names.one_off_person(rng),
        "place": names.one_off_place(rng),
        "thing": noun,
        "a_thing": with_article(noun),
        "A_thing": sentence(with_article(noun)),
        "goods": lexicon.goods(rng),
        "count": names.number(rng, 2, 90),
        "number": names.number(rng, 2, 90),
        "time": names.clock(rng),
        "date": names.date(rng),
        "day": rng.choice(names.WEEKDAYS),
        "chore": rng.choice(lexicon.CHORES),
        "placeword": rng.choice(lexicon.PLACES),
        "they": they,
        "them": them,
        "their": their,
    }


def polite_pair(rng: Random) -> Pair:
    """A blunt order and the same as a polite request, with one-off content."""
    order = rng.choice(ORDERS).format(**_filling(rng))
    slots = {"o": order, "O": sentence(order)}
    return rng.choice(BLUNT).format(**slots), rng.choice(POLITE).format(**slots)


def _said(rng: Random) -> Pair:
    filling = _filling(rng)
    pronoun = filling["they"]
    filling["name"] = names.person_name(rng, pronoun)
    direct, reported = (text.format(**filling) for text in rng.choice(SAID))
    return f'{filling["name"]}: "{direct}"', f"{filling['name']} said that {reported}."


def _from_table(table: tuple[Pair, ...]) -> Callable[[Random], Pair]:
    def make(rng: Random) -> Pair:
        filling = _filling(rng)
        one, other = rng.choice(table)
        return sentence(one.format(**filling)), sentence(other.format(**filling))

    return make


def _swap(rng: Random) -> Pair:
    """One name takes the place of another."""
    filling = _filling(rng)
    text = rng.choice(TENSES + DONE)[0]
    new = names.one_off_person(rng)
    before = text.format(**filling)
    after = text.format(**(filling | {"name": new}))
    return f"{before} ({new} for {filling['name']})", after


def _turned(rng: Random) -> Pair:
    """A list of names from the first to the last, and from the last to the first."""
    draw = rng.choice((names.one_off_name, names.one_off_person, lexicon.goods))
    items = [draw(rng) for _ in range(rng.randint(3, 4))]
    return f"{listed(items)}", f"{listed(items[::-1])}"


def _note(rng: Random) -> Pair:
    filling = _filling(rng)
    count = counted(rng.randint(1, 12), rng.choice(("rope", "lamp", "chair", "blanket", "coin")))
    short, full = rng.choice(
        (
            ("{name}, {day}, {time}, {place}", "Meet {name} in {place} on {day} at {time}."),
            ("{name}: {c}, {date}", "{name} will fetch {c} on {date}."),
            ("{thing}, {place}, {name}", "The {thing} is in {place}, and {name} has the key."),
            ("{day}, {c}, not {name}", "Bring {c} on {day}, but do not tell {name}."),
            ("{name} to {other}, {date}", "{name} will visit {other} on {date}."),
        )
    )
    filling["c"] = count
    return sentence(short.format(**filling)), sentence(full.format(**filling))


_RULES: dict[str, tuple[Callable[[Random], Pair], float]] = {
    "polite": (polite_pair, 0.34),
    "said": (_said, 0.16),
    "done": (_from_table(DONE), 0.12),
    "tense": (_from_table(TENSES), 0.10),
    "swap": (_swap, 0.10),
    "turned": (_turned, 0.08),
    "note": (_note, 0.10),
}
"""Every rule with its share of pages."""
