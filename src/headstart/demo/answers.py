"""The first act: both models get the same question, each in its own way, and why each stopped."""

from dataclasses import dataclass

from headstart.demo.cast import LIMIT, Cast
from headstart.domain.reply import Reply, Stop
from headstart.domain.task import Message
from headstart.engine.score import Tokens
from headstart.engine.speak import Speaker
from headstart.forge.world.judging import (
    CHOICES,
    PROSE,
    QUESTIONS,
    Probe,
    continues_as,
    judge_answer,
)
from headstart.report.side_by_side import Part, side_by_side

_HOW = {
    QUESTIONS: "One question follows the other, as on the quiz sheets it has read.",
    CHOICES: "It lists choices, as the quiz sheets do that it has read.",
    PROSE: "It tells on, as the texts do that it has read.",
}
_WHY = {
    Stop.LIMIT: f"Not by itself: it was cut off after {LIMIT} tokens.",
    Stop.DOCUMENT_END: "By itself: it wrote the end of a document.",
    Stop.TURN_END: "By itself: it wrote the end of its turn.",
}


@dataclass(frozen=True)
class Answer:
    """One model before one question."""

    read: str
    """What it was given, special tokens visible."""
    wrote: str
    """What it wrote, its stop included."""
    reply: Reply
    """The same, and what ended it."""


@dataclass(frozen=True)
class Answers:
    """One question and what became of it."""

    probe: Probe
    """The question, with the right answer."""
    base: Answer
    """To the question as raw text."""
    instruct: Answer
    """To the question in the template."""


def answers(cast: Cast) -> Answers:
    """Ask both models one question, each in its own way."""
    (probe,) = cast.questions(1)
    return Answers(
        probe,
        _answer(cast.base, cast.base.raw(probe.prompt)),
        _answer(cast.instruct, cast.instruct.chat([Message(role="user", content=probe.prompt)])),
    )


def first_act(found: Answers, width: int) -> list[str]:
    """Both in lines of at most `width` columns, beside one another where they fit."""
    judged = judge_answer(found.probe, found.instruct.reply.text, stopped=True)
    verdict = "right" if judged.right else f"not right, it would be: {found.probe.expected}"
    base = _parts("BASE", found.base, _HOW.get(continues_as(found.base.reply.text), ""))
    instruct = _parts("INSTRUCT", found.instruct, f"The answer is {verdict}.")
    return side_by_side(base, instruct, width)


def _answer(speaker: Speaker, prompt: Tokens) -> Answer:
    (reply,) = speaker.replies([prompt], limit=LIMIT)
    decode = speaker.loaded.tokenizer.decode
    return Answer(str(decode(list(prompt))), str(decode(list(reply.ids))), reply)


def _parts(name: str, answer: Answer, how: str) -> list[Part]:
    why = f"{_WHY[answer.reply.stop]} {how}".strip()
    return [("", name), ("reads", answer.read), ("writes", answer.wrote), ("stops", why)]
