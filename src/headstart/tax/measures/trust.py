"""Measure 5, calibration: whether confidence in multiple choice means what it says."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from headstart.domain.tax import PromptSets
from headstart.domain.value import NotMeasured, Score
from headstart.tax.calibration import (
    Answered,
    auroc,
    aurocs,
    brier,
    debiased_ece,
    eces,
    fitted_temperature,
)
from headstart.tax.contrasts import Floats, Indices, drawn
from headstart.tax.measures.capability import answered
from headstart.tax.measures.sides import Draft, Kind, Side, draft, mean_line, paired

LEAST = 30
"""Questions below which a calibration error is noise."""

Rows = Mapping[str, tuple[tuple[float, ...], int]]
Told = tuple[Floats, NDArray[np.bool_]]
"""(confidence, whether it was right), of each question."""
Figure = Callable[[Told, Indices], Floats]
"""A figure on each row of indices."""
Best = Callable[[Floats, NDArray[np.bool_]], float]
"""The figure that is shown, without what few items add."""

_ECE = Kind(
    "calibration error", "calibration", "confidence off its accuracy", "probability", "lower"
)
_FITTED = Kind(
    "calibration error, scaled",
    "calibration",
    "the same after one temperature is fitted",
    "probability",
    "lower",
)
_BRIER = Kind("Brier score", "calibration", "squared distance to certainty", "score", "lower")
_AUROC = Kind("ranking", "calibration", "right answers ranked above wrong ones", "share", "higher")


def lines(first: Side, second: Side, sets: PromptSets) -> list[Draft]:
    """Empty where multiple choice was not asked of both."""
    ours, theirs = answered(first, sets), answered(second, sets)
    if not ours or not theirs:
        return []
    common = paired(ours, theirs)
    sides = [_taken(rows, common) for rows in (ours, theirs)]
    if len(common) < LEAST:
        why = NotMeasured(why=f"{len(common)} questions are too few for calibration")
        return [draft(kind, why, why, why) for kind in (_ECE, _FITTED, _AUROC)]
    scores = [_brier(rows) for rows in (ours, theirs)]
    return [
        mean_line(_BRIER, *scores),
        _line(_ECE, sides, [1.0, 1.0], _errors, debiased_ece),
        _fitted(sides),
        _line(_AUROC, sides, [1.0, 1.0], _rankings, auroc),
    ]


def _fitted(sides: Sequence[Answered]) -> Draft:
    """No temperature is the best where all answers are right: the lower, the better."""
    if any(side.correct().all() or not side.correct().any() for side in sides):
        why = NotMeasured(why="one side answers everything right, or everything wrong")
        return draft(_FITTED, why, why, why)
    return _line(_FITTED, sides, [fitted_temperature(s) for s in sides], _errors, debiased_ece)


def _errors(told: Told, items: Indices) -> Floats:
    return eces(told[0][items], told[1][items])


def _rankings(told: Told, items: Indices) -> Floats:
    return aurocs(*told, items)


def _taken(rows: Rows, ids: Sequence[str]) -> Answered:
    return Answered(tuple(rows[i][0] for i in ids), tuple(rows[i][1] for i in ids))


def _brier(rows: Rows) -> dict[str, float]:
    side = _taken(rows, list(rows))
    return {i: float(v) for i, v in zip(rows, brier(side.probabilities(), side.gold), strict=True)}


def _line(
    kind: Kind,
    sides: Sequence[Answered],
    temperatures: Sequence[float],
    figure: Figure,
    best: Best,
) -> Draft:
    """The figure shown is `best`, without bias; the interval is that of `figure` around it."""
    told = [
        (side.confidence(t), side.correct()) for side, t in zip(sides, temperatures, strict=True)
    ]
    scores = [_score(each, figure, best) for each in told]
    if isinstance(scores[0], NotMeasured) or isinstance(scores[1], NotMeasured):
        why = NotMeasured(why="one side answers everything right, or everything wrong")
        return draft(kind, scores[0], scores[1], why)
    first, second = told
    contrast = drawn(
        lambda items: figure(second, items) - figure(first, items),
        len(first[0]),
        around=scores[1].mean - scores[0].mean,
    )
    return draft(kind, scores[0], scores[1], contrast)


def _score(told: Told, figure: Figure, best: Best) -> Score | NotMeasured:
    mean = best(*told)
    if math.isnan(mean):
        return NotMeasured(why="all answers are right, or all wrong")
    again = drawn(lambda items: figure(told, items), len(told[0]), around=mean)
    low = max(0.0, again.low)
    return Score(mean=mean, low=min(low, mean), high=again.high, n=len(told[0]))
