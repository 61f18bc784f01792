"""From what the user typed to a checkpoint that exists, is whole and is safe to read."""

import difflib
import os
from collections.abc import Sequence
from pathlib import Path

from headstart.checkpoints import adapter, refs
from headstart.checkpoints.contents import Contents
from headstart.checkpoints.directory import (
    PICKLE_SUFFIXES,
    TO_SAFETENSORS,
    is_model_folder,
    listing,
    read_directory,
    refuse_pickle,
)
from headstart.checkpoints.files import COPY_AGAIN, broken
from headstart.checkpoints.gguf_file import read_gguf_file
from headstart.checkpoints.gguf_header import MAGIC
from headstart.checkpoints.hub import locate
from headstart.domain.checkpoint import Checkpoint, Form
from headstart.errors import (
    CheckpointBroken,
    CheckpointError,
    CheckpointMissing,
    CheckpointUnsafe,
    HubUnreachable,
    RequestError,
)

_PICKLE_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


def resolve(ref: str) -> Checkpoint:
    """Find the checkpoint behind `[name=]source` and check it without loading it.

    A source is a Hugging Face folder, a GGUF file, a PEFT adapter folder, a hub id
    `org/name[@revision]`, or the name of a built-in checkpoint such as
    `builtin:base`; what exists on disk is always a path. Headers
    are validated and weights hashed, up to 2 GB in full (see `fingerprint`).
    Reading never executes code.

    Raises:
        RequestError: the source is empty.
        CheckpointMissing: it looks like a path and nothing is there, or no built-in
            checkpoint has that name.
        CheckpointUnsafe: the weights are pickle only.
        CheckpointBroken: a file is missing, truncated, inconsistent or no model.
        HubUnreachable: a hub id neither cached nor reachable, known within about
            ten seconds.
    """
    return resolve_all([ref])[0]


def resolve_all(references: Sequence[str]) -> tuple[Checkpoint, ...]:
    """Resolve one or more references and give every checkpoint a name of its own.

    Clashing default names get `-2`, `-3` in the order given.

    Raises:
        RequestError: no reference, or one name given twice. Else as `resolve`.
    """
    if not references:
        raise RequestError("no checkpoint is given", hint="give at least one, as NAME=PATH or PATH")
    parsed = [refs.parse(ref) for ref in references]
    names = refs.unique_names(parsed)
    return tuple(_find(ref.source, name) for ref, name in zip(parsed, names, strict=True))


def _find(source: str, name: str, *, of_adapter: bool = False) -> Checkpoint:
    path, commit, form = refs.on_disk(source), None, None
    if path is None:
        hub = refs.hub_id(source)
        if hub is None:
            raise _missing(source)
        path, commit, form = *_on_hub(*hub), Form.HUB
    try:
        found_form, contents = _read(path, of_adapter=of_adapter)
    except OSError as error:
        raise CheckpointBroken(
            f"{error.filename or path}: cannot be read ({error.strerror or error})",
            hint="check the file's permissions and the disk",
        ) from error
    return Checkpoint(
        name=name,
        source=source,
        form=found_form if contents.parent else form or found_form,
        path=str(path),
        revision=commit,
        **contents.model_dump(),
    )


def _on_hub(repo: str, revision: str | None) -> tuple[Path, str]:
    try:
        return locate(repo, revision)
    except HubUnreachable as error:
        raise HubUnreachable(f"{error.fact}; no such path here", hint=error.hint) from error


def _read(path: Path, *, of_adapter: bool) -> tuple[Form, Contents]:
    if path.is_file():
        return Form.GGUF, _read_file(path)
    if not path.is_dir():
        raise broken(
            path, "is neither a file nor a folder", hint="give a model folder or GGUF file"
        )
    if (path / adapter.CONFIG).is_file():
        if of_adapter:
            raise broken(
                path,
                "is an adapter, and an adapter's parent must be a whole model",
                hint="merge the lower adapter into its model first (merge_and_unload)",
            )
        return Form.ADAPTER, adapter.read_adapter(path, _parent(path))
    if is_model_folder(path):
        return Form.DIRECTORY, read_directory(path)
    raise _no_model(path)


def _read_file(path: Path) -> Contents:
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise broken(path, "the file is empty", hint=COPY_AGAIN)
    if start == MAGIC or path.suffix.lower() == ".gguf":
        return read_gguf_file(path)
    if path.suffix.lower() in PICKLE_SUFFIXES or start.startswith(_PICKLE_STARTS):
        raise CheckpointUnsafe(f"{path}: a pickle file", hint=TO_SAFETENSORS)
    raise broken(
        path,
        f"a file that begins with {start!r}, no GGUF",
        hint=f"give a GGUF file, or a whole model folder such as {path.parent}",
    )


def _parent(folder: Path) -> Checkpoint:
    source = adapter.parent_source(folder)
    try:
        return _find(source, "parent", of_adapter=True)
    except CheckpointError as error:
        hint = error.hint
        if isinstance(error, CheckpointMissing):
            hint = f"correct `base_model_name_or_path` in {folder / adapter.CONFIG}"
        raise type(error)(f"{folder}: the adapter's parent: {error.fact}", hint=hint) from error


def _no_model(folder: Path) -> CheckpointError:
    try:
        refuse_pickle(folder)
    except CheckpointUnsafe as error:
        return error
    inside = sorted(
        path for path in folder.iterdir() if path.suffix == ".gguf" or _is_model_below(path)
    )
    hint = "give the folder that holds config.json, or a GGUF file"
    return CheckpointBroken(
        f"{folder}: no model (neither config.json with safetensors nor {adapter.CONFIG});"
        f" {listing(folder)}",
        hint=f"did you mean {inside[0]}?" if inside else hint,
    )


def _is_model_below(path: Path) -> bool:
    return any((path / name).is_file() for name in ("config.json", adapter.CONFIG))


def _missing(source: str) -> CheckpointMissing:
    path = refs.local_path(source)
    folder = path.parent
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    wanted = path.relative_to(folder).parts[0]
    present = os.listdir(folder) if os.access(folder, os.R_OK) else []
    near = difflib.get_close_matches(wanted, present, n=1)
    hint = "check the spelling; a hub id is written org/name, a name comes first as NAME=PATH"
    return CheckpointMissing(
        f"{source}: nothing is there ({folder} has no {wanted!r})",
        hint=f"did you mean {folder / near[0]}?" if near else hint,
    )
