import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from plain import FEW, Tokens, plain_greedy, plain_logits, prompts, tokens
from sizing import resize
from tiny import ARCHITECTURES, shared_model, tiny_model

from headstart.engine.shift import token_shifts


@torch.no_grad()
def assert_as_plain(architecture: str, items: list[tuple[Tokens, Tokens]]) -> None:
    """Ranks and divergences from whole rows of logits, one unpadded row at a time."""
    aligned, base = shared_model(architecture), tiny_model(architecture, seed=7)
    for (context, output), found in zip(items, token_shifts(aligned, base, items), strict=True):
        rows = slice(len(context) - 1, -1)
        p, q = (
            plain_logits(model, context + output)[rows].double().log_softmax(-1)
            for model in (aligned, base)
        )
        for at, (token, one) in enumerate(zip(output, found, strict=True)):
            assert one.rank == 1 + int((q[at] > q[at, token]).sum())
            kl = float((p[at].exp() * (p[at] - q[at])).sum()) / math.log(2)
            assert one.kl_bits == pytest.approx(kl, abs=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@FEW
@given(asked=prompts(), data=st.data())
def test_ranks_and_divergences_are_those_of_plain_rows(
    architecture: str, asked: list[Tokens], data: st.DataObject
) -> None:
    assert_as_plain(architecture, [(p, data.draw(tokens(1, 14))) for p in asked])


@pytest.mark.parametrize("most", [20, 40])
def test_items_that_fill_several_passes_come_back_in_order(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resize(monkeypatch, prompt_tokens=most)
    long = tuple(range(20, 80))
    assert_as_plain("llama", [(long[:n], long[n : n + 5]) for n in (18, 3, 30, 7, 7, 12)])


def test_a_model_beside_itself_is_never_shifted() -> None:
    model = shared_model("gemma3")
    context = (20, 21, 22)
    output = plain_greedy(model, context, 12, frozenset())
    for one in token_shifts(model, model, [(context, output)])[0]:
        assert one.rank == 1
        assert one.kl_bits == pytest.approx(0, abs=1e-6)
