"""Differences, intervals and probabilities against independent implementations."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from headstart.tax.contrasts import drawn, holm, mean_of, means, ratios, shares
from headstart.tax.student import quantile, two_sided

flags = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=60)


@pytest.mark.parametrize("freedom", [1, 2, 5, 29, 199, 4999])
def test_student_is_scipys(freedom: int) -> None:
    assert quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)
    for t in (0.0, 0.3, -1.7, 4.0, 30.0):
        expected = 2 * stats.t.sf(abs(t), freedom)
        assert two_sided(t, freedom) == pytest.approx(expected, rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("seed", range(5))
def test_paired_means_are_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0, 1, 40), rng.normal(0.3, 1, 40)
    found, theirs = means(a.tolist(), b.tolist()), stats.ttest_rel(b, a)
    interval = theirs.confidence_interval()
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_mcnemar_is_the_binomial_mid_p(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.random(50) < 0.5, rng.random(50) < 0.7
    gained, lost = int((b & ~a).sum()), int((a & ~b).sum())
    exact = stats.binomtest(gained, gained + lost).pvalue
    mass = stats.binom.pmf(gained, gained + lost, 0.5)
    found = shares(a.tolist(), b.tolist())
    assert found.p == pytest.approx(min(1.0, exact - mass), rel=1e-9) or gained == lost
    assert found.mean == pytest.approx((gained - lost) / 50)


@given(flags)
def test_swapping_negates_a_difference_of_shares(pairs: list[tuple[bool, bool]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    there, back = shares(first, second), shares(second, first)
    assert there.mean == pytest.approx(-back.mean)
    assert there.low == pytest.approx(-back.high)
    assert there.p == pytest.approx(back.p)
    assert there.low <= there.mean <= there.high


def test_nothing_against_itself_is_resolved() -> None:
    same = [True, False] * 30
    for found in (shares(same, same), means([1.0, 2.0, 4.0], [1.0, 2.0, 4.0])):
        assert found.low <= 0 <= found.high
        assert found.p == 1
    still = ratios(([1.0, 2.0], [3.0, 4.0]), ([1.0, 2.0], [3.0, 4.0]))
    assert (still.low, still.mean, still.high) == (0, 0, 0)
    assert still.p == 1


def test_intervals_of_shares_cover() -> None:
    rng = np.random.default_rng(1)
    missed = 0
    for _ in range(600):
        base = rng.random(60)
        first = base < 0.3
        second = np.where(rng.random(60) < 0.2, rng.random(60) < 0.8, first)
        found = shares(first.tolist(), second.tolist())
        missed += not found.low <= 0.2 * (0.8 - 0.3) <= found.high
    assert missed / 600 <= 0.07


def test_groups_widen_an_interval_and_leave_the_mean() -> None:
    rng = np.random.default_rng(2)
    values = np.repeat(rng.normal(0, 1, 20), 5).tolist()
    groups = [i // 5 for i in range(100)]
    alone, together = mean_of(values), mean_of(values, groups)
    assert together.mean == pytest.approx(alone.mean)
    assert together.high - together.low > 1.8 * (alone.high - alone.low)
    assert together.n == 20
    means_of_groups = np.array(values).reshape(20, 5).mean(1)
    expected = stats.ttest_1samp(means_of_groups, 0).confidence_interval()
    assert (together.low, together.high) == pytest.approx((expected.low, expected.high))


def test_the_bootstrap_agrees_with_scipys() -> None:
    rng = np.random.default_rng(3)
    tops, bottoms = rng.gamma(2, 1, (2, 80)), rng.gamma(5, 1, (2, 80))
    found = ratios((tops[0].tolist(), bottoms[0].tolist()), (tops[1].tolist(), bottoms[1].tolist()))
    theirs = stats.bootstrap(
        (*tops, *bottoms),
        lambda a, b, c, d, axis=-1: b.sum(axis) / d.sum(axis) - a.sum(axis) / c.sum(axis),
        paired=True,
        method="percentile",
        n_resamples=4000,
        rng=np.random.default_rng(4),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert abs(found.low - theirs.low) < 0.06 * width
    assert abs(found.high - theirs.high) < 0.06 * width


def test_draws_are_moved_to_an_estimate_without_bias() -> None:
    values = np.random.default_rng(5).normal(0, 1, 60)

    def figure(items: np.ndarray) -> np.ndarray:
        return np.abs(values[items].mean(1))

    plain, moved = drawn(figure, 60, draws=2000), drawn(figure, 60, draws=2000, around=0.0)
    assert plain.low > 0
    assert moved.mean == 0
    assert moved.low < 0 < moved.high
    assert moved.p > 0.5
    assert moved.high - moved.low == pytest.approx(plain.high - plain.low, rel=0.05)


def test_draws_without_a_figure_are_left_out() -> None:
    found = drawn(lambda items: np.where((items == 0).any(1), math.nan, 1.0), 5, draws=200)
    assert math.isnan(found.mean)
    assert (found.low, found.high) == (1.0, 1.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_order_and_never_lowers(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(a >= v for a, v in zip(adjusted, values, strict=True))
    assert all(0 <= a <= 1 for a in adjusted)
    order = np.argsort(values, kind="stable")
    assert all(adjusted[a] <= adjusted[b] for a, b in pairwise(order))


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@pytest.mark.parametrize(("first", "second"), [([], []), ([True], [True, False])])
def test_items_that_cannot_be_paired_are_refused(first: list[bool], second: list[bool]) -> None:
    with pytest.raises(ValueError, match="cannot be paired"):
        shares(first, second)
