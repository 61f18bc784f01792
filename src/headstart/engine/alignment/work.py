"""The folder beside an unfinished checkpoint: what a stage needs to go on after it was killed.

    OUT.work/origin.json       what the stage started from; another origin is refused
    OUT.work/progress.json     when it began, and how long it has computed
    OUT.work/checkpoint-N/     the trainer's state after N steps; whole once `complete` is there

It is removed when the checkpoint is whole.
"""

import contextlib
import fcntl
import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from headstart.domain.lineage import Origin
from headstart.engine.alignment.saving import flush, write_atomically
from headstart.errors import CheckpointError, DataError, StoreError

COMPLETE = "complete"
PROGRESS = "progress.json"
_STATES = "checkpoint-*"


class WorkFolder:
    """One stage's unfinished work, held by this process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._resumed = time.monotonic()
        began = path / PROGRESS
        told = json.loads(began.read_text()) if began.is_file() else {}
        self.started: str = told.get("started", datetime.now(UTC).isoformat(timespec="seconds"))
        """When the stage was first begun, UTC."""
        self._before = float(told.get("seconds", 0.0))

    @property
    def seconds(self) -> float:
        """Time spent so far, over all resumptions up to the last stored state."""
        return self._before + time.monotonic() - self._resumed

    def last_state(self) -> Path | None:
        """The newest whole state; half-written ones are removed."""
        whole: list[Path] = []
        for folder in self.path.glob(_STATES):
            if (folder / COMPLETE).is_file():
                whole.append(folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)
        return max(whole, key=_step, default=None)

    def mark_whole(self, state: Path) -> None:
        """Call a state whole once all of it is on the disk."""
        flush(state)
        write_atomically(state / COMPLETE, b"")
        self.note_progress()

    def note_progress(self) -> None:
        """Store when the stage began and how long it has computed."""
        told = {"started": self.started, "seconds": self.seconds}
        write_atomically(self.path / PROGRESS, json.dumps(told).encode())

    def remove(self) -> None:
        """Drop the folder; the checkpoint is whole."""
        shutil.rmtree(self.path, ignore_errors=True)


def work_path(out: Path) -> Path:
    """Where the unfinished work of a checkpoint lies."""
    return out.with_name(f"{out.name}.work")


@contextlib.contextmanager
def claimed(out: Path, origin: Origin) -> Iterator[WorkFolder]:
    """Hold the work folder of `out` for this process; a crash frees it.

    Where the given data or checkpoint cannot be used and nothing was computed, the folder goes
    again, so that better data finds the place free.

    Raises:
        StoreError: another process holds it, it belongs to other settings, or it cannot be
            written.
    """
    path = work_path(out)
    try:
        path.mkdir(parents=True, exist_ok=True)
        handle = (path / ".lock").open("w")
    except OSError as error:
        raise StoreError(
            f"cannot write the work folder {path}: {error.strerror}",
            hint="pass --out with a folder that can be written",
        ) from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(
                f"another headstart is at work in {path}",
                hint="wait for it, or pass --out with another folder",
            ) from error
        _require_same(path, origin)
        try:
            yield WorkFolder(path)
        except (DataError, CheckpointError):
            if not (path / PROGRESS).exists():
                shutil.rmtree(path, ignore_errors=True)
            raise


def _require_same(path: Path, origin: Origin) -> None:
    told = path / "origin.json"
    if not told.is_file():
        write_atomically(told, (origin.model_dump_json(indent=1) + "\n").encode())
        return
    try:
        same = Origin.model_validate_json(told.read_bytes()).key == origin.key
    except ValueError:
        same = False
    if not same:
        raise StoreError(
            f"{path} holds unfinished work of other data, another parent or other settings",
            hint="repeat the command that began it, delete the folder, or pass another --out",
        )


def _step(state: Path) -> int:
    number = state.name.rpartition("-")[2]
    return int(number) if number.isdigit() else -1
