"""Measure checkpoints forged from the built-in world on prompts that no stage has seen."""

from collections.abc import Callable, Sequence

import numpy as np

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.forging import Beside, Evaluated, Evaluation, Figure
from headstart.domain.reply import Reply
from headstart.domain.task import Message
from headstart.domain.value import NotMeasured, Score
from headstart.engine.device import Device
from headstart.engine.load import load
from headstart.engine.rows import row_distances
from headstart.engine.shift import token_shifts
from headstart.engine.speak import Speaker
from headstart.errors import RequestError
from headstart.forge.figures import (
    FACT,
    FIGURES,
    MORE_BITS,
    SAME_ON_RAW_TEXT,
    SHIFTED,
    SHORT,
    TRAINED_ROWS,
    UNSHIFTED,
    UNTRAINED_ROWS,
    Battery,
    Role,
)
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.facts import World
from headstart.forge.world.judging import Judgement, Probe, continues_as, judge_answer
from headstart.forge.world.probes import probes
from headstart.judge.shares import share

DRAWS = 2000
"""Bootstrap samples of documents."""


def evaluate(
    checkpoints: Sequence[Checkpoint],
    world: World,
    device: Device,
    *,
    count: int = 200,
    seed: int = 0,
    on_event: OnEvent = ignore,
) -> Evaluation:
    """Every figure of `FIGURES` for each checkpoint, and what takes two models.

    The template is that of the last checkpoint: the base is asked in it too.

    Args:
        checkpoints: the base first, then what was made of it, the instruct model last.
        world: the one they were trained on.
        device: where to compute.
        count: prompts, and documents, behind each figure.
        seed: draws them.
        on_event: takes progress.

    Raises:
        RequestError: fewer than two checkpoints, the last has no chat template, or the world
            has fewer prompts of some kind.

    Limits: the judges know the phrases of the built-in world; other models score nothing.
    """
    template = checkpoints[-1].chat_template if len(checkpoints) > 1 else None
    if template is None:
        raise RequestError(
            "there is no instruct checkpoint with a chat template to compare a base with",
            hint="headstart forge evaluate BASE INSTRUCT",
        )
    speakers = [Speaker(load(c, device), template) for c in checkpoints]
    asked = {f.battery: _probes(world, f.battery.kind, count, seed) for f in FIGURES}
    evaluated = []
    for number, (checkpoint, speaker) in enumerate(zip(checkpoints, speakers, strict=True)):
        role: Role = "instruct" if number else "base"
        evaluated.append(_evaluated(checkpoint.name, speaker, asked, role, on_event))
    texts = held_out_documents(world, count, seed)
    raw = [p.prompt for p in _probes(world, "raw_text", count, seed)]
    chats = [p.messages for p in asked[FACT]]
    base = speakers[0]
    beside = []
    for checkpoint, speaker in zip(checkpoints[1:], speakers[1:], strict=True):
        on_event(Event(stage="forge", message=f"{checkpoint.name} beside {checkpoints[0].name}"))
        beside.append(
            Beside(
                checkpoint=checkpoint.name,
                same_shapes=_shapes(base) == _shapes(speaker),
                figures=(_same_on_raw_text(base, speaker, raw), *_shift(base, speaker, chats)),
                more_bits=_more_bits(base, speaker, texts),
            )
        )
    return Evaluation(
        world_seed=world.seed, seed=seed, checkpoints=tuple(evaluated), beside=tuple(beside)
    )


def _probes(world: World, kind: str, count: int, seed: int) -> list[Probe]:
    try:
        return probes(world, kind, count, seed)
    except ValueError as error:
        raise RequestError(
            f"{count} prompts are asked for, and {error}", hint="lower --count"
        ) from error


def _evaluated(
    name: str,
    speaker: Speaker,
    asked: dict[Battery, list[Probe]],
    role: Role,
    on_event: OnEvent,
) -> Evaluated:
    judged = {}
    for done, (battery, found) in enumerate(asked.items(), start=1):
        judged[battery] = _judged(speaker, battery, found)
        on_event(Event(stage="forge", message=f"asking {name}", done=done, total=len(asked)))
    figures = []
    for spec in FIGURES:
        flags = [spec.counts(judgement, reply) for judgement, reply in judged[spec.battery]]
        goal = spec.goal if spec.role == role else {}
        figures.append(Figure(name=spec.name, score=share(flags), **goal))
    model = speaker.loaded.model
    return Evaluated(
        checkpoint=name,
        parameters=sum(p.numel() for p in model.parameters()),
        figures=tuple(figures),
        role_rows=_role_rows(speaker, role),
    )


def _judged(
    speaker: Speaker, battery: Battery, found: Sequence[Probe]
) -> list[tuple[Judgement, Reply]]:
    prompts = [
        speaker.raw(p.prompt) if p.is_raw else speaker.chat(_messages(p.messages)) for p in found
    ]
    replies = speaker.replies(prompts, limit=battery.limit)
    return [
        (judge_answer(probe, reply.text, stopped=reply.has_stopped), reply)
        for probe, reply in zip(found, replies, strict=True)
    ]


def _messages(turns: Sequence[tuple[str, str]]) -> list[Message]:
    return [Message.model_validate({"role": role, "content": text}) for role, text in turns]


def _role_rows(speaker: Speaker, role: Role) -> Figure:
    loaded = speaker.loaded
    least, most = UNTRAINED_ROWS if role == "base" else (TRAINED_ROWS, None)
    found = row_distances(loaded.model, loaded.tokenizer, speaker.role_ids())
    score: Score | NotMeasured
    if isinstance(found, NotMeasured):
        score = found
    else:
        values = sorted(found.values())
        middle = float(np.median(values))
        score = Score(mean=middle, low=values[0], high=values[-1], n=len(values))
    return Figure(name="role rows over unused rows", score=score, least=least, most=most)


def _shapes(speaker: Speaker) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in speaker.loaded.model.named_parameters()}


def _same_on_raw_text(base: Speaker, other: Speaker, texts: Sequence[str]) -> Figure:
    manners = [
        [continues_as(r.text) for r in s.replies([s.raw(t) for t in texts], limit=SHORT)]
        for s in (base, other)
    ]
    flags = [a == b for a, b in zip(*manners, strict=True)]
    return Figure(
        name="continues raw text as base does", score=share(flags), least=SAME_ON_RAW_TEXT, most=1
    )


def _shift(
    base: Speaker, other: Speaker, chats: Sequence[Sequence[tuple[str, str]]]
) -> tuple[Figure, Figure]:
    """Shares over all tokens that `other` writes; tokens of one reply are not independent."""
    prompts = [other.chat(_messages(turns)) for turns in chats]
    replies = other.replies(prompts, limit=FACT.limit)
    items = [(prompt, reply.ids) for prompt, reply in zip(prompts, replies, strict=True)]
    ranks = [
        shift.rank
        for reply in token_shifts(other.loaded.model, base.loaded.model, items)
        for shift in reply
    ]
    first = share([rank == 1 for rank in ranks])
    below = share([rank > 3 for rank in ranks])
    return (
        Figure(name="tokens that base ranks first", score=first, least=UNSHIFTED, most=1),
        Figure(name="tokens that base ranks below third", score=below, least=SHIFTED, most=1),
    )


def _more_bits(base: Speaker, other: Speaker, texts: Sequence[str]) -> Figure:
    """Ratio of summed bits, minus one; documents are drawn anew for its interval."""
    ours, theirs = np.array(base.bits(texts)), np.array(other.bits(texts))
    draw: Callable[..., np.ndarray] = np.random.default_rng(0).integers
    picks = draw(0, len(texts), (DRAWS, len(texts)))
    ratios = theirs[picks].sum(1) / ours[picks].sum(1) - 1
    low, high = np.quantile(ratios, [0.025, 0.975])
    score = Score(
        mean=float(theirs.sum() / ours.sum() - 1), low=float(low), high=float(high), n=len(texts)
    )
    least, most = MORE_BITS
    return Figure(
        name="more bits on raw text", score=score, least=least, most=most, above_zero=True
    )
