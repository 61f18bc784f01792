"""A GGUF made dense once: bfloat16 safetensors in the cache, keyed by the file's hash."""

import contextlib
import io
import os
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

from headstart.domain.checkpoint import Checkpoint
from headstart.errors import CheckpointBroken, StoreError, first_line
from headstart.home import home


def dense_folder(checkpoint: Checkpoint) -> Path:
    """Where the dense copy lies once it is made."""
    return home() / "dense" / checkpoint.fingerprint


def dense_copy(checkpoint: Checkpoint) -> Path:
    """The folder of the dense copy; made on first use, complete or absent, never half.

    Weights are rounded from the dequantised float32 to bfloat16, which loses far less than
    the quantisation did and halves the copy.

    Raises:
        CheckpointBroken: transformers cannot read this GGUF's architecture or tokenizer.
        StoreError: the cache folder cannot be written.
    """
    folder = dense_folder(checkpoint)
    if folder.exists():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    except OSError as error:
        raise StoreError(
            f"cannot write the cache folder {folder.parent}: {error.strerror}",
            hint="set HEADSTART_HOME to a folder that can be written",
        ) from error
    try:
        _write(checkpoint, scratch)
        _publish(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _write(checkpoint: Checkpoint, folder: Path) -> None:
    path = Path(checkpoint.path)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # transformers' own progress bar
            model = AutoModelForCausalLM.from_pretrained(
                str(path.parent),
                gguf_file=path.name,
                dtype=torch.bfloat16,
                quantization_config=GgufConfig(dequantize=True),
                local_files_only=True,
            )
        tokenizer = AutoTokenizer.from_pretrained(
            str(path.parent), gguf_file=path.name, local_files_only=True
        )
    except (ValueError, KeyError, RuntimeError, NotImplementedError, OSError) as error:
        raise CheckpointBroken(
            f"{path.name} ({checkpoint.architecture}) cannot be made dense: {first_line(error)}",
            hint="use the model's safetensors folder, or another quantisation",
        ) from error
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _publish(scratch: Path, folder: Path) -> None:
    for file in scratch.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.exists():  # another process was quicker: its copy is as good
            raise
