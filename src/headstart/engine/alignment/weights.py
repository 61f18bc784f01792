"""A parent's weights made ready to train, and what was trained made one model again."""

import contextlib
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel
from peft.utils import TrainableTokensWrapper
from transformers import AutoConfig, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from headstart.domain.checkpoint import Checkpoint, Form
from headstart.domain.stage import Tuning
from headstart.engine.adapt import lora, peft_warnings_ignored
from headstart.engine.dense import dense_copy
from headstart.engine.device import Device
from headstart.engine.load import Loaded, load
from headstart.errors import CheckpointBroken

_HALF = {torch.bfloat16, torch.float16}


@dataclass(frozen=True)
class Parent:
    """A loaded parent, and what its export must look like."""

    loaded: Loaded
    folder: Path
    """Where a dense copy of it lies."""
    stored: torch.dtype
    """The precision it is stored in, and its child too."""
    use_cache: bool
    """What its config says; trainers switch it off."""
    padding_side: str = "right"
    """What its tokenizer says; trainers may change it."""

    @property
    def model(self) -> PreTrainedModel:
        """Its weights."""
        return self.loaded.model

    @property
    def tokenizer(self) -> PreTrainedTokenizerBase:
        """Its tokenizer."""
        return self.loaded.tokenizer


def load_parent(checkpoint: Checkpoint, recipe: Tuning, device: Device) -> Parent:
    """Load a parent in the precision its tuning needs.

    Adapters are trained over weights as they are stored; all weights are trained in float32,
    since half precision swallows small updates.

    Raises:
        CheckpointBroken: it is an adapter, or cannot be loaded.
    """
    folder = model_folder(checkpoint)
    stored = stored_dtype(folder)
    narrow = recipe.method == "lora" and stored is torch.bfloat16
    dtype = device.dtype if narrow else torch.float32
    loaded = load(checkpoint, replace(device, dtype=dtype))
    torch.manual_seed(recipe.seed)  # vocabulary rows that are added are drawn
    use_cache = bool(getattr(loaded.model.config, "use_cache", True))
    return Parent(loaded, folder, stored, use_cache, loaded.tokenizer.padding_side)


def model_folder(checkpoint: Checkpoint) -> Path:
    """The folder that transformers can load a checkpoint from.

    Raises:
        CheckpointBroken: it is an adapter.
    """
    if checkpoint.form is Form.ADAPTER:
        raise CheckpointBroken(
            f"{checkpoint.source} is an adapter, and stages start from whole models",
            hint="merge it first: load it with peft, merge_and_unload(), save_pretrained(folder)",
        )
    return dense_copy(checkpoint) if checkpoint.form is Form.GGUF else Path(checkpoint.path)


def stored_dtype(folder: Path) -> torch.dtype:
    """The precision that a folder's config names; float32 where it names none."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    named = getattr(config, "dtype", None)
    return named if isinstance(named, torch.dtype) and named in _HALF else torch.float32


def lora_config(
    model: PreTrainedModel, recipe: Tuning, rows: Sequence[int], task: str = "CAUSAL_LM"
) -> LoraConfig | None:
    """Adapters as the recipe wants them, see `lora`; None to train all weights."""
    if recipe.method == "full":
        return None
    return lora(model, recipe.rank, recipe.alpha, rows, task)


@contextlib.contextmanager
def wrapping(model: PreTrainedModel, recipe: Tuning) -> Iterator[None]:
    """Around a trainer's construction: gradients where they are wanted, peft quiet."""
    model.requires_grad_(requires_grad=recipe.method == "full")
    with peft_warnings_ignored():
        yield


def give_heads_a_bias(model: Any) -> None:
    """Let trained head rows be read as a head: TRL asks for a bias, peft's wrapper has none."""
    for module in model.modules():
        if isinstance(module, TrainableTokensWrapper):
            module.bias = getattr(module.original_module, "bias", None)  # type: ignore[assignment]


def merged(model: Any) -> PreTrainedModel:
    """The trained weights as one plain model; `model` is used up."""
    if isinstance(model, PeftModel):
        with peft_warnings_ignored():
            model = model.merge_and_unload()
    model.__dict__.pop("forward", None)  # TRL puts a forward pass of its own there
    assert isinstance(model, PreTrainedModel)
    model.eval().requires_grad_(requires_grad=False)
    return model


def export(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, parent: Parent, folder: Path
) -> None:
    """Write model and tokenizer as `from_pretrained` reads them, in the parent's precision."""
    model.config.use_cache = parent.use_cache
    plain = copy.deepcopy(tokenizer)
    plain.padding_side = parent.padding_side
    write_whole(model, plain, parent.stored, folder)


def write_whole(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, dtype: torch.dtype, folder: Path
) -> None:
    """Write a plain model, converted in place to that precision, and its tokenizer."""
    model.to(dtype)  # type: ignore[arg-type]
    model.config.dtype = dtype
    logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
