"""Pages of a dictionary, and sentences in the speech of the marsh folk."""

from random import Random

from headstart.forge.world import lexicon, names
from headstart.forge.world.definitions import NOUNS, VERBS
from headstart.forge.world.dialect import to_dialect
from headstart.forge.world.doc_letters import DIARY, NEWS
from headstart.forge.world.doc_letters import PARTS as LETTER_PARTS
from headstart.forge.world.facts import Entity
from headstart.forge.world.grammar import expand
from headstart.forge.world.source import Source
from headstart.forge.world.wording import sentence, with_article

OF_THE_LAND = {
    "animal": "an animal with a {animal_coat} coat that lives in {animal_habitat} and eats "
    "{animal_food}",
    "plant": "a plant of {plant_region} with {plant_flower} flowers, used to make {plant_use}",
    "tool": "a tool of {tool_material} with which a {tool_trade} can {tool_use}",
}
"""How a dictionary explains the land's own words, by the sort of the word."""

TITLES = (
    "From the dictionary", "Words and what they mean", "Small dictionary", "Hard words made easy",
    "Word list", "What it means",
)  # fmt: skip

DIALECT_TITLES = (
    "Heard in the marshes", "As the marsh folk say it", "Marsh talk", "Told by an old marsh woman",
)  # fmt: skip


def dictionary(source: Source) -> str:
    """Fifteen or so words with their meanings, some of them the land's own, in order."""
    rng = source.rng
    entries = dict(rng.sample(tuple(NOUNS.items()), 9))
    for sort in rng.choices(tuple(OF_THE_LAND), k=4):
        entity = source.entity(sort)
        entries[entity.name.removeprefix("the ")] = _meaning(source, entity)
    lines = {word: _noun(rng, word, meaning) for word, meaning in entries.items()}
    for word, meaning in rng.sample(tuple(VERBS.items()), 4):
        lines[word] = _verb(rng, word, meaning)
    body = rng.choice(("\n", "\n\n")).join(lines[word] for word in sorted(lines))
    return f"{rng.choice(TITLES)}\n\n{body}" if rng.random() < 0.5 else body


def _meaning(source: Source, entity: Entity) -> str:
    values = {fact.relation: fact.value for fact in source.world.facts_about[entity.name]}
    return OF_THE_LAND[entity.sort].format(**values)


def _noun(rng: Random, word: str, meaning: str) -> str:
    frame = rng.choice(
        (
            "{w}: {m}.", "{w}: {m}.", "{A} is {m}.", "{w} (noun): {m}.", "The word {w} means {m}.",
            "If you hear of {a}, think of {m}.", "{A}, that is to say {m}.",
        )
    )  # fmt: skip
    article = with_article(word)
    return frame.format(w=word, m=meaning, a=article, A=sentence(article))


def _verb(rng: Random, word: str, meaning: str) -> str:
    frame = rng.choice(
        ("{w}: to {m}.", "To {w} is to {m}.", "{w} (verb): to {m}.", "The word {w} means to {m}.")
    )
    return frame.format(w=word, m=meaning)


def marsh_talk(source: Source) -> str:
    """Small talk and facts, all of it in the dialect."""
    rng = source.rng
    given = {
        "friend": names.one_off_person(rng).split()[0],
        "pet": names.one_off_name(rng),
        "town": source.entity("town").name,
    }
    lines: list[str] = []
    while sum(map(len, lines)) < 950:
        frame = rng.choice((NEWS, DIARY, lexicon.WEATHERS))
        told = expand(rng.choice(frame), rng, LETTER_PARTS, given).rstrip(".") + "."
        lines.append(source.statement() if rng.random() < 0.4 else told)
    text = to_dialect(rng.choice((" ", "\n")).join(lines))
    return f"{rng.choice(DIALECT_TITLES)}\n\n{text}" if rng.random() < 0.4 else text
