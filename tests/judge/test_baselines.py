import numpy as np
import pytest

from headstart.judge.baselines import higher_zero_shot, picks, row_count
from headstart.judge.curves import Untuned

KINDS = {"base-raw": "base", "base-chat": "base", "instruct": "instruct"}


@pytest.mark.parametrize(
    ("rows", "pick"),
    [(1, "instruct"), (299, "instruct"), (300, None), (999, None), (1000, "base-raw")],
)
def test_row_count_rule_turns_at_its_published_thresholds(rows, pick):
    assert row_count(KINDS, rows) == pick


def test_higher_zero_shot_follows_the_metric_direction_and_ignores_few_shot():
    untuned = [
        Untuned("instruct", "zero-shot", np.array([1.0, 1.0])),
        Untuned("base-raw", "zero-shot", np.array([0.0, 1.0])),
        Untuned("base-raw", "few-shot", np.array([9.0, 9.0])),
    ]
    assert higher_zero_shot(untuned, higher_is_better=True) == "instruct"
    assert higher_zero_shot(untuned, higher_is_better=False) == "base-raw"


def test_higher_zero_shot_says_nothing_on_equal_scores_or_one_start():
    one = Untuned("instruct", "zero-shot", np.ones(3))
    assert higher_zero_shot([one], higher_is_better=True) is None
    twin = Untuned("base-raw", "zero-shot", np.ones(3))
    assert higher_zero_shot([one, twin], higher_is_better=True) is None


def test_all_rules_are_reported():
    assert picks(KINDS, 500, [], higher_is_better=True) == {
        "always instruct": "instruct",
        "always base": "base-raw",
        "row count (1,000 or more base, below 300 instruct)": None,
        "higher zero-shot score": None,
    }
    assert set(picks({}, 500, [], higher_is_better=True).values()) == {None}
