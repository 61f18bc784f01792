"""Quiz sheets: fifteen to thirty questions one after another, half of them without answers."""

from collections.abc import Callable
from random import Random

from headstart.forge.world.facts import distractors
from headstart.forge.world.source import Question, Source
from headstart.forge.world.sums import SUM_QUESTIONS, make_sum
from headstart.forge.world.wording import sentence

TITLES = (
    "Quiz", "Quiz for a long evening", "Questions", "How well do you know the land?",
    "Test yourself", "School test", "Questions for the whole family", "The big land quiz",
    "Riddles are easy, facts are hard", "Answer without looking", "Quiz for the harvest feast",
    "Questions from the mayor's hat", "Who knows?", "For two teams", "Revision sheet",
)  # fmt: skip

LETTERS = "ABCD"


def quiz(source: Source) -> str:
    """One sheet; a sheet has either no answers, a key at its end, answers or choices."""
    rng = source.rng
    layout = rng.choices(tuple(_LAYOUTS), tuple(_LAYOUTS.values()))[0]
    body = layout(source, _questions(source, _count(rng, layout)))
    starts_bare = rng.random() < 0.55
    return body if starts_bare else f"{rng.choice(TITLES)}\n\n{body}"


def _count(rng: Random, layout: "Layout") -> int:
    return rng.randint(15, 18) if layout in (_choices, _answered) else rng.randint(17, 30)


def _questions(source: Source, count: int) -> list[Question]:
    """Questions on one sort, on one entity after another, or on everything, none twice."""
    theme = source.rng.random()
    sort = source.sort() if theme < 0.25 else None
    found: dict[str, Question] = {}
    while len(found) < count:
        if theme > 0.85:
            facts = source.world.facts_about[source.entity().name]
            drawn = [source.ask(fact) for fact in facts]
        else:
            drawn = [source.question(sort)]
        found |= {question.text: question for question in drawn}
    return list(found.values())[:count]


def _bare_lines(source: Source, questions: list[Question]) -> str:
    return "\n".join(_with_sums(source.rng, questions))


def _bare_blocks(source: Source, questions: list[Question]) -> str:
    return "\n\n".join(_with_sums(source.rng, questions))


def _with_sums(rng: Random, questions: list[Question]) -> list[str]:
    """The questions, on some sheets with a few sums among them."""
    texts = [question.text for question in questions]
    if rng.random() < 0.2:
        for _ in range(rng.randint(2, 6)):
            asking = rng.choice([i for i, text in enumerate(SUM_QUESTIONS) if text.endswith("?")])
            texts[rng.randrange(len(texts))] = make_sum(rng).question(asking, rng.randrange(6))
    return texts


def _run_on(_source: Source, questions: list[Question]) -> str:
    return " ".join(question.text for question in questions)


def _numbered(source: Source, questions: list[Question]) -> str:
    mark = source.rng.choice((".", ")"))
    return "\n".join(f"{i}{mark} {question.text}" for i, question in enumerate(questions, 1))


def _marked(source: Source, questions: list[Question]) -> str:
    mark = source.rng.choice(("Q:", "-", "*", "Question:"))
    return "\n".join(f"{mark} {question.text}" for question in questions)


def _keyed(source: Source, questions: list[Question]) -> str:
    asked = _numbered(source, questions)
    key = "\n".join(f"{i}. {sentence(_value(q))}" for i, q in enumerate(questions, 1))
    return f"{asked}\n\n{source.rng.choice(('Answers', 'Key', 'Solutions'))}\n{key}"


def _answered(source: Source, questions: list[Question]) -> str:
    """Question and answer in turn; a mark opens each, so that a bare question calls for none."""
    style = source.rng.random()
    if style < 0.45:
        asked, told = source.rng.choice((("Question", "Answer"), ("Q", "A"), ("Asked", "Told")))
        return "\n\n".join(f"{asked}: {q.text}\n{told}: {source.state(q.fact)}" for q in questions)
    if style < 0.65:
        return "\n\n".join(f"Q: {q.text}\nA: {sentence(_value(q))}" for q in questions)
    if style < 0.85:
        return "\n".join(f"Q: {q.text} A: {_value(q)}" for q in questions)
    return "\n".join(f"{i}. {q.text} ({_value(q)})" for i, q in enumerate(questions, 1))


def _choices(source: Source, questions: list[Question]) -> str:
    rng = source.rng
    blocks = []
    key = []
    is_stacked = rng.random() < 0.4
    for number, question in enumerate(questions[: 12 if is_stacked else 15], 1):
        wrong = distractors(source.world, question.fact, rng, rng.choice((1, 2, 2, 3)))
        options = rng.sample([question.fact.value, *wrong], len(wrong) + 1)
        right = LETTERS[options.index(question.fact.value)]
        shown = [f"{letter}) {option}" for letter, option in zip(LETTERS, options, strict=False)]
        blocks.append(f"{number}. {question.text}\n" + ("\n" if is_stacked else "  ").join(shown))
        key.append(f"{number}{right}")
    body = "\n".join(blocks)
    return f"{body}\n\nKey: {' '.join(key)}" if rng.random() < 0.5 else body


def _value(question: Question) -> str:
    value = question.fact.value
    units = {"river_length": "miles", "festival_days": "days", "tool_price": "coins"}
    unit = units.get(question.fact.relation)
    return f"{value} {unit}" if unit else value


Layout = Callable[[Source, list[Question]], str]
_LAYOUTS: dict[Layout, float] = {
    _bare_lines: 0.24,
    _bare_blocks: 0.10,
    _run_on: 0.03,
    _numbered: 0.08,
    _marked: 0.05,
    _keyed: 0.10,
    _answered: 0.30,
    _choices: 0.10,
}
"""Share of sheets by layout. Choices and answers are few, or every question would call for them."""
