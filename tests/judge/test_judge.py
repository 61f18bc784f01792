import numpy as np
import pytest

from headstart.domain.value import NotMeasured
from headstart.domain.verdict import Outcome
from headstart.errors import HeadstartError
from headstart.judge import wording
from headstart.judge.calibration import World, experiment
from headstart.judge.curves import Curve, Untuned
from headstart.judge.judge import judge

ITEMS = 200


def right(count, seeds=3, items=ITEMS):
    """`count` of the items right, the first ones, the same in every seed."""
    return np.tile((np.arange(items) < count).astype(float), (seeds, 1))


def curve(start, count, seeds=3, sizes=(64, 128, 256), items=ITEMS):
    return Curve(start, {rows: right(count, seeds, items) for rows in sizes})


def say(curves, untuned=(), **changes):
    options = {"groups": None, "margin": 0.01, "higher_is_better": True, "default": "instruct"}
    return judge(curves, untuned, **(options | changes))


def simulated(seed=0, **world):
    return experiment(World(**world), np.random.default_rng(seed))[0]


# the rules, in order


def test_untuned_within_the_margin_of_the_best_tuned_needs_no_training():
    untuned = [
        Untuned("base-raw", "few-shot", right(150)[0]),
        Untuned("instruct", "zero-shot", right(50)[0]),
    ]
    verdict = say([curve("instruct", 150), curve("base-raw", 100)], untuned)
    assert verdict.outcome is Outcome.NO_TRAINING_NEEDED
    assert verdict.start == "base-raw"
    assert "few-shot, without training" in verdict.reason
    assert verdict.next_step == "Use base-raw as it is, few-shot."
    # equal scores, but another test set could hold two items that tell them apart
    assert 0 < verdict.regret_bound < 0.015
    assert [(d.start, d.rows) for d in verdict.differences] == [("base-raw", 256), ("base-raw", 0)]


def test_a_clear_lead_is_a_winner_with_exact_figures():
    verdict = say([curve("instruct", 142), curve("base-raw", 100)])
    assert (verdict.outcome, verdict.start) == (Outcome.WINNER, "instruct")
    gap = verdict.differences[0].gap
    assert gap.mean == pytest.approx(0.21)
    # paired: 42 items of 200 differ, and two unseen disagreements are allowed for
    half = 1.96 * (0.21 * 0.79 / 200 + 2 / 200**2) ** 0.5
    assert gap.low == pytest.approx(0.21 - half, abs=0.01)
    assert gap.high == pytest.approx(0.21 + half, abs=0.01)
    assert verdict.reason.startswith(
        "instruct scored 71.0% against 50.0% for base-raw after 256 rows: +21.0 points, "
    )
    assert "3 seeds, 200 test items." in verdict.reason
    assert verdict.next_step == "Tune with instruct on all your rows."
    assert verdict.probability_best["instruct"] == pytest.approx(1)
    assert not verdict.screening


def test_a_start_that_leads_the_default_by_less_than_the_margin_is_a_tie():
    curves = [curve("base-raw", 4020, items=5000), curve("instruct", 4000, items=5000)]
    verdict = say(curves)
    assert verdict.probability_best["base-raw"] > 0.95
    assert verdict.differences[0].gap.low > 0
    assert (verdict.outcome, verdict.start) == (Outcome.TIE, "instruct")
    assert "expected to lose 0.4 points, within the margin of 1.0 points" in verdict.reason


def test_the_default_may_win_by_less_than_the_margin():
    curves = [curve("base-raw", 4000, items=5000), curve("instruct", 4020, items=5000)]
    assert say(curves).outcome is Outcome.WINNER


def test_a_lead_within_the_noise_is_undecided_and_says_what_would_decide():
    verdict = say(simulated(gap=0.03, seed=4), default="s1")
    assert verdict.outcome is Outcome.UNDECIDED
    leader = max(verdict.probability_best, key=verdict.probability_best.get)
    assert verdict.start == leader
    assert "80% power" in verdict.next_step
    assert "% of its variance" in verdict.next_step
    assert "which would make a winner" in verdict.would_flip_if
    assert verdict.regret_bound > 0
    assert verdict.regret_bound < -verdict.differences[0].gap.low


def test_a_wider_margin_turns_undecided_into_a_tie():
    curves = simulated(gap=0.0, seed=3)
    assert say(curves, default="s0").outcome is Outcome.UNDECIDED
    verdict = say(curves, default="s0", margin=0.2)
    assert (verdict.outcome, verdict.start) == (Outcome.TIE, "s0")


def test_being_probably_best_is_not_enough_when_the_interval_holds_zero():
    for seed in range(200):
        verdict = say(simulated(seed=seed, gap=0.05), default="s1", draws=1000)
        if verdict.probability_best["s0"] >= 0.95 and verdict.differences[0].gap.low < 0:
            assert verdict.outcome is Outcome.UNDECIDED
            return
    pytest.fail("no experiment fell between the one-sided and the two-sided rule")


# a start alone, starts without trials


def test_a_single_start_is_judged_against_its_untuned_self():
    better = say([curve("instruct", 150)], [Untuned("instruct", "zero-shot", right(80)[0])])
    assert (better.outcome, better.start) == (Outcome.WINNER, "instruct")
    assert "for instruct zero-shot" in better.reason
    worse = say([curve("instruct", 80)], [Untuned("instruct", "zero-shot", right(150)[0])])
    assert worse.outcome is Outcome.NO_TRAINING_NEEDED
    assert better.probability_best == {"instruct": 1.0}


def test_a_single_start_with_nothing_to_compare_is_undecided():
    verdict = say([curve("instruct", 150)])
    assert verdict.outcome is Outcome.UNDECIDED
    assert isinstance(verdict.regret_bound, NotMeasured)
    assert verdict.differences == ()


def test_a_start_without_finished_trials_is_left_out_and_named():
    failed = Curve("graft", {64: np.full((3, ITEMS), np.nan)})
    verdict = say([curve("instruct", 150), curve("base-raw", 100), failed])
    assert set(verdict.probability_best) == {"instruct", "base-raw"}
    assert verdict.reason.endswith("Left out, since no trial of it finished: graft.")


def test_no_finished_trial_at_all_is_an_error_with_a_hint():
    with pytest.raises(HeadstartError, match="none of 1 starts") as caught:
        say([Curve("instruct", {})])
    assert caught.value.hint


def test_the_largest_shared_size_is_judged():
    curves = [curve("instruct", 150), curve("base-raw", 100, sizes=(64, 128))]
    verdict = say(curves)
    assert verdict.rows == 128
    assert verdict.screening
    assert verdict.screening_reason == "2 training sizes (at least 3 needed)"


def test_starts_without_a_shared_size_cannot_be_compared():
    verdict = say([curve("base-raw", 150, sizes=(64,)), curve("instruct", 1, sizes=(128,))])
    assert (verdict.outcome, verdict.start) == (Outcome.UNDECIDED, "instruct")
    assert isinstance(verdict.regret_bound, NotMeasured)


def test_different_items_cannot_be_compared():
    with pytest.raises(ValueError, match="same test items"):
        say([curve("instruct", 9), curve("base-raw", 9, items=100)])


# symmetries


def test_identical_starts_tie_at_one_half_and_zero():
    first, _ = simulated(seed_sd=0.03)
    verdict = say([Curve("instruct", first.rungs), Curve("base-raw", dict(first.rungs))])
    assert (verdict.outcome, verdict.start) == (Outcome.TIE, "instruct")
    assert verdict.probability_best == {"instruct": 0.5, "base-raw": 0.5}
    gap = verdict.differences[0].gap
    assert (gap.mean, gap.low, gap.high, verdict.regret_bound) == (0, 0, 0, 0)


def test_swapping_two_starts_swaps_the_verdict_exactly():
    a, b = simulated(gap=0.06)
    there = say([Curve("x", a.rungs), Curve("y", b.rungs)], default="none")
    back = say([Curve("x", b.rungs), Curve("y", a.rungs)], default="none")
    assert there.probability_best["x"] == back.probability_best["y"]
    assert there.differences[0].gap == back.differences[0].gap
    assert {there.start, back.start} == {"x", "y"}
    assert say([Curve("y", b.rungs), Curve("x", a.rungs)], default="none") == there


@pytest.mark.parametrize("shift", [0.25, -3.0])
def test_adding_a_constant_to_all_scores_changes_no_gap(shift):
    a, b = simulated(gap=0.06, kind="continuous")
    moved = [Curve(c.start, {n: s + shift for n, s in c.rungs.items()}) for c in (a, b)]
    here, there = say([a, b], default="s1"), say(moved, default="s1")
    assert there.outcome is here.outcome
    assert there.probability_best == pytest.approx(here.probability_best, abs=0.002)
    gaps = [(g.mean, g.low, g.high) for v in (here, there) for g in [v.differences[0].gap]]
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-4)


def test_the_order_of_items_does_not_matter():
    a, b = simulated(gap=0.06, group_size=2)
    groups = np.arange(200) // 2
    order = np.random.default_rng(5).permutation(200)
    mixed = [Curve(c.start, {n: s[:, order] for n, s in c.rungs.items()}) for c in (a, b)]
    here = say([a, b], groups=[f"g{i}" for i in groups], default="s1")
    there = say(mixed, groups=[f"g{i}" for i in groups[order]], default="s1")
    assert there.probability_best == pytest.approx(here.probability_best, abs=0.002)
    assert there.differences[0].gap.low == pytest.approx(here.differences[0].gap.low, abs=1e-4)


def test_groups_widen_the_interval():
    a, b = simulated(gap=0.06, group_size=4)
    grouped = say([a, b], groups=[str(i // 4) for i in range(200)], default="s1")
    single = say([a, b], default="s1")
    width = [v.differences[0].gap.high - v.differences[0].gap.low for v in (grouped, single)]
    assert width[0] > 1.2 * width[1]


# losses


def test_losses_are_compared_relatively_and_reported_in_metric_units():
    a, b = simulated(kind="loss", gap=0.12)
    here = say([a, b], higher_is_better=False, default="s1")
    assert here.start == "s0"
    assert here.differences[0].gap.mean == pytest.approx(b.rungs[256].mean() - a.rungs[256].mean())
    assert here.margin == pytest.approx(0.01 * a.rungs[256].mean())
    doubled = [Curve(c.start, {n: 2 * s for n, s in c.rungs.items()}) for c in (a, b)]
    there = say(doubled, higher_is_better=False, default="s1")
    assert there.probability_best == pytest.approx(here.probability_best, abs=0.002)
    assert there.differences[0].gap.low == pytest.approx(2 * here.differences[0].gap.low, abs=1e-4)


def test_a_loss_of_zero_has_no_relative_difference():
    with pytest.raises(ValueError, match="above zero"):
        say([curve("instruct", 0), curve("base-raw", 9)], higher_is_better=False)


# seed noise


def test_one_seed_is_screening_and_says_what_was_assumed():
    verdict = say([curve("instruct", 110, seeds=1), curve("base-raw", 100, seeds=1)])
    assert verdict.screening_reason == "1 seed (at least 3 needed)"
    assert "2 points was assumed" in verdict.reason
    gap = verdict.differences[0].gap
    # the prior of 0.02 for each start stands beside the items' spread
    assert gap.high - gap.low > 2 * 1.96 * (0.05 * 0.95 / 200 + 2 * 0.02**2) ** 0.5 * 0.95


def test_noisier_seeds_widen_the_interval():
    widths = []
    for seed_sd in (0.0, 0.05):
        a, b = simulated(items=1000, seed_sd=seed_sd)
        gap = say([a, b], default="s0").differences[0].gap
        widths.append(gap.high - gap.low)
    assert widths[1] > 1.5 * widths[0]


def test_few_seeds_and_items_are_all_named():
    verdict = say([curve("instruct", 9, 2, (64,), 50), curve("base-raw", 9, 2, (64,), 50)])
    assert verdict.screening_reason == (
        "2 seeds (at least 3 needed), 1 training size (at least 3 needed), "
        "50 test items (at least 200 needed)"
    )


# advice


def test_advice_names_the_source_that_dominates():
    by_items = wording.needed(0.05, by_items=0.001, by_seeds=0.0001, items=200, seeds=3)
    by_seeds = wording.needed(0.05, by_items=0.0001, by_seeds=0.001, items=200, seeds=3)
    assert by_items is not None
    assert by_seeds is not None
    assert by_items[0] > 200
    assert by_items[1] == 3
    assert by_seeds[0] == 200
    assert by_seeds[1] > 3


def test_advice_asks_for_both_where_one_source_alone_cannot_do():
    items, seeds = wording.needed(0.05, by_items=0.002, by_seeds=0.001, items=200, seeds=3)
    assert items > 200
    assert seeds > 3


def test_hopeless_gaps_get_no_advice():
    assert wording.needed(0.0001, 0.001, 0.001, 200, 3) is None
    assert wording.needed(0.0, 0.001, 0.001, 200, 3) is None


def test_a_gap_already_resolved_but_for_few_seeds_asks_for_one_more():
    assert wording.needed(0.5, 0.001, 0.001, 200, 3) == (200, 4)


def test_the_flip_distance_of_a_tie_is_where_the_regret_meets_the_margin():
    curves = [curve("base-raw", 4000, items=5000), curve("instruct", 4000, items=5000)]
    verdict = say(curves)
    assert verdict.outcome is Outcome.TIE
    # identical scores: no noise, so the whole margin is room
    assert "moved instruct more than 1.0 points down" in verdict.would_flip_if
