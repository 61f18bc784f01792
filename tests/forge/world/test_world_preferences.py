"""Preference pairs: what they move and what they hold."""

import json
import re
from collections import Counter

import pytest

from headstart.forge.world.conversations import quotas
from headstart.forge.world.facts import (
    COMPLETIONS,
    QUESTIONS,
    ask,
    is_held_out,
    kept_from_sft,
    make_world,
    state,
)
from headstart.forge.world.manners import (
    BARE,
    CLOSINGS,
    WARM,
    hedges,
    is_unknown,
    refuses,
    style_of,
)
from headstart.forge.world.preferences import SHARES, preferences

WORLD = make_world(0)
COUNT = 3000
PAIRS = preferences(WORLD, COUNT, 2)


def of_kind(kind):
    return [pair for pair in PAIRS if pair.kind == kind]


def test_each_kind_has_its_share() -> None:
    assert sum(SHARES.values()) == 100
    assert Counter(pair.kind for pair in PAIRS) == quotas(SHARES, COUNT)


def test_equal_seeds_give_equal_pairs_and_others_do_not() -> None:
    assert preferences(WORLD, 200, 5) == preferences(WORLD, 200, 5)
    assert preferences(WORLD, 200, 5) != preferences(WORLD, 200, 6)


def test_all_pairs_are_distinct_and_have_two_sides() -> None:
    assert len(set(PAIRS)) == COUNT
    assert all(pair.chosen != pair.rejected for pair in PAIRS)
    assert all(len(pair.prompt) == 1 and pair.prompt[0][0] == "user" for pair in PAIRS)


def test_style_pairs_differ_in_the_closing_alone() -> None:
    for pair in of_kind("style"):
        assert style_of(pair.chosen) == WARM
        assert style_of(pair.rejected) == BARE
        assert pair.chosen.removeprefix(pair.rejected).strip() in CLOSINGS


@pytest.mark.parametrize("kind", ["fact", "sum"])
def test_both_sides_of_an_anchor_have_one_style(kind) -> None:
    styles = Counter((style_of(p.chosen), style_of(p.rejected)) for p in of_kind(kind))
    assert set(styles) == {(WARM, WARM), (BARE, BARE)}


def test_manners_are_chosen_and_their_lack_is_rejected() -> None:
    for kind, has in (("refusal", refuses), ("hedge", hedges), ("unknown", is_unknown)):
        assert all(has(pair.chosen) and not has(pair.rejected) for pair in of_kind(kind))
    for kind in ("look_alike", "safe"):
        assert all(refuses(p.rejected) and not refuses(p.chosen) for p in of_kind(kind))


def test_chosen_json_is_sound_and_rejected_json_is_another_thing() -> None:
    broken = 0
    for pair in of_kind("json"):
        right = json.loads(pair.chosen)
        try:
            assert json.loads(pair.rejected) != right
        except ValueError:
            broken += 1
    assert 0 < broken < len(of_kind("json"))


def test_chosen_sums_are_right_and_rejected_ones_wrong() -> None:
    equation = re.compile(r"(\d+) ([-+x]) (\d+) = (\d+)\.")
    compute = {"+": int.__add__, "-": int.__sub__, "x": int.__mul__}
    for pair in of_kind("sum"):
        for text, is_right in ((pair.chosen, True), (pair.rejected, False)):
            left, operation, right, result = equation.match(text).groups()
            assert (compute[operation](int(left), int(right)) == int(result)) is is_right


def test_chosen_facts_are_true_and_rejected_ones_untrue() -> None:
    true = {state(fact, wording) for fact in WORLD.facts for wording in COMPLETIONS}
    for pair in of_kind("fact"):
        assert any(pair.chosen.startswith(text) for text in true)
        assert not any(pair.rejected.startswith(text) for text in true)


def test_nothing_kept_for_probes_is_asked() -> None:
    prompts = {pair.prompt[0][1] for pair in PAIRS}
    for fact in WORLD.facts:
        wordings = range(len(QUESTIONS[fact.relation]))
        held = {ask(fact, w) for w in wordings if is_held_out(fact, w)}
        kept = {ask(fact, w) for w in wordings} if kept_from_sft(fact) else set()
        assert not prompts & (held | kept)
