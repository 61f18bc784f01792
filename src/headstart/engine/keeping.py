"""A tuned start as a checkpoint of its own: adapters merged, and the format it was tuned in."""

import copy
from pathlib import Path
from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from peft.utils import TrainableTokensWrapper
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from headstart.engine.alignment.saving import writing
from headstart.engine.alignment.weights import write_whole
from headstart.engine.render import Renderer


def write_checkpoint(
    model: PreTrainedModel, renderer: Renderer, dtype: torch.dtype, folder: Path
) -> None:
    """Write a tuned model as `from_pretrained` reads it; `model` stays as it is.

    Args:
        model: adapters may lie within its layers.
        renderer: of the start; its template, if it has one, is attached, and what closes an
            answer becomes the end at which generation stops.
        dtype: precision of the written weights.
        folder: an existing one.

    Raises:
        StoreError: it cannot be written.
    """
    whole = plain_copy(model)
    tokenizer: PreTrainedTokenizerBase = copy.deepcopy(renderer.tokenizer)
    if renderer.template is not None:
        tokenizer.chat_template = renderer.template
    end = renderer.end_id()
    tokenizer.eos_token = str(tokenizer.convert_ids_to_tokens(end))
    for settings in (whole.config.get_text_config(), whole.generation_config):
        if settings is not None:
            settings.eos_token_id = end
    with writing(folder):
        write_whole(whole, tokenizer, dtype, folder)


def plain_copy(model: PreTrainedModel) -> PreTrainedModel:
    """A copy whose adapters are merged into the weights that they change."""
    twin = copy.deepcopy(model)
    within: tuple[str, ...] = ()
    for name, module in list(twin.named_modules()):
        if name.startswith(within):
            continue
        if isinstance(module, TrainableTokensWrapper):
            plain: Any = module.unload_and_optionally_merge_module(
                merge=True, safe_merge=False, adapter_names=None
            )
        elif isinstance(module, BaseTunerLayer) and hasattr(module, "base_layer"):
            module.merge()
            plain = module.get_base_layer()
        else:
            continue
        parent, _, last = name.rpartition(".")
        setattr(twin.get_submodule(parent), last, plain)
        within += (f"{name}.",)
    twin.eval().requires_grad_(requires_grad=False)
    return twin
