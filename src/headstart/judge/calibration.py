"""How often the judge is wrong, on experiments whose truth is known.

Run it: `python -m headstart.judge.calibration --experiments 200 [--json]`.

Each experiment has items whose difficulty all starts share, a start's own
strengths, a shift for each seed, and single items that flip from seed to seed.
The population gap is known exactly, so false winners and coverage can be counted.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Literal

import numpy as np

from headstart.domain.verdict import Difference, Outcome, Verdict
from headstart.judge.curves import Curve, Floats
from headstart.judge.judge import judge


@dataclass(frozen=True)
class World:
    """How one simulated comparison comes about."""

    gap: float = 0.0
    """What the first start truly leads by: points as a fraction, or a share of the loss."""
    score: float = 0.7
    """True mean of the other starts at the top rung; for losses the level."""
    starts: int = 2
    """How many tuned starts."""
    seeds: int = 3
    """Seeds at every rung."""
    items: int = 200
    """Test items."""
    rungs: int = 3
    """Training sizes; scores rise by 2 points from each to the next."""
    seed_sd: float = 0.015
    """Standard deviation of a seed's shift: a fraction, or a share of the loss."""
    own: float = 0.5
    """Spread of a start's own strengths over items, next to 1 for the shared difficulty."""
    flips: float = 0.3
    """Spread of what a seed does to a single item."""
    group_size: int = 1
    """Items in each group; difficulty and own strengths are equal within a group."""
    kind: Literal["binary", "continuous", "loss"] = "binary"
    """Right or wrong; a score in [0, 1]; or a loss, where lower is better."""


@dataclass(frozen=True)
class Calibration:
    """What came of many experiments in one world."""

    experiments: int
    """How many."""
    winner_rate: float
    """Share called winner; in a world without a gap each of them is false."""
    coverage: float
    """Share of 95% intervals of the gap that hold the true gap."""
    interval_width: float
    """Mean width of the interval, in the unit of the gap."""
    undecided_rate: float
    """Share called undecided."""


def experiment(world: World, rng: np.random.Generator) -> tuple[list[Curve], list[str]]:
    """One simulated comparison: curves named s0, s1, ... and the items' groups."""
    groups = np.arange(world.items) // world.group_size
    shared = rng.standard_normal(world.items)[groups]
    curves = []
    for start in range(world.starts):
        own = world.own * rng.standard_normal(world.items)[groups]
        lead = world.gap if start == 0 else 0.0
        curves.append(Curve(f"s{start}", _curve(world, shared + own, lead, rng)))
    return curves, [str(group) for group in groups]


def calibrate(world: World, experiments: int, seed: int = 0, draws: int = 4000) -> Calibration:
    """Judge many simulated comparisons and count."""
    rng = np.random.default_rng(seed)
    verdicts = []
    for _ in range(experiments):
        curves, groups = experiment(world, rng)
        verdicts.append(_judged(world, curves, groups, int(rng.integers(2**31)), draws))
    leads = [lead for verdict in verdicts for lead in _leads(world, verdict)]
    covered = [each.gap.low - 1e-12 <= true <= each.gap.high + 1e-12 for each, true in leads]
    outcomes = [verdict.outcome for verdict in verdicts]
    return Calibration(
        experiments=experiments,
        winner_rate=outcomes.count(Outcome.WINNER) / experiments,
        coverage=sum(covered) / len(covered),
        interval_width=sum(each.gap.high - each.gap.low for each, _ in leads) / len(leads),
        undecided_rate=outcomes.count(Outcome.UNDECIDED) / experiments,
    )


def _curve(world: World, skill: Floats, lead: float, rng: np.random.Generator) -> dict[int, Floats]:
    """Scores [seeds, items] at 64, 128, ... rows; each rung trained anew."""
    rungs = {}
    for rung in range(world.rungs):
        behind = world.rungs - 1 - rung
        shifts = world.seed_sd * rng.standard_normal((world.seeds, 1))
        flips = world.flips * rng.standard_normal((world.seeds, world.items))
        rungs[64 * 2**rung] = _scores(world, skill + flips, lead - 0.02 * behind + shifts)
    return rungs


def _scores(world: World, latent: Floats, shift: Floats) -> Floats:
    """Scores [seeds, items] whose expectation is exactly the world's score plus the shift."""
    spread = (1 + world.own**2 + world.flips**2) ** 0.5
    if world.kind == "loss":
        # log-normal items, their mean divided out; a lead lowers the loss by that share
        noise = np.exp(0.5 * latent - 0.125 * spread**2)
        return np.asarray(world.score * (1 - shift) * noise)
    if world.kind == "continuous":
        ranks = np.vectorize(NormalDist().cdf)(latent / spread)
        return np.asarray(world.score + shift + 0.5 * (ranks - 0.5))
    target = np.clip(world.score + shift, 0.001, 0.999)
    cut = np.vectorize(NormalDist().inv_cdf)(target) * spread
    return np.asarray((latent < cut).astype(np.float64))


def _judged(
    world: World, curves: Sequence[Curve], groups: Sequence[str], seed: int, draws: int
) -> Verdict:
    return judge(
        curves,
        (),
        groups=groups,
        margin=0.01,
        higher_is_better=world.kind != "loss",
        default=curves[0].start,
        seed=seed,
        draws=draws,
    )


def _leads(world: World, verdict: Verdict) -> list[tuple[Difference, float]]:
    """Each reported difference with its true value, in metric units."""
    named = {difference.start for difference in verdict.differences}
    leader = next(f"s{i}" for i in range(world.starts) if f"s{i}" not in named)
    unit = world.score if world.kind == "loss" else 1.0
    true = {f"s{i}": world.gap * unit if i == 0 else 0.0 for i in range(world.starts)}
    return [(each, true[leader] - true[each.start]) for each in verdict.differences]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the false-winner rate and the coverage of the gap's interval."""
    parser = argparse.ArgumentParser(prog="python -m headstart.judge.calibration")
    parser.add_argument("--experiments", type=int, default=200, help="how many of each kind")
    parser.add_argument("--items", type=int, default=200, help="test items in each")
    parser.add_argument("--seeds", type=int, default=3, help="seeds at each rung")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(argv)
    null = World(items=options.items, seeds=options.seeds)
    led = replace(null, gap=0.06)
    without, with_gap = calibrate(null, options.experiments), calibrate(led, options.experiments, 1)
    figures = {
        "experiments": options.experiments,
        "false_winner_rate": without.winner_rate,
        "coverage_without_gap": without.coverage,
        "gap": led.gap,
        "coverage": with_gap.coverage,
        "winner_rate": with_gap.winner_rate,
        "interval_width": with_gap.interval_width,
    }
    lines = [json.dumps(figures)] if options.json else [f"{k}: {v}" for k, v in figures.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
