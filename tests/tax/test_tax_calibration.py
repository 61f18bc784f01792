"""Calibration, ranking and diversity against scikit-learn, NLTK and counts by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest

from headstart.tax.calibration import (
    Answered,
    auroc,
    brier,
    debiased_ece,
    ece,
    fitted_temperature,
)
from headstart.tax.diversity import distinct, equal_length, self_bleu

metrics = pytest.importorskip("sklearn.metrics")


def drawn(seed: int, n: int = 300, options: int = 4, sharpness: float = 1.0) -> Answered:
    """Answers whose stated probabilities are true at sharpness 1."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (n, options))
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    gold = [int(rng.choice(options, p=p)) for p in shares]
    return Answered(tuple(map(tuple, (sharpness * logits).tolist())), tuple(gold))


@pytest.mark.parametrize("seed", range(4))
def test_brier_and_auroc_are_scikit_learns(seed: int) -> None:
    answered = drawn(seed)
    rows = np.array(answered.probabilities())
    theirs = metrics.brier_score_loss(answered.gold, rows, labels=[0, 1, 2, 3])
    scale = 1.0 if theirs == pytest.approx(brier(rows, answered.gold).mean()) else 2.0
    assert brier(rows, answered.gold).mean() == pytest.approx(scale * theirs)
    confidence, correct = answered.confidence(), answered.correct()
    assert auroc(confidence, correct) == pytest.approx(metrics.roc_auc_score(correct, confidence))
    rough = np.round(confidence, 1)
    assert auroc(rough, correct) == pytest.approx(metrics.roc_auc_score(correct, rough))


def test_auroc_of_one_class_is_not_told() -> None:
    assert math.isnan(auroc(np.array([0.2, 0.4]), np.array([True, True])))


@pytest.mark.parametrize("seed", range(4))
def test_ece_is_the_sum_over_scikit_learns_bins(seed: int) -> None:
    from sklearn.calibration import calibration_curve

    answered = drawn(seed, n=300)
    confidence, correct = answered.confidence(), answered.correct()
    right, said = calibration_curve(correct, confidence, n_bins=15, strategy="quantile")
    assert ece(confidence, correct) == pytest.approx(float(np.abs(right - said).mean()), abs=0.004)


def test_true_probabilities_have_hardly_any_debiased_error() -> None:
    answered = [drawn(seed) for seed in range(12)]
    plain = np.mean([ece(a.confidence(), a.correct()) for a in answered])
    debiased = np.mean([debiased_ece(a.confidence(), a.correct()) for a in answered])
    assert plain > 0.05
    assert debiased < 0.75 * plain


def test_a_temperature_mends_scale_and_no_ranking() -> None:
    over = drawn(5, n=2000, sharpness=3.0)
    temperature = fitted_temperature(over)
    assert temperature == pytest.approx(3.0, rel=0.1)
    before = ece(over.confidence(), over.correct())
    after = ece(over.confidence(temperature), over.correct())
    assert after < 0.25 * before
    assert fitted_temperature(drawn(6, n=2000)) == pytest.approx(1.0, rel=0.1)


def test_distinct_is_one_for_even_draws_and_low_for_repeats() -> None:
    rng = np.random.default_rng(0)
    even = [rng.integers(0, 500, 200).tolist() for _ in range(10)]
    assert distinct(even, 1, 500) == pytest.approx(1.0, abs=0.03)
    assert distinct([[1, 2, 3, 4]] * 10, 1, 500) < 0.12
    grams = {(a, b) for s in even for a, b in pairwise(s)}
    assert distinct(even, 2, 500) == pytest.approx(len(grams) / (500 * (1 - 0.998**1990)))


def test_self_bleu_is_the_mean_of_nltks() -> None:
    nltk = pytest.importorskip("nltk.translate.bleu_score")
    samples = [
        "the river runs from the hills to the sea every day of the year",
        "the river runs from the snow of the hills down to the sea",
        "every day the river carries sand from the hills to the wide sea",
        "a boat goes down the river to the sea and the hills stay behind",
    ]
    tokens = [s.split() for s in samples]
    theirs = [
        nltk.sentence_bleu(
            tokens[:i] + tokens[i + 1 :],
            tokens[i],
            smoothing_function=nltk.SmoothingFunction().method3,
        )
        for i in range(4)
    ]
    assert self_bleu(samples) == pytest.approx(sum(theirs) / 4, abs=1e-6)
    assert self_bleu(["a b c d e f"] * 3) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="two samples"):
        self_bleu(["alone"])


def test_samples_are_cut_to_the_shortest_that_counts() -> None:
    long, short = list(range(30)), list(range(12))
    assert equal_length([[long, long], [long, short], [long, [1, 2]]]) == 12
    assert equal_length([]) == 0
