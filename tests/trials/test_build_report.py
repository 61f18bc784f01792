"""The fold of toy trials into a report."""

from collections.abc import Callable
from pathlib import Path

import pytest
from toy_trials import GRID, Bench, toy_plan, toy_task

from headstart.domain.report import Report
from headstart.domain.trial import Kind, Trial
from headstart.domain.value import NotMeasured, Score
from headstart.domain.verdict import Outcome
from headstart.errors import HeadstartError
from headstart.report.build import CONTRASTS, SHORT, build_report
from headstart.report.jsonfile import from_json, to_json
from headstart.report.markdown import markdown
from headstart.report.terminal import terminal
from headstart.store import RunFolder

Made = tuple[Report, list[Trial], Bench]
Make = Callable[..., Made]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def build(prepare: Callable[[Bench], None] = lambda _bench: None, **asked: object) -> Made:
        task = toy_task()
        bench = Bench(task, toy_plan(task, **asked), RunFolder(tmp_path))
        prepare(bench)
        runner = bench.runner()
        trials = runner.run()
        return build_report(bench.plan, task, trials, tuple(runner.skipped)), trials, bench

    return build


def test_the_better_start_wins_and_every_view_can_be_drawn(make: Make) -> None:
    report, _, bench = make()
    assert (report.verdict.outcome, report.verdict.start) == (Outcome.WINNER, "instruct")
    assert report.verdict.rows == bench.plan.rungs[-1]
    assert from_json(to_json(report), "report.json") == report
    assert "instruct" in markdown(report)
    assert "instruct" in terminal(report, 80, color=False, folder="run")


def test_every_trial_is_summed_up_in_order_and_curves_follow(make: Make) -> None:
    report, trials, bench = make(seeds=2)
    assert [t.key for t in report.trials] == [t.spec.key for t in trials]
    for start in report.starts:
        assert [p.n for p in start.curve] == list(bench.plan.rungs)
        assert {p.seeds for p in start.curve} == {2}
        for at in start.curve:
            tuned = [
                t.score
                for t in report.trials
                if (t.start, t.kind, t.rows) == (start.name, "tuned", at.n)
            ]
            assert at.mean == pytest.approx(sum(tuned) / 2)
            assert at.low <= at.mean <= at.high


def test_a_sweep_is_not_scored_and_a_baseline_not_trained(make: Make) -> None:
    report, _, _ = make(seeds=1)
    sweep = next(t for t in report.trials if t.kind == "sweep")
    assert sweep.score == NotMeasured(why="a sweep is measured on dev rows only")
    assert (sweep.first_loss, sweep.last_loss) == (2.0, 1.0)
    bare = next(t for t in report.trials if t.kind == "zero-shot")
    assert bare.first_loss == NotMeasured(why="nothing was trained")
    assert bare.learning_rate is None


def test_one_rate_is_chosen_even_where_two_are_equal(make: Make) -> None:
    def equal(bench: Bench) -> None:
        bench.dev_loss = lambda _start, rate: 1.0 if rate in GRID[:2] else 2.0

    report, _, _ = make(equal, seeds=1)
    for start in report.starts:
        assert [p.chosen for p in start.sweep] == [True, False, False, False]
        assert start.learning_rate == GRID[0]
        used = {t.learning_rate for t in report.trials if t.kind == "tuned"}
        assert used == {GRID[0]}


def test_a_rate_that_failed_says_why_and_is_not_chosen(make: Make) -> None:
    def last_fails(bench: Bench) -> None:
        bench.fails = lambda _start, rate: "diverged" if rate == GRID[2] else None

    report, _, _ = make(last_fails, seeds=1)
    point = report.starts[0].sweep[2]
    assert (point.dev_bits_per_byte, point.chosen) == (NotMeasured(why="diverged"), False)
    failed = next(t for t in report.trials if t.failed)
    assert failed.score == NotMeasured(why="diverged")


def test_a_start_that_always_fails_leaves_the_other_to_be_judged(make: Make) -> None:
    def base_fails(bench: Bench) -> None:
        bench.fails = lambda name, _rate: "diverged" if name == "base-raw" else None

    report, _, _ = make(base_fails, seeds=1)
    base = report.starts[0]
    assert base.curve == ()
    assert base.learning_rate == NotMeasured(why="every rate failed")
    assert report.skipped == (
        "base-raw: no learning rate trained without failing, so it was not tried",
    )
    assert report.contrasts == ()
    assert report.verdict.start == "instruct"
    assert isinstance(report.cost.full_run_seconds["base-raw"], NotMeasured)
    assert from_json(to_json(report), "") == report


def test_where_every_start_fails_there_is_no_verdict(make: Make) -> None:
    def all_fail(bench: Bench) -> None:
        bench.fails = lambda _start, _rate: "diverged"

    with pytest.raises(HeadstartError, match="none of 2 starts finished a trial"):
        make(all_fail, seeds=1)


def test_a_baseline_that_is_not_finite_is_left_out_not_scored_zero(make: Make) -> None:
    def broken_at_first(bench: Bench) -> None:
        bench.bits = float("nan")

        def mended() -> bool:
            if bench.calls("train"):
                bench.bits = 6.0
            return False

        bench.should_stop = mended

    report, _, _ = make(broken_at_first, seeds=1)
    assert all(start.baselines == () for start in report.starts)
    assert "nan" not in to_json(report).lower()


def test_figures_of_a_rung_are_absent_where_one_seed_has_none(make: Make) -> None:
    _, trials, bench = make(seeds=2)
    absent = NotMeasured(why="nothing was generated")
    last = next(t for t in reversed(trials) if t.spec.kind is Kind.TUNED)
    changed = last.model_copy(update={"figures": last.figures | {"stopped by itself": absent}})
    mixed = [changed if t is last else t for t in trials]
    report = build_report(bench.plan, bench.task, mixed, ())
    start = next(s for s in report.starts if s.name == last.spec.start)
    assert start.curve[-1].figures["stopped by itself"] == absent


def test_contrasts_come_widest_first_and_are_kept_short(make: Make) -> None:
    report, _, bench = make(seeds=2)
    gaps = [abs(c.scores["instruct"] - c.scores["base-raw"]) for c in report.contrasts]
    assert 0 < len(gaps) <= CONTRASTS
    assert gaps == sorted(gaps, reverse=True)
    assert min(gaps) > 0
    long = "word " * 100
    test = tuple(
        e.model_copy(update={"prompt": (e.prompt[0].model_copy(update={"content": long}),)})
        for e in bench.task.test
    )
    again = build_report(
        bench.plan, bench.task.model_copy(update={"test": test}), bench.runner().run(), ()
    )
    assert {len(c.prompt) for c in again.contrasts} == {SHORT}


def test_cost_counts_tokens_and_extrapolates_to_all_rows(make: Make) -> None:
    report, trials, bench = make(seeds=1)
    assert report.cost.tokens == sum(t.tokens for t in trials)
    assert report.cost.peak_memory_bytes == 1000
    per_row = bench.seconds / bench.plan.rungs[-1]
    whole = pytest.approx(per_row * bench.plan.counts.train)
    assert report.cost.full_run_seconds == {"base-raw": whole, "instruct": whole}


def test_rules_of_thumb_are_compared_only_with_a_winner(make: Make) -> None:
    report, _, _ = make()
    agreed = {r.rule: (r.start, r.agrees) for r in report.rules}
    assert ("instruct", True) in agreed.values()
    assert ("base-raw", False) in agreed.values()
    assert all((r.agrees is None) == (r.start is None) for r in report.rules)


def test_cuts_findings_and_starts_findings_are_told(make: Make) -> None:
    report, _, bench = make(budget_seconds=12.0)
    assert bench.plan.cuts
    assert f"cut to fit the budget: {bench.plan.cuts[0]}" in report.findings
    assert report.starts[0].findings == ("a finding of the start",)
    assert report.verdict.screening


def test_no_home_path_is_written(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    _, trials, bench = make(seeds=1)
    monkeypatch.setenv("HOME", "/home/ann")
    typed = ("base=/home/ann/models/base", "/home/ann/models/instruct")
    asked = bench.plan.request.model_copy(
        update={"checkpoints": typed, "data": "/home/ann/pets.csv", "test": "/home/ann/test.csv"}
    )
    found = tuple(
        c.model_copy(update={"source": f"/home/ann/models/{c.name}"})
        for c in bench.plan.checkpoints
    )
    plan = bench.plan.model_copy(update={"request": asked, "checkpoints": found})
    report = build_report(plan, bench.task, trials, ())
    assert "/home/ann" not in to_json(report) + markdown(report)
    assert "base=~/models/base" in report.command
    assert report.starts[0].source == "~/models/base"


def test_an_interval_over_few_seeds_stays_within_what_the_metric_can_be(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = Score(mean=0.4, low=-0.1, high=1.2, n=40)
    monkeypatch.setattr("headstart.report.build.point", lambda *_: wide)
    report, _, _ = make(seeds=2)
    assert {(p.low, p.high) for s in report.starts for p in s.curve} == {(0.0, 1.0)}
