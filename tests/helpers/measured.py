"""Runs the program in a process of its own and says what it took."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PROGRAM = """
import atexit, pathlib, resource, sys
def peak():
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
told = pathlib.Path(sys.argv.pop(1))
atexit.register(lambda: told.write_text(str(peak())))
from headstart.cli.main import main
sys.argv[0] = "headstart"
main()
"""


@dataclass(frozen=True)
class Took:
    """What a run left behind and took."""

    code: int
    out: str
    err: str
    seconds: float
    """Of processor time: on a busy machine the clock on the wall says more about others."""
    megabytes: float
    """Peak resident memory since the program began: what a parent reads of a child counts the
    parent's own."""


def run_measured(room: Path, *words: str) -> Took:
    """Run `headstart WORDS`; `room` is a folder for the figure."""
    told = room / f"peak-{os.getpid()}"
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(told), *words],
        capture_output=True,
        text=True,
        check=False,
    )
    after = os.times()
    seconds = after.children_user - before.children_user
    seconds += after.children_system - before.children_system
    return Took(done.returncode, done.stdout, done.stderr, seconds, int(told.read_text()) / 1024)
