"""Peak memory of one trial's training: headstart and TRL's SFTTrainer, side by side.

    python benchmarks/memory.py --model smollm2|gemma --data banking77|restaurant8k|gsm8k

Unit: MiB of the largest resident set (ru_maxrss) of a fresh process, or of the most that torch
held on the GPU where one computes (`--device`); the process loads the checkpoint
and takes four optimiser steps of 16 examples, LoRA rank 16 on all linear layers. Both sides
train on the same rows in the same order. Ours runs in the precision headstart picks for this
device, the peer in the setting that train_speed.py found fastest (`FASTEST`; `--peer` names
another of `bench_sft.SETTINGS`, or a variant of one). Three processes per side, turn by turn;
medians. The peak once libraries and weights are loaded is shown as well: what lies above it is
training's own.

`--quick` takes one step instead of four.

Limits: resident memory includes libraries, and files that are mapped.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench_choices import make_parser
from bench_report import guarded, progress, result, spread, table
from headstart.errors import HeadstartError

SIDE = Path(__file__).with_name("bench_memory_side.py")
FASTEST = "bfloat16 weights, autocast, no padding"
"""As train_speed.py finds on a processor that multiplies bfloat16."""
REPETITIONS = 3
STEPS = 4
QUICK_STEPS = 1


class SideFailed(HeadstartError):
    """A process of one side ended without a figure."""

    def __init__(self, stderr: str) -> None:
        lines = stderr.strip().splitlines() or ["a process ended without a word"]
        errors = [x.removeprefix("error: ") for x in lines if x.startswith("error: ")]
        hints = [x.removeprefix("hint: ") for x in lines if x.startswith("hint: ")]
        super().__init__(
            (errors or lines)[-1], hint=(hints or [f"run {SIDE.name} by itself to see more"])[-1]
        )


def main() -> int:
    """Measure what the arguments ask for; 0, or 2 with the reason on stderr."""
    parser = make_parser(__doc__, device=True)
    parser.add_argument("--peer", default=FASTEST, help=f"the peer's precision; default: {FASTEST}")
    options = parser.parse_args()
    return guarded(lambda: run(options))


def run(options: argparse.Namespace) -> None:
    """Three processes per side; prints the table and the JSON line."""
    found: dict[str, list[dict[str, Any]]] = {"ours": [], options.peer: []}
    for number in range(REPETITIONS):
        for side in found:
            progress(f"repetition {number + 1} of {REPETITIONS}: {side}")
            found[side].append(one_side(side, options))
    peaks = {side: [x["peak"] for x in every] for side, every in found.items()}
    loaded = {side: [x["loaded"] for x in every] for side, every in found.items()}
    print("peak memory in MiB, median (lowest to highest)")
    names = {"ours": "headstart", options.peer: f"SFTTrainer, {options.peer}"}
    table(
        ["side", "loaded", "trained"],
        [[names[s], spread(loaded[s], 0), spread(peaks[s], 0)] for s in found],
    )
    ours, peer = (statistics.median(peaks[s]) for s in found)
    result(
        ours,
        peer,
        "MiB",
        model=options.model,
        data=options.data,
        threads=found["ours"][0]["threads"],
        precision_peer=options.peer,
        loaded_ours=statistics.median(loaded["ours"]),
        loaded_peer=statistics.median(loaded[options.peer]),
        steps=QUICK_STEPS if options.quick else STEPS,
    )


def one_side(side: str, options: argparse.Namespace) -> dict[str, Any]:
    """What the side's process measured.

    This process stays small: the resident set that a child begins with is its parent's.
    """
    steps = QUICK_STEPS if options.quick else STEPS
    done = subprocess.run(
        [
            sys.executable,
            str(SIDE),
            side,
            options.model,
            options.data,
            str(options.data_folder),
            str(steps),
            str(options.threads),
            options.device,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not done.stdout:
        raise SideFailed(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
