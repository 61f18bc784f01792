"""A checkpoint into memory: weights on the device, tokenizer, and where it stops."""

from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftModel
from safetensors import SafetensorError
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging

from headstart.domain.checkpoint import Checkpoint, Form
from headstart.engine.adapt import peft_warnings_ignored
from headstart.engine.dense import dense_copy
from headstart.engine.device import Device
from headstart.engine.heap import keep_freed_memory
from headstart.errors import CheckpointBroken, first_line


@dataclass(frozen=True)
class Loaded:
    """Weights and tokenizer of one checkpoint."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    device: Device
    stops: frozenset[int]
    """Every end id that tokenizer, config and generation_config name."""
    context: int
    """Longest sequence in tokens."""


def load(checkpoint: Checkpoint, device: Device) -> Loaded:
    """Load weights in the device's precision, with remote code never trusted.

    Raises:
        CheckpointBroken: transformers cannot load it; the fact says why.
    """
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    keep_freed_memory()
    folder = _folder(checkpoint)
    base = checkpoint.parent if checkpoint.form is Form.ADAPTER else None
    try:
        model = AutoModelForCausalLM.from_pretrained(
            base or folder, dtype=device.dtype, use_safetensors=True, local_files_only=True
        )
        if base is not None:
            with peft_warnings_ignored():
                model = PeftModel.from_pretrained(model, folder).merge_and_unload()
        tokenizer = AutoTokenizer.from_pretrained(
            _tokenizer_folder(folder, base), local_files_only=True
        )
    except (ValueError, KeyError, RuntimeError, OSError, TypeError, SafetensorError) as error:
        raise CheckpointBroken(
            f"{checkpoint.source} cannot be loaded: {first_line(error, most=300)}",
            hint="check that the folder is complete and that transformers knows its architecture",
        ) from error
    if getattr(model.config, "is_encoder_decoder", False):
        raise CheckpointBroken(
            f"{checkpoint.source} is an encoder-decoder model ({type(model).__name__})",
            hint="headstart tries decoder-only models; pick another checkpoint",
        )
    model.to(torch.device(device.kind))  # type: ignore[arg-type]
    model.eval().requires_grad_(requires_grad=False)
    config = model.config.get_text_config()
    context = int(getattr(config, "max_position_embeddings", 0) or 2048)
    return Loaded(model, tokenizer, device, _stops(model, tokenizer), context)


def _folder(checkpoint: Checkpoint) -> Path:
    return dense_copy(checkpoint) if checkpoint.form is Form.GGUF else Path(checkpoint.path)


def _tokenizer_folder(folder: Path, base: str | None) -> Path | str:
    own = any((folder / name).exists() for name in ("tokenizer.json", "tokenizer.model"))
    return folder if own or base is None else base


def _stops(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    found: set[int | None] = set()
    sources = (
        tokenizer.eos_token_id,
        getattr(model.config.get_text_config(), "eos_token_id", None),
        getattr(model.generation_config, "eos_token_id", None),
    )
    for source in sources:
        found |= set(source) if isinstance(source, list) else {source}
    return frozenset(i for i in found if i is not None)
