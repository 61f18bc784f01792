import pytest
from hypothesis import given
from hypothesis import strategies as st

from headstart.engine.prefixes import alike, shared_prefix

FULL = 200
A, B, C = (tuple(range(first, first + 100)) for first in (1000, 2000, 3000))
"""Beginnings of 100 tokens."""


@pytest.mark.parametrize(
    ("sequences", "limit", "length"),
    [
        ([], 5, 0),
        ([(1, 2, 3)], 9, 3),
        ([(1, 2, 3), (1, 2, 4), (1, 2)], 9, 2),
        ([(1, 2, 3), (1, 2, 4)], 1, 1),
        ([(1, 2), (3, 4)], 9, 0),
    ],
)
def test_the_shared_prefix_is_the_longest_within_its_limit(
    sequences: list[tuple[int, ...]], limit: int, length: int
) -> None:
    assert shared_prefix(sequences, limit) == length


def rests(*beginnings: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Prompts that go on differently after their beginnings."""
    return [(*beginning, i, 7) for i, beginning in enumerate(beginnings)]


@given(
    prompts=st.lists(
        st.tuples(st.sampled_from([(), A, B, A + B, A + C]), st.lists(st.integers(0, 3))).map(
            lambda parts: (*parts[0], *parts[1], 9)
        )
    )
)
def test_every_prompt_is_in_one_group_and_goes_on_after_its_beginning(
    prompts: list[tuple[int, ...]],
) -> None:
    groups = alike(prompts, FULL)
    assert sorted(i for _, members in groups for i in members) == list(range(len(prompts)))
    for root, members in groups:
        for i in members:
            assert prompts[i][: len(root)] == root
            assert len(prompts[i]) > len(root)


def test_all_that_is_shared_is_the_beginning_where_there_is_only_one() -> None:
    assert alike(rests(A, A, A), FULL) == [(A, [0, 1, 2])]
    assert alike([(1, 2, 3)], FULL) == [((1, 2), [0])]


def test_prompts_with_different_beginnings_are_told_apart() -> None:
    groups = alike(rests(A, B, A, B, A, B, A, B), FULL)
    assert sorted(groups) == [(A, [0, 2, 4, 6]), (B, [1, 3, 5, 7])]


def test_a_beginning_that_saves_less_than_a_pack_is_not_computed_apart() -> None:
    # what a prompt shares counts in whole grains of 32: 96 tokens of these 100
    assert len(alike(rests(A, A, A, B), FULL)) == 1
    assert len(alike(rests(A, A, A, A, B), FULL)) == 2


def test_a_beginning_within_a_beginning_is_worth_what_it_adds() -> None:
    prompts = rests(*[A] * 6, *[A + B] * 6)
    assert alike(prompts, FULL) == [(A + B, [6, 7, 8, 9, 10, 11]), (A, [0, 1, 2, 3, 4, 5])]
    assert alike(prompts, 10 * FULL) == [(A, list(range(12)))]


def test_prompts_that_each_continue_the_last_are_grouped_without_deep_calls() -> None:
    prompts = [tuple(range(n)) for n in range(1, 3000)]
    groups = alike(prompts, 1024)
    assert sum(len(members) for _, members in groups) == len(prompts)
    alone = sum(map(len, prompts))
    read = sum(len(root) + sum(len(prompts[i]) - len(root) for i in of) for root, of in groups)
    assert read < alone / 5
