from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.domain.plan import Rates
from headstart.trials.schedule import Schedule, estimate_seconds, fit, trial_seconds

rates = st.builds(
    Rates,
    train_tokens_per_second=st.floats(1, 1e6),
    untuned_seconds_per_item=st.floats(1e-5, 20),
    few_shot_seconds_per_item=st.floats(0, 20),
    tuned_seconds_per_item=st.floats(1e-5, 20),
    dev_seconds_per_item=st.floats(1e-5, 5),
    tokens_per_example=st.floats(1, 2000),
)
schedules = st.builds(
    Schedule,
    top=st.integers(1, 8192),
    sizes=st.integers(1, 6),
    seeds=st.integers(1, 5),
    epochs=st.integers(1, 5),
    test_items=st.integers(2, 500),
    dev_items=st.integers(1, 64),
)
WANTED = Schedule(top=8192, sizes=4, seeds=3, epochs=3, test_items=400, dev_items=64)
PLAIN = Rates(
    train_tokens_per_second=1000.0,
    untuned_seconds_per_item=0.01,
    few_shot_seconds_per_item=0.01,
    tuned_seconds_per_item=0.01,
    dev_seconds_per_item=0.0025,
    tokens_per_example=20.0,
)
SMALLEST = ("seeds", "test_items", "sizes", "epochs")


@settings(deadline=None)
@given(schedules)
def test_rungs_ascend_without_repeats_and_end_at_the_top(schedule: Schedule) -> None:
    rungs = schedule.rungs
    assert list(rungs) == sorted(set(rungs))
    assert rungs[-1] == schedule.top
    assert rungs[0] >= 1
    assert len(rungs) <= min(schedule.sizes, 4)


@settings(deadline=None)
@given(schedules.filter(lambda s: s.top >= 256 and s.sizes > 1))
def test_large_runs_begin_at_64_rows_or_a_64th(schedule: Schedule) -> None:
    assert schedule.rungs[0] == max(64, schedule.top // 64)


@settings(deadline=None)
@given(schedules, rates, st.sampled_from(["seeds", "epochs", "test_items", "dev_items"]))
def test_more_of_anything_never_takes_less_time(s: Schedule, r: Rates, field: str) -> None:
    more = replace(s, **{field: getattr(s, field) + 1})
    assert estimate_seconds(more, {"a": r}) >= estimate_seconds(s, {"a": r})


@settings(deadline=None)
@given(schedules, rates)
def test_twice_the_rows_never_take_less_time(s: Schedule, r: Rates) -> None:
    more = replace(s, top=2 * s.top)
    assert estimate_seconds(more, {"a": r}) >= estimate_seconds(s, {"a": r})


@settings(deadline=None)
@given(schedules, rates, rates)
def test_each_start_adds_its_own_time(s: Schedule, one: Rates, other: Rates) -> None:
    apart = estimate_seconds(s, {"a": one}) + estimate_seconds(s, {"b": other})
    assert estimate_seconds(s, {"a": one, "b": other}) == pytest.approx(apart)


@settings(deadline=None)
@given(schedules, rates, st.floats(0.1, 1e6))
def test_a_fitted_schedule_keeps_to_the_budget_or_cannot_be_cut_further(
    wanted: Schedule, r: Rates, budget: float
) -> None:
    fitted, cuts = fit(wanted, {"a": r}, budget)
    estimate = estimate_seconds(fitted, {"a": r})
    assert estimate <= estimate_seconds(wanted, {"a": r})
    assert all(getattr(fitted, f) <= getattr(wanted, f) for f in ("top", *SMALLEST))
    assert bool(cuts) == (fitted != wanted)
    if estimate > budget:
        again, more = fit(fitted, {"a": r}, budget)
        assert (again, more) == (fitted, ())
        assert fitted.seeds == fitted.epochs == 1
        assert fitted.top <= 64
        assert fitted.test_items <= 50


@settings(deadline=None)
@given(schedules, rates)
def test_nothing_is_cut_where_all_fits(wanted: Schedule, r: Rates) -> None:
    assert fit(wanted, {"a": r}, estimate_seconds(wanted, {"a": r})) == (wanted, ())


def test_what_a_sound_verdict_needs_is_cut_last() -> None:
    budgets = [2.0 ** (n / 8) for n in range(120, 16, -1)]
    fitted = [fit(WANTED, {"a": PLAIN}, budget)[0] for budget in budgets]
    assert list(dict.fromkeys((s.sizes, s.epochs, s.seeds, s.test_items) for s in fitted)) == [
        (4, 3, 3, 400),
        (3, 3, 3, 400),
        (3, 2, 3, 400),
        (3, 2, 3, 200),
        (3, 2, 2, 200),
        (3, 2, 2, 100),
        (2, 2, 2, 100),
        (2, 2, 1, 100),
        (2, 2, 1, 50),
        (2, 1, 1, 50),
    ]
    assert min(s.top for s in fitted if s.seeds == 3) == 256
    assert min(s.top for s in fitted) == 64


def test_a_smaller_budget_never_buys_more() -> None:
    fitted = [fit(WANTED, {"a": PLAIN}, 2.0 ** (n / 4))[0] for n in range(60, -8, -1)]
    for more, less in pairwise(fitted):
        assert all(getattr(less, f) <= getattr(more, f) for f in ("top", *SMALLEST))


def test_each_size_that_was_cut_is_told_once_with_before_and_after() -> None:
    everything = estimate_seconds(WANTED, {"a": PLAIN})
    assert fit(WANTED, {"a": PLAIN}, 0.99 * everything)[1] == ("training sizes: 4 to 3",)
    assert fit(WANTED, {"a": PLAIN}, 0.001)[1] == (
        "rows of the largest trial: 8192 to 64",
        "training sizes: 4 to 2",
        "seeds: 3 to 1",
        "passes over the rows: 3 to 1",
        "test items: 400 to 50",
    )


def test_a_single_size_is_no_cut_where_its_sweep_would_take_longer() -> None:
    slow = PLAIN.model_copy(update={"tuned_seconds_per_item": 1e-6})
    fitted, _ = fit(replace(WANTED, top=64), {"a": slow}, 0.001)
    assert len(fitted.rungs) == 2


def test_a_trial_is_training_plus_scoring() -> None:
    schedule = replace(WANTED, epochs=2, test_items=100)
    assert trial_seconds(50, schedule, PLAIN) == pytest.approx(50 * 2 * 20 / 1000 + 100 * 0.01)
