"""LoRA layers computed in fewer and larger steps than peft computes them.

peft makes the adapters, keeps their weights and saves them; only the arithmetic of a layer,
y = W x + (alpha / rank) B A x, is replaced. The second term is added within the matrix
product, and nothing but x and A x is kept for the gradients. Layers that read the same x
(queries, keys and values; a gate and what it gates) are computed as one.
"""

import types
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import torch
from peft.tuners.lora import Linear
from torch import Tensor
from torch.nn.functional import linear

TOGETHER = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))
"""Names of layers of one module that read the same input."""


class _Adapted(torch.autograd.Function):
    """y = x W' + bias + scale (x A') B' of layers side by side, in the precision of x."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        scales: Sequence[float],
        *adapters: Tensor,
    ) -> Tensor:
        """[..., in] -> [..., out]; weight [out, in] is frozen.

        `adapters` are A [rank, in] and B [part of out, rank] of each layer in turn.
        """
        rows = x.reshape(-1, x.shape[-1])
        ctx.scales, ctx.shapes = scales, [b.shape for b in adapters[1::2]]
        down = torch.cat(adapters[::2]).to(x.dtype)
        up = x.new_zeros(len(weight), len(down))
        for (wide, rank), b, scale in zip(_blocks(ctx.shapes), adapters[1::2], scales, strict=True):
            up[wide, rank] = b * scale
        low = rows @ down.t()
        out = linear(rows, weight, bias).addmm_(low, up.t())
        ctx.save_for_backward(rows, weight, low, down, up)
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients of x and of each A and B."""
        rows, weight, low, down, up = ctx.saved_tensors
        flat = grad.reshape(-1, grad.shape[-1])
        d_low = flat @ up
        d_down = (d_low.t() @ rows).float()
        d_up = (flat.t() @ low).float()
        d_adapters: list[Tensor] = []
        for (wide, rank), scale in zip(_blocks(ctx.shapes), ctx.scales, strict=True):
            d_adapters += [d_down[rank], d_up[wide, rank] * scale]
        d_x = None
        if ctx.needs_input_grad[0]:
            d_x = (flat @ weight).addmm_(d_low, down).view(*grad.shape[:-1], -1)
        return d_x, None, None, None, *d_adapters


def _blocks(shapes: Sequence[tuple[int, int]]) -> Iterator[tuple[slice, slice]]:
    """Each layer's outputs and ranks among those of all."""
    wide = rank = 0
    for size, ranks in shapes:
        yield slice(wide, wide + size), slice(rank, rank + ranks)
        wide, rank = wide + size, rank + ranks


def quicken(model: torch.nn.Module) -> None:
    """Replace the arithmetic of the LoRA layers that are plain: one adapter, no dropout."""
    for module in model.modules():
        for names in TOGETHER:
            found = [getattr(module, name, None) for name in names]
            layers = [x for x in found if isinstance(x, Linear) and _is_plain(x)]
            if len(layers) == len(names) and _fit(layers):
                _Together(layers)
    for layer in model.modules():
        if isinstance(layer, Linear) and _is_plain(layer) and "forward" not in vars(layer):
            layer.forward = types.MethodType(_forward, layer)  # type: ignore[method-assign]


def _is_plain(layer: Linear) -> bool:
    name = layer.active_adapters[0]
    return (
        len(layer.active_adapters) == 1
        and not layer.lora_variant
        and isinstance(layer.lora_dropout[name], torch.nn.Identity)
        and layer.lora_B[name].bias is None
    )


def _frozen(layer: Linear) -> tuple[Tensor, Tensor | None]:
    """Weight and bias of the layer that was adapted."""
    base: Any = layer.get_base_layer()
    return base.weight, base.bias


def _fit(layers: Sequence[Linear]) -> bool:
    """Whether the weights of `layers` can be one matrix."""
    frozen = [_frozen(layer) for layer in layers]
    kinds = {(w.shape[1], w.dtype, w.device, bias is None) for w, bias in frozen}
    stored = any(layer.fan_in_fan_out for layer in layers)
    return len(kinds) == 1 and not stored


def _forward(layer: Linear, x: Tensor, *_args: Any, **_kwargs: Any) -> Tensor:
    weight, bias = _frozen(layer)
    # GPT-2 stores its linear weights transposed
    return _adapted(x, weight.t() if layer.fan_in_fan_out else weight, bias, [layer])


def _adapted(x: Tensor, weight: Tensor, bias: Tensor | None, layers: Sequence[Linear]) -> Tensor:
    scales, adapters = [], []
    for layer in layers:
        name = layer.active_adapters[0]
        scales.append(layer.scaling[name])
        adapters += [layer.lora_A[name].weight, layer.lora_B[name].weight]
    return torch.as_tensor(_Adapted.apply(x, weight, bias, scales, *adapters))  # type: ignore[no-untyped-call]


class _Together:
    """Layers that read the same input: the first that is called computes all of them."""

    def __init__(self, layers: Sequence[Linear]) -> None:
        """From now on each layer computes through this."""
        self._layers = layers
        self._read: tuple[Tensor, int, bool] | None = None
        self._made: dict[Linear, Tensor] = {}
        for layer in layers:
            layer.forward = types.MethodType(self._forward, layer)  # type: ignore[method-assign]

    def _all(self, x: Tensor) -> Tensor:
        """What all layers make of x [..., in], side by side: [..., sum of out]."""
        weights, biases = zip(*map(_frozen, self._layers), strict=True)
        bias = None if biases[0] is None else torch.cat(biases)
        return _adapted(x, _joint(weights), bias, self._layers)

    def _forward(self, layer: Linear, x: Tensor, *_args: Any, **_kwargs: Any) -> Tensor:
        """What `layer` makes of x; the others' part is kept until they are called with it."""
        if layer not in self._made or not self._is_read(x):
            sizes = [layer.out_features for layer in self._layers]
            self._made = dict(zip(self._layers, self._all(x).split(sizes, -1), strict=True))
            self._read = _state(x)
        made = self._made.pop(layer)
        if not self._made:
            self._read = None
        return made

    def _is_read(self, x: Tensor) -> bool:
        return self._read is not None and self._read[0] is x and self._read[1:] == _state(x)[1:]


def _state(x: Tensor) -> tuple[Tensor, int, bool]:
    """A tensor, how often it has been written to, and whether gradients are wanted."""
    return x, 0 if x.is_inference() else x._version, torch.is_grad_enabled()


def _joint(weights: Sequence[Tensor]) -> Tensor:
    """The weights as one matrix [all outputs, in]: they lie one behind the other from now on."""
    first = weights[0]
    if not all(_adjoin(a, b) for a, b in pairwise(weights)):
        # what is made in inference mode could not be trained on later
        with torch.inference_mode(mode=False):
            joint = torch.cat([w.detach() for w in weights])
            for weight, part in zip(weights, joint.split([len(w) for w in weights]), strict=True):
                weight.data = part
    return first.detach().as_strided((sum(map(len, weights)), first.shape[1]), first.stride())


def _adjoin(first: Tensor, second: Tensor) -> bool:
    same = first.untyped_storage().data_ptr() == second.untyped_storage().data_ptr()
    return same and first.data_ptr() + first.nbytes == second.data_ptr()
