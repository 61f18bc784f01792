"""Measure 5, calibration: whether confidence in multiple choice means what it says."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from headstart.domain.tax import PromptSets
from headstart.domain.value import NotMeasured, Score
from headstart.tax.calibration import (
    Answered,
    auroc,
    brier,
    debiased_ece,
    ece,
    fitted_temperature,
)
from headstart.tax.contrasts import drawn
from headstart.tax.measures.capability import answered
from headstart.tax.measures.sides import Draft, Kind, Side, draft, mean_line, paired

LEAST = 30
"""Questions below which a calibration error is noise."""
DRAWS = 400
"""Each draw measures an error by 200 draws of its own where it is debiased; here it is not."""

Rows = Mapping[str, tuple[tuple[float, ...], int]]
Figure = Callable[[NDArray[np.float64], NDArray[np.bool_]], float]

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
        _line(_ECE, sides, [1.0, 1.0], ece, debiased_ece),
        _line(_FITTED, sides, [fitted_temperature(side) for side in sides], ece, debiased_ece),
        _line(_AUROC, sides, [1.0, 1.0], auroc, auroc),
    ]


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
    best: Figure,
) -> Draft:
    """The interval is that of `figure` drawn anew; the figure shown is `best`, its debiased kin."""
    told = [
        (side.confidence(t), side.correct()) for side, t in zip(sides, temperatures, strict=True)
    ]

    def gap(items: NDArray[np.intp]) -> float:
        values = [figure(confidence[items], right[items]) for confidence, right in told]
        return values[1] - values[0]

    contrast = drawn(gap, len(told[0][0]), draws=DRAWS)
    scores = [_score(*each, figure, best) for each in told]
    if isinstance(scores[0], NotMeasured) or isinstance(scores[1], NotMeasured):
        why = NotMeasured(why="one side answers everything right, or everything wrong")
        return draft(kind, scores[0], scores[1], why)
    mean = scores[1].mean - scores[0].mean
    shift = mean - contrast.mean
    low, high = contrast.low + shift, contrast.high + shift
    found = replace(contrast, mean=mean, low=min(low, mean), high=max(high, mean))
    return draft(kind, scores[0], scores[1], found)


def _score(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], figure: Figure, best: Figure
) -> Score | NotMeasured:
    mean = best(confidence, right)
    if math.isnan(mean):
        return NotMeasured(why="all answers are right, or all wrong")
    again = drawn(lambda items: figure(confidence[items], right[items]), len(right), draws=DRAWS)
    shift = mean - figure(confidence, right)
    low, high = max(0.0, again.low + shift), again.high + shift
    return Score(mean=mean, low=min(low, mean), high=max(high, mean), n=len(right))
