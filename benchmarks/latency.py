"""What one waits for at the terminal: help, beside that of TRL's command, and a verdict.

    python benchmarks/latency.py

Unit: seconds of a process of its own from start to end, medians of five, the two sides in turn;
for the verdict seconds of judging three starts on 1,000 test items in this process. The last line
is JSON on help.
"""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench_report import guarded, result, spread, table
from headstart.errors import RequestError
from headstart.judge.calibration import World, experiment
from headstart.judge.judge import judge

REPETITIONS = 5


def seconds(work: Callable[[], object]) -> float:
    """Of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def help_of(command: str) -> Callable[[], object]:
    """Runs `COMMAND --help` of this environment.

    Raises:
        RequestError: it is not installed.
    """
    found = shutil.which(command, path=str(Path(sys.executable).parent))
    if found is None:
        raise RequestError(f"{command} is not installed", hint="pip install -e '.[dev]'")
    return lambda: subprocess.run([found, "--help"], capture_output=True, check=True)


def measure() -> None:
    """Print the table and the JSON line."""
    ours, peer = help_of("headstart"), help_of("trl")
    pairs = [(seconds(ours), seconds(peer)) for _ in range(REPETITIONS)]
    curves = experiment(replace(World(), starts=3, items=1000), np.random.default_rng(0))[0]

    def verdict() -> object:
        return judge(curves, (), groups=None, margin=0.01, higher_is_better=True, default="s0")

    verdicts = [seconds(verdict) for _ in range(REPETITIONS)]
    rows = {
        "headstart --help": [a for a, _ in pairs],
        "trl --help": [b for _, b in pairs],
        "a verdict on three starts": verdicts,
    }
    table(["waiting for", "seconds"], [[name, spread(taken, 3)] for name, taken in rows.items()])
    medians = [statistics.median(side) for side in zip(*pairs, strict=True)]
    result(medians[0], medians[1], "seconds of --help", verdict=statistics.median(verdicts))


if __name__ == "__main__":
    sys.exit(guarded(measure))
