"""A forged checkpoint on disk: whole or absent, never half.

It is written into a scratch folder beside its place, `lineage.json` last, every file is
fsynced, and the folder is renamed. A folder without `lineage.json` is not a forged checkpoint.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError

from headstart.domain.lineage import Lineage, Origin
from headstart.errors import CheckpointBroken, RequestError, StoreError, first_line

MARK = "lineage.json"
NO_SPACE = 2**20
"""Fewer free bytes than this are none."""
LIBRARIES = ("headstart", "torch", "transformers", "tokenizers", "trl", "peft")


def read_lineage(folder: Path) -> Lineage | None:
    """The manifest of a forged checkpoint; None where the folder is none or is not whole.

    Raises:
        CheckpointBroken: the manifest is there and is not one of this version.
    """
    path = folder / MARK
    if not path.is_file():
        return None
    try:
        return Lineage.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise CheckpointBroken(
            f"{path} is not a lineage of this version of headstart",
            hint="forge the checkpoint again, to another folder",
        ) from error


def finished(out: Path, origin: Origin) -> Lineage | None:
    """The lineage at `out` if a stage of this very origin ended there; None if `out` is free.

    Raises:
        RequestError: something else is there.
    """
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    lineage = read_lineage(out) if out.is_dir() else None
    if lineage is None:
        raise RequestError(f"{out} exists, and is no forged checkpoint", hint="pass another --out")
    if lineage.key != origin.key:
        raise RequestError(
            f"{out} holds a checkpoint of another {lineage.stage} (other data, parent or settings)",
            hint="pass another --out, or delete the folder",
        )
    return lineage


def library_versions() -> dict[str, str]:
    """The versions of what computes a stage."""
    found = {}
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            found[name] = version(name)
    return found


@contextlib.contextmanager
def new_checkpoint(out: Path) -> Iterator[Path]:
    """A scratch folder that becomes `out` when the block ends without an error.

    The block writes the checkpoint, and `write_lineage` last. After an error nothing is left.

    Raises:
        StoreError: the place cannot be written.
    """
    scratch = out.with_name(f".{out.name}.making-{os.getpid()}")
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        scratch.mkdir()
    try:
        yield scratch
        assert (scratch / MARK).is_file(), "the lineage is written last"
        with writing(out):
            flush(scratch)
            if out.is_dir():
                out.rmdir()
            scratch.rename(out)
            _flush_path(out.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def write_lineage(folder: Path, lineage: Lineage) -> None:
    """Mark a scratch folder as whole.

    Raises:
        StoreError: it cannot be written.
    """
    with writing(folder):
        flush(folder)
        write_atomically(folder / MARK, (lineage.model_dump_json(indent=1) + "\n").encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with scratch.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    scratch.replace(path)
    _flush_path(path.parent)


def flush(folder: Path) -> None:
    """Have every file of a folder, and the folder itself, on the disk."""
    for path in sorted(folder.rglob("*")):
        _flush_path(path)
    _flush_path(folder)


def _flush_path(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(out: Path) -> None:
    """Remove what a killed process left; the work folder's lock keeps living ones away."""
    for scratch in out.parent.glob(f".{out.name}.making-*"):
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def writing(place: Path) -> Iterator[None]:
    """Around writes to `place`: what the system refuses is told as an error of ours.

    Raises:
        StoreError: the disk is full, or the place cannot be written.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        # torch and safetensors hide a full disk in errors of their own
        full = shutil.disk_usage(place if place.exists() else place.parent).free < NO_SPACE
        if not full and not isinstance(error, OSError):
            raise
        raise StoreError(
            f"cannot write {place}: {getattr(error, 'strerror', None) or first_line(error)}",
            hint="free some space, or pass --out with another folder",
        ) from error
