"""The second act: what each model is, by `inspect`, and what it does, each with its figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.demo.cast import Cast
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.evidence import Inspection, TurnRows
from headstart.domain.kinship import Pair
from headstart.domain.reply import Stop
from headstart.engine.speak import Speaker
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.judging import ANSWER, Probe, continues_as, judge_answer
from headstart.report.cells import columns, grid, wrap
from headstart.report.inert import visible

QUESTIONS = 24
"""Asked of each model in each way."""
DOCUMENTS = 40
"""Held-out documents whose text is measured."""


@dataclass(frozen=True)
class Side:
    """What was seen of one model."""

    inspected: Inspection
    """What its files say."""
    turns_ended: int
    """Of `QUESTIONS` replies in the template."""
    right: int
    """Of the same replies."""
    writing_on: int
    """Of `QUESTIONS` bare questions, after which more than an answer was written."""
    bits_per_byte: float
    """On held-out raw text."""


@dataclass(frozen=True)
class Evidence:
    """Both models, and what they have to do with one another."""

    base: Side
    """The first of the pair."""
    instruct: Side
    """The second."""
    pair: Pair
    """Whether they are kin."""


def evidence(cast: Cast) -> Evidence:
    """Inspect the files of both models, and watch what they do."""
    asked = cast.questions(QUESTIONS)
    texts = held_out_documents(cast.world, DOCUMENTS, cast.world.seed)
    base, instruct = (
        _side(cast, checkpoint, speaker, asked, texts)
        for checkpoint, speaker in zip(cast.checkpoints, (cast.base, cast.instruct), strict=True)
    )
    return Evidence(base, instruct, inspect_pair(base.inspected, instruct.inspected))


def second_act(found: Evidence, width: int) -> list[str]:
    """The facts as a table, or as a list where `width` is small, and what they come to."""
    sides = (found.base, found.instruct)
    rows: list[list[str]] = [
        ["ships a chat template", *("yes" if side.inspected.templates else "no" for side in sides)],
        ["ends at", *(_end(side.inspected) for side in sides)],
        ["rows of role tokens, over unused", *(_distance(side.inspected) for side in sides)],
        ["in the template: ends its turn", *(_of(side.turns_ended) for side in sides)],
        ["in the template: answers right", *(_of(side.right) for side in sides)],
        ["bare question: writes on", *(_of(side.writing_on) for side in sides)],
        ["raw text: bits per byte", *(f"{side.bits_per_byte:.3f}" for side in sides)],
        ["inspect, from files alone, says", *(side.inspected.kind.value for side in sides)],
    ]
    lines = grid([["", "base", "instruct"], *rows], "lrr")
    if max(map(columns, lines)) > width:
        lines = [
            line
            for what, base, instruct in rows
            for line in wrap(f"{what}: base {base}; instruct {instruct}", width, rest="  ")
        ]
    return [*lines, "", *wrap(_conclusion(found), width)]


def _side(
    cast: Cast,
    checkpoint: Checkpoint,
    speaker: Speaker,
    asked: Sequence[Probe],
    texts: Sequence[str],
) -> Side:
    in_template = cast.asked_in_template(speaker, asked)
    bare = cast.asked_bare(speaker, asked)
    return Side(
        inspected=inspect(checkpoint.source),
        turns_ended=sum(reply.stop is Stop.TURN_END for reply in in_template),
        right=sum(
            judge_answer(probe, reply.text, stopped=reply.has_stopped).right
            for probe, reply in zip(asked, in_template, strict=True)
        ),
        writing_on=sum(continues_as(reply.text) != ANSWER for reply in bare),
        bits_per_byte=sum(speaker.bits(texts)) / sum(len(text.encode()) for text in texts),
    )


def _end(inspected: Inspection) -> str:
    ends = [each for each in inspected.stops.sources if each.role == "eos" and each.tokens]
    return visible(ends[0].tokens[0]) if ends else "not named"


def _distance(inspected: Inspection) -> str:
    if not isinstance(inspected.rows, TurnRows):
        return "not measured"
    middle = median(row.distance for row in inspected.rows.tokens)
    return f"{middle:.1f}, {inspected.rows.state}"


def _of(count: int) -> str:
    return f"{count} of {QUESTIONS}"


def _conclusion(found: Evidence) -> str:
    change = 100 * (found.instruct.bits_per_byte / found.base.bits_per_byte - 1)
    return (
        f"Pair: {found.pair.kinship}; {visible(found.pair.why)}. On raw text instruct needs "
        f"{abs(change):.1f}% {'more' if change > 0 else 'fewer'} bits than base."
    )
