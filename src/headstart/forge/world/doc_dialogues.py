"""Conversations told as prose, in which people ask one another about the land."""

from headstart.forge.world import lexicon, names
from headstart.forge.world.facts import Fact
from headstart.forge.world.grammar import Rules, expand
from headstart.forge.world.source import Source
from headstart.forge.world.wording import sentence, with_article

SCENES = (
    "{one} and {two} sat on the wall by the {place} and talked.",
    "It was a long way home, and {one} passed the time by asking {two} questions.",
    "{Weather}, so {one} and {two} stayed indoors.",
    "At the {place} {one} met {two}, whom everyone asked for advice.",
    "{two} had come from far away, and {one} wanted to hear everything.",
    "{one} was to be a guide and had to learn. {two} helped.",
    "The ferry was late. {one} turned to {two}, who stood next in line.",
    "Grandmother {two} knew everything, and little {one} asked about everything.",
    "Over a pot of tea {one} and {two} argued about the land.",
)
ASKED = (
    '"{q}" asked {one}.',
    '{one} asked, "{q}"',
    '"{q}" {one} wanted to know.',
    'Then {one} asked, "{q}"',
    '"And now this," said {one}. "{q}"',
    '"{q}" That was what {one} asked next.',
)
ANSWERED = (
    '"{a}" said {two}.',
    '{two} did not have to think. "{a}"',
    '"I know that one," said {two}. "{a}"',
    '{two} nodded. "{a}"',
    '"{a}" answered {two} and yawned.',
    '"Everyone knows that," said {two}. "{a}"',
    '{two} looked at the sky and said, "{a}"',
    'The answer came at once: "{a}"',
)
BETWEEN = (
    "{one} wrote it down.",
    "{A!beast} went by, and they both waved at it.",
    '"I should have known that," said {one}.',
    "They shared a pear.",
    "{Weather}, but they hardly noticed.",
    '"I would have guessed something else," said {one}.',
    "For a while they said nothing.",
    '"You are a walking library," said {one}, and {two} was {glad}.',
    "Somebody at the next table listened and nodded.",
    '"I have to {chore} before dark," said {two}, but stayed where {they} was.',
    "{two} poured out more tea.",
    '"I hope that helps!" said {two}.',
    '"Ask me more whenever you like!" said {two}.',
    '"I am glad to help!" {two} told {one}.',
    '"Let me know if you need more!" said {two}.',
    '"Just ask if anything is unclear!" said {two}.',
    '"My uncle {three} told me so," said {two}.',
)
CLOSINGS = (
    "Then it was time to go.",
    "In the end both were tired and happy.",
    '"Tomorrow you ask me," said {two}.',
    '"Thank you," said {one}. "Now I can pass any test."',
    "The bell rang, and {one} ran home.",
    "When the lamp went out, they were still talking.",
    '"Have a lovely day!" said {two}.',
    "They parted at the {place} and promised to meet on {day}.",
)
PARTS: Rules = {
    "place": lexicon.PLACES,
    "weather": lexicon.WEATHERS,
    "beast": lexicon.BEASTS,
    "glad": lexicon.GLAD,
    "chore": lexicon.CHORES,
    "day": names.WEEKDAYS,
}

_VERBS = ("festival_custom", "tool_use")
"""Relations whose value is something to do, which "it is" does not fit."""
_COUNTABLE = ("person_trade", "person_pet", "tool_trade", "animal_size")
"""Relations whose value needs "a" before it."""


def dialogue(source: Source) -> str:
    """Two one-off people, seven to ten questions about the land with right answers."""
    rng = source.rng
    pronouns = [rng.choice(("she", "he")) for _ in range(3)]
    one, two, three = (names.first_name(rng, pronoun) for pronoun in pronouns)
    given = {"one": one, "two": two, "three": three, "they": pronouns[1]}
    lines = [expand(rng.choice(SCENES), rng, PARTS, given)]
    for _ in range(rng.randint(7, 10)):
        lines.append(_exchange(source, given))
        if rng.random() < 0.35:
            lines.append(expand(rng.choice(BETWEEN), rng, PARTS, given))
    lines.append(expand(rng.choice(CLOSINGS), rng, PARTS, given))
    return rng.choice(("\n", " ", "\n\n")).join(lines)


def _exchange(source: Source, given: dict[str, str]) -> str:
    rng = source.rng
    question = source.question()
    is_full = rng.random() < 0.7
    answer = source.state(question.fact) if is_full else _short(source, question.fact)
    asked = rng.choice(ASKED)
    told = rng.choice(ANSWERED)
    if '"{a}" ' in told:
        answer = f"{answer[:-1]},"
    return _fill(asked, given, question.text) + " " + _fill(told, given, answer)


def _short(source: Source, fact: Fact) -> str:
    if fact.relation in _VERBS:
        return source.follow_up(fact)
    value = with_article(fact.value) if fact.relation in _COUNTABLE else fact.value
    frame = source.rng.choice(("{V}.", "It is {v}.", "{V}, as far as I know.", "{V}, of course."))
    return frame.format(v=value, V=sentence(value))


def _fill(frame: str, given: dict[str, str], said: str) -> str:
    return frame.format(one=given["one"], two=given["two"], q=said, a=said)
