"""Plans keep to their budget, and say what they leave out and what they can show."""

from collections import Counter

import pytest
from tax_sides import made_sets

from headstart.domain.tax import Battery, Job, Mode
from headstart.tax.planning import LEAST, Asked, Pace, Wanted, detectable, jobs, plan_jobs

SETS = made_sets(300)
PAIR = (Asked("base", Mode.RAW, tuple(Mode)), Asked("instruct", Mode.TEMPLATE, tuple(Mode)))
PACE = Pace(token=0.01, question=0.05, passage=0.2)


def wanted(seconds: float, n: int = 200) -> Wanted:
    return Wanted(n=n, samples=10, limit=256, seconds=seconds)


def seconds_of(planned: tuple[Job, ...], limit: int = 256, samples: int = 10) -> float:
    return sum(PACE.job(job, limit, samples) for job in planned)


def test_with_time_everything_is_asked_in_both_formats() -> None:
    planned, cuts = plan_jobs(PAIR, SETS, PACE, wanted(1e6))
    assert cuts == ()
    assert len(planned) == len(set(planned)) == 2 * 7 * 2 + 2
    assert {job.n for job in planned} == {200, 100}
    assert not [j for j in planned if j.battery is Battery.SHIFT and j.checkpoint == "base"]


def test_all_are_asked_as_they_are_meant_to_be_before_any_is_asked_otherwise() -> None:
    planned, _ = plan_jobs(PAIR, SETS, PACE, wanted(1e6))
    intended = dict(zip(("base", "instruct"), (Mode.RAW, Mode.TEMPLATE), strict=True))
    weighed = (Battery.CHOICES, Battery.PASSAGES, Battery.ENDINGS)
    is_extra = [j.battery not in weighed and j.mode is not intended[j.checkpoint] for j in planned]
    assert is_extra == sorted(is_extra)
    assert 0 < sum(is_extra) < len(planned)


@pytest.mark.parametrize("seconds", [1200, 2700, 3600, 5000])
def test_plans_fit_their_budget(seconds: float) -> None:
    planned, cuts = plan_jobs(PAIR, SETS, PACE, wanted(seconds))
    assert seconds_of(planned) <= seconds
    assert cuts
    assert min(job.n for job in planned) >= LEAST


def test_short_of_time_each_writes_only_in_its_own_format() -> None:
    planned, cuts = plan_jobs(PAIR, SETS, PACE, wanted(1500))
    written = [j for j in planned if j.battery in (Battery.SAFE, Battery.INSTRUCTIONS)]
    assert {(j.checkpoint, j.mode) for j in written} == {
        ("base", Mode.RAW),
        ("instruct", Mode.TEMPLATE),
    }
    assert Counter(j.mode for j in planned if j.battery is Battery.CHOICES) == {
        Mode.RAW: 2,
        Mode.TEMPLATE: 2,
    }
    assert "only in the format" in cuts[0]


def test_a_budget_that_is_too_small_is_told() -> None:
    planned, cuts = plan_jobs(PAIR, SETS, PACE, wanted(10))
    assert seconds_of(planned) > 10
    assert {job.n for job in planned} == {LEAST}
    assert "more than the budget" in cuts[-1]


def test_only_what_a_server_can_do_is_asked_of_it() -> None:
    spoken = frozenset((Battery.SAFE, Battery.CHOICES))
    served = Asked(
        "far", Mode.TEMPLATE, tuple(Mode), spoken, frozenset({(Battery.CHOICES, Mode.TEMPLATE)})
    )
    asked = {(j.battery, j.mode) for j in jobs((PAIR[0], served), SETS, 9) if j.checkpoint == "far"}
    assert asked == {
        *((Battery.SAFE, mode) for mode in Mode),
        (Battery.CHOICES, Mode.RAW),
    }


def test_more_items_show_smaller_differences() -> None:
    few, many = ({d.measure: d.gap for d in detectable(jobs(PAIR, SETS, n))} for n in (50, 200))
    assert set(few) == set(many)
    assert all(many[name] < few[name] for name in few)
    assert many["over-refusal"] == pytest.approx(0.0869, abs=0.002)
