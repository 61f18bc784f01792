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
from headstart.engine.lora import quicken
from headstart.engine.norms import quick_norms
from headstart.engine.reader import read_alike
from headstart.engine.rotary import quick_rotary


@contextlib.contextmanager
def peft_warnings_ignored() -> Iterator[None]:
    """Drop what peft warns of while it wraps a model: nothing that users could change."""
    with warnings.catch_warnings():
        # GPT-2 stores its linear weights transposed; peft notices, and says so
        warnings.filterwarnings("ignore", message=".*fan_in_fan_out.*")
        # peft reads an attribute by the name it had in earlier transformers
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing.*", FutureWarning)
        yield


@contextlib.contextmanager
def trainable(
    model: PreTrainedModel, recipe: Recipe, seed: int, rows: Sequence[int], device: Device
) -> Iterator[PreTrainedModel]:
    """A trainable model for the block; afterwards `model` is what it was.

    Args:
        model: frozen, on its device.
        recipe: LoRA on all linear layers but the head, or all weights in float32.
        seed: draws the adapters' first weights.
        rows: vocabulary ids whose embedding and head rows are trained as well.
        device: where to compute.
    """
    torch.manual_seed(seed)
    was_training = model.training
    if recipe.method == "full":
        # bfloat16 weights swallow small updates, so full tuning works on a float32 copy
        whole = copy.deepcopy(model).float().requires_grad_(requires_grad=True)
        whole.to(torch.device(device.kind))
        read_alike(whole, model)
        yield whole
        return
    config = lora(model, recipe.rank, recipe.alpha, rows)
    with peft_warnings_ignored():
        adapted = get_peft_model(model, config)
    quicken(adapted)
    try:
        with quick_norms(model), quick_rotary(model):
            yield adapted.get_base_model()  # type: ignore[misc]
    finally:
        adapted.unload()
        if hasattr(model, "peft_config"):
            del model.peft_config
        model.requires_grad_(requires_grad=False)
        model.train(was_training)


def lora(
    model: PreTrainedModel, rank: int, alpha: int, rows: Sequence[int], task: str = "CAUSAL_LM"
) -> LoraConfig:
    """Adapters on all linear layers but the head, and whole rows of the vocabulary's tables.

    Args:
        model: the parent.
        rank: of the adapters.
        alpha: their output is scaled by alpha / rank.
        rows: vocabulary ids whose embedding and head rows are trained as well.
        task: peft's name of what the model does.
    """
    return LoraConfig(
        r=rank,
        lora_alpha=alpha,
        target_modules=_targets(model),
        task_type=task,
        trainable_token_indices=_row_targets(model, rows),
    )


_STATE_SPACE = {"mamba", "mamba2", "falcon_mamba", "falcon_h1", "nemotron_h"}


def _targets(model: PreTrainedModel) -> str | list[str]:
    """All linear layers but the head; state-space layers fold their output layer into a kernel
    that would pass an adapter by, so peft refuses it there.
    """
    if model.config.model_type not in _STATE_SPACE:
        return "all-linear"
    head = model.get_output_embeddings()
    names = {
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not head
    }
    return sorted(names - {"out_proj"})


def _row_targets(model: PreTrainedModel, rows: Sequence[int]) -> dict[str, list[int]] | None:
    """The rows by the names of the tables that hold them; peft sees itself where they are one."""
    tables = (model.get_input_embeddings(), model.get_output_embeddings())
    names = [name for name, module in model.named_modules() if module in tables]
    return {name: list(rows) for name in names} if rows else None
