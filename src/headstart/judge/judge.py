"""From curves to a verdict.

Compared are the starts' scores at the largest training size that all of them
finished, paired by test item. The rules, first match wins:

1. no training needed: taking the best untuned start is expected to lose no more
   than the margin against the best tuned one;
2. winner: the leader is best with probability 0.95 or more AND its gap to every
   rival has a 95% interval above zero (the probability alone, over two equal
   starts, would name a false winner one time in ten); but not where the default
   is expected to lose no more than the margin;
3. tie: taking the default is expected to lose no more than the margin;
4. undecided.
"""

from collections.abc import Sequence

import numpy as np

from headstart.domain.value import NotMeasured
from headstart.domain.verdict import Outcome, Verdict
from headstart.errors import HeadstartError
from headstart.judge import wording
from headstart.judge.compare import Comparison, compare, shared_rungs
from headstart.judge.curves import Curve, Untuned, group_index

SURE = 0.95
LEAST_SEEDS, LEAST_SIZES, LEAST_ITEMS = 3, 3, 200


def judge(
    curves: Sequence[Curve],
    untuned: Sequence[Untuned],
    *,
    groups: Sequence[str] | None,
    margin: float,
    higher_is_better: bool,
    default: str,
    seed: int = 0,
    draws: int = 4000,
) -> Verdict:
    """Say which start to take, how sure that is, and what would change it.

    `groups` names each item's group; items of a group are drawn together.
    `margin` is the difference that does not matter: absolute for scores (0.01
    is a point), relative for losses (0.01 is 1%). `default` is the start to
    take on a tie. Starts without a finished trial are left out and named in the
    reason; a single start is judged against the best untuned one.

    Raises:
        HeadstartError: no start finished a trial.
        ValueError: curves of different items; a loss with a mean of zero or less.

    Limits: speaks for the rung judged, not for larger ones. With one seed the
    seed noise is assumed (2 points, or 2% of a loss), and the reason says so.
    """
    finished = [curve for curve in curves if curve.finished_rungs()]
    absent = [curve.start for curve in curves if not curve.finished_rungs()]
    if not finished:
        raise HeadstartError(
            f"none of {len(curves)} starts finished a trial",
            hint="the failed trials of the run say why; try other options with another --out",
        )
    rungs = shared_rungs(finished)
    if not rungs:
        return _incomparable(finished, absent, margin, default)
    index = group_index(groups, finished[0].completed(rungs[-1]).shape[1])
    table = compare(
        finished,
        untuned,
        rungs[-1],
        index,
        higher_is_better=higher_is_better,
        seed=seed,
        draws=draws,
    )
    return _verdict(table, _screening(table, len(rungs)), absent, margin, default)


def _verdict(
    table: Comparison, screening: str, absent: list[str], margin: float, default: str
) -> Verdict:
    tolerated = margin if table.higher_is_better else float(np.log1p(margin))
    fallback = table.tuned.index(default) if default in table.tuned else table.leader
    outcome, column = _decide(table, tolerated, fallback)
    told = wording.Told(table, outcome, column, tolerated)
    others = [i for i in range(len(table.tuned)) if i != table.leader]
    if table.best_untuned is not None:
        others.append(table.best_untuned)
    return Verdict(
        outcome=outcome,
        start=table.name(column),
        probability_best=table.probability_best(),
        regret_bound=table.regret_bound(column)
        if table.rivals()
        else NotMeasured(why="there is nothing to compare the start with"),
        margin=table.in_metric_units(tolerated),
        rows=table.rows,
        reason=told.reason(absent),
        would_flip_if=told.would_flip_if(),
        next_step=told.next_step(screening),
        differences=tuple(table.difference(other) for other in others),
        screening=bool(screening),
        screening_reason=screening,
    )


def _decide(table: Comparison, tolerated: float, fallback: int) -> tuple[Outcome, int]:
    """The outcome and the column to take; `tolerated` is the margin on the working scale."""
    if not table.rivals():
        return Outcome.UNDECIDED, table.leader
    bare = table.best_untuned
    if bare is not None and table.expected_regret(bare) <= tolerated:
        return Outcome.NO_TRAINING_NEEDED, bare
    default_will_do = table.expected_regret(fallback) <= tolerated
    if _is_sure(table) and (fallback == table.leader or not default_will_do):
        return Outcome.WINNER, table.leader
    if default_will_do:
        return Outcome.TIE, fallback
    return Outcome.UNDECIDED, table.leader


def _is_sure(table: Comparison) -> bool:
    return table.leader_is_best() >= SURE and all(
        table.difference(rival).gap.low > 0 for rival in table.rivals()
    )


def _screening(table: Comparison, sizes: int) -> str:
    """Which of seeds, sizes and test items fell short; empty where none did."""
    seeds = min(noise.seeds for noise in table.noise)
    counts = (
        (seeds, LEAST_SEEDS, "seed"),
        (sizes, LEAST_SIZES, "training size"),
        (table.items, LEAST_ITEMS, "test item"),
    )
    short = [
        f"{have} {what}{'' if have == 1 else 's'} (at least {least} needed)"
        for have, least, what in counts
        if have < least
    ]
    return ", ".join(short)


def _incomparable(
    curves: Sequence[Curve], absent: list[str], margin: float, default: str
) -> Verdict:
    """No training size was finished by every start: nothing can be paired."""
    names = [curve.start for curve in curves]
    why = "no training size was finished by every start"
    sizes = "; ".join(f"{c.start}: {', '.join(map(str, c.finished_rungs()))}" for c in curves)
    return Verdict(
        outcome=Outcome.UNDECIDED,
        start=default if default in names else names[0],
        probability_best=dict.fromkeys(names, 1 / len(names)),
        regret_bound=NotMeasured(why=why),
        margin=margin,
        rows=0,
        reason=f"{why.capitalize()} ({sizes}).{wording.left_out(absent)}",
        would_flip_if="the starts were trained to one common size",
        next_step="Resume the run, so that every start finishes the same training sizes.",
        screening=True,
        screening_reason=why,
    )
