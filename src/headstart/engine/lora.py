"""LoRA layers computed in fewer and larger steps than peft computes them.

peft makes the adapters, keeps their weights and saves them; only the arithmetic of a layer,
y = W x + (alpha / rank) B A x, is replaced. The second term is added within the matrix
product, and nothing but x and A x is kept for the gradients.
"""

import types
from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import Tensor
from torch.nn.functional import linear


class _Adapted(torch.autograd.Function):
    """y = x W' + bias + scale (x A') B', in the precision of x."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, a: Tensor, b: Tensor, scale: float
    ) -> Tensor:
        """[..., in] -> [..., out]; weight [out, in] is frozen, a [rank, in], b [out, rank]."""
        rows = x.reshape(-1, x.shape[-1])
        down, up = a.to(x.dtype), (b * scale).to(x.dtype)
        low = rows @ down.t()
        out = linear(rows, weight, bias).addmm_(low, up.t())
        ctx.save_for_backward(rows, weight, low, down, up)
        ctx.scale = scale
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x, a and b."""
        rows, weight, low, down, up = ctx.saved_tensors
        flat = grad.reshape(-1, grad.shape[-1])
        d_low = flat @ up
        d_a = (d_low.t() @ rows).float()
        d_b = (flat.t() @ low).float() * ctx.scale
        d_x = None
        if ctx.needs_input_grad[0]:
            d_x = (flat @ weight).addmm_(d_low, down).view(*grad.shape[:-1], -1)
        return d_x, None, None, d_a, d_b, None


def quicken(model: torch.nn.Module) -> None:
    """Replace the arithmetic of the LoRA layers that are plain: one adapter, no dropout."""
    for layer in model.modules():
        if isinstance(layer, Linear) and _is_plain(layer):
            layer.forward = types.MethodType(_forward, layer)  # type: ignore[method-assign]


def _is_plain(layer: Linear) -> bool:
    name = layer.active_adapters[0]
    return (
        len(layer.active_adapters) == 1
        and not layer.lora_variant
        and isinstance(layer.lora_dropout[name], torch.nn.Identity)
        and layer.lora_B[name].bias is None
    )


def _forward(layer: Linear, x: Tensor, *_args: Any, **_kwargs: Any) -> Tensor:
    name = layer.active_adapters[0]
    base = layer.get_base_layer()
    # GPT-2 stores its linear weights transposed
    weight = base.weight.t() if layer.fan_in_fan_out else base.weight  # type: ignore[operator]
    a, b = layer.lora_A[name].weight, layer.lora_B[name].weight
    return torch.as_tensor(
        _Adapted.apply(x, weight, base.bias, a, b, layer.scaling[name])  # type: ignore[no-untyped-call]
    )
