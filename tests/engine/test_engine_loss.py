import pytest
import torch
from torch.nn.functional import cross_entropy

from headstart.engine.loss import log_normalizers, token_loss
from headstart.engine.sizes import PROCESSOR

WIDTH = 50
TOGETHER = PROCESSOR.loss_elements // WIDTH


@pytest.mark.parametrize("rows", [1, TOGETHER, 3 * TOGETHER + 1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_loss_and_gradient_are_those_of_cross_entropy(rows: int, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(rows)
    logits = (4 * torch.randn(rows, WIDTH, generator=generator)).to(dtype)
    targets = torch.randint(WIDTH, (rows,), generator=generator)
    plain = logits.clone().float().requires_grad_()
    wanted = cross_entropy(plain, targets, reduction="sum")
    wanted.mul(0.25).backward()
    ours = logits.clone().requires_grad_()
    loss = token_loss(ours * 1, targets)
    loss.mul(0.25).backward()
    torch.testing.assert_close(loss, wanted)
    assert plain.grad is not None
    torch.testing.assert_close(ours.grad, plain.grad.to(dtype))


def test_log_normalizers_are_taken_in_float32() -> None:
    logits = torch.linspace(-40, 40, 7 * 90_000).reshape(7, 90_000)
    for given in (logits, logits.to(torch.bfloat16)):
        before = given.clone()
        torch.testing.assert_close(log_normalizers(given), given.float().logsumexp(1))
        assert torch.equal(given, before)
