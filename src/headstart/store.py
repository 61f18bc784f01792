"""The run folder: the only reader and writer of results.

    RUN/plan.json          what was pinned before the first trial
    RUN/trials/KEY.json    one finished trial each
    RUN/report.json        the source of every view
    RUN/report.md          the same for reading

Every file is written whole or not at all: to a scratch name, fsynced, then renamed. To
resume a run is to skip the trials that are there.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from headstart.domain.plan import Plan
from headstart.domain.trial import Trial, TrialSpec
from headstart.errors import StoreError

V = TypeVar("V", bound=BaseModel)
LOCK_TRIES = 5


class RunFolder:
    """One run's files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def plan_path(self) -> Path:
        """Where the plan lies."""
        return self.path / "plan.json"

    def prepare(self) -> None:
        """Create the folder and prove that it can be written.

        Raises:
            StoreError: it cannot.
        """
        try:
            (self.path / "trials").mkdir(parents=True, exist_ok=True)
            probe = self.path / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StoreError(
                f"cannot write the run folder {self.path}: {error.strerror}",
                hint="pass --out FOLDER with a folder that can be written",
            ) from error

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the folder for this process; a crash frees it.

        Raises:
            StoreError: another process holds it.
        """
        with (self.path / ".lock").open("w") as handle:
            if not _locked(handle.fileno()):
                raise StoreError(
                    f"another headstart is at work in {self.path}",
                    hint="wait for it, or pass --out with another folder",
                )
            yield

    def is_claimed(self) -> bool:
        """Whether a process is at work in the folder right now."""
        try:
            with (self.path / ".lock").open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def save_plan(self, plan: Plan) -> None:
        """Write `plan.json`."""
        self._write(self.plan_path, plan)

    def plan(self) -> Plan | None:
        """The stored plan, or None where there is none yet.

        Raises:
            StoreError: the file is not a plan of this version.
        """
        return read_value(self.plan_path, Plan) if self.plan_path.exists() else None

    def save_trial(self, trial: Trial) -> None:
        """Write one finished trial."""
        self._write(self._trial_path(trial.spec), trial)

    def holds(self, spec: TrialSpec) -> bool:
        """Whether a trial of this spec is stored, without reading it."""
        return self._trial_path(spec).exists()

    def trial(self, spec: TrialSpec) -> Trial | None:
        """The stored trial of this spec, or None."""
        return read_value(self._trial_path(spec), Trial) if self.holds(spec) else None

    def trials(self) -> list[Trial]:
        """Every stored trial, by file name.

        Raises:
            StoreError: one is not a trial of this version.
        """
        return [read_value(path, Trial) for path in sorted((self.path / "trials").glob("*.json"))]

    def save_text(self, name: str, text: str) -> Path:
        """Write `report.json` or a view of it; gives its path."""
        path = self.path / name
        self._replace(path, text.encode())
        return path

    def read_text(self, name: str) -> str:
        """Read `report.json` or a view of it.

        Raises:
            StoreError: it is not there.
        """
        path = self.path / name
        try:
            return path.read_bytes().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(
                f"{path} cannot be read",
                hint="pass a run folder that `headstart choose` has finished",
            ) from error

    def _trial_path(self, spec: TrialSpec) -> Path:
        return self.path / "trials" / f"{spec.key}.json"

    def _write(self, path: Path, value: BaseModel) -> None:
        self._replace(path, (value.model_dump_json(indent=1) + "\n").encode())

    def _replace(self, path: Path, content: bytes) -> None:
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with scratch.open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            scratch.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise StoreError(
                f"cannot write {path}: {error.strerror}",
                hint="free some space or pass --out; what was stored before is intact",
            ) from error


def _locked(handle: int) -> bool:
    """Take the lock; whoever only looks whether it is taken holds it for an instant."""
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def list_runs(root: Path) -> list[RunFolder]:
    """Run folders directly under `root`, by name."""
    if not root.is_dir():
        return []
    return [RunFolder(p.parent) for p in sorted(root.glob("*/plan.json"))]


def read_value(path: Path, kind: type[V]) -> V:
    """A value that a run folder holds as JSON.

    Raises:
        StoreError: unreadable, or not of this version.
    """
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StoreError(
            f"{path} is not a {kind.__name__.lower()} of this version of headstart",
            hint="pass --out with another folder, or delete this one",
        ) from error
