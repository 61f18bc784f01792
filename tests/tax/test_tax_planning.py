"""Plans keep to their budget, and say what they leave out and what they can show."""

from collections import Counter

import pytest
from tax_sides import made_sets

from headstart.domain.tax import Battery, Mode
from headstart.tax.planning import LEAST, Asked, Pace, Wanted, detectable, plan_jobs

SETS = made_sets(300)
PAIR = (Asked("base", Mode.RAW, tuple(Mode)), Asked("instruct", Mode.TEMPLATE, tuple(Mode)))
PACE = Pace(token=0.01, question=0.05, passage=0.2)


def wanted(seconds: float, n: int = 200) -> Wanted:
    return Wanted(n=n, samples=10, limit=256, seconds=seconds)


def test_with_time_everything_is_asked_in_both_formats() -> None:
    jobs, seconds, cuts = plan_jobs(PAIR, SETS, PACE, wanted(1e6))
    assert cuts == ()
    assert len(jobs) == 2 * 7 * 2 + 2
    assert {job.n for job in jobs} == {200, 100}
    assert seconds > 0
    assert not [j for j in jobs if j.battery is Battery.SHIFT and j.checkpoint == "base"]


@pytest.mark.parametrize("seconds", [1200, 2700, 3600, 7200])
def test_plans_fit_their_budget(seconds: float) -> None:
    jobs, estimate, cuts = plan_jobs(PAIR, SETS, PACE, wanted(seconds))
    assert estimate <= seconds
    assert cuts
    assert min(job.n for job in jobs) >= LEAST


def test_short_of_time_each_writes_only_in_its_own_format() -> None:
    jobs, _, cuts = plan_jobs(PAIR, SETS, PACE, wanted(1500))
    written = [j for j in jobs if j.battery in (Battery.SAFE, Battery.INSTRUCTIONS)]
    assert {(j.checkpoint, j.mode) for j in written} == {
        ("base", Mode.RAW),
        ("instruct", Mode.TEMPLATE),
    }
    assert Counter(j.mode for j in jobs if j.battery is Battery.CHOICES) == {
        Mode.RAW: 2,
        Mode.TEMPLATE: 2,
    }
    assert "only in the format" in cuts[0]


def test_a_budget_that_is_too_small_is_told() -> None:
    jobs, estimate, cuts = plan_jobs(PAIR, SETS, PACE, wanted(10))
    assert estimate > 10
    assert {job.n for job in jobs} == {LEAST}
    assert "more than the budget" in cuts[-1]


def test_only_what_a_server_can_do_is_asked_of_it() -> None:
    spoken = frozenset((Battery.SAFE, Battery.CHOICES))
    served = Asked(
        "far", Mode.TEMPLATE, tuple(Mode), spoken, frozenset({(Battery.CHOICES, Mode.TEMPLATE)})
    )
    jobs, *_ = plan_jobs((PAIR[0], served), SETS, None, wanted(1))
    asked = {(j.battery, j.mode) for j in jobs if j.checkpoint == "far"}
    assert asked == {
        *((Battery.SAFE, mode) for mode in Mode),
        (Battery.CHOICES, Mode.RAW),
    }


def test_more_items_show_smaller_differences() -> None:
    few, many = (
        {d.measure: d.gap for d in detectable(plan_jobs(PAIR, SETS, None, wanted(1, n))[0])}
        for n in (50, 200)
    )
    assert set(few) == set(many)
    assert all(many[name] < few[name] for name in few if name != "self-BLEU")
    assert many["over-refusal"] == pytest.approx(0.0869, abs=0.002)
