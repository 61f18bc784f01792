import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.judge.power import detectable_difference, items_needed, resolving_variance


@pytest.mark.parametrize(("gap", "items"), [(0.05, 620), (0.03, 1736), (0.02, 3917)])
def test_items_needed_are_the_published_ones(gap, items):
    assert items_needed(gap) == items
    assert detectable_difference(items) == pytest.approx(gap, rel=1e-3)


@given(st.integers(5, 100_000), st.floats(0.05, 0.5))
def test_detectable_difference_and_items_needed_undo_each_other(items, discordance):
    gap = detectable_difference(items, discordance=discordance)
    if gap < discordance:
        assert items_needed(gap, discordance=discordance) == pytest.approx(items, abs=1)


@given(st.integers(1, 10_000))
def test_more_items_detect_smaller_gaps(items):
    assert 0 < detectable_difference(items + 1) < detectable_difference(items) < 1


def test_clusters_count_instead_of_items():
    assert detectable_difference(1000, clusters=620) == detectable_difference(620)
    assert detectable_difference(500, clusters=620) == detectable_difference(500)


def test_a_known_spread_replaces_the_discordance():
    assert items_needed(0.5, sd=1.0) == 31
    assert resolving_variance(0.5) == pytest.approx(1 / 31, rel=0.02)


def test_simulated_power_is_the_promised_one():
    rng = np.random.default_rng(0)
    d = rng.choice([1.0, 0.0, -1.0], p=[0.125, 0.8, 0.075], size=(2000, 620))
    z = d.mean(axis=1) / (d.std(axis=1, ddof=1) / 620**0.5)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.03)


def test_impossible_questions_are_refused():
    with pytest.raises(ValueError, match="test items"):
        detectable_difference(0)
    with pytest.raises(ValueError, match="gap"):
        items_needed(0.3, discordance=0.2)
    with pytest.raises(ValueError, match="power"):
        detectable_difference(100, power=1.0)
