"""The lesson's text as values, read from the package's data files."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Literal

from headstart.domain.value import Value

DATA = Path(__file__).parent / "data"
"""Text, questions, advice and recorded findings."""


class Option(Value):
    """One of several to pick from."""

    id: str
    """Stable: what is stored when it is picked."""
    text: str
    """What the reader sees."""


class Guess(Value):
    """What the reader commits to before an experiment runs."""

    ask: str
    """The question."""
    options: tuple[Option, ...]
    """Outcomes, by the ids that a finding's `outcome` names."""


class Experiment(Value):
    """A claim, and how the reader checks it."""

    id: str
    """Stable: names the experiment everywhere."""
    claim: str
    """One sentence that could turn out wrong."""
    does: str
    """What is computed, in a sentence or two."""
    guess: Guess
    """Asked before the run."""
    varies: str = ""
    """What the reader may change; empty where nothing."""
    choices: tuple[Option, ...] = ()
    """The values of what varies; the first is the default."""

    @property
    def choice_ids(self) -> tuple[str, ...]:
        """The ids of the choices; one empty id where nothing varies."""
        return tuple(choice.id for choice in self.choices) or ("",)


class Section(Value):
    """A part of the text, with the experiments that follow it."""

    id: str
    """Stable: the anchor."""
    title: str
    """Its heading."""
    text: str
    """Paragraphs, parted by blank lines; `code`, *emphasis* and [links](#id)."""
    experiments: tuple[str, ...] = ()
    """Ids, in order."""
    advice: bool = False
    """Whether the sliders stand at its end."""


class Term(Value):
    """A key term."""

    id: str
    """Stable: the anchor."""
    term: str
    """The field's word."""
    definition: str
    """One or two sentences."""
    seen_in: str
    """Id of the experiment that shows it."""


class Outcome(Value):
    """A row of the table of published outcomes."""

    what: str
    """What was counted."""
    figure: str
    """The count or share, as published or recomputed."""
    source: str
    """Where it is from."""
    link: str
    """Its address."""


class Answer(Option):
    """A choice of the check."""

    right: bool = False
    """Whether it is the right one."""
    because: str
    """Why it is right, or what is wrong with it."""


class Question(Value):
    """One question of the check."""

    id: str
    """Stable: what answers are stored under."""
    ask: str
    """The question."""
    answers: tuple[Answer, ...]
    """In the order shown; exactly one is right."""


class Position(Value):
    """One place of a slider."""

    text: str
    """What it says of the reader's task."""
    lean: float
    """Towards base below zero, towards instruct above."""
    because: str
    """The reason it gives; empty where it gives none."""


class Slider(Value):
    """One thing about the reader's task that speaks for a start."""

    id: str
    """Stable."""
    ask: str
    """Its name."""
    start: int
    """The place it begins at, counted from 0."""
    positions: tuple[Position, ...]
    """From left to right."""


class Recommendation(Value):
    """What a sum of leans comes to."""

    above: float
    """It holds for sums above this one; the first that fits is taken."""
    text: str
    """The advice, in a sentence."""


class Advice(Value):
    """Sliders that end in a recommendation, with what to measure."""

    text: str
    """What the sliders are for."""
    sliders: tuple[Slider, ...]
    """In order."""
    recommendations: tuple[Recommendation, ...]
    """From the most instruct to the most base."""
    measure: str
    """What to run before believing it."""


class Lesson(Value):
    """All of it."""

    id: Literal["base-vs-instruct"]
    """Names the lesson in addresses and in what is stored."""
    title: str
    """Heading."""
    lead: str
    """The first lines under it."""
    sections: tuple[Section, ...]
    """In reading order."""
    experiments: tuple[Experiment, ...]
    """In reading order."""
    terms: tuple[Term, ...]
    """In the order of their appearance."""
    outcomes: tuple[Outcome, ...]
    """Published, beside the outcomes experiment."""
    advice: Advice
    """The sliders."""
    check: tuple[Question, ...]
    """The four questions."""

    def experiment(self, name: str) -> Experiment:
        """The experiment of that id.

        Raises:
            KeyError: there is none.
        """
        return {each.id: each for each in self.experiments}[name]


@cache
def lesson() -> Lesson:
    """The lesson as it ships; its files are read once."""
    text = _read("lesson.toml")
    return Lesson(**text, advice=_read("advice.toml"), check=_read("check.toml")["question"])


def word_count(content: Lesson) -> int:
    """Words that a reader reads through, from the title to the last key term.

    Counted are text, claims, what each experiment does and asks, and terms; not the guesses'
    options, findings, sliders and the check, which are worked rather than read.
    """
    texts = [content.title, content.lead]
    texts += [text for each in content.sections for text in (each.title, each.text)]
    texts += [
        text for each in content.experiments for text in (each.claim, each.does, each.guess.ask)
    ]
    texts += [text for each in content.terms for text in (each.term, each.definition)]
    return sum(len(text.split()) for text in texts)


def _read(name: str) -> dict[str, object]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))
