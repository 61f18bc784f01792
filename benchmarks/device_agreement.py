"""Whether a GPU gives what the processor gives, within the rounding of bfloat16.

    python benchmarks/device_agreement.py --model smollm2|gemma [--device cuda]

The same rows of banking77 on both, with the first weights drawn once: log-probabilities of the
right answers, picked labels, and the losses of training steps (LoRA rank 16, 8 rows a step).
The processor in float32 is the yardstick. Said for each of the processor in bfloat16, the device
in bfloat16 and the device in float32 is how far it lies from that, so that a device's own errors
cannot hide behind rounding: bfloat16 on the device must lie about as far off as bfloat16 on the
processor, and float32 closer by orders of magnitude.

The last line is JSON: `ours` is the device's mean distance in bfloat16 (nats a token), `peer` the
processor's.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from bench_choices import make_parser
from bench_data import examples, read_rows, recipe, sample
from bench_ours import run_ours
from bench_report import guarded, progress, result, table
from headstart.engine.device import Device, pick_device
from headstart.engine.labels import best_labels
from headstart.engine.load import Loaded, load
from headstart.engine.render import Rendered
from headstart.engine.score import likelihoods

ITEMS = 96
STEPS = 12
BATCH = 8
QUICK_ITEMS = 32
QUICK_STEPS = 6


@dataclass(frozen=True)
class Found:
    """What one device gives in one precision."""

    logprobs: list[float]
    """Of every token of every right answer, nats."""
    picks: list[int]
    losses: list[float]
    """Of each training step, nats a token."""


def main() -> int:
    """Measure what the arguments ask for; 0, or 2 with the reason on stderr."""
    options = make_parser(__doc__, data=True, device=True).parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    return guarded(lambda: run(options))


def run(options: argparse.Namespace) -> None:
    """All four; prints the table and the JSON line."""
    sides = [
        pick_device(kind, precision)
        for kind in ("cpu", options.device)
        for precision in ("float32", "bfloat16")
    ]
    found = [measured(options, device) for device in sides]
    yardstick = found[0]
    print(f"{options.model}, {options.data}: {sides[0].label} and {sides[2].label}")
    table(
        ["", "nats a token, mean", "largest", "picks alike", "losses, largest gap"],
        [
            [f"{side.kind}, {side.dtype_name}", *compared(yardstick, one)]
            for side, one in zip(sides, found, strict=True)
        ],
    )
    cpu, device = (statistics.fmean(gaps(yardstick.logprobs, found[i].logprobs)) for i in (1, 3))
    result(
        device,
        cpu,
        "mean distance from float32, nats a token",
        model=options.model,
        device=sides[2].label,
        float32=statistics.fmean(gaps(yardstick.logprobs, found[2].logprobs)),
        picks_alike=sum(map(int.__eq__, found[1].picks, found[3].picks)) / len(found[1].picks),
    )


def measured(options: argparse.Namespace, device: Device) -> Found:
    """Score and train on one device in one precision."""
    progress(f"{device.kind}, {device.dtype_name}")
    loaded = load(sample(options.model), device)
    items = QUICK_ITEMS if options.quick else ITEMS
    steps = QUICK_STEPS if options.quick else STEPS
    rows = partial(examples, loaded.tokenizer, sample(options.model), options.data)
    chosen = rows(options.data_folder, max(items, steps * BATCH))
    pairs = [apart(row) for row in chosen[:items]]
    found = likelihoods(loaded.model, pairs)
    labels = sorted({c for _, c in read_rows(options.data, options.data_folder)})[:100]
    tokens = [tuple(loaded.tokenizer.encode(c, add_special_tokens=False)) for c in labels]
    picks = best_labels(loaded.model, [p for p, _ in pairs], tokens)
    return Found(
        logprobs=[value for values in found for value in values],
        picks=[pick.label for pick in picks],
        losses=losses(loaded, chosen[: steps * BATCH]),
    )


def apart(row: Rendered) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A row's prompt and its answer."""
    first = row.trained.index(True)
    return row.ids[:first], row.ids[first:]


def losses(loaded: Loaded, rows: Sequence[Rendered]) -> list[float]:
    """Of training steps from first weights that a processor draws, alike everywhere."""
    return list(run_ours(loaded, rows, recipe(BATCH)).losses)


def compared(yardstick: Found, one: Found) -> list[str]:
    """Cells of the table."""
    apart = gaps(yardstick.logprobs, one.logprobs)
    alike = sum(map(int.__eq__, yardstick.picks, one.picks))
    return [
        f"{statistics.fmean(apart):.2e}",
        f"{max(apart):.2e}",
        f"{alike} of {len(one.picks)}",
        f"{max(gaps(yardstick.losses, one.losses)):.2e}",
    ]


def gaps(a: Sequence[float], b: Sequence[float]) -> list[float]:
    """Absolute differences, one by one."""
    return [abs(x - y) for x, y in zip(a, b, strict=True)]


if __name__ == "__main__":
    sys.exit(main())
