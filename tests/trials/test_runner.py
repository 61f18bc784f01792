import contextlib
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_trials import GRID, TOY_RATES, Bench, toy_plan, toy_task

from headstart.domain.trial import Clock, Kind, Trial
from headstart.domain.value import NotMeasured
from headstart.errors import Interrupted, StoreError
from headstart.store import RunFolder

MakeBench = Callable[..., Bench]
NO_CLOCK = Clock(train_seconds=0, score_seconds=0, peak_memory_bytes=0)


@pytest.fixture
def make_bench(tmp_path: Path) -> MakeBench:
    def make(where: str = "run", **asked: object) -> Bench:
        task = toy_task()
        return Bench(task, toy_plan(task, **asked), RunFolder(tmp_path / where))

    return make


def without_clock(trials: list[Trial]) -> list[Trial]:
    return [t.model_copy(update={"clock": NO_CLOCK}) for t in trials]


def stored(bench: Bench) -> set[str]:
    return {path.name for path in (bench.folder.path / "trials").iterdir()}


def test_baselines_then_sweeps_then_rung_by_rung_seed_by_seed_start_by_start(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(seeds=2)
    trials = bench.runner().run()
    first, last = bench.plan.rungs[0], bench.plan.rungs[-1]
    assert len(bench.plan.rungs) >= 3
    kinds = [(t.spec.start, t.spec.kind) for t in trials[:4]]
    assert kinds == [
        (name, kind)
        for name in ("base-raw", "instruct")
        for kind in (Kind.ZERO_SHOT, Kind.FEW_SHOT)
    ]
    sweep = [(t.spec.start, t.spec.learning_rate, t.spec.rows, t.spec.seed) for t in trials[4:10]]
    assert sweep == [(name, rate, first, 0) for name in ("base-raw", "instruct") for rate in GRID]
    tuned = [(t.spec.rows, t.spec.seed, t.spec.start) for t in trials[10:]]
    assert tuned == [
        (rows, seed, name)
        for rows in bench.plan.rungs
        for seed in (0, 1)
        for name in ("base-raw", "instruct")
    ]
    assert tuned[-1][0] == last
    assert {t.spec.learning_rate for t in trials[10:]} == {GRID[1]}


def test_a_rung_trains_on_a_prefix_and_shots_are_shown_to_one_baseline_only(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(seeds=1, shots=3)
    bench.runner().run()
    shown = [call[3] for call in bench.calls("measure")]
    assert shown[:4] == [0, 3, 0, 3]
    assert set(shown[4:]) == {0}


def test_without_shots_there_is_no_few_shot_baseline(make_bench: MakeBench) -> None:
    trials = make_bench(seeds=1, shots=0).runner().run()
    assert Kind.FEW_SHOT not in {t.spec.kind for t in trials}


def test_what_is_returned_is_what_is_stored(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    trials = bench.runner().run()
    assert [bench.folder.trial(t.spec) for t in trials] == trials
    assert stored(bench) == {f"{t.spec.key}.json" for t in trials}


def test_every_trial_is_stored_before_the_next_begins(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    counts: list[int] = []

    def count() -> bool:
        counts.append(len(stored(bench)))
        return False

    bench.should_stop = count
    trials = bench.runner().run()
    assert sorted(set(counts)) == list(range(len(trials)))


def test_a_stored_trial_is_never_run_again(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=2)
    first = bench.runner().run()
    bench.log.clear()
    assert bench.runner().run() == first
    assert bench.log == []


def test_a_broken_trial_file_is_named_and_not_overwritten(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    key = bench.runner().run()[0].spec.key
    path = bench.folder.path / "trials" / f"{key}.json"
    path.write_text("{")
    with pytest.raises(StoreError, match="is not a trial"):
        bench.runner().run()
    assert path.read_text() == "{"


@settings(max_examples=12, deadline=None)
@given(polls=st.integers(0, 60))
def test_a_run_stopped_at_any_moment_goes_on_to_the_same_trials(
    tmp_path_factory: pytest.TempPathFactory, polls: int
) -> None:
    folder = tmp_path_factory.mktemp("stopped")
    task = toy_task(train=70)
    plan = toy_plan(task, seeds=1)
    whole = Bench(task, plan, RunFolder(folder / "whole"))
    expected = without_clock(whole.runner().run())
    bench = Bench(task, plan, RunFolder(folder / "cut"))
    left = iter(range(polls))
    bench.should_stop = lambda: next(left, None) is None
    with contextlib.suppress(Interrupted):
        bench.runner().run()
    before = bench.calls("train")
    done = stored(bench)
    bench.should_stop = lambda: False
    assert without_clock(bench.runner().run()) == expected
    # at most the one trial that was cut short is begun twice
    assert len(bench.calls("train")) - len(whole.calls("train")) <= bool(before)
    assert done <= stored(bench)


def test_a_stop_within_training_leaves_nothing_of_the_trial(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    bench.should_stop = lambda: bool(bench.calls("train"))
    with pytest.raises(Interrupted):
        bench.runner().run()
    assert len(stored(bench)) == 4
    assert all("-shot" in name for name in stored(bench))


def test_a_failed_trial_is_stored_with_its_reason_and_never_scored(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    bench.fails = lambda _start, rate: "the loss was not finite" if rate == GRID[2] else None
    trials = bench.runner().run()
    failed = [t for t in trials if t.failed is not None]
    assert [t.spec.learning_rate for t in failed] == [GRID[2]] * 2
    assert all(t.items == () and t.dev_bits_per_byte is None for t in failed)
    assert not any(call[2][1] == GRID[2] for call in bench.calls("dev"))
    assert [bench.folder.trial(t.spec) for t in failed] == failed


def test_a_failed_tuned_trial_is_never_scored_and_the_others_go_on(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    bench.fails = lambda name, _rate: (
        "diverged" if name == "instruct" and len(bench.calls("train")) > 6 else None
    )
    trials = bench.runner().run()
    tuned = [t for t in trials if t.spec.kind is Kind.TUNED]
    assert all((t.failed == "diverged") == (t.spec.start == "instruct") for t in tuned)
    assert all(bool(t.items) == (t.failed is None) for t in tuned)


def test_a_start_without_a_usable_rate_is_left_out_with_the_reason(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    bench.fails = lambda name, _rate: "diverged" if name == "base-raw" else None
    runner = bench.runner()
    tuned = {t.spec.start for t in runner.run() if t.spec.kind is Kind.TUNED}
    assert tuned == {"instruct"}
    assert runner.skipped == [
        "base-raw: no learning rate trained without failing, so it was not tried"
    ]


def test_no_start_with_a_usable_rate_runs_no_tuned_trial(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    bench.fails = lambda _start, _rate: "diverged"
    runner = bench.runner()
    trials = runner.run()
    assert not [t for t in trials if t.spec.kind is Kind.TUNED]
    assert len(runner.skipped) == 2


def test_the_rate_with_the_lowest_dev_loss_is_used_and_of_equals_the_lowest(
    make_bench: MakeBench,
) -> None:
    bench = make_bench(seeds=1)
    bench.dev_loss = lambda name, rate: {
        ("base-raw", GRID[1]): 1.0,
        ("instruct", GRID[0]): 1.0,
        ("instruct", GRID[1]): 1.0,
    }.get((name, rate), 2.0)
    trials = bench.runner().run()
    used = {(t.spec.start, t.spec.learning_rate) for t in trials if t.spec.kind is Kind.TUNED}
    assert used == {("instruct", GRID[0]), ("base-raw", GRID[1])}


@pytest.mark.parametrize(
    ("centre", "tried"),
    [
        (GRID[0], (*GRID, 3.3e-5)),
        (GRID[1], GRID),
        (GRID[2], (*GRID, 2.7e-3)),
        (1e-9, (*GRID, 3.3e-5, 1.1e-5)),
        (1.0, (*GRID, 2.7e-3, 8.1e-3)),
    ],
)
def test_a_sweep_goes_on_beyond_an_outermost_best_by_two_rates_at_most(
    make_bench: MakeBench, centre: float, tried: tuple[float, ...]
) -> None:
    bench = make_bench(seeds=1)
    bench.dev_loss = lambda _start, rate: abs(math.log(rate / centre))
    trials = bench.runner().run()
    for start in bench.plan.starts:
        own = [t.spec for t in trials if t.spec.start == start.name]
        assert [s.learning_rate for s in own if s.kind is Kind.SWEEP] == pytest.approx(tried)
        best = min(tried, key=lambda rate: abs(math.log(rate / centre)))
        (used,) = {s.learning_rate for s in own if s.kind is Kind.TUNED}
        assert used == pytest.approx(best)
    assert bench.runner().run() == trials


def test_the_smallest_comparison_is_run_even_beyond_the_budget(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=2, budget_seconds=60.0)
    bench.seconds = 1000.0
    tuned = [t.spec for t in bench.runner().run() if t.spec.kind is Kind.TUNED]
    first = bench.plan.rungs[0]
    assert [(s.start, s.rows, s.seed) for s in tuned] == [
        ("base-raw", first, 0),
        ("instruct", first, 0),
    ]


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_dev_loss_that_is_not_finite_is_a_failure_and_never_chosen(
    make_bench: MakeBench, loss: float
) -> None:
    bench = make_bench(seeds=1)
    bench.dev_loss = lambda _start, rate: loss if rate == GRID[0] else abs(rate - GRID[1])
    trials = bench.runner().run()
    assert {t.spec.learning_rate for t in trials if t.spec.kind is Kind.TUNED} == {GRID[1]}
    assert [t.spec.learning_rate for t in trials if t.failed] == [GRID[0]] * 2
    assert bench.runner().run() == trials


def test_answers_that_are_not_finite_fail_the_trial(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    bench.bits = float("nan")
    trials = bench.runner().run()
    scored = [t for t in trials if t.spec.kind is not Kind.SWEEP]
    assert {t.failed for t in scored} == {"the model's probabilities are not finite"}
    assert not any(t.items for t in trials)
    assert bench.runner().run() == trials


def test_missing_dev_loss_is_absent_not_zero(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    bench.dev_loss = lambda _start, _rate: NotMeasured(why="no bytes")
    runner = bench.runner()
    assert {t.dev_bits_per_byte for t in runner.run()} == {None}
    assert len(runner.skipped) == 2


def test_trials_beyond_the_budget_are_skipped_with_the_reason(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=2, budget_seconds=60.0)
    bench.seconds = 8.0  # sweeps alone take 48 of the 60 seconds
    runner = bench.runner()
    trials = runner.run()
    tuned = [t for t in trials if t.spec.kind is Kind.TUNED]
    planned = 2 * 2 * len(bench.plan.rungs)
    assert len(tuned) + len(runner.skipped) == planned
    assert 0 < len(tuned) < planned
    assert all(reason.endswith(": the budget was used up") for reason in runner.skipped)
    assert f"on {bench.plan.rungs[-1]} rows" in runner.skipped[-1]
    assert sum(t.clock.train_seconds for t in trials) <= 1.08 * 60.0 + 8.0


def test_a_resumed_run_skips_what_it_skipped_before(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=2, budget_seconds=60.0)
    bench.seconds = 8.0
    first = bench.runner()
    trials = first.run()
    again = bench.runner()
    assert again.run() == trials
    assert again.skipped == first.skipped


def test_trials_faster_than_planned_all_run(tmp_path: Path) -> None:
    task = toy_task()
    slow = TOY_RATES.model_copy(update={"train_tokens_per_second": 200.0})
    plan = toy_plan(task, slow, seeds=3, budget_seconds=600.0)
    bench = Bench(task, plan, RunFolder(tmp_path))
    runner = bench.runner()
    runner.run()
    assert runner.skipped == []
    assert runner.spent < runner.planned


def test_progress_tells_steps_outcomes_and_the_time_left(make_bench: MakeBench) -> None:
    bench = make_bench(seeds=1)
    trials = bench.runner().run()
    steps = [e for e in bench.events if e.stage == "training"]
    assert {(e.done, e.total) for e in steps} == {(1, 2), (2, 2)}
    told = [e for e in bench.events if e.stage == "stored"]
    assert len(told) == len(trials)
    assert "base-raw zero-shot: score 0.200" in told[0].message
    left = [e.eta_seconds for e in told]
    assert all(seconds >= 0 for seconds in left)
    assert left[-1] < left[0]
