"""Items scored per second: headstart against lm-evaluation-harness, on the same questions.

    python benchmarks/score_speed.py --data banking77          # 77 labels
    python benchmarks/score_speed.py --data mmlu               # 4 labels, 5 examples shown
    python benchmarks/score_speed.py --data mmlu --shots 0     # the bare question
    python benchmarks/score_speed.py --data banking77 --quick  # less than 8 minutes on 2 cores

Both sides read the same texts with the same threads, turn by turn, each in a process of its own
(see `bench_apart`), in the fastest of its settings that were tried. A repetition takes items
that no other took; the sides take turns in going first. Items that the sides picked differently
while timed are scored again by both in float32, since in bfloat16 labels tie and rounding picks:
`agreement` and `accuracy_*` are after that, `*_as_timed` before. Tables go to stdout, and last
one line of JSON; progress goes to stderr.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bench_report import guarded, progress
from headstart.errors import HeadstartError, RequestError
from score_items import DATA, Benchmark, Item, read_benchmark

if TYPE_CHECKING:
    from score_settings import Trial
    from score_sides import Clock, Ours, Peer

Size = dict[str, int]
FULL: dict[str, Size] = {
    "banking77": {"items": 64, "tried_ours": 32, "tried_peer": 2},
    "mmlu": {"items": 192, "tried_ours": 64, "tried_peer": 64},
}
QUICK: dict[str, Size] = {
    "banking77": {"items": 8, "tried_ours": 16, "tried_peer": 1},
    "mmlu": {"items": 40, "tried_ours": 32, "tried_peer": 32},
}
QUICK_WITH_SHOTS: Size = {"items": 48, "tried_ours": 16, "tried_peer": 8}
"""Prompts with five examples are about five times as long."""
SUBJECTS, QUICK_SUBJECTS = 8, 2
"""MMLU subjects that a run draws its items from; each has a hundred questions and more, so few
items are of few subjects."""


@dataclass(frozen=True)
class Repetition:
    """Items that both sides scored."""

    items: Sequence[Item]
    ours: Sequence[int]
    """Picked label of each item."""
    peer: Sequence[Sequence[float]]
    """Log-probability (nats) of each label of each item."""
    ours_clock: "Clock"
    peer_clock: "Clock"


def main() -> None:
    """Measure and print."""
    asked = _arguments()
    if any(n is not None and n < 1 for n in (asked.repetitions, asked.items, asked.threads)):
        raise RequestError(
            "--items, --repetitions and --threads count something", hint="give 1 or more"
        )
    if asked.shots is None:
        asked.shots = 5 if asked.data == "mmlu" else 0
    size = dict((QUICK if asked.quick else FULL)[asked.data])
    if asked.quick and asked.shots:
        size = dict(QUICK_WITH_SHOTS)
    size["items"] = asked.items or size["items"]
    benchmark = read_benchmark(
        asked.data,
        asked.data_folder,
        count=size["tried_ours"] + size["items"] * asked.repetitions,
        subjects=QUICK_SUBJECTS if asked.quick else SUBJECTS,
        shots=asked.shots,
        seed=asked.seed,
    )
    if find_spec("lm_eval") is None:
        raise HeadstartError(
            "lm_eval, the other side of this comparison, is not installed",
            hint="pip install lm_eval==0.4.13",
        )
    _compare(asked, size, benchmark)


def _compare(asked: argparse.Namespace, size: Size, benchmark: Benchmark) -> None:
    # loaded only now: --help and a wrong argument answer at once
    import torch

    from bench_apart import Apart
    from score_sides import Ours, Peer

    if asked.threads:
        torch.set_num_threads(asked.threads)
    ours = Ours(asked.model, asked.device, benchmark.labels)
    with Apart(Peer, asked.model, asked.device, benchmark) as peer:
        _measure(asked, size, benchmark, ours, peer.it)


def _measure(
    asked: argparse.Namespace, size: Size, benchmark: Benchmark, ours: "Ours", peer: "Peer"
) -> None:
    import score_report
    from score_settings import Shape, affordable, best, precisions, try_ours, try_peer
    from score_sides import Peer, Setting

    precision = precisions(asked)[0]
    ids = ours.tokens(precision, benchmark.items)
    progress(f"comparing the ids of {len(benchmark.items)} prompts")
    peer.require_same_text(Setting(precision, batch=1), benchmark.items, benchmark.labels, ids)
    shape = Shape(
        longest=sum(max(map(len, part)) for part in ids),
        sequences=len({label[:-1] for label in ids[1]}),
    )
    score_report.print_what_is_compared(asked, benchmark, ids)
    trials = try_ours(ours, asked, benchmark.items[: size["tried_ours"]])
    trials += try_peer(peer, asked, benchmark.items[: size["tried_peer"]], shape)
    score_report.print_trials(trials, ours)
    taken = {side: best(trials, side) for side in (ours.name, Peer.name)}
    count = affordable(taken[Peer.name], asked, size["items"], len(benchmark.tasks))
    rest = benchmark.items[size["tried_ours"] :]
    repetitions = [
        _repeat(ours, peer, taken, rest[n * count :][:count], n) for n in range(asked.repetitions)
    ]
    score_report.print_outcome(asked, benchmark, (ours, peer), taken, repetitions)


def _repeat(
    ours: "Ours", peer: "Peer", taken: "dict[str, Trial]", items: Sequence[Item], number: int
) -> Repetition:
    """Both sides on the same items, one after the other; odd repetitions turn the order."""
    from score_sides import Clock, Peer, clocked

    def run_ours() -> tuple[Clock, list[int]]:
        return clocked(lambda: ours.picks(taken[ours.name].setting, items))

    def run_peer() -> tuple[Clock, list[list[float]]]:
        return peer.clocked(taken[Peer.name].setting, items)

    if number % 2:
        (peer_clock, values), (ours_clock, picks) = run_peer(), run_ours()
    else:
        (ours_clock, picks), (peer_clock, values) = run_ours(), run_peer()
    progress(f"repetition {number + 1}: {ours_clock.seconds:.3g} s, {peer_clock.seconds:.3g} s")
    return Repetition(items, picks, values, ours_clock, peer_clock)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--data", choices=("banking77", "mmlu"), required=True)
    add("--model", choices=("smollm2", "gemma"), default="smollm2")
    add(
        "--shots", type=int, help="examples before each MMLU question; 5, as published, if left out"
    )
    add("--precision", choices=("best", "bfloat16", "float32"), default="best", help="both sides'")
    add("--items", type=int, help="items a repetition")
    add("--repetitions", type=int, default=3)
    add("--threads", type=int, help="for both sides; PyTorch's choice if left out")
    add("--device", default="cpu", help="cpu, cuda, mps or auto")
    add("--seed", type=int, default=0, help="draws subjects and the order of the items")
    add("--data-folder", type=Path, default=DATA, help="holds banking77/ and mmlu_zip/")
    add("--quick", action="store_true", help="fewer items and settings")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(guarded(main))
