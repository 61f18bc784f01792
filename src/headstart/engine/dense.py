"""A GGUF made dense once: bfloat16 safetensors in the cache, keyed by the file's hash.

The weights are streamed, so that a copy takes less memory than it has bytes; what cannot be
streamed is loaded whole by transformers and saved, with the same result.
"""

import contextlib
import io
import json
import os
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    GgufConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    TokenizersBackend,
)

from headstart.domain.checkpoint import Checkpoint
from headstart.engine.gguf_reader import LeanReader, lean_gguf
from headstart.engine.gguf_weights import (
    plan_weights,
    reason,
    require_weights,
    write_weights,
    writing,
)
from headstart.errors import CheckpointBroken, HeadstartError
from headstart.home import home

ABANDONED_SECONDS = 24 * 3600.0
"""A half-made copy that nobody wrote to for this long was left by a process that was killed."""
_SCRATCH = ".making-"
_SOURCE = "source"
_UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    StrictDataclassError,
    TypeError,
    ValueError,
    struct.error,
)
"""What the libraries raise at a GGUF whose metadata or tensors make no sense to them."""
_TOKEN_FIELDS = ("content", "single_word", "lstrip", "rstrip", "normalized", "special")


def dense_folder(checkpoint: Checkpoint) -> Path:
    """Where the dense copy lies once it is made."""
    return home() / "dense" / checkpoint.fingerprint


def dense_copy(checkpoint: Checkpoint) -> Path:
    """The folder of the dense copy; made on first use, complete or absent, never half.

    Weights are rounded from the dequantised float32 to bfloat16, which loses far less than
    the quantisation did and halves the copy. Only the GGUF file itself is read: a tokenizer or
    config beside it may be another model's.

    Raises:
        CheckpointBroken: the file is cut off or makes no sense, or transformers cannot read its
            architecture or tokenizer.
        StoreError: the cache folder cannot be written.
    """
    folder = dense_folder(checkpoint)
    if folder.exists():
        return folder
    with writing():
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=folder.parent))
    try:
        _write(checkpoint, scratch)
        with writing():
            _publish(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _sweep(parent: Path) -> None:
    """Remove what killed processes left behind; a running one writes all the time."""
    for scratch in parent.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(OSError):  # another process may be sweeping too
            last = max(path.lstat().st_mtime for path in [scratch, *scratch.iterdir()])
            if time.time() - last > ABANDONED_SECONDS:
                shutil.rmtree(scratch, ignore_errors=True)


def _write(checkpoint: Checkpoint, folder: Path) -> None:
    with _reading(checkpoint, folder), _alone(checkpoint, folder) as path, lean_gguf():
        reader = LeanReader(path)
        config = AutoConfig.from_pretrained(
            str(path.parent), gguf_file=path.name, local_files_only=True
        )
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
        plan = plan_weights(model, reader, path)
        if plan is None:
            _save_whole(path, folder)
        else:
            _save_config(model, folder)
            write_weights(plan, folder / "model.safetensors")
        tokenizer = AutoTokenizer.from_pretrained(
            str(path.parent), gguf_file=path.name, local_files_only=True
        )
        _save_tokenizer(tokenizer, folder)


@contextlib.contextmanager
def _reading(checkpoint: Checkpoint, folder: Path) -> Iterator[None]:
    try:
        yield
    except HeadstartError:
        raise
    except Exception as error:
        # the tokenizers library raises nothing more exact than Exception itself
        if not isinstance(error, _UNREADABLE) and type(error) is not Exception:
            raise
        name = Path(checkpoint.path).name
        why = reason(error).replace(f"{folder / _SOURCE}{os.sep}", "")
        raise CheckpointBroken(
            f"{name} ({checkpoint.architecture}) cannot be made dense: {why}",
            hint="use the model's safetensors folder, or another quantisation",
        ) from error


@contextlib.contextmanager
def _alone(checkpoint: Checkpoint, folder: Path) -> Iterator[Path]:
    """The file in a folder of its own: transformers takes a tokenizer beside it for the file's."""
    path, room = Path(checkpoint.path), folder / _SOURCE
    with writing():
        room.mkdir()
    link = room / path.name
    try:
        link.symlink_to(path.absolute())
    except OSError:  # Windows grants links to few users
        link = path
    try:
        yield link
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _save_config(model: PreTrainedModel, folder: Path) -> None:
    """What `save_pretrained` writes beside the weights."""
    model.config.dtype = "bfloat16"
    model.config.architectures = [type(model).__name__]
    with writing():
        model.config.save_pretrained(folder)
        if model.can_generate():
            model.generation_config.save_pretrained(folder)


def _save_whole(path: Path, folder: Path) -> None:
    """Load the whole model as transformers does, and save it; takes several times its size."""
    with contextlib.redirect_stderr(io.StringIO()):  # transformers' own progress bar
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            str(path.parent),
            gguf_file=path.name,
            dtype=torch.bfloat16,
            quantization_config=GgufConfig(dequantize=True),
            local_files_only=True,
            output_loading_info=True,
        )
    model, report = loaded
    require_weights(report["missing_keys"])
    with writing():
        model.save_pretrained(folder)


def _save_tokenizer(tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Save it so that it loads as it was saved: quickly, and without being built anew.

    A class of its own, such as GemmaTokenizer, reads `tokenizer.json` twice as Python objects and
    builds another tokenizer out of them: 2 seconds and 300 MB for 262,000 tokens.
    """
    with writing():
        tokenizer.save_pretrained(folder)
        if not isinstance(tokenizer, TokenizersBackend):
            return
        path = folder / "tokenizer_config.json"
        settings = json.loads(path.read_bytes()) | {
            "tokenizer_class": TokenizersBackend.__name__,
            "model_input_names": tokenizer.model_input_names,
            "padding_side": tokenizer.padding_side,
            "added_tokens_decoder": {
                str(number): {field: getattr(token, field) for field in _TOKEN_FIELDS}
                for number, token in tokenizer.added_tokens_decoder.items()
            },
        }
        path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def _publish(scratch: Path, folder: Path) -> None:
    for file in scratch.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    try:
        scratch.rename(folder)
    except OSError:
        if not folder.exists():  # another process was quicker: its copy is as good
            raise
