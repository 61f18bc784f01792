"""Whether probabilities mean what they say: calibration error, Brier score, and ranking.

An item is a question with options; the options' log-likelihoods give probabilities, the most
probable is the answer, and its probability the confidence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BINS = 15
RESAMPLES = 200
"""Draws that measure how much of the error is noise."""


@dataclass(frozen=True)
class Answered:
    """Questions answered by one checkpoint in one way."""

    logprobs: tuple[tuple[float, ...], ...]
    """Of each question's options, in nats; not normalised over the options."""
    gold: tuple[int, ...]
    """Index of the right option."""

    def probabilities(self, temperature: float = 1.0) -> list[Floats]:
        """Over the options of each question, summing to 1."""
        return [_softmax(np.asarray(row) / temperature) for row in self.logprobs]

    def correct(self) -> NDArray[np.bool_]:
        """Whether the most probable option is the right one."""
        return np.array([p == g for p, g in zip(self.picks(), self.gold, strict=True)])

    def picks(self) -> list[int]:
        """Index of the most probable option; the first of equals."""
        return [int(np.argmax(row)) for row in self.logprobs]

    def confidence(self, temperature: float = 1.0) -> Floats:
        """Probability of the most probable option."""
        return np.array([float(p.max()) for p in self.probabilities(temperature)])


def ece(confidence: Floats, correct: NDArray[np.bool_], bins: int = BINS) -> float:
    """Expected calibration error over bins of equal mass.

    Args:
        confidence: of each answer, in [0, 1].
        correct: whether it was right.
        bins: at most one for each item.

    Source: Nguyen and O'Connor 2015, arXiv 1508.05154.
    """
    return float(eces(confidence[None], correct[None], bins)[0])


def eces(confidence: Floats, correct: NDArray[np.bool_], bins: int = BINS) -> Floats:
    """`ece` of each row of [rows, items]."""
    order = np.argsort(confidence, axis=1, kind="stable")
    off = np.take_along_axis(correct - confidence, order, 1)
    n = confidence.shape[1]
    count = min(bins, n)
    # the first bins hold one more where the items do not divide evenly
    starts = np.arange(count) * (n // count) + np.minimum(np.arange(count), n % count)
    return np.asarray(np.abs(np.add.reduceat(off, starts, axis=1)).sum(1) / n)


def debiased_ece(
    confidence: Floats, correct: NDArray[np.bool_], bins: int = BINS, *, seed: int = 0
) -> float:
    """The error without what few items add: twice the error minus its mean over new draws.

    Not below 0. An error is an absolute value, so noise alone makes it positive.

    Source: Ferro and Fricker 2012, doi 10.1002/qj.1924; the bootstrap estimate of bias, Efron
    1979.
    """
    n = len(confidence)
    items = np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))
    again = eces(confidence[items], correct[items], bins)
    return max(0.0, 2 * ece(confidence, correct, bins) - float(again.mean()))


def brier(probabilities: Sequence[Floats], gold: Sequence[int]) -> Floats:
    """Each item's Brier score: squared distance to certainty of the right option, in [0, 2].

    Source: Brier 1950, Monthly Weather Review 78:1.
    """
    found = []
    for row, right in zip(probabilities, gold, strict=True):
        wanted = np.zeros(len(row))
        wanted[right] = 1
        found.append(float(((row - wanted) ** 2).sum()))
    return np.array(found)


def auroc(confidence: Floats, correct: NDArray[np.bool_]) -> float:
    """The chance that a right answer is given with more confidence than a wrong one.

    NaN where all answers are right, or all wrong. Ties count half.
    """
    return float(aurocs(confidence, correct, np.arange(len(confidence))[None])[0])


def aurocs(confidence: Floats, correct: NDArray[np.bool_], items: NDArray[np.intp]) -> Floats:
    """`auroc` on each row of [rows, items] of indices."""
    times = np.stack([np.bincount(row, minlength=len(confidence)) for row in items])
    right, wrong = times[:, correct].astype(np.float64), times[:, ~correct].astype(np.float64)
    gaps = confidence[correct][:, None] - confidence[~correct][None]
    above = ((right @ ((np.sign(gaps) + 1) / 2)) * wrong).sum(1)
    pairs = right.sum(1) * wrong.sum(1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(pairs > 0, above / pairs, math.nan))


def fitted_temperature(answered: Answered) -> float:
    """The temperature that makes the right options most likely, between 0.05 and 20.

    One number for all items, so that only the scale of the confidence changes: what error is
    left is one of ranking.

    Source: Guo et al. 2017, arXiv 1706.04599.
    """

    def loss(log_temperature: float) -> float:
        rows = answered.probabilities(math.exp(log_temperature))
        likely = (max(float(p[g]), 1e-300) for p, g in zip(rows, answered.gold, strict=True))
        return -sum(math.log(value) for value in likely)

    low, high = math.log(0.05), math.log(20)
    golden = (math.sqrt(5) - 1) / 2
    a, b = high - golden * (high - low), low + golden * (high - low)
    at_a, at_b = loss(a), loss(b)
    for _ in range(60):
        if at_a < at_b:
            high, b, at_b = b, a, at_a
            a = high - golden * (high - low)
            at_a = loss(a)
        else:
            low, a, at_a = a, b, at_b
            b = low + golden * (high - low)
            at_b = loss(b)
    return math.exp((low + high) / 2)


def _softmax(values: Floats) -> Floats:
    shifted = np.exp(values - values.max())
    return np.asarray(shifted / shifted.sum())
