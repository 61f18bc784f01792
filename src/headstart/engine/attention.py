"""Segment-wise attention as one of transformers' attention implementations."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, PreTrainedModel

from headstart.engine.flash import attend_flash, is_faster
from headstart.engine.groups import Asked, Call, Reading, Store, Whole, as_root, reached
from headstart.engine.products import attend, attend_fused, attend_trainable, attend_whole

NAME = "headstart"

_READING: ContextVar[Reading | Whole | None] = ContextVar("reading", default=None)


@contextmanager
def reading(model: PreTrainedModel, what: Reading | Whole) -> Iterator[None]:
    """Within the block `model` attends as `what` says; backward passes belong inside."""
    before = model.config._attn_implementation
    token = _READING.set(what)
    model.config._attn_implementation = NAME
    try:
        yield
    finally:
        model.config._attn_implementation = before
        _READING.reset(token)


def _attention(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """What transformers calls in every layer; [1, heads, tokens, width] each."""
    del attention_mask
    how = _READING.get()
    assert how is not None
    # under autocast rotary embeddings leave queries and keys in float32
    q, k, v = (x[0].transpose(0, 1).to(value.dtype) for x in (query, key, value))
    scale = q.shape[-1] ** -0.5 if scaling is None else scaling
    asked = (scale, dropout, sliding_window, softcap)
    if isinstance(how, Whole):
        return attend_whole(q, k, v, how, Asked(*asked))[None], None
    call = Call(*asked, how)
    if how.store is None:
        out = attend_fused(q, k, v, call) if dropout else attend_trainable(q, k, v, call)
    else:
        out = _attend_stored(q, k, v, call, how.store, int(module.layer_idx))  # type: ignore[arg-type]
    return out[None], None


def _attend_stored(q: Tensor, k: Tensor, v: Tensor, call: Call, store: Store, layer: int) -> Tensor:
    """Without gradients, over what earlier passes of `layer` stored too."""
    if call.how.plants:
        root = None
        store.roots[layer] = as_root(k, v)
    else:
        planted = store.roots.get(layer)
        root = planted and reached(planted, call.window)
        k, v = store.add(layer, k, v)
    if is_faster(q, root, call):
        return attend_flash(q, k, v, root, call)
    return attend(q, k, v, root, call)[0]


AttentionInterface.register(NAME, _attention)
