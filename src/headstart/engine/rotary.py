"""Rotary positions in three passes over memory, forward and backward.

The usual code negates, joins, multiplies twice and adds, and autograd doubles each. A model's
function is replaced only where ours gives what it gives.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

NAME = "apply_rotary_pos_emb"
"""What transformers' models call it."""

Turn = Callable[..., tuple[Tensor, Tensor]]
"""Of queries and keys [1, heads, tokens, width] with cos and sin [1, tokens, width]."""


class _Rotated(torch.autograd.Function):
    """x cos + rotate_half(x) sin over the last dimension; only x has a gradient."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """[..., width] in, the same out; cos and sin are broadcast."""
        ctx.save_for_backward(cos, sin)
        low, high = sin.chunk(2, -1)
        return _turned(x, cos, -low, high)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """The gradient of x: turned back."""
        cos, sin = ctx.saved_tensors
        low, high = sin.chunk(2, -1)
        return _turned(grad, cos, high, -low), None, None


def _turned(x: Tensor, cos: Tensor, to_first: Tensor, to_second: Tensor) -> Tensor:
    """x cos, and of each half of x the other half's share."""
    out = x * cos
    first, second = x.chunk(2, -1)
    out_first, out_second = out.chunk(2, -1)
    out_first.addcmul_(second, to_first)
    out_second.addcmul_(first, to_second)
    return out


def _quick(own: Turn) -> Turn:
    """What `own` does; by ours where whole heads are turned, in one precision."""

    def turn(
        q: Tensor, k: Tensor, cos: Tensor, sin: Tensor, *more: Any, **named: Any
    ) -> tuple[Tensor, Tensor]:
        whole = (cos.shape[-1], cos.dtype) == (q.shape[-1], q.dtype) and k.dtype == q.dtype
        if more or named or not whole:
            return own(q, k, cos, sin, *more, **named)
        # every head alike
        cos, sin = cos.unsqueeze(1), sin.unsqueeze(1)
        turned = (_Rotated.apply(x, cos, sin) for x in (q, k))  # type: ignore[no-untyped-call]
        return next(turned), next(turned)

    return turn


@contextmanager
def quick_rotary(model: torch.nn.Module) -> Iterator[None]:
    """Within the block, queries and keys of models like `model` are turned by ours."""
    sources = {sys.modules[type(module).__module__] for module in model.modules()}
    found = {source: getattr(source, NAME, None) for source in sources}
    changed = {source: own for source, own in found.items() if own and _is_alike(own)}
    for source, own in changed.items():
        setattr(source, NAME, _quick(own))
    try:
        yield
    finally:
        for source, own in changed.items():
            setattr(source, NAME, own)


def _is_alike(own: Turn) -> bool:
    """Whether a model's own function does what ours does."""
    draw = torch.Generator().manual_seed(0)
    q, k, cos, sin = (torch.randn(1, n, 3, 8, generator=draw) for n in (4, 2, 1, 1))
    try:
        wanted = own(q, k, cos[0], sin[0])
    except (TypeError, RuntimeError, IndexError, ValueError):
        # it takes something else
        return False
    found = _quick(own)(q, k, cos[0], sin[0])
    return all(torch.allclose(x, y, atol=1e-6) for x, y in zip(found, wanted, strict=True))
