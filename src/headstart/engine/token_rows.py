"""Single trained rows of a vocabulary's tables, without copying the tables.

peft makes and keeps the rows. To use them it writes them into a copy of the whole table, and its
gradient is a table too: with 262,000 tokens that costs more than the model's layers. Here rows
are put in the place of what the frozen tables give.
"""

import types
from typing import Any

import torch
from peft.utils import TrainableTokensWrapper
from torch import Tensor
from torch.nn.functional import embedding, linear


def quicken_rows(model: torch.nn.Module) -> None:
    """Replace the arithmetic of tables with trained rows, where one adapter trains them."""
    for module in model.modules():
        if isinstance(module, TrainableTokensWrapper) and len(module.active_adapters) == 1:
            table = module.token_adapter.base_layer
            if isinstance(table, torch.nn.Embedding):
                module.forward = types.MethodType(_embed, module)  # type: ignore[method-assign]
            elif isinstance(table, torch.nn.Linear):
                module.forward = types.MethodType(_score, module)  # type: ignore[method-assign]


def _rows(module: Any) -> tuple[Tensor, Tensor]:
    """Ids [rows] and trained rows [rows, width] of the one adapter."""
    adapter, name = module.token_adapter, module.active_adapters[0]
    rows = adapter.trainable_tokens_delta[name]
    return torch.tensor(adapter.token_indices[name], device=rows.device), rows


def _embed(module: Any, x: Tensor, *_args: Any, **_kwargs: Any) -> Tensor:
    """[..., tokens] ids -> [..., tokens, width]."""
    ids, rows = _rows(module)
    found = module.token_adapter.base_layer(x)
    same = x[..., None] == ids
    own = embedding(same.int().argmax(-1), rows).to(found.dtype)
    scale = module.token_adapter._get_embed_scale()
    if scale is not None:
        own = own * scale.to(own.dtype)
    return torch.where(same.any(-1)[..., None], own, found)


def _score(module: Any, x: Tensor, *_args: Any, **_kwargs: Any) -> Tensor:
    """[..., width] -> [..., vocabulary] logits."""
    ids, rows = _rows(module)
    head = module.token_adapter.base_layer
    own = linear(x, rows.to(x.dtype))
    if head.bias is not None:
        own = own + head.bias[ids]
    logits = linear(x, head.weight, head.bias)
    return logits.index_copy_(-1, ids, own.to(logits.dtype))
