import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from headstart.judge.curves import (
    Curve,
    group_index,
    interaction_variance,
    mean_score,
    point,
    student_quantile,
)


@given(st.integers(2, 300), st.data())
def test_one_run_of_binary_items_gets_the_wilson_interval(items, data):
    right = data.draw(st.integers(0, items))
    score = mean_score(np.r_[np.ones(right), np.zeros(items - right)])
    # scipy's interval is the same formula at p(1-p)/n; ours estimates it with n-1
    expected = stats.binomtest(right, items).proportion_ci(method="wilson")
    assert score.mean == pytest.approx(right / items)
    assert score.low == pytest.approx(expected.low, abs=0.6 / items)
    assert score.high == pytest.approx(expected.high, abs=0.6 / items)
    assert 0 <= score.low <= score.mean <= score.high <= 1


def test_thirty_of_thirty_right_is_not_certainty():
    score = mean_score(np.ones(30))
    assert (score.mean, score.n) == (1.0, 30)
    assert score.low == pytest.approx(0.886, abs=0.001)


def test_many_continuous_items_get_the_textbook_interval():
    scores = np.random.default_rng(0).random(1000)
    score = mean_score(scores)
    half = 1.959964 * scores.std(ddof=1) / 1000**0.5
    assert (score.low, score.high) == pytest.approx((scores.mean() - half, scores.mean() + half))


def test_seed_noise_widens_the_interval():
    rng = np.random.default_rng(0)
    items = rng.random(500)
    calm = mean_score(np.stack([items, items, items]))
    noisy = mean_score(np.stack([items - 0.05, items, items + 0.05]))
    assert noisy.mean == pytest.approx(calm.mean)
    assert noisy.high - noisy.low > 1.5 * (calm.high - calm.low)


def test_items_that_always_agree_count_as_one():
    scores = np.tile([0.2, 0.9, 0.4, 0.7, 0.1, 0.6], 50)
    groups = [str(i % 6) for i in range(300)]
    grouped, single = mean_score(scores, groups), mean_score(scores)
    assert grouped.high - grouped.low > 6 * (single.high - single.low)


def test_a_trial_that_failed_is_absent():
    scores = np.array([[1.0, 0.0, 1.0], [np.nan] * 3, [0.0, 0.0, 1.0]])
    curve = Curve("base-raw", {64: scores, 128: np.full((2, 3), np.nan)})
    assert curve.completed(64).shape == (2, 3)
    assert curve.completed(999).shape == (0, 0)
    assert curve.finished_rungs() == [64]
    assert point(curve, 64).mean == pytest.approx(0.5)


def test_a_point_without_trials_is_an_error():
    with pytest.raises(ValueError, match="two items"):
        point(Curve("base-raw", {}), 64)
    with pytest.raises(ValueError, match=r"\[seeds, items\]"):
        Curve("base-raw", {64: np.ones(5)}).completed(64)
    with pytest.raises(ValueError, match="groups for"):
        group_index(["a"], 2)
    with pytest.raises(ValueError, match="two item groups"):
        mean_score(np.ones(5), ["a"] * 5)


def test_identical_seeds_have_no_interaction_and_shifts_are_not_interaction():
    items = np.array([0.1, 0.5, 0.9, 0.3])
    index = np.arange(4)
    assert interaction_variance(np.stack([items, items + 0.2]), index) == pytest.approx(0)


def test_interaction_matches_the_analysis_of_variance():
    scores = np.random.default_rng(3).random((3, 40))
    residual = scores - scores.mean(1, keepdims=True) - scores.mean(0) + scores.mean()
    mean_square = (residual**2).sum() / (2 * 39)
    assert interaction_variance(scores, np.arange(40)) == pytest.approx(mean_square / 40)


@pytest.mark.parametrize("freedom", [2, 3, 4, 8, 30, 1000])
def test_student_quantile_agrees_with_scipy(freedom):
    tolerance = 0.04 if freedom == 2 else 0.01
    assert student_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=tolerance)
