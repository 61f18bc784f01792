"""Two checkpoints answer one prompt in turns, token by token, until both end or it is stopped."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from headstart.checkpoints import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.comparison import CompareMode
from headstart.domain.pane import Drift, Strip
from headstart.domain.reply import Stop
from headstart.domain.task import Message
from headstart.domain.value import NotMeasured
from headstart.engine.cursor import positions
from headstart.engine.device import pick_device
from headstart.engine.load import Loaded, load
from headstart.engine.pieces import Teller, pieces
from headstart.engine.speak import Speaker
from headstart.errors import HeadstartError, TemplateMissing
from headstart.studio.lines import (
    TOP,
    Ask,
    Done,
    Ended,
    Failed,
    Given,
    Pane,
    Replayed,
    Token,
    Why,
)
from headstart.studio.worker.asked import Asked

Tokens = tuple[int, ...]
Say = Callable[[BaseModel], None]
KEPT = 2
"""Checkpoints that stay loaded: the two of the last comparison."""
_WHY = {
    Stop.TURN_END: Why.TURN_END,
    Stop.DOCUMENT_END: Why.DOCUMENT_END,
    Stop.LIMIT: Why.LENGTH,
}


class Bench:
    """Checkpoints that are loaded, the newest last."""

    def __init__(self) -> None:
        self._loaded: dict[str, Loaded] = {}

    def loaded(self, checkpoint: Checkpoint) -> Loaded:
        """The checkpoint in memory; others make room for it.

        Raises:
            CheckpointBroken: it cannot be loaded.
        """
        found = self._loaded.pop(checkpoint.fingerprint, None)
        if found is None:
            for oldest in list(self._loaded)[: len(self._loaded) + 1 - KEPT]:
                del self._loaded[oldest]
            found = load(checkpoint, pick_device())
        self._loaded[checkpoint.fingerprint] = found
        return found


@dataclass
class _Reply:
    """One pane while it is written."""

    pane: Pane
    speaker: Speaker
    prompt: Tokens
    steps: Iterator[Tokens]
    teller: Teller
    ids: Tokens = ()
    why: Why | None = None


@dataclass
class _Stage:
    """A comparison's checkpoints, as far as they were found."""

    checkpoints: dict[Pane, Checkpoint] = field(default_factory=dict)
    replies: dict[Pane, _Reply] = field(default_factory=dict)


def warm(bench: Bench, refs: Sequence[str]) -> None:
    """Load checkpoints before they are asked for.

    Raises:
        CheckpointError: one of them cannot be found or read.
    """
    for checkpoint in resolve_all(refs):
        bench.loaded(checkpoint)


def compare(bench: Bench, ask: Ask, asked: Asked, say: Say) -> None:
    """Both replies as lines of `headstart.studio.lines`; one pane's failure leaves the other.

    Args:
        bench: where checkpoints stay loaded.
        ask: what is compared.
        asked: counts what is computed, and tells when to stop: before the next token.
        say: takes each line.
    """
    began = time.perf_counter()
    stage = _found(ask, say)
    for pane in stage.checkpoints:
        if not asked.is_stopped:
            _begin(bench, ask, stage, pane, say)
    _in_turns(list(stage.replies.values()), asked, say)
    if not asked.is_stopped:
        say(Replayed(strip=_strip(stage)))
    say(
        Done(
            computed={pane: len(reply.ids) for pane, reply in stage.replies.items()},
            after_stop=asked.after_stop,
            seconds=time.perf_counter() - began,
        )
    )


def _found(ask: Ask, say: Say) -> _Stage:
    """Each checkpoint by itself, so that one bad path does not silence the other pane."""
    stage = _Stage()
    for pane, ref in ((Pane.BASE, ask.base), (Pane.INSTRUCT, ask.inst)):
        try:
            (stage.checkpoints[pane],) = resolve_all([ref])
        except HeadstartError as error:
            say(Failed(pane=pane, fact=error.fact, hint=error.hint))
    return stage


def _begin(bench: Bench, ask: Ask, stage: _Stage, pane: Pane, say: Say) -> None:
    try:
        reply = _reply(bench, ask, stage, pane)
    except HeadstartError as error:
        say(Failed(pane=pane, fact=error.fact, hint=error.hint))
        return
    stage.replies[pane] = reply
    shown = pieces(reply.speaker.loaded.tokenizer, reply.prompt)
    how = "chat template" if _in_template(ask.mode, pane) else "raw text"
    say(Given(pane=pane, how=how, pieces=tuple(shown)))


def _reply(bench: Bench, ask: Ask, stage: _Stage, pane: Pane) -> _Reply:
    template = _template(ask, stage) if _in_template(ask.mode, pane) else None
    speaker = Speaker(bench.loaded(stage.checkpoints[pane]), template)
    prompt = (
        speaker.raw(ask.prompt)
        if template is None
        else speaker.chat((Message(role="user", content=ask.prompt),))
    )
    prompt = prompt[-max(1, speaker.loaded.context - ask.max) :]
    steps = speaker.stream(prompt, limit=ask.max, temperature=ask.temp, seed=ask.seed)
    return _Reply(pane, speaker, prompt, steps, Teller(speaker.loaded.tokenizer))


def _in_template(mode: CompareMode, pane: Pane) -> bool:
    if mode is CompareMode.AS_INTENDED:
        return pane is Pane.INSTRUCT
    return mode is CompareMode.BOTH_TEMPLATE


def _template(ask: Ask, stage: _Stage) -> str:
    lender = stage.checkpoints.get(Pane.INSTRUCT)
    if lender is None or lender.chat_template is None:
        raise TemplateMissing(
            f"{ask.inst} has no chat template", hint="ask both with the same raw text"
        )
    return lender.chat_template


def _in_turns(replies: list[_Reply], asked: Asked, say: Say) -> None:
    """A token of one, a token of the other; whichever ends leaves the turns to the other."""
    going = list(replies)
    while going:
        for reply in list(going):
            if asked.is_stopped:
                break
            if not _step(reply, asked, say):
                going.remove(reply)
        if asked.is_stopped:
            break
    for reply in going:
        reply.why = Why.ASKED
        say(Ended(pane=reply.pane, why=Why.ASKED, tokens=len(reply.ids)))


def _step(reply: _Reply, asked: Asked, say: Say) -> bool:
    """One further token, if there is one."""
    ids = next(reply.steps, None)
    if ids is None:
        reply.why = _WHY[reply.speaker.reply(reply.ids).stop]
        say(Ended(pane=reply.pane, why=reply.why, tokens=len(reply.ids)))
        return False
    reply.ids = ids
    asked.computed += 1
    piece = reply.teller.tell(ids)
    say(Token(pane=reply.pane, text=piece.text, special=piece.special))
    return True


def _strip(stage: _Stage) -> Strip:
    why = _incomparable(stage)
    if why is not None:
        return Strip(positions=NotMeasured(why=why), counts={}, finding="")
    ours, theirs = stage.replies[Pane.INSTRUCT], stage.replies[Pane.BASE]
    found = positions(ours.speaker, theirs.speaker, ours.prompt, ours.ids, TOP)
    tally = Counter(one.drift for one in found)
    counts = {drift: tally[drift] for drift in Drift}
    return Strip(positions=found, counts=counts, finding=_finding(counts))


def _incomparable(stage: _Stage) -> str | None:
    if len(stage.replies) < 2:
        return "it takes both models"
    first, second = stage.checkpoints[Pane.BASE], stage.checkpoints[Pane.INSTRUCT]
    if first.tokenizer_fingerprint != second.tokenizer_fingerprint:
        return "the vocabularies differ, so ranks cannot be compared"
    return None


def _finding(counts: dict[Drift, int]) -> str:
    every, same = sum(counts.values()), counts[Drift.UNSHIFTED]
    return (
        f"The base would have written {same} of these {every} tokens itself; "
        f"{counts[Drift.SHIFTED]} it would hardly have chosen."
    )
