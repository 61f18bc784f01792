"""`[name=]source` as the user types it, and names that tell checkpoints apart."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from headstart.builtin import PREFIX, builtin_checkpoint, is_builtin
from headstart.domain.value import Value
from headstart.errors import RequestError

PATH_SUFFIXES = frozenset(
    {".gguf", ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".json"}
)
_NAMED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)=(.*)", re.DOTALL)
_HUB_ID = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9_][\w.-]*)(?:@([\w][\w./-]*))?", re.ASCII)


class Ref(Value):
    """A reference taken apart; nothing is looked up yet."""

    name: str | None
    """The name the user gave, or None."""
    source: str
    """Path, hub id or built-in name, as typed."""


def parse(ref: str) -> Ref:
    """Split `[name=]source`; an existing path that contains `=` stays whole.

    Raises:
        RequestError: the source is empty.
    """
    text = ref.strip()
    match = None if exists(text) else _NAMED.fullmatch(text)
    found = Ref(name=match[1], source=match[2].strip()) if match else Ref(name=None, source=text)
    if found.source:
        return found
    raise RequestError(
        f"the checkpoint {ref!r} names no source", hint="write it as PATH or as NAME=PATH"
    )


def local_path(source: str) -> Path:
    """Give the absolute path a source would have, `~` expanded, links kept."""
    return Path(os.path.abspath(os.path.expanduser(source)))


def absolute(source: str) -> str:
    """Files by their full path, so that a run can be resumed from anywhere; hub ids as typed."""
    path = Path(source).expanduser()
    return str(path.absolute()) if path.exists() else source


def absolute_ref(ref: str) -> str:
    """The same for `[name=]source`.

    Raises:
        RequestError: the source is empty.
    """
    found = parse(ref)
    source = absolute(found.source)
    return f"{found.name}={source}" if found.name else source


def exists(source: str) -> bool:
    """Tell whether something lies at that path; False where the path cannot even be asked for."""
    return os.path.exists(os.path.expanduser(source))


def on_disk(source: str) -> Path | None:
    """The absolute path of what exists, or of what ships with the package; None for neither.

    Raises:
        CheckpointMissing: a built-in name that names no checkpoint, or one without its weights.
    """
    if exists(source):
        return local_path(source)
    return builtin_checkpoint(source.removeprefix(PREFIX)) if is_builtin(source) else None


def hub_id(source: str) -> tuple[str, str | None] | None:
    """Split `org/name[@revision]`, or give None where the source looks like a path."""
    if source.startswith((".", "/", "~")) or Path(source).suffix.lower() in PATH_SUFFIXES:
        return None
    match = _HUB_ID.fullmatch(source)
    return (match[1], match[2]) if match else None


def default_name(source: str) -> str:
    """Name a checkpoint after its folder, file stem, hub or built-in name, in `[A-Za-z0-9._-]`."""
    if is_builtin(source) and not exists(source):
        source = source.removeprefix(PREFIX)
    hub = None if exists(source) else hub_id(source)
    path = local_path(source)
    is_file = path.is_file() or path.suffix.lower() in PATH_SUFFIXES
    stem = hub[0].rpartition("/")[2] if hub else path.stem if is_file else path.name
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.") or "checkpoint"


def unique_names(refs: Sequence[Ref]) -> tuple[str, ...]:
    """Name every reference; clashing default names get `-2`, `-3`.

    Raises:
        RequestError: one name was given twice.
    """
    given = [ref.name for ref in refs if ref.name]
    repeated = sorted({name for name in given if given.count(name) > 1})
    if repeated:
        raise RequestError(
            f"the name {repeated[0]!r} is given to {given.count(repeated[0])} checkpoints",
            hint="give every checkpoint a name of its own",
        )
    taken, names = set(given), []
    for ref in refs:
        name = ref.name or _free(default_name(ref.source), taken)
        taken.add(name)
        names.append(name)
    return tuple(names)


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    return free
