"""A PEFT adapter folder: small weights that change a parent checkpoint."""

from pathlib import Path
from typing import Any

from headstart.checkpoints.contents import Contents
from headstart.checkpoints.directory import listing, refuse_pickle, small_digests
from headstart.checkpoints.files import broken, read_object
from headstart.checkpoints.fingerprint import combined, weights_digest
from headstart.checkpoints.refs import exists, hub_id
from headstart.checkpoints.safetensors_header import read_header
from headstart.checkpoints.vocabulary import (
    TOKENIZER_FILES,
    directory_template,
    directory_vocabulary,
    has_vocabulary,
)
from headstart.domain.checkpoint import Checkpoint
from headstart.errors import CheckpointBroken

CONFIG = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"
_PARENT_KEYS = frozenset({"base_model_name_or_path", "revision"})


def parent_source(folder: Path) -> str:
    """Read from an adapter's config what it changes: a path or a hub id.

    A relative path counts from the adapter's folder if it exists there, else
    from the working directory. A hub id keeps the revision the config pins.

    Raises:
        CheckpointBroken: the config names no parent.
    """
    config = _config(folder)
    named, revision = config.get("base_model_name_or_path"), config.get("revision")
    if not isinstance(named, str) or not named.strip():
        raise broken(
            folder / CONFIG,
            "names no `base_model_name_or_path`",
            hint="write there the path or hub id of the model the adapter was trained on",
        )
    beside = str(folder / named)
    if exists(beside):
        return beside
    pinned = isinstance(revision, str) and revision and not exists(named) and hub_id(named)
    return f"{named}@{revision}" if pinned else named


def read_adapter(folder: Path, parent: Checkpoint) -> Contents:
    """Check an adapter's weights and fold them with the parent's facts.

    Tokenizer and template are the adapter's own where it brings them, else the
    parent's. `weights_bytes` counts both, since both must be loaded.

    Raises:
        CheckpointUnsafe: the adapter's weights are pickle.
        CheckpointBroken: they are missing or damaged.
    """
    weights = folder / _WEIGHTS
    if not weights.is_file():
        refuse_pickle(folder)
        raise CheckpointBroken(
            f"{folder}: has {CONFIG} but no {_WEIGHTS}; {listing(folder)}",
            hint="save the adapter again with save_pretrained, or copy the missing file",
        )
    header = read_header(weights)
    config = {key: value for key, value in _config(folder).items() if key not in _PARENT_KEYS}
    own = {
        "adapter": combined({key: repr(value) for key, value in config.items()}),
        "weights": weights_digest([(weights, header.data_start)]),
        "parent": parent.fingerprint,
    }
    vocabulary = directory_vocabulary(folder) if has_vocabulary(folder) else None
    return Contents(
        fingerprint=combined(small_digests(folder, TOKENIZER_FILES) | own),
        architecture=parent.architecture,
        tokenizer_fingerprint=vocabulary or parent.tokenizer_fingerprint,
        chat_template=directory_template(folder) or parent.chat_template,
        weights_bytes=header.file_bytes + parent.weights_bytes,
        parent=parent.path,
    )


def _config(folder: Path) -> dict[str, Any]:
    return read_object(folder / CONFIG)
