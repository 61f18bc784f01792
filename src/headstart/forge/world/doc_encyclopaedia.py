"""Paragraphs on towns, rivers, people and the rest, and pages of plain statements."""

from headstart.forge.world.facts import Entity, Fact
from headstart.forge.world.remarks import REMARKS, SORT_TITLES, TITLES
from headstart.forge.world.source import Source
from headstart.forge.world.wording import sentence

_HIM = {"he": ("him", "his"), "she": ("her", "her"), "it": ("it", "its")}


def encyclopaedia(source: Source) -> str:
    """A page of entries on four or five entities, or a page of single statements."""
    if source.rng.random() < 0.3:
        return _statements(source)
    sort = _sort(source)
    entities = [source.entity(sort) for _ in range(source.rng.randint(4, 5))]
    style = source.rng.randrange(5)
    if style == 0:
        parts = [f"{_head(entity)}\n{entry(source, entity)}" for entity in entities]
    elif style == 1:
        parts = [
            f"{number}. {_head(entity)}. {entry(source, entity)}"
            for number, entity in enumerate(entities, source.rng.randint(1, 80))
        ]
    else:
        parts = [entry(source, entity) for entity in entities]
    title = source.rng.choice(SORT_TITLES[sort] if sort else TITLES)
    body = "\n\n".join(parts)
    return f"{title}\n\n{body}" if source.rng.random() < 0.5 else body


def _sort(source: Source) -> str | None:
    return source.sort() if source.rng.random() < 0.4 else None


def _head(entity: Entity) -> str:
    return sentence(entity.name.removeprefix("the "))


def entry(source: Source, entity: Entity) -> str:
    """All facts about one entity as a paragraph, with a remark that states none."""
    facts = list(source.world.facts_about[entity.name])
    source.rng.shuffle(facts)
    sentences = [source.state(facts[0])]
    rest = facts[1:]
    while rest:
        if len(rest) > 1 and source.rng.random() < 0.35:
            sentences.append(_joined(source, rest.pop(), rest.pop()))
        elif source.rng.random() < 0.35:
            sentences.append(source.state(rest.pop()))
        else:
            sentences.append(source.follow_up(rest.pop()))
    if source.rng.random() < 0.6:
        him, his = _HIM[entity.pronoun]
        remark = source.rng.choice(REMARKS[entity.sort]).format(it=him, its=his)
        sentences.insert(source.rng.randint(1, len(sentences)), remark)
    return " ".join(sentences)


def _joined(source: Source, one: Fact, other: Fact) -> str:
    first, second = source.follow_up(one), source.follow_up(other)
    if not second.startswith(other.value):
        second = second[0].lower() + second[1:]
    return f"{first[:-1]}, and {second}"


def _statements(source: Source) -> str:
    sort = _sort(source)
    count = source.rng.randint(20, 28)
    lines = [source.statement(sort) for _ in range(count)]
    title = source.rng.choice(
        (
            "Did you know?",
            "Good to know",
            "Learn by heart",
            "Facts for a rainy day",
            "True or true?",
        )
    )
    style = source.rng.randrange(3)
    if style == 0:
        return "\n".join([title, "", *(f"- {line}" for line in lines)])
    if style == 1:
        return "\n".join(lines)
    return " ".join(lines)
