"""What `score_speed` says: what is compared, the settings tried, and how it came out."""

import argparse
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

import torch

from bench_report import result, table
from headstart.engine.device import pick_device
from score_items import Benchmark
from score_settings import Trial
from score_sides import Ours, Peer, Setting, Tokens, best, checkpoint

if TYPE_CHECKING:
    from score_speed import Repetition

MOST_WAITED = 0.1
"""Share of a side's time without the processor above which its rate means nothing."""
MOST_SHOWN = 20
"""Differing items listed; the JSON line counts all."""


def print_what_is_compared(
    asked: argparse.Namespace, benchmark: Benchmark, ids: tuple[list[Tokens], list[Tokens]]
) -> None:
    """Where it runs, on what, and what the clock of each side sees."""
    prompts, labels = ([len(one) for one in part] for part in ids)
    device = pick_device(asked.device)
    versions = ", ".join(
        f"{n} {version(n)}" for n in ("headstart", "lm_eval", "torch", "transformers")
    )
    groups = f", {len(benchmark.tasks)} subjects" if len(benchmark.tasks) > 1 else ""
    print(f"{benchmark.name}{groups}, {asked.shots} examples shown, {asked.model}", end="")
    print(f" ({checkpoint(asked.model).name})")
    print(f"{device.label} ({device.kind}), {torch.get_num_threads()} threads")
    print(f"Python {platform.python_version()}, {versions}")
    print(f"prompts of {_span(prompts)} tokens, {len(labels)} labels of {_span(labels)}, the same")
    print("ids on both sides (compared); no chat template, no end token.")
    print("Clocked: from texts to picks, which takes in tokenising, batching and the model; not")
    print("loading, building prompts or metrics. headstart: tokenizer and best_labels.")
    print("lm-evaluation-harness: HFLM.loglikelihood on the requests that its task built.")
    print(flush=True)


def print_trials(trials: Sequence[Trial], ours: Ours) -> None:
    """All settings, the fastest of each side marked, and how headstart read the model."""
    rows = []
    for trial in trials:
        fastest = max(t.rate or 0.0 for t in trials if t.side == trial.side)
        rate = f"{trial.rate:.3g}" if trial.rate else f"not tried: {trial.why}"
        mark = " *" if trial.rate == fastest else ""
        rows.append((trial.side, f"{trial.setting}{mark}", str(trial.count), rate))
    table(("settings tried", "* taken", "items", "items/s"), rows)
    tried = dict.fromkeys(t.setting.precision for t in trials if t.side == ours.name)
    ways = ", ".join(f"{precision} in {ours.way(precision)}" for precision in tried)
    print(f"headstart reads this model: {ways}\n", flush=True)


def print_outcome(
    asked: argparse.Namespace,
    benchmark: Benchmark,
    peer: Peer,
    taken: dict[str, Trial],
    repetitions: "Sequence[Repetition]",
) -> None:
    """The repetitions, the items picked differently, and the JSON line."""
    ours, theirs, disturbed = _print_repetitions(repetitions)
    picked = [
        (pick, best(values), item.gold)
        for r in repetitions
        for item, pick, values in zip(r.items, r.ours, r.peer, strict=True)
    ]
    right_ours = sum(pick == gold for pick, _, gold in picked)
    right_peer = sum(sum(peer.accuracy(r.items, r.peer)) for r in repetitions)
    print(f"right answers: headstart {right_ours}, lm-eval {right_peer:.0f}, of {len(picked)}\n")
    differing = _print_differences(benchmark, peer, repetitions)
    result(
        ours,
        theirs,
        "items/s",
        agreement=round(sum(pick == other for pick, other, _ in picked) / len(picked), 4),
        accuracy_ours=round(right_ours / len(picked), 4),
        accuracy_peer=round(right_peer / len(picked), 4),
        n=len(picked),
        repetitions=len(repetitions),
        disturbed=disturbed,
        **differing,
        data=benchmark.name,
        labels=len(benchmark.labels),
        shots=asked.shots,
        model=asked.model,
        setting_ours=str(taken[Ours.name].setting),
        setting_peer=str(taken[Peer.name].setting),
        threads=torch.get_num_threads(),
        device=pick_device(asked.device).kind,
        peer_name=f"lm_eval {version('lm_eval')} HFLM",
    )


class _Row(NamedTuple):
    name: str
    items: int
    ours: float
    peer: float
    same: int
    waited: float


def _print_repetitions(repetitions: "Sequence[Repetition]") -> tuple[float, float, bool]:
    """The table; gives both median rates, and whether other work disturbed them."""
    rows = [
        _Row(
            str(number),
            len(r.items),
            len(r.items) / r.ours_clock.seconds,
            len(r.items) / r.peer_clock.seconds,
            sum(pick == best(values) for pick, values in zip(r.ours, r.peer, strict=True)),
            max(r.ours_clock.waited, r.peer_clock.waited),
        )
        for number, r in enumerate(repetitions, start=1)
    ]
    ours = statistics.median(row.ours for row in rows)
    theirs = statistics.median(row.peer for row in rows)
    most_waited = max(row.waited for row in rows)
    count, same = sum(row.items for row in rows), sum(row.same for row in rows)
    rows.append(_Row("median", count, ours, theirs, same, most_waited))
    table(
        ("repetition", "items", "headstart items/s", "lm-eval items/s", "ratio", "same", "waited"),
        [
            (n, str(c), f"{a:.3g}", f"{b:.3g}", f"{a / b:.3g}", f"{s}/{c}", f"{w:.0%}")
            for n, c, a, b, s, w in rows
        ],
    )
    disturbed = most_waited > MOST_WAITED
    if disturbed:
        print(
            f"Disturbed: a side waited for the processor {most_waited:.0%} of its time, so these"
            " rates are no measurement; repeat on a quiet machine.\n"
        )
    return ours, theirs, disturbed


def _print_differences(
    benchmark: Benchmark, peer: Peer, repetitions: "Sequence[Repetition]"
) -> dict[str, object]:
    """Items picked differently: by how much the harness prefers its pick, also in float32.

    A gap in float32 below zero says that the harness, computing more exactly, would have
    picked as headstart did.
    """
    rows, gaps, exact_gaps = [], [], []
    for repetition in repetitions:
        for item, pick, values in zip(
            repetition.items, repetition.ours, repetition.peer, strict=True
        ):
            other = best(values)
            if pick == other:
                continue
            both = sorted((pick, other))
            exact = peer.loglikelihoods(Setting("float32", batch=1), [item], labels=both)[0]
            gaps.append(values[other] - values[pick])
            exact_gaps.append(exact[both.index(other)] - exact[both.index(pick)])
            names = [benchmark.labels[i] for i in (pick, other, item.gold)]
            rows.append((item.id, *names, f"{gaps[-1]:.4f}", f"{exact_gaps[-1]:.4f}"))
    if not rows:
        print("No item was picked differently.\n")
        return {"differing": 0}
    print("Picked differently; the gap is by how much lm-eval prefers its own pick, in nats:")
    header = ("item", "headstart", "lm-eval", "right", "gap", "gap in float32")
    table(header, rows[:MOST_SHOWN])
    return {
        "differing": len(rows),
        "largest_gap_nats": round(max(gaps), 4),
        "largest_gap_nats_float32": round(max(exact_gaps), 4),
        "float32_sides_with_ours": sum(gap < 0 for gap in exact_gaps),
    }


def _span(lengths: Sequence[int]) -> str:
    low, middle, high = min(lengths), statistics.median(lengths), max(lengths)
    return f"{middle:g} ({low} to {high})"
