import pytest
import torch
from tiny import ARCHITECTURES, tiny_model

from headstart.engine.norms import quick_norms

NORMED = [a for a in ARCHITECTURES if a != "gpt2"]


def norms(model: torch.nn.Module) -> list[torch.nn.Module]:
    return [m for m in model.modules() if type(m).__name__.endswith("RMSNorm")]


def through(module: torch.nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the module gives, and the gradient of its input."""
    x = x.clone().requires_grad_()
    out = module(x)
    weights = torch.linspace(-1, 1, out.numel()).reshape(out.shape).to(out.dtype)
    return out.detach(), torch.autograd.grad((out * weights).sum(), x)[0]


@pytest.mark.parametrize("architecture", NORMED)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_ours_gives_what_the_model_s_own_gives(architecture: str, dtype: torch.dtype) -> None:
    model = tiny_model(architecture)
    for module in norms(model):
        module.weight.data.uniform_(-0.5, 2)
    model.to(dtype)
    close = {"rtol": 1e-4, "atol": 1e-5} if dtype is torch.float32 else {"rtol": 0.05, "atol": 0.05}
    for module in norms(model):
        x = torch.randn(2, 5, len(module.weight)).to(dtype)
        out, gradient = through(module, x)
        with quick_norms(model):
            assert "forward" in vars(module)
            ours, ours_gradient = through(module, x)
        torch.testing.assert_close(ours, out, **close)
        torch.testing.assert_close(ours_gradient, gradient, **close)


@pytest.mark.parametrize("architecture", NORMED)
def test_afterwards_every_norm_is_its_own_again(architecture: str) -> None:
    model = tiny_model(architecture)
    with quick_norms(model):
        pass
    assert not any("forward" in vars(module) for module in norms(model))


def test_norms_with_trainable_weights_are_left_alone() -> None:
    model = tiny_model("llama").requires_grad_(requires_grad=True)
    with quick_norms(model):
        assert not any("forward" in vars(module) for module in norms(model))


def test_a_norm_that_does_something_else_is_left_alone() -> None:
    class OddRMSNorm(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(8), requires_grad=False)
            self.eps = 1e-6

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x / x.abs().mean(-1, keepdim=True)

    odd = OddRMSNorm()
    with quick_norms(torch.nn.Sequential(odd)):
        assert "forward" not in vars(odd)
