"""Token by token: pieces that add up, streams that repeat replies, positions that agree."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import CHATML, tiny_model, tiny_tokenizer

from headstart.domain.pane import Drift, drift_of
from headstart.domain.task import Message
from headstart.engine.cursor import positions
from headstart.engine.device import pick_device
from headstart.engine.load import Loaded
from headstart.engine.pieces import pieces
from headstart.engine.shift import token_shifts
from headstart.engine.speak import Speaker

ASKED = (Message(role="user", content="hello there"),)
TOKENIZER = tiny_tokenizer(CHATML)


def speaker(seed: int = 0) -> Speaker:
    tokenizer = tiny_tokenizer(CHATML)
    device = pick_device("cpu", "float32")
    stops = frozenset({tokenizer.eos_token_id})
    return Speaker(Loaded(tiny_model("llama", seed), tokenizer, device, stops, 128), CHATML)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_pieces_joined_are_the_whole_text(text: str) -> None:
    ids = TOKENIZER(text, add_special_tokens=False)["input_ids"]
    whole = TOKENIZER.decode(ids, clean_up_tokenization_spaces=False)
    assert "".join(piece.text for piece in pieces(TOKENIZER, ids)) == whole.rstrip("\ufffd")


def test_a_character_of_several_tokens_comes_whole() -> None:
    ids = TOKENIZER("👩‍👧 日本", add_special_tokens=False)["input_ids"]
    assert not any("\ufffd" in piece.text for piece in pieces(TOKENIZER, ids))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_stream_writes_what_a_reply_holds(temperature: float) -> None:
    one = speaker()
    prompt = one.chat(ASKED)
    (reply,) = one.replies([prompt], limit=12, temperature=temperature, seed=3)
    steps = list(one.stream(prompt, limit=12, temperature=temperature, seed=3))
    assert steps[-1] == reply.ids
    assert [len(step) for step in steps] == list(range(1, len(reply.ids) + 1))
    assert one.reply(steps[-1]) == reply


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    one = speaker()
    passes = []
    one.loaded.model.register_forward_hook(lambda *_: passes.append(1))
    inner = one.loaded.model.get_decoder()
    inner.register_forward_hook(lambda *_: passes.append(1))
    inner.layers[0].mlp.register_forward_hook(lambda *_: passes.append(1))
    steps = one.stream(one.chat(ASKED), limit=12)
    next(steps)
    once = len(passes)
    next(steps)
    twice = len(passes)
    assert twice > once
    steps.close()
    assert len(passes) == twice


def test_positions_agree_with_the_librarys_shifts() -> None:
    base, instruct = speaker(1), speaker(2)
    prompt = instruct.chat(ASKED)
    (reply,) = instruct.replies([prompt], limit=10)
    found = positions(instruct, base, prompt, reply.ids, 4)
    (shifts,) = token_shifts(instruct.loaded.model, base.loaded.model, [(prompt, reply.ids)])
    assert [(one.rank, one.bits) for one in found] == [(s.rank, s.kl_bits) for s in shifts]
    assert all(one.own_rank == 1 for one in found)
    for one in found:
        for side in (one.base, one.instruct):
            shares = [candidate.probability for candidate in side]
            assert shares == sorted(shares, reverse=True)
            assert sum(shares) <= 1 + 1e-6
            assert [candidate.rank for candidate in side] == [1, 2, 3, 4]
        if one.rank <= 4:
            assert one.base[one.rank - 1].probability == pytest.approx(one.probability)


def test_ranks_come_to_three_kinds_of_drift() -> None:
    found = [drift_of(rank) for rank in (1, 2, 3, 4, 900)]
    assert found == [Drift.UNSHIFTED, Drift.MARGINAL, Drift.MARGINAL, Drift.SHIFTED, Drift.SHIFTED]
