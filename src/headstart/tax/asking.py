"""One battery asked of one checkpoint: from prompts to what is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from headstart.domain.reply import Reply
from headstart.domain.tax import (
    Ask,
    Battery,
    Choice,
    ChoiceItem,
    InstructionAsk,
    Items,
    Job,
    Mode,
    NumberItem,
    PromptSets,
    ReplyItem,
    SampleItem,
    ShiftItem,
)
from headstart.tax.port import Scores, Speaks, Weighs

REPLY_TOKENS = 96
"""Of replies whose opening tells what is measured."""
SAMPLE_TOKENS = 32
"""Of drawn replies: all are compared at one length."""
BLOCK = 16
"""Requests between two reports of progress."""
_LETTERS = "ABCDEFGHIJ"

OnDone = Callable[[int, int], None]


@dataclass(frozen=True)
class Asking:
    """Everything a job needs besides itself."""

    sets: PromptSets
    """What is asked."""
    limit: int
    """Most tokens of a reply to checkable instructions."""
    samples: int
    """Draws for each open request."""
    seed: int
    """Draws samples."""
    base: Speaks | None = None
    """The base, for token shift."""
    on_done: OnDone = lambda _done, _total: None
    """Told of progress, in items."""


def ask(job: Job, voice: Speaks, how: Asking) -> Items:
    """Ask a battery of a checkpoint.

    Raises:
        TypeError: the battery needs probabilities and the voice tells none.
    """
    match job.battery:
        case Battery.SAFE:
            return _replies(how.sets.safe[: job.n], voice, job.mode, REPLY_TOKENS, how)
        case Battery.UNSAFE:
            return _replies(how.sets.unsafe[: job.n], voice, job.mode, REPLY_TOKENS, how)
        case Battery.INSTRUCTIONS:
            return _replies(how.sets.instructions[: job.n], voice, job.mode, how.limit, how)
        case Battery.SAMPLES:
            return _samples(how.sets.open[: job.n], voice, job.mode, how)
        case Battery.CHOICES if isinstance(voice, Scores):
            return _choices(how.sets.choices[: job.n], voice, job.mode, how)
        case Battery.PASSAGES if isinstance(voice, Scores):
            return _passages(job, voice, how)
        case Battery.ENDINGS if isinstance(voice, Weighs):
            return _endings(how.sets.choices[: job.n], voice, job.mode, how)
        case Battery.SHIFT if isinstance(voice, Weighs):
            return _shift(how.sets.open[: job.n], voice, job.mode, how)
    raise TypeError(f"{job.battery} needs probabilities that this checkpoint does not tell")


def question(choice: Choice) -> str:
    """What is asked: the question, with lettered options where they are shown."""
    if not choice.lettered:
        return choice.question
    shown = (f"{_LETTERS[i]}. {option}" for i, option in enumerate(choice.options))
    return "\n".join([choice.question, *shown])


def _replies(
    asks: Sequence[Ask | InstructionAsk], voice: Speaks, mode: Mode, limit: int, how: Asking
) -> tuple[ReplyItem, ...]:
    found: list[ReplyItem] = []
    for start in range(0, len(asks), BLOCK):
        part = asks[start : start + BLOCK]
        written = voice.replies([each.text for each in part], mode, limit=limit)
        found += [_item(each.id, reply) for each, reply in zip(part, written, strict=True)]
        how.on_done(len(found), len(asks))
    return tuple(found)


def _item(id_: str, reply: Reply) -> ReplyItem:
    return ReplyItem(id=id_, text=reply.text, stop=reply.stop)


def _samples(asks: Sequence[Ask], voice: Speaks, mode: Mode, how: Asking) -> tuple[SampleItem, ...]:
    found: list[SampleItem] = []
    block = max(1, BLOCK * 2 // how.samples)
    for start in range(0, len(asks), block):
        part = asks[start : start + block]
        texts = [each.text for each in part for _ in range(how.samples)]
        drawn = voice.replies(
            texts, mode, limit=SAMPLE_TOKENS, temperature=1.0, seed=how.seed + start
        )
        ids = [reply.ids for reply in drawn]
        entropies = voice.entropies(texts, ids, mode) if isinstance(voice, Weighs) else []
        for i, each in enumerate(part):
            of = slice(i * how.samples, (i + 1) * how.samples)
            found.append(
                SampleItem(
                    id=each.id,
                    texts=tuple(reply.text for reply in drawn[of]),
                    ids=tuple(ids[of]) if isinstance(voice, Weighs) else (),
                    entropies=tuple(entropies[of]),
                )
            )
        how.on_done(len(found), len(asks))
    return tuple(found)


def _choices(
    choices: Sequence[Choice], voice: Scores, mode: Mode, how: Asking
) -> tuple[ChoiceItem, ...]:
    found: list[ChoiceItem] = []
    for start in range(0, len(choices), BLOCK * 4):
        part = choices[start : start + BLOCK * 4]
        items = [
            (question(c), _LETTERS[: len(c.options)] if c.lettered else c.options) for c in part
        ]
        weighed = voice.options(items, mode)
        found += [
            ChoiceItem(id=c.id, logprobs=values) for c, values in zip(part, weighed, strict=True)
        ]
        how.on_done(len(found), len(choices))
    return tuple(found)


def _endings(
    choices: Sequence[Choice], voice: Weighs, mode: Mode, how: Asking
) -> tuple[NumberItem, ...]:
    asked = [(c.question, c.answer or f"{c.options[c.gold]}.") for c in choices]
    values = voice.endings(asked, mode)
    how.on_done(len(choices), len(choices))
    return tuple(
        NumberItem(id=c.id, value=value, size=1) for c, value in zip(choices, values, strict=True)
    )


def _passages(job: Job, voice: Scores, how: Asking) -> tuple[NumberItem, ...]:
    found: list[NumberItem] = []
    passages = how.sets.passages[: job.n]
    for start in range(0, len(passages), BLOCK):
        part = passages[start : start + BLOCK]
        bits = voice.bits([p.text for p in part], job.mode)
        found += [
            NumberItem(id=p.id, value=value, size=len(p.text.encode()))
            for p, value in zip(part, bits, strict=True)
        ]
        how.on_done(len(found), len(passages))
    return tuple(found)


def _shift(asks: Sequence[Ask], voice: Weighs, mode: Mode, how: Asking) -> tuple[ShiftItem, ...]:
    found: list[ShiftItem] = []
    for start in range(0, len(asks), BLOCK):
        part = asks[start : start + BLOCK]
        texts = [each.text for each in part]
        written = [reply.ids for reply in voice.replies(texts, mode, limit=REPLY_TOKENS)]
        read = voice.shifts(how.base, texts, written, mode)
        found += [
            ShiftItem(
                id=each.id,
                ranks=tuple(one.rank for one in tokens),
                bits=tuple(round(one.kl_bits, 6) for one in tokens),
            )
            for each, tokens in zip(part, read, strict=True)
        ]
        how.on_done(len(found), len(asks))
    return tuple(found)
