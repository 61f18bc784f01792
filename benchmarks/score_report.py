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
from score_items import Benchmark, Item
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
    sides: tuple[Ours, Peer],
    taken: dict[str, Trial],
    repetitions: "Sequence[Repetition]",
) -> None:
    """The repetitions, the items picked differently, and the JSON line."""
    ours, theirs, disturbed = _print_repetitions(repetitions)
    timed = [
        _Picked(item, pick, best(values))
        for r in repetitions
        for item, pick, values in zip(r.items, r.ours, r.peer, strict=True)
    ]
    right_peer = sum(sum(sides[1].accuracy(r.items, r.peer)) for r in repetitions)
    right_ours = sum(p.ours == p.item.gold for p in timed)
    print(f"right answers: headstart {right_ours}, lm-eval {right_peer:.0f}, of {len(timed)}\n")
    exact = _print_differences(benchmark, sides, timed)
    result(
        ours,
        theirs,
        "items/s",
        **_agreement(exact, ""),
        **_agreement(timed, "_as_timed"),
        n=len(timed),
        differing_as_timed=sum(p.ours != p.peer for p in timed),
        repetitions=len(repetitions),
        disturbed=disturbed,
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


class _Picked(NamedTuple):
    item: Item
    ours: int
    peer: int


def _agreement(picked: Sequence[_Picked], suffix: str) -> dict[str, object]:
    """Share of items picked alike, and both sides' accuracy."""
    shares = {
        "agreement": [p.ours == p.peer for p in picked],
        "accuracy_ours": [p.ours == p.item.gold for p in picked],
        "accuracy_peer": [p.peer == p.item.gold for p in picked],
    }
    return {name + suffix: round(statistics.fmean(x), 4) for name, x in shares.items()}


def _print_differences(
    benchmark: Benchmark, sides: tuple[Ours, Peer], timed: Sequence[_Picked]
) -> list[_Picked]:
    """Items picked differently are scored again by both sides in float32: was it rounding?

    Gives all picks, with those in place of what was picked while the clock ran.
    """
    ours, peer = sides
    settled: list[_Picked] = []
    rows: list[tuple[str, ...]] = []
    for one in timed:
        if one.ours == one.peer:
            settled.append(one)
            continue
        mine = ours.picks(Setting("float32"), [one.item])[0]
        among = sorted({one.ours, one.peer, mine})
        values = peer.loglikelihoods(Setting("float32", batch=1), [one.item], labels=among)[0]
        settled.append(_Picked(one.item, mine, among[best(values)]))
        picks = (one.ours, one.peer, mine, settled[-1].peer, one.item.gold)
        gap = abs(values[among.index(one.ours)] - values[among.index(one.peer)])
        rows.append((one.item.id, *(benchmark.labels[i] for i in picks), f"{gap:.4f}"))
    if rows:
        print("Picked differently while timed, and scored again in float32; the gap, in nats, is")
        print("between the two picks, as lm-eval computes it in float32:")
        named = ("headstart", "lm-eval", "headstart, float32", "lm-eval, float32")
        table(("item", *named, "right", "gap"), rows[:MOST_SHOWN])
    else:
        print("No item was picked differently.\n")
    return settled


def _span(lengths: Sequence[int]) -> str:
    low, middle, high = min(lengths), statistics.median(lengths), max(lengths)
    return f"{middle:g} ({low} to {high})"
