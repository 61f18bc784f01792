"""Every experiment with every choice, run once and stored in the package."""

import os
from pathlib import Path

from headstart.domain.event import Event, OnEvent
from headstart.engine.device import pick_device
from headstart.errors import StoreError
from headstart.lesson.content import lesson
from headstart.lesson.experiments.cast import gather
from headstart.lesson.experiments.running import run
from headstart.lesson.finding import Finding
from headstart.lesson.recorded import FILE, write


def record(seed: int, on_event: OnEvent, path: Path = FILE) -> list[Finding]:
    """Run all experiments and store what was found, all or nothing.

    Args:
        seed: of every experiment.
        on_event: takes progress; what it raises stops the run, and nothing is stored.
        path: the package's own file unless another is named.

    Raises:
        CheckpointError: this installation lacks the built-in weights.
        StoreError: the file cannot be written, which is seen before anything runs.
    """
    _check_writable(path)
    cast = gather(pick_device("cpu"))
    wanted = [(each.id, choice) for each in lesson().experiments for choice in each.choice_ids]
    findings = []
    for done, (name, choice) in enumerate(wanted):

        def told(event: Event, label: str = f"{name} {choice}".strip(), at: int = done) -> None:
            message = f"{label}: {event.message}"
            on_event(Event(stage="lesson", message=message, done=at, total=len(wanted)))

        findings.append(run(name, cast, choice=choice, seed=seed, on_event=told))
    write(findings, path)
    return findings


def _check_writable(path: Path) -> None:
    place = path if path.exists() else path.parent
    if path.is_dir() or not os.access(place, os.W_OK):
        raise StoreError(f"{path} cannot be written", hint="pass --out FILE")
