"""A checkpoint opened for inspection: small files and headers, however incomplete it is.

`resolve` demands a whole model and hashes it; a person who inspects wants to know what is there.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from headstart.checkpoints import adapter, refs
from headstart.checkpoints.declared import Declared
from headstart.checkpoints.declared_files import declare
from headstart.checkpoints.declared_gguf import declare_gguf
from headstart.checkpoints.directory import is_model_folder
from headstart.checkpoints.gguf_header import MAGIC, read_gguf
from headstart.checkpoints.hub import locate_small
from headstart.checkpoints.resolve import resolve
from headstart.checkpoints.small_files import read_small_files
from headstart.checkpoints.weights import Weights, folder_weights, gguf_weights
from headstart.domain.checkpoint import Form
from headstart.domain.value import NotMeasured
from headstart.errors import CheckpointBroken, CheckpointError, CheckpointUnsafe


@dataclass(frozen=True)
class Opened:
    """What inspection reads from."""

    source: str
    """What the user typed, without a name."""
    name: str
    """The name given, or one made from the source."""
    form: Form
    """directory, hub, gguf or adapter."""
    path: Path
    """The folder or file on this machine."""
    declared: Declared
    """What the small files say."""
    weights: Weights | NotMeasured
    """Tensor headers, or why there are none."""
    pickled: bool = False
    """Whether the weights are pickle, which is never opened."""


def open_checkpoint(ref: str) -> Opened:
    """Open `[name=]source` without hashing or loading anything.

    A folder without weights or tokenizer is opened all the same. Of a hub id that is not in the
    cache, only small files are fetched.

    Raises:
        RequestError: the source is empty.
        CheckpointMissing: it looks like a path and nothing is there, or no built-in checkpoint
            has that name.
        CheckpointBroken: a file is damaged, or nothing of a model is there.
        HubUnreachable: a hub id neither cached nor reachable.
    """
    parsed = refs.parse(ref)
    source = parsed.source
    name = parsed.name or refs.default_name(source)
    hub, path = refs.hub_id(source), refs.on_disk(source)
    if path is not None:
        found = _at(path)
    elif hub is not None:
        found = replace(_at(locate_small(*hub)), form=Form.HUB)
    else:
        resolve(source)  # says what is near
        raise CheckpointBroken(f"{source} cannot be opened", hint="check the path")
    return replace(found, source=source, name=name)


def _at(path: Path) -> Opened:
    try:
        return _folder(path) if path.is_dir() else _file(path)
    except OSError as error:
        raise CheckpointBroken(
            f"{error.filename or path}: cannot be read ({error.strerror or error})",
            hint="check the file's permissions and the disk",
        ) from error


def _file(path: Path) -> Opened:
    if not path.is_file():
        resolve(str(path))  # says that it is neither file nor folder
    with path.open("rb") as file:
        start = file.read(4)
    if start != MAGIC and path.suffix.lower() != ".gguf":
        resolve(str(path))  # says what the file is
    header = read_gguf(path)
    declared = declare_gguf(path, header)
    return Opened("", "", Form.GGUF, path, declared, gguf_weights(path, header))


def _folder(path: Path) -> Opened:
    if (path / adapter.CONFIG).is_file():
        return _adapter(path)
    files = read_small_files(path)
    known = files.objects or files.templates or is_model_folder(path)
    if not known:
        resolve(str(path))  # says what is there instead
    try:
        weights: Weights | NotMeasured = folder_weights(path)
    except CheckpointUnsafe as error:
        why = NotMeasured(why=error.fact)
        return Opened("", "", Form.DIRECTORY, path, declare(files), why, pickled=True)
    except CheckpointBroken as error:
        if any(path.glob("*.safetensors")):
            raise
        weights = NotMeasured(why=error.fact)
    return Opened("", "", Form.DIRECTORY, path, declare(files), weights)


def _adapter(path: Path) -> Opened:
    """An adapter's own tokenizer and template where it brings them, and its parent's facts."""
    own = declare(read_small_files(path))
    source = adapter.parent_source(path)
    if ((refs.on_disk(source) or refs.local_path(source)) / adapter.CONFIG).is_file():
        why = NotMeasured(why="the adapter's parent is an adapter itself")
        return Opened("", "", Form.ADAPTER, path, own, why)
    try:
        parent = open_checkpoint(source)
    except CheckpointError as error:
        why = NotMeasured(why=f"the adapter's parent was not opened: {error.fact}")
        return Opened("", "", Form.ADAPTER, path, own, why)
    base = parent.declared
    brings = own.vocabulary.size is not None or bool(own.vocabulary.added)
    declared = replace(
        base,
        templates=own.templates or base.templates,
        vocabulary=own.vocabulary if brings else base.vocabulary,
        stops=(*own.stops, *(one for one in base.stops if not _named(own, one.source))),
        card=replace(own.card, base_models=own.card.base_models or (source,), relation="adapter"),
    )
    return Opened("", "", Form.ADAPTER, path, declared, parent.weights, parent.pickled)


def _named(own: Declared, source: str) -> bool:
    return any(stop.source == source for stop in own.stops)
