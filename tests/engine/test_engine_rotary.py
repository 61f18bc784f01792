import sys
from types import ModuleType

import pytest
import torch
from tiny import ARCHITECTURES, tiny_model
from torch import Tensor

from headstart.engine.rotary import NAME, quick_rotary

TURNED = [a for a in ARCHITECTURES if a != "gpt2"]


def source_of(model: torch.nn.Module) -> ModuleType:
    return sys.modules[type(model).__module__]


def loss_and_gradient(model: torch.nn.Module) -> tuple[Tensor, Tensor]:
    ids = torch.arange(20, 44)[None]
    weight = model.get_input_embeddings().weight.requires_grad_()  # type: ignore[operator]
    logits = model(input_ids=ids).logits
    loss = (logits.float() * torch.linspace(-1, 1, logits.shape[-1])).sum()
    return logits.detach(), torch.autograd.grad(loss, weight)[0]


@pytest.mark.parametrize("architecture", TURNED)
def test_ours_gives_what_the_model_s_own_gives(architecture: str) -> None:
    model = tiny_model(architecture)
    logits, gradient = loss_and_gradient(model)
    own = getattr(source_of(model), NAME)
    with quick_rotary(model):
        assert getattr(source_of(model), NAME) is not own
        ours, our_gradient = loss_and_gradient(model)
    assert getattr(source_of(model), NAME) is own
    torch.testing.assert_close(ours, logits, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(our_gradient, gradient, rtol=1e-4, atol=1e-4)


def test_halves_with_angles_of_their_own_get_their_own_gradients() -> None:
    model = tiny_model("llama")
    draw = torch.Generator().manual_seed(0)
    q, k, cos, sin, g = (torch.randn(1, n, 5, 8, generator=draw) for n in (4, 2, 1, 1, 4))
    q.requires_grad_()

    def gradient() -> Tensor:
        turned = getattr(source_of(model), NAME)(q, k, cos[0], sin[0])[0]
        return torch.autograd.grad((turned * g).sum(), q)[0]

    wanted = gradient()
    with quick_rotary(model):
        torch.testing.assert_close(gradient(), wanted)


@pytest.mark.parametrize(("width", "dtype"), [(6, torch.float32), (8, torch.bfloat16)])
def test_parts_of_heads_and_mixed_precisions_are_left_to_the_model(
    width: int, dtype: torch.dtype
) -> None:
    model = tiny_model("phi3")
    draw = torch.Generator().manual_seed(0)
    q, k = (torch.randn(1, n, 5, 8, generator=draw).to(dtype) for n in (4, 2))
    cos, sin = (torch.randn(1, 5, width, generator=draw) for _ in range(2))
    wanted = getattr(source_of(model), NAME)(q, k, cos, sin)
    with quick_rotary(model):
        torch.testing.assert_close(getattr(source_of(model), NAME)(q, k, cos, sin), wanted)


def test_what_else_is_said_is_left_to_the_model() -> None:
    model = tiny_model("llama")
    draw = torch.Generator().manual_seed(0)
    q, k = (torch.randn(1, 5, n, 8, generator=draw) for n in (4, 2))
    cos, sin = (torch.randn(1, 5, 8, generator=draw) for _ in range(2))
    wanted = getattr(source_of(model), NAME)(q, k, cos, sin, unsqueeze_dim=2)
    with quick_rotary(model):
        found = getattr(source_of(model), NAME)(q, k, cos, sin, unsqueeze_dim=2)
    torch.testing.assert_close(found, wanted)


def interleaved(q: Tensor, k: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
    """As Cohere's models pair their dimensions."""
    turned = [
        x * cos[:, None] + torch.stack([-x[..., 1::2], x[..., ::2]], -1).flatten(-2) * sin[:, None]
        for x in (q, k)
    ]
    return turned[0], turned[1]


def with_positions(q: Tensor, k: Tensor, cos: Tensor, sin: Tensor, positions: Tensor) -> None:
    raise AssertionError("called without positions")


@pytest.mark.parametrize("own", [interleaved, with_positions])
def test_a_function_that_does_something_else_is_left_alone(
    own: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny_model("llama")
    monkeypatch.setattr(source_of(model), NAME, own)
    with quick_rotary(model):
        assert getattr(source_of(model), NAME) is own


def test_models_without_rotary_positions_are_left_alone() -> None:
    model = tiny_model("gpt2")
    with quick_rotary(model):
        assert not hasattr(source_of(model), NAME)
