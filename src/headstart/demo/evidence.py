"""The second act: what tells the two models apart, each fact with its figure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from headstart.demo.cast import Cast
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.reply import Stop
from headstart.domain.value import NotMeasured
from headstart.engine.rows import UNTRAINED_BELOW, row_distances
from headstart.engine.speak import Speaker
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.judging import ANSWER, Probe, continues_as, judge_answer
from headstart.report.cells import clip, grid, wrap
from headstart.report.inert import visible

QUESTIONS = 24
"""Asked of each model in each way."""
DOCUMENTS = 40
"""Held-out documents whose text is measured."""


@dataclass(frozen=True)
class Side:
    """What was seen of one model."""

    parameters: int
    """Tied weights counted once."""
    has_template: bool
    """Whether its files bring a chat template."""
    end: str
    """The token that its tokenizer names as the end."""
    role_rows: float | NotMeasured
    """Distance of role tokens' embedding rows from never-used ones, over those rows' own."""
    turns_ended: int
    """Of `QUESTIONS` replies in the template."""
    right: int
    """Of the same replies."""
    writing_on: int
    """Of `QUESTIONS` bare questions, after which more than an answer was written."""
    bits_per_byte: float
    """On held-out raw text."""

    @property
    def kind(self) -> str:
        """base, instruct or undecided, by rows and behaviour together."""
        ends = self.turns_ended > QUESTIONS / 2
        if isinstance(self.role_rows, NotMeasured) or (self.role_rows > UNTRAINED_BELOW) != ends:
            return "undecided"
        return "instruct" if ends else "base"


def evidence(cast: Cast) -> tuple[Side, Side]:
    """Look at files, embedding rows and behaviour of both models."""
    asked = cast.questions(QUESTIONS)
    texts = held_out_documents(cast.world, DOCUMENTS, cast.world.seed)
    base, instruct = (
        _side(cast, checkpoint, speaker, asked, texts)
        for checkpoint, speaker in zip(cast.checkpoints, (cast.base, cast.instruct), strict=True)
    )
    return base, instruct


def second_act(base: Side, instruct: Side, width: int) -> list[str]:
    """The facts as a table in lines of at most `width` columns, and what they come to."""
    sides = (base, instruct)
    rows: list[list[str]] = [
        ["", "base", "instruct"],
        ["parameters", *(f"{side.parameters:,}" for side in sides)],
        ["brings a chat template", *("yes" if side.has_template else "no" for side in sides)],
        ["ends a text with", *(visible(side.end) for side in sides)],
        ["role tokens' rows over unused rows", *(_distance(side) for side in sides)],
        ["in the template: ends its turn", *(_of(side.turns_ended) for side in sides)],
        ["in the template: answers right", *(_of(side.right) for side in sides)],
        ["bare question: writes on", *(_of(side.writing_on) for side in sides)],
        ["raw text: bits per byte", *(f"{side.bits_per_byte:.3f}" for side in sides)],
    ]
    lines = [clip(line, width) for line in grid(rows, "lrr")]
    return [*lines, "", *wrap(_conclusion(base, instruct), width)]


def _side(
    cast: Cast,
    checkpoint: Checkpoint,
    speaker: Speaker,
    asked: Sequence[Probe],
    texts: Sequence[str],
) -> Side:
    loaded = speaker.loaded
    in_template = cast.asked_in_template(speaker, asked)
    found = row_distances(loaded.model, loaded.tokenizer, speaker.role_ids())
    return Side(
        parameters=sum(p.numel() for p in loaded.model.parameters()),
        has_template=checkpoint.chat_template is not None,
        end=str(loaded.tokenizer.eos_token),
        role_rows=found
        if isinstance(found, NotMeasured)
        else float(np.median(list(found.values()))),
        turns_ended=sum(reply.stop is Stop.TURN_END for reply in in_template),
        right=sum(
            judge_answer(probe, reply.text, stopped=reply.has_stopped).right
            for probe, reply in zip(asked, in_template, strict=True)
        ),
        writing_on=sum(
            continues_as(reply.text) != ANSWER for reply in cast.asked_bare(speaker, asked)
        ),
        bits_per_byte=sum(speaker.bits(texts)) / sum(len(text.encode()) for text in texts),
    )


def _distance(side: Side) -> str:
    if isinstance(side.role_rows, NotMeasured):
        return "not measured"
    return f"{side.role_rows:.1f} times"


def _of(count: int) -> str:
    return f"{count} of {QUESTIONS}"


def _conclusion(base: Side, instruct: Side) -> str:
    told = {
        "base": "a base model: it never met the role tokens, and ends no turn",
        "instruct": "an instruct model: its role tokens were trained, and it ends its turns",
        "undecided": "not decided: its rows and its behaviour disagree",
    }
    change = 100 * (instruct.bits_per_byte / base.bits_per_byte - 1)
    same = base.parameters == instruct.parameters
    size = "Of one size" if same else "Of different sizes"
    return (
        f"{size}. The first is {told[base.kind]}. The second is {told[instruct.kind]}; on raw text "
        f"it needs {abs(change):.1f}% {'more' if change > 0 else 'fewer'} bits."
    )
