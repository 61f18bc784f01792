"""Make a loaded model trainable for one trial, and give it back untouched."""

import contextlib
import copy
import warnings
from collections.abc import Iterator, Sequence

import torch
from peft import LoraConfig, get_peft_model
from transformers import PreTrainedModel

from headstart.domain.plan import Recipe
from headstart.engine.device import Device


@contextlib.contextmanager
def trainable(
    model: PreTrainedModel, recipe: Recipe, seed: int, rows: Sequence[int], device: Device
) -> Iterator[torch.nn.Module]:
    """A trainable model for the block; afterwards `model` is what it was.

    Args:
        model: frozen, on its device.
        recipe: LoRA on all linear layers but the head, or all weights in float32.
        seed: draws the adapters' first weights.
        rows: vocabulary ids whose embedding and head rows are trained as well.
        device: where to compute.
    """
    torch.manual_seed(seed)
    if recipe.method == "full":
        # bfloat16 weights swallow small updates, so full tuning works on a float32 copy
        whole = copy.deepcopy(model).float().requires_grad_(requires_grad=True)
        yield whole.to(torch.device(device.kind))
        return
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        trainable_token_indices=list(rows) or None,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*fan_in_fan_out.*")
        adapted = get_peft_model(model, config)
    try:
        yield adapted.get_base_model()
    finally:
        adapted.unload()
        if hasattr(model, "peft_config"):
            del model.peft_config
        model.requires_grad_(requires_grad=False)
