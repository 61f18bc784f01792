"""Training speed of headstart and of TRL's SFTTrainer, measured side by side in one run.

    python benchmarks/train_speed.py --model smollm2|gemma --data banking77|restaurant8k|gsm8k

Unit: examples per second of steady-state optimiser steps of 16 examples, LoRA rank 16 on all
linear layers, on a GPU where there is one (`--device`). Both sides train on the same token ids
with the same loss mask, in the same batches and order, from the same first weights, with the
same AdamW settings and learning rates, on the same number of threads, turn by turn in two
processes (see `bench_apart`). Loading, rendering and the
first step of each run are left out on both sides. Ours runs in the precision headstart picks for
this device; the peer in the fastest of several, tried first on a few steps (see
`bench_sft.SETTINGS`). The ratio is to the trainer as it comes. Where it is faster with
`padding_free` or plain attention switched on, it is timed that way too, and `ratio_switched` is
to that; TRL says of the former that it is supported with FlashAttention only.

A normal run makes three runs per side, turn by turn, each of one untimed and three timed steps
on rows of its own, and reports medians; then it compares the two loss curves over 30 steps in
float32. `--quick` makes one run per side with three single timed steps, passes over rows longer
than 160 tokens, does not try float32 for the peer, and leaves the curves out. On a GPU, where
our side records its passes while it goes, 24 steps of each run are untimed and 24 are timed, in
three blocks of eight. `--curves` compares the curves and nothing else, on the shortest rows, four
to a step.

The losses of a speed run differ a little between the sides, since bfloat16 rounds; that both
do the same sums shows in float32.
"""

import argparse
import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from bench_apart import Apart
from bench_choices import make_parser
from bench_data import MAX_TOKENS, Run, describe, examples, recipe, sample
from bench_ours import run_ours, start_weights
from bench_report import guarded, progress, result, spread, table
from bench_sft import FLOAT32, SETTINGS, Peer, Setting
from headstart.domain.checkpoint import Checkpoint
from headstart.engine.device import pick_device
from headstart.engine.load import Loaded, load
from headstart.engine.render import Rendered


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    runs: int
    """Training runs per side."""
    untimed: int
    """Steps at the beginning of each run that are left out."""
    blocks: int
    """Repetitions in each run."""
    steps: int
    """Timed steps in each repetition."""
    longest: int
    """Rows of more tokens are passed over."""
    settings: int
    """How many of the peer's precision settings are tried."""
    pick_batch: int
    """Examples in a step while they are tried."""
    pick_steps: int
    """Timed steps of each; the quickest counts, since a pause of the machine only slows."""

    @property
    def rows(self) -> int:
        """Examples of one run, its untimed steps included."""
        return BATCH * (self.untimed + self.blocks * self.steps)


NORMAL = Plan(
    runs=3,
    untimed=1,
    blocks=1,
    steps=3,
    longest=MAX_TOKENS,
    settings=5,
    pick_batch=16,
    pick_steps=2,
)
QUICK = Plan(
    runs=1, untimed=1, blocks=3, steps=1, longest=160, settings=4, pick_batch=16, pick_steps=1
)
BATCH = 16
WRONG_NATS = 0.1
"""A setting of the peer whose first loss lies this far from ours does not do the same sums."""
CURVE_STEPS = 30
CURVE_BATCH = 4
CURVE_ROWS = 240
"""The shortest of this many rows are taken."""
CURVE_TOLERANCE = 1e-3


def main() -> int:
    """Measure what the arguments ask for; 0, or 2 with the reason on stderr."""
    parser = make_parser(__doc__, device=True)
    parser.add_argument("--curves", action="store_true", help="only compare the loss curves")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    return guarded(lambda: run(options))


def run(options: argparse.Namespace) -> None:
    """The whole measurement; prints tables and the JSON line."""
    checkpoint = sample(options.model)
    about = {
        "model": options.model,
        "data": options.data,
        "threads": torch.get_num_threads(),
        "device": pick_device(options.device).label,
    }
    if options.curves:
        with Apart(Peer, checkpoint) as peer:
            difference, our_run, peer_run = curves(checkpoint, options, peer.it)
        result(
            statistics.fmean(our_run.losses),
            statistics.fmean(peer_run.losses),
            f"nats per trained token, mean loss of {CURVE_STEPS} float32 steps",
            **about,
            loss_difference=difference,
        )
        return
    plan = QUICK if options.quick else NORMAL
    if pick_device(options.device).kind == "cuda":
        plan = replace(plan, untimed=24, blocks=3, steps=8, pick_steps=3)
    with Apart(Peer, checkpoint) as peer:
        found = speed(checkpoint, options, plan, peer.it)
        if not options.quick:
            found["loss_difference"] = curves(checkpoint, options, peer.it)[0]
    result(found.pop("ours"), found.pop("peer"), "examples/s", **about, **found)


def speed(
    checkpoint: Checkpoint, options: argparse.Namespace, plan: Plan, peer: Peer
) -> dict[str, object]:
    """Pick the peer's setting, time both sides, print both tables; give the JSON's figures."""
    loaded = load(checkpoint, pick_device(options.device))
    count = plan.runs * plan.rows
    rows = examples(
        loaded.tokenizer, checkpoint, options.data, options.data_folder, count, plan.longest
    )
    threads = torch.get_num_threads()
    print(f"{options.model}, {options.data}, {loaded.device.label}, {threads} threads")
    print(f"{describe(rows)}\n")
    settings = fastest_settings(loaded, rows, plan, peer)
    ours, peers = time_all(loaded, rows, settings, plan, peer)
    timed = f"{plan.runs * plan.blocks} x {plan.steps} steps of {BATCH}"
    skip = plan.untimed
    print(f"examples per second, median (lowest to highest) of {timed}")
    table(
        ["side", "precision", "examples/s", "mean loss of these steps"],
        [
            [
                "headstart",
                loaded.device.dtype_name,
                spread(rates(ours, plan)),
                mean_loss(ours, skip),
            ],
            *(
                ["SFTTrainer", s.label, spread(rates(runs, plan)), mean_loss(runs, skip)]
                for s, runs in peers.items()
            ),
        ],
    )
    speeds = [statistics.median(rates(runs, plan)) for runs in (ours, *peers.values())]
    return {
        "ours": speeds[0],
        "peer": speeds[1],
        "precision_ours": loaded.device.dtype_name,
        "precision_peer": settings[0].label,
        "peer_switched": round(speeds[-1], 4),
        "ratio_switched": round(speeds[0] / speeds[-1], 4),
        "switched": settings[-1].label,
        "loss_ours": float(mean_loss(ours, skip)),
        "loss_peer": float(mean_loss(peers[settings[0]], skip)),
        "longest_row": plan.longest,
    }


def fastest_settings(
    loaded: Loaded, rows: Sequence[Rendered], plan: Plan, peer: Peer
) -> list[Setting]:
    """Time a few steps in every setting and print all.

    Gives the fastest right one of the trainer as it comes, and the fastest of all if that is
    another.

    Raises:
        RuntimeError: no setting gives a loss like ours.
    """
    small = recipe(plan.pick_batch)
    rows = rows[: (1 + plan.pick_steps) * plan.pick_batch]
    start = start_weights(loaded, small)
    wanted = run_ours(loaded, rows, small).losses[0]
    tried: dict[Setting, Run] = {}

    def attempt(setting: Setting) -> None:
        progress(f"trying SFTTrainer in {setting.label}")
        tried[setting] = peer.run(rows, small, setting, start, loaded.device)

    def best() -> Setting:
        right = [s for s, r in tried.items() if abs(r.losses[0] - wanted) < WRONG_NATS]
        if not right:
            raise RuntimeError(f"no setting of SFTTrainer gives our first loss, {wanted:.3f}")
        return min(right, key=lambda s: min(tried[s].seconds[1:]))

    for setting in SETTINGS[: plan.settings]:
        attempt(setting)
    as_it_comes = best()
    for setting in as_it_comes.variants[1:]:
        attempt(setting)
    print(
        f"SFTTrainer's settings, best of {plan.pick_steps} steps of {plan.pick_batch} examples "
        f"(our first loss: {wanted:.3f})"
    )
    table(
        ["setting", "examples/s", "first loss"],
        [
            [s.label, f"{plan.pick_batch / min(r.seconds[1:]):.2f}", f"{r.losses[0]:.3f}"]
            for s, r in tried.items()
        ],
    )
    return list(dict.fromkeys((as_it_comes, best())))


def time_all(
    loaded: Loaded,
    rows: Sequence[Rendered],
    settings: Sequence[Setting],
    plan: Plan,
    peer: Peer,
) -> tuple[list[Run], dict[Setting, list[Run]]]:
    """Runs of ours and of the peer in each setting, turn by turn, each turn on rows of its own."""
    wanted = recipe(BATCH)
    start = start_weights(loaded, wanted)
    ours: list[Run] = []
    peers: dict[Setting, list[Run]] = {setting: [] for setting in settings}
    for number in range(plan.runs):
        part = rows[number * plan.rows : (number + 1) * plan.rows]
        progress(f"run {number + 1} of {plan.runs}: headstart")
        ours.append(run_ours(loaded, part, wanted))
        for setting, runs in peers.items():
            progress(f"run {number + 1} of {plan.runs}: SFTTrainer in {setting.label}")
            runs.append(peer.run(part, wanted, setting, start, loaded.device))
    return ours, peers


def rates(runs: Sequence[Run], plan: Plan) -> list[float]:
    """Examples per second of each repetition; a run's first steps are not timed."""
    return [
        BATCH * plan.steps / sum(run.seconds[first : first + plan.steps])
        for run in runs
        for first in range(plan.untimed, len(run.seconds), plan.steps)
    ]


def mean_loss(runs: Sequence[Run], untimed: int) -> str:
    """Over the timed steps."""
    return f"{statistics.fmean(loss for run in runs for loss in run.losses[untimed:]):.4f}"


def curves(
    checkpoint: Checkpoint, options: argparse.Namespace, peer: Peer
) -> tuple[float, Run, Run]:
    """Both loss curves in float32; prints the largest difference, and gives it with the runs."""
    loaded = load(checkpoint, pick_device(options.device, "float32"))
    rows = examples(loaded.tokenizer, checkpoint, options.data, options.data_folder, CURVE_ROWS)
    short = sorted(rows, key=lambda r: len(r.ids))[: CURVE_STEPS * CURVE_BATCH]
    wanted = recipe(CURVE_BATCH)
    progress(f"{CURVE_STEPS} float32 steps: headstart")
    ours = run_ours(loaded, short, wanted)
    progress(f"{CURVE_STEPS} float32 steps: SFTTrainer")
    start = start_weights(loaded, wanted)
    theirs = peer.run(short, wanted, FLOAT32, start, loaded.device)
    gaps = [abs(a - b) for a, b in zip(ours.losses, theirs.losses, strict=True)]
    difference = math.nan if any(map(math.isnan, gaps)) else max(gaps)
    print(f"loss in float32, {CURVE_BATCH} examples a step: {describe(short)}")
    table(
        ["step", "headstart", "SFTTrainer", "difference"],
        [
            [str(i + 1), f"{ours.losses[i]:.5f}", f"{theirs.losses[i]:.5f}", f"{gaps[i]:.1e}"]
            for i in range(0, CURVE_STEPS, 5)
        ],
    )
    verdict = "within" if difference <= CURVE_TOLERANCE else "NOT within"
    print(
        f"largest difference of {CURVE_STEPS} steps: {difference:.1e}, {verdict} "
        f"{CURVE_TOLERANCE:g}\n"
    )
    return difference, ours, theirs


if __name__ == "__main__":
    sys.exit(main())
