"""The loss of wanted tokens given logits, with little memory: no float32 copy is kept.

The gradient is written over the logits: with 262,000 tokens in a vocabulary, a second array of
that size costs as much as computing it.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from headstart.engine.sizes import sizes_of


def in_parts(rows: Tensor) -> Sequence[Tensor]:
    """Rows (of logits, or their targets) as many at a time as are made float32 together."""
    parts: Sequence[Tensor] = rows.split(sizes_of(rows.device).loss_rows)
    return parts


def log_normalizers(logits: Tensor) -> Tensor:
    """log-sum-exp in float32, a few rows at a time: [rows, vocabulary] -> [rows]."""
    return torch.cat([part.float().logsumexp(1) for part in in_parts(logits)])


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
        for part, wanted, norm, scale in zip(
            *(in_parts(x) for x in (logits.detach(), targets, norms, scales)), strict=True
        ):
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
