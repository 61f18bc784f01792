"""Block masks in the form each architecture wants them."""

import inspect

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.errors import CheckpointBroken

_NEEDED = {"attention_mask", "logits_to_keep", "past_key_values", "position_ids"}
"""Arguments of a forward pass that a packed row depends on."""


def attention_for(
    model: PreTrainedModel, allowed: Tensor, queries: Tensor, keys: Tensor
) -> Tensor | dict[str, Tensor]:
    """Turn who-sees-whom into the additive mask (or masks by layer type) the model takes.

    Args:
        model: decides precision, sliding windows and the form.
        allowed: [queries, keys] bool.
        queries: positions of the query tokens.
        keys: positions of all tokens so far.

    Returns:
        [1, 1, queries, keys] in the model's dtype, or one such mask for each layer type
        where layers differ (Gemma, Qwen with sliding layers).
    """
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or [])
    window = getattr(config, "sliding_window", None)
    if getattr(config, "use_sliding_window", True) is False:
        window = None
    full = _additive(allowed, model.dtype)
    if window is None or kinds == {"full_attention"}:
        return full
    near = allowed & (queries[:, None] - keys[None, :] < window)
    windowed = _additive(near, model.dtype)
    if len(kinds) > 1:
        return {"full_attention": full, "sliding_attention": windowed}
    return windowed


def _additive(allowed: Tensor, dtype: torch.dtype) -> Tensor:
    mask = torch.zeros(allowed.shape, dtype=dtype, device=allowed.device)
    return mask.masked_fill_(~allowed, torch.finfo(dtype).min)[None, None]


def require_attention_only(model: PreTrainedModel) -> None:
    """Refuse architectures whose layers mix tokens by other means than masked attention.

    Raises:
        CheckpointBroken: state-space, recurrent, or encoder-decoder layers.
    """
    config = model.config.get_text_config()
    kinds = set(getattr(config, "layer_types", None) or [])
    odd = kinds - {"full_attention", "sliding_attention"}
    odd |= _NEEDED - inspect.signature(model.forward).parameters.keys()
    recurrent = any("mamba" in name or "ssm" in name for name, _ in model.named_modules())
    if odd or recurrent or getattr(config, "is_encoder_decoder", False):
        raise CheckpointBroken(
            f"architecture {type(model).__name__} has layers that take no attention mask"
            + (f" ({', '.join(sorted(odd))})" if odd else ""),
            hint="headstart tries decoder-only transformers; pick another checkpoint",
        )
