"""What can be checked of recorded passes without a GPU: their sizes, and the mask they rest on."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny import ARCHITECTURES, shared_model

from headstart.engine.attention import reading
from headstart.engine.graphs import KEPT, SPARE, TOKENS, fitting, rounded
from headstart.engine.groups import Whole
from headstart.engine.loss import token_loss
from headstart.engine.packs import lay_out
from headstart.engine.render import Rendered
from headstart.engine.train import pack_loss
from headstart.engine.tree import logits_of

PACK = [
    Rendered((20, 21, 22, 23, 24, 25), (False,) * 4 + (True,) * 2),
    Rendered((20, 21, 30, 31, 32), (False,) * 3 + (True,) * 2),
    Rendered((20, 21, 30, 31, 32, 33, 34, 35), (False,) * 3 + (True,) * 5),
]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("padding", [0, 3])
def test_a_whole_row_under_one_mask_has_the_loss_and_gradients_of_segments(
    architecture: str, padding: int
) -> None:
    model = shared_model(architecture)
    weight = model.get_input_embeddings().weight
    weight.requires_grad_()
    with pack_loss(model, PACK) as wanted:
        (gradient,) = torch.autograd.grad(wanted, weight)
    row = lay_out(PACK)
    owners, positions, ids, keep, targets = (
        torch.tensor([*values, *[filler] * padding])
        for values, filler in (
            (row.owners(), -1),
            (row.positions, 0),
            (row.ids, 0),
            (row.keep, 0),
            (row.targets, 0),
        )
    )
    weights = torch.tensor([1.0] * len(row.keep) + [0.0] * padding)
    with reading(model, Whole(owners, positions)):
        found = token_loss(logits_of(model, ids, positions, keep), targets, weights)
        (other,) = torch.autograd.grad(found, weight)
    weight.requires_grad_(requires_grad=False)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=0)
    torch.testing.assert_close(other, gradient, rtol=1e-4, atol=1e-5)


@given(count=st.integers(1, 100_000), least=st.sampled_from([KEPT, TOKENS]))
def test_rounded_sizes_hold_what_they_round_and_are_few(count: int, least: int) -> None:
    size = rounded(count, least)
    assert count <= size <= max(least, 1.25 * count + 1, count + least)
    assert rounded(size, least) == size
    assert len({rounded(n, least) for n in range(count, 2 * count, max(1, count // 50))}) <= 9


@given(
    size=st.tuples(st.integers(1, 99), st.integers(1, 99)),
    recorded=st.lists(st.tuples(st.integers(1, 99), st.integers(1, 99))),
)
def test_a_recording_that_serves_is_large_enough_and_not_far_too_large(
    size: tuple[int, int], recorded: list[tuple[int, int]]
) -> None:
    found = fitting(size, recorded)
    if found is not None:
        assert found in recorded
        assert all(s <= have <= SPARE * s for s, have in zip(size, found, strict=True))
    if size in recorded:
        assert found is not None
        assert found <= size
