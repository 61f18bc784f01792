"""Probabilities and replies of a voice against plain passes of the model."""

import math

import pytest
import torch
from plain import plain_greedy, plain_logprobs
from tiny import CHATML, CONTEXT, shared_model, tiny_model, tiny_tokenizer

from headstart.domain.reply import Stop
from headstart.domain.tax import Mode
from headstart.engine.device import Device
from headstart.engine.load import Loaded
from headstart.engine.render import Renderer
from headstart.engine.voice import WRITE, Voice

ASKS = ("Where is my card?", "What is the capital of France?", "Name a category.")
MODES = (Mode.RAW, Mode.TEMPLATE)


def loaded(architecture: str = "llama", seed: int | None = None) -> Loaded:
    cpu = Device("cpu", torch.float32, "a processor")
    model = shared_model(architecture) if seed is None else tiny_model(architecture, seed)
    return Loaded(model, tiny_tokenizer(), cpu, frozenset({0}), CONTEXT)


def voice(seed: int | None = None) -> Voice:
    return Voice(loaded(seed=seed), CHATML)


def logprobs(one: Voice, prompt: tuple[int, ...], ids: tuple[int, ...]) -> list[float]:
    return list(plain_logprobs(one._loaded.model, prompt, ids))


def renderer(mode: Mode) -> Renderer:
    return Renderer(tiny_tokenizer(), CHATML if mode is Mode.TEMPLATE else None)


@pytest.mark.parametrize("mode", MODES)
def test_replies_are_greedy_and_end_at_the_formats_own_end(mode: Mode) -> None:
    one, end = voice(), renderer(mode).end_id()
    for ask, reply in zip(ASKS, one.replies(ASKS, mode, limit=24), strict=True):
        stops = frozenset({0, end})
        assert reply.ids == plain_greedy(one._loaded.model, one.prompt(ask, mode), 24, stops)
        if reply.stop is not Stop.LIMIT:
            assert (reply.stop is Stop.TURN_END) == (mode is Mode.TEMPLATE and reply.ids[-1] == end)


@pytest.mark.parametrize("mode", MODES)
def test_options_are_the_sums_of_their_tokens(mode: Mode) -> None:
    one, render = voice(), renderer(mode)
    items = [(ASKS[0], ["Paris", "a card", "x"]), (ASKS[1], ["one", "two"])]
    found = one.options(items, mode)
    assert [len(row) for row in found] == [3, 2]
    for (ask, options), row in zip(items, found, strict=True):
        for option, value in zip(options, row, strict=True):
            ids = render.completion(option)[: -render.end_length()]
            expected = sum(logprobs(one, one.prompt(ask, mode), ids))
            assert value == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("mode", MODES)
def test_an_ending_is_the_probability_of_the_end(mode: Mode) -> None:
    one, render = voice(), renderer(mode)
    (found,) = one.endings([(ASKS[0], "In the post.")], mode)
    ids = render.completion("In the post.")
    values = logprobs(one, one.prompt(ASKS[0], mode), ids)[-render.end_length() :]
    assert found == pytest.approx(math.exp(sum(values)), rel=1e-3)


def test_bits_of_a_long_passage_are_read_in_windows() -> None:
    one, render = voice(), renderer(Mode.TEMPLATE)
    short, long = "A card in the post.", "The river runs down to the sea. " * 30
    found = one.bits([short, long], Mode.TEMPLATE)
    prompt = one.prompt(WRITE, Mode.TEMPLATE)
    for text, value in zip((short, long), found, strict=True):
        ids, before, total = render.completion(text)[:-1], prompt, 0.0
        while ids:
            room = CONTEXT - len(before)
            total -= sum(logprobs(one, before, ids[:room]))
            before, ids = ids[room - 1 : room], ids[room:]
        assert value == pytest.approx(total / math.log(2), rel=1e-4)
    assert len(render.completion(long)) > CONTEXT


@pytest.mark.parametrize("mode", MODES)
def test_entropy_is_that_of_the_whole_vocabulary(mode: Mode) -> None:
    one = voice()
    written = [reply.ids for reply in one.replies(ASKS, mode, limit=12)]
    found = one.entropies(ASKS, written, mode)
    for ask, ids, value in zip(ASKS, written, found, strict=True):
        prompt = one.prompt(ask, mode)
        with torch.no_grad():
            logits = one._loaded.model(torch.tensor([[*prompt, *ids[:-1]]])).logits[0]
        logs = logits[len(prompt) - 1 :].log_softmax(1)
        expected = -(logs.exp() * logs).sum(1).mean() / math.log(2)
        assert value == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_shift_is_that_of_a_plain_pass_and_nothing_to_itself(mode: Mode) -> None:
    one, base = voice(), voice(seed=5)
    written = [reply.ids for reply in one.replies(ASKS, mode, limit=12)]
    for ask, ids, shifts in zip(ASKS, written, one.shifts(base, ASKS, written, mode), strict=True):
        prompt = one.prompt(ask, mode)
        with torch.no_grad():
            ours, theirs = (
                v._loaded.model(torch.tensor([[*prompt, *ids[:-1]]])).logits[0, len(prompt) - 1 :]
                for v in (one, base)
            )
        p, q = ours.log_softmax(1), theirs.log_softmax(1)
        bits = (p.exp() * (p - q)).sum(1) / math.log(2)
        ranks = [int((row > row[token]).sum()) + 1 for row, token in zip(theirs, ids, strict=True)]
        assert [s.rank for s in shifts] == ranks
        assert [s.kl_bits for s in shifts] == pytest.approx(bits.tolist(), abs=1e-4)
    itself = one.shifts(one, ASKS, written, mode)
    assert {s.rank for row in itself for s in row} == {1}
    assert max(s.kl_bits for row in itself for s in row) < 1e-6


def test_weights_between_two_are_put_back() -> None:
    one, other = voice(seed=3), voice(seed=4)
    before = one.bits(["My card."], Mode.RAW)
    with one.between(other, 1.0):
        assert one.bits(["My card."], Mode.RAW) == pytest.approx(other.bits(["My card."], Mode.RAW))
    assert one.bits(["My card."], Mode.RAW) == before
    with (
        pytest.raises(ValueError, match="differ in name or shape"),
        one.between(Voice(loaded("gpt2"), None), 0.5),
    ):
        pass


def test_without_a_template_there_is_only_plain_text() -> None:
    assert Voice(loaded(), None).modes == (Mode.RAW,)
    assert voice().shown("Hello", Mode.TEMPLATE).startswith("<|im_start|>user\nHello")
    assert voice().shown("Hello", Mode.RAW) == "Hello\nAnswer:"
