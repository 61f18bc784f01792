"""`headstart forge` in processes that are killed by the system at a moment of the test's choice.

Processes are forked from one that has imported the libraries already, so that a kill falls into
the work and not into seconds of importing.
"""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Sequence
from pathlib import Path

from headstart.cli.forge import forge

_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(
    [
        "headstart.cli.forge",
        "headstart.forge.stages",
        "headstart.engine.pretrain",
        "headstart.engine.alignment.sft",
        "headstart.engine.alignment.dpo",
        "headstart.engine.alignment.reward",
        "headstart.engine.alignment.rl",
    ]
)


def forge_for(words: Sequence[str], folder: Path, seconds: float) -> int | None:
    """Run `headstart forge WORDS` in `folder` for so long at most, then kill it.

    Returns:
        Its exit code: 0 where it ended in time, -9 where it was killed.
    """
    process = _FORK.Process(target=_forge, args=(list(words), str(folder)))
    process.start()
    process.join(seconds)
    process.kill()
    process.join()
    return process.exitcode


def seconds_of(words: Sequence[str], folder: Path) -> float:
    """How long the whole command takes."""
    forge_for(["--help"], folder, 120)  # the libraries are imported now
    began = time.monotonic()
    code = forge_for(words, folder, 600)
    assert code == 0, f"headstart forge {' '.join(words)} ended with {code}"
    return time.monotonic() - began


def _forge(words: list[str], folder: str) -> None:
    os.chdir(folder)
    with (
        Path("told.txt").open("a") as told,
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(told),
    ):
        forge(words)
