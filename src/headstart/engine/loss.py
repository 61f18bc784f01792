"""The loss of wanted tokens given logits, with little memory: no float32 copy is kept.

The gradient is written over the logits: with 262,000 tokens in a vocabulary, a second array of
that size costs as much as computing it.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from headstart.engine.sizes import sizes_of


def in_parts(logits: Tensor, *more: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Logits [rows, vocabulary], and what else has a value for each row, as many rows at a time
    as are made float32 together.
    """
    rows = max(1, sizes_of(logits.device).loss_elements // logits.shape[1])
    return zip(*(x.split(rows) for x in (logits, *more)), strict=True)


def log_normalizers(logits: Tensor) -> Tensor:
    """log-sum-exp in float32, a few rows at a time: [rows, vocabulary] -> [rows]."""
    found = []
    for (part,) in in_parts(logits):
        # as torch's own does, which takes new arrays for it
        wide = part.to(torch.float32, copy=True)
        peak = wide.amax(1, keepdim=True)
        found.append(wide.sub_(peak).exp_().sum(1).log_().add_(peak[:, 0]))
    return torch.cat(found)


class _TokenLoss(torch.autograd.Function):
    """Summed negative log-likelihood; logits [rows, vocabulary], targets [rows]."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        """A float32 scalar, in nats."""
        norms = log_normalizers(logits)
        picked = logits.gather(1, targets[:, None])[:, 0].float()
        ctx.save_for_backward(logits, targets, norms)
        ctx.weights = weights
        nats = norms - picked
        return (nats if weights is None else nats * weights).sum()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """The gradient of the logits, in their precision: probability minus one at the target."""
        logits, targets, norms = ctx.saved_tensors
        scales = grad.expand(len(targets)) if ctx.weights is None else grad * ctx.weights
        for part, wanted, norm, scale in in_parts(logits.detach(), targets, norms, scales):
            shares = part.float().sub_(norm[:, None]).exp_()
            shares.scatter_add_(1, wanted[:, None], shares.new_full((len(part), 1), -1.0))
            part.copy_(shares.mul_(scale[:, None]))
        return logits.detach(), None, None


def token_loss(logits: Tensor, targets: Tensor, weights: Tensor | None = None) -> Tensor:
    """Summed negative log-likelihood (nats) of `targets` under `logits`, as a float32 scalar.

    Args:
        logits: [rows, vocabulary] in any precision; sums are taken in float32.
        targets: [rows] token ids.
        weights: [rows] by which each target's loss is multiplied; 1 where not given.
    """
    return torch.as_tensor(_TokenLoss.apply(logits, targets, weights))  # type: ignore[no-untyped-call]
