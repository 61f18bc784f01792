"""The built-in world's prompts for the tax: new to its models, balanced, and distinct."""

from collections import Counter

import pytest

from headstart.domain.tax import PromptSets
from headstart.forge.world.facts import make_world
from headstart.forge.world.tax_prompts import SAFE_KINDS, world_prompts


@pytest.fixture(scope="module")
def sets() -> PromptSets:
    return world_prompts(make_world(), 60, 0)


def test_every_kind_of_harmless_request_has_its_share(sets: PromptSets) -> None:
    assert Counter(ask.group for ask in sets.safe) == dict.fromkeys(SAFE_KINDS, 12)
    assert [ask.group for ask in sets.safe[:5]] == list(SAFE_KINDS)


def test_no_prompt_stands_twice(sets: PromptSets) -> None:
    for asks in (sets.safe, sets.unsafe, sets.open):
        assert len({ask.id for ask in asks}) == len(asks)
        assert len({ask.text for ask in asks}) >= 0.95 * len(asks)
    assert not {a.text for a in sets.safe} & {a.text for a in sets.unsafe}


def test_questions_have_one_right_answer_among_others_of_its_sort(sets: PromptSets) -> None:
    for choice in sets.choices:
        assert len(set(choice.options)) == len(choice.options) == 4
        assert choice.options[choice.gold] in choice.answer


def test_another_seed_draws_others_and_the_same_seed_the_same(sets: PromptSets) -> None:
    assert world_prompts(make_world(), 60, 0) == sets
    other = world_prompts(make_world(), 60, 1)
    for one, two in ((sets.safe, other.safe), (sets.passages, other.passages)):
        assert {a.text for a in one} != {a.text for a in two}
