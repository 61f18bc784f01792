"""A Hugging Face folder: config, safetensors weights and tokenizer, checked but not loaded."""

from collections.abc import Sequence
from pathlib import Path

from headstart.checkpoints.contents import Contents
from headstart.checkpoints.files import broken, read_object
from headstart.checkpoints.fingerprint import combined, weights_digest
from headstart.checkpoints.safetensors_header import SafetensorsHeader, read_header
from headstart.checkpoints.vocabulary import (
    TEMPLATE_FILES,
    TOKENIZER_FILES,
    directory_template,
    directory_vocabulary,
    has_vocabulary,
    small_file_digest,
)
from headstart.errors import CheckpointBroken, CheckpointUnsafe

PICKLE_SUFFIXES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"})
TO_SAFETENSORS = (
    "loading pickle can run code; if you trust it, convert it to safetensors once: load it"
    " with transformers' from_pretrained and write it with model.save_pretrained(folder)"
)
_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_TRAINING_LEFTOVERS = ("training_args", "optimizer", "scheduler", "scaler", "rng_state")


def read_directory(folder: Path) -> Contents:
    """Check a model folder: config, every shard's header, tokenizer.

    Raises:
        CheckpointUnsafe: the weights are pickle only.
        CheckpointBroken: a file is missing, truncated or inconsistent.
    """
    architecture = _architecture(folder)
    shards = [(path, read_header(path)) for path in weight_files(folder)]
    _check_index(folder, shards)
    tokenizer = directory_vocabulary(folder)
    parts = small_digests(folder, ("config.json", "generation_config.json", *TOKENIZER_FILES))
    weights = weights_digest([(path, header.data_start) for path, header in shards])
    return Contents(
        fingerprint=combined(parts | {"weights": weights}),
        architecture=architecture,
        tokenizer_fingerprint=tokenizer,
        chat_template=directory_template(folder),
        weights_bytes=sum(header.file_bytes for _, header in shards),
    )


def small_digests(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Fingerprint those of the named files, and of the template files, that are there."""
    found = (folder / name for name in (*names, *TEMPLATE_FILES))
    return {path.name: small_file_digest(path) for path in found if path.is_file()}


def weight_files(folder: Path) -> list[Path]:
    """Name the safetensors files that make up the model, as transformers would choose them.

    Raises:
        CheckpointUnsafe: there is pickle only.
        CheckpointBroken: no weights, or a shard that the index names is missing.
    """
    if (folder / _SINGLE).is_file():
        return [folder / _SINGLE]
    if (folder / _INDEX).is_file():
        return _shards(folder)
    stray = sorted(path.name for path in folder.glob("*.safetensors"))
    if stray:
        raise CheckpointBroken(
            f"{folder}: holds {stray[0]} ({len(stray)} such), but neither {_SINGLE} nor {_INDEX}",
            hint=f"name a single weight file {_SINGLE}; for shards, fetch {_INDEX} too",
        )
    refuse_pickle(folder)
    raise CheckpointBroken(
        f"{folder}: no weights (neither {_SINGLE} nor {_INDEX}); {listing(folder)}",
        hint="give the folder that save_pretrained wrote, or download the weights too",
    )


def refuse_pickle(folder: Path) -> None:
    """Refuse a folder whose weights are pickle.

    Raises:
        CheckpointUnsafe: the fact names the first such file.
    """
    pickles = sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix in PICKLE_SUFFIXES and not path.name.startswith(_TRAINING_LEFTOVERS)
    )
    if pickles:
        raise CheckpointUnsafe(
            f"{folder}: weights only as pickle ({pickles[0]}, {len(pickles)} such), no safetensors",
            hint=TO_SAFETENSORS,
        )


def listing(folder: Path, shown: int = 6) -> str:
    """Say in one clause what a folder holds."""
    names = sorted(path.name + "/" * path.is_dir() for path in folder.iterdir())
    if not names:
        return "the folder is empty"
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return f"it holds {', '.join(names[:shown])}{more}"


def is_model_folder(folder: Path) -> bool:
    """Tell whether a folder looks like a model at all, broken or not."""
    marks = ("config.json", _SINGLE, _INDEX)
    return any((folder / name).is_file() for name in marks) or has_vocabulary(folder)


def _architecture(folder: Path) -> str:
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointBroken(
            f"{folder}: no config.json; {listing(folder)}",
            hint="copy config.json of the original model into the folder",
        )
    config = read_object(path)
    named = config.get("architectures")
    first = named[0] if isinstance(named, list) and named else config.get("model_type")
    if isinstance(first, str) and first:
        return first
    raise broken(
        path,
        "names neither `architectures` nor `model_type`",
        hint="take config.json of the original model",
    )


def _shards(folder: Path) -> list[Path]:
    index = folder / _INDEX
    names = sorted(set(_weight_map(index).values()))
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise broken(index, f"names {name[:80]!r}, no safetensors file of this folder")
        if not (folder / name).is_file():
            raise CheckpointBroken(
                f"{folder}: shard {name} is missing ({len(names)} are named by {_INDEX})",
                hint="download or copy the missing shard",
            )
    return [folder / name for name in names]


def _weight_map(index: Path) -> dict[str, str]:
    found = read_object(index).get("weight_map")
    if isinstance(found, dict) and found and all(isinstance(v, str) for v in found.values()):
        return found
    raise broken(index, "`weight_map` is no table from tensors to files")


def _check_index(folder: Path, shards: Sequence[tuple[Path, SafetensorsHeader]]) -> None:
    if not any(header.tensors for _, header in shards):
        raise broken(shards[0][0], "holds no tensors", hint="save the model again with its weights")
    if shards[0][0].name == _SINGLE:
        return
    held = {path.name: {tensor.name for tensor in header.tensors} for path, header in shards}
    for tensor, name in _weight_map(folder / _INDEX).items():
        if tensor not in held[name]:
            raise broken(folder / name, f"lacks tensor {tensor[:80]!r} that {_INDEX} puts there")
