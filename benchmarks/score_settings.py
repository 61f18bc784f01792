"""Which setting of each side is the fastest, found by trying them on a few items."""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench_report import progress
from score_items import Item
from score_sides import Ours, Peer, Setting, clocked

BATCHES = (8, 1, 4, 16, 32, 64)
"""Tried in this order; where time runs out, the last are left out, and that is said."""
QUICK_SECONDS = {"trying": 120.0, "measuring": 150.0}
"""Time that `--quick` gives the harness; a setting that has begun is finished."""
MOST_MEMORY = 1 / 3
"""Share of the machine's memory that one batch's logits may take."""
TWICE = 3
"""How many of the fastest are tried a second time; the better time counts."""


@dataclass(frozen=True)
class Shape:
    """What the harness has to compute."""

    longest: int
    """Tokens of the longest prompt with the longest label."""
    sequences: int
    """Forward passes for each item: labels that differ in their last token only share one."""


@dataclass(frozen=True)
class Trial:
    """One setting of one side, tried on a few items."""

    side: str
    setting: Setting
    count: int
    rate: float | None
    """Items a second; None where it was not measured."""
    why: str = ""
    """Why it was not measured."""


def try_ours(ours: Ours, asked: argparse.Namespace, items: Sequence[Item]) -> list[Trial]:
    """Every precision."""

    def rate(setting: Setting) -> float:
        return len(items) / clocked(lambda: ours.picks(setting, items))[0].seconds

    trials = []
    for precision in precisions(asked):
        ours.picks(Setting(precision), items[:2])  # loads, and computes once off the clock
        setting = Setting(precision)
        trials.append(_told(Trial(ours.name, setting, len(items), rate(setting))))
    return _again(trials, rate)


def try_peer(
    peer: Peer, asked: argparse.Namespace, items: Sequence[Item], shape: Shape
) -> list[Trial]:
    """Every batch size in every precision; quickly, the second precision at the best size."""
    begun = time.monotonic()

    def is_late() -> bool:
        return asked.quick and time.monotonic() - begun > QUICK_SECONDS["trying"]

    def rate(setting: Setting) -> float:
        peer.warm_up(setting, items[0])
        return len(items) / peer.clocked(setting, items)[0].seconds

    trials: list[Trial] = []
    for precision in precisions(asked):
        one_size = (best(trials, Peer.name).setting.batch or 1,) if trials else ()
        for batch in one_size if asked.quick and one_size else BATCHES:
            setting = Setting(precision, batch=batch)
            has_one = any(t.rate for t in trials if t.setting.precision == precision)
            why = _unfit(peer, setting, len(items), shape)
            why = why or ("no time left" if has_one and is_late() else "")
            found = None if why else rate(setting)
            trials.append(_told(Trial(Peer.name, setting, len(items), found, why)))
    return trials if is_late() else _again(trials, rate)


def _again(trials: Sequence[Trial], rate: Callable[[Setting], float]) -> list[Trial]:
    """The fastest tried once more, so that a disturbance does not choose."""
    fastest = sorted((t.rate for t in trials if t.rate), reverse=True)[:TWICE]
    return [
        _told(replace(t, rate=max(t.rate, rate(t.setting)))) if t.rate in fastest and t.rate else t
        for t in trials
    ]


def _told(trial: Trial) -> Trial:
    found = f"{trial.rate:.3g} items/s" if trial.rate else trial.why
    progress(f"{trial.side}, {trial.setting}: {found}")
    return trial


def _unfit(peer: Peer, setting: Setting, count: int, shape: Shape) -> str:
    """Why a setting is not tried; empty where it is. A single sequence is always tried."""
    batch = setting.batch or 1
    if batch == 1:
        return ""
    if batch > count * shape.sequences:
        return f"{count} items give no such batch"
    needed = peer.logit_bytes(setting, shape.longest)
    present = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if needed > present * MOST_MEMORY:
        return f"logits of up to {needed / 2**30:.0f} GiB"
    return ""


def best(trials: Sequence[Trial], side: str) -> Trial:
    """The fastest of one side."""
    return max((t for t in trials if t.side == side and t.rate), key=lambda t: t.rate or 0.0)


def affordable(peer: Trial, asked: argparse.Namespace, wanted: int, groups: int) -> int:
    """Items a repetition: as many as wanted, or as `--quick` leaves the harness time for."""
    if not asked.quick or asked.items:
        return wanted
    count = int((peer.rate or 0.0) * QUICK_SECONDS["measuring"] / asked.repetitions)
    count = max(2, min(wanted, count))
    return count - count % groups if count > groups else count


def precisions(asked: argparse.Namespace) -> tuple[str, ...]:
    """Those to try, the likely faster first."""
    return ("bfloat16", "float32") if asked.precision == "best" else (asked.precision,)
