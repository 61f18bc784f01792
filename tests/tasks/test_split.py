import hashlib

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headstart.domain.task import Example, Message
from headstart.errors import DataError
from headstart.tasks.split import DEV_ROWS, Split, group_of, split_examples


def _example(prompt: str, completion: str, number: int = 1, side: str = "train") -> Example:
    turns = (Message(role="user", content=prompt),)
    return Example(
        id=f"{side}:{number}",
        prompt=turns,
        completion=completion,
        group=group_of(turns, completion),
    )


def _examples(rows: list[tuple[str, str]], side: str = "train") -> list[Example]:
    return [_example(p, c, n, side) for n, (p, c) in enumerate(rows, start=1)]


def _plain(rows: int, side: str = "train") -> list[Example]:
    return _examples([(f"{side} {n}", str(n % 3)) for n in range(rows)], side)


def _contents(examples: tuple[Example, ...]) -> list[tuple[str, str]]:
    return [(example.prompt[0].content, example.completion) for example in examples]


_ROWS = st.lists(
    st.tuples(
        st.sampled_from([" ", "", *"abcdefgh", "A", "b  ", "B", "c d", "C  D"]),
        st.sampled_from(["", "x", "y"]),
    ),
    min_size=2,
    max_size=40,
)


def _split(train: list[Example], test: list[Example] | None, max_test: int, seed: int) -> Split:
    try:
        return split_examples(train, test, max_test=max_test, seed=seed)
    except DataError:
        assume(False)
        raise


@settings(deadline=None)
@given(_ROWS, st.none() | _ROWS, st.integers(1, 50), st.integers(0, 5))
def test_no_prompt_straddles_and_every_row_is_counted(
    rows: list[tuple[str, str]], test_rows: list[tuple[str, str]] | None, cap: int, seed: int
) -> None:
    train = _examples(rows)
    test = None if test_rows is None else _examples(test_rows, "test")
    whole = _split(train, test, 1000, seed)
    sides = [{e.group for e in side} for side in (whole.train, whole.dev, whole.test)]
    assert sum(len(side) for side in sides) == len(set().union(*sides))
    used = len(whole.train) + len(whole.dev) + len(whole.test)
    read = len(train) + len(test or ())
    assert used + whole.empty + whole.duplicate + whole.leaked == read
    assert whole.train
    assert whole.test
    capped = _split(train, test, cap, seed)
    assert len(capped.test) <= cap
    if test is not None:
        assert capped.test == whole.test[:cap]
        assert capped.train == whole.train


@settings(deadline=None)
@given(st.permutations(list(range(30))), st.integers(0, 3))
def test_the_order_depends_on_what_rows_hold_and_not_on_where_they_stand(
    order: list[int], seed: int
) -> None:
    rows = [(f"prompt {n // 2}", str(n % 2)) for n in range(30)]
    one = split_examples(_examples(rows), None, max_test=5, seed=seed)
    other = split_examples(_examples([rows[n] for n in order]), None, max_test=5, seed=seed)
    for side in ("train", "dev", "test"):
        assert _contents(getattr(one, side)) == _contents(getattr(other, side))


def test_the_order_is_the_same_on_every_machine() -> None:
    split = split_examples(_plain(200), _plain(30, "test"), max_test=10, seed=7)
    told = "\n".join(example.id for example in (*split.train, *split.dev, *split.test))
    assert hashlib.sha256(told.encode()).hexdigest()[:16] == "d9c8f87bcae927ee"


def test_another_seed_gives_another_order_of_the_same_rows() -> None:
    one = split_examples(_plain(50), _plain(5, "test"), max_test=9, seed=1)
    other = split_examples(_plain(50), _plain(5, "test"), max_test=9, seed=2)
    assert one.train != other.train
    assert {*one.train, *one.dev} == {*other.train, *other.dev}


def test_sizes_keep_their_limits() -> None:
    split = split_examples(_plain(1000), None, max_test=500, seed=0)
    assert (len(split.test), len(split.dev), len(split.train)) == (200, DEV_ROWS, 736)
    split = split_examples(_plain(1000), None, max_test=50, seed=0)
    assert (len(split.test), len(split.dev), len(split.train)) == (50, DEV_ROWS, 886)
    split = split_examples(_plain(100), None, max_test=500, seed=0)
    assert (len(split.test), len(split.dev), len(split.train)) == (20, 8, 72)
    split = split_examples(_plain(2), None, max_test=500, seed=0)
    assert (len(split.test), len(split.dev), len(split.train)) == (1, 0, 1)


def test_dropped_rows_are_counted_by_their_reason() -> None:
    train = _examples(
        [("a", "1"), ("a", "1"), ("A ", "2"), ("b", " "), ("c", "1"), ("d", "1"), ("e", "1")]
    )
    test = _examples([("C", "1"), ("f", "1"), ("", "1")], "test")
    split = split_examples(train, test, max_test=9, seed=0)
    assert (split.empty, split.duplicate, split.leaked, split.conflicting) == (2, 1, 1, 1)


@pytest.mark.parametrize(
    ("rows", "test_rows", "told"),
    [
        ([("a", "1")], None, "1 usable rows with 1 distinct prompts"),
        ([("a", "1"), ("A", "2")], None, "2 usable rows with 1 distinct prompts"),
        ([("", "1"), ("a", "")], None, "0 usable rows"),
        ([("a", "1"), ("b", "1")], [("a", "1"), ("b", "1")], "2 training rows also stand"),
        ([("a", "1"), ("b", "1")], [("", "1")], "no usable row"),
    ],
)
def test_too_few_rows_are_refused(
    rows: list[tuple[str, str]], test_rows: list[tuple[str, str]] | None, told: str
) -> None:
    test = None if test_rows is None else _examples(test_rows, "test")
    with pytest.raises(DataError, match=told):
        split_examples(_examples(rows), test, max_test=9, seed=0)


def test_a_system_message_alone_is_no_prompt() -> None:
    turns = (Message(role="system", content="S"), Message(role="user", content=" "))
    blank = Example(id="train:9", prompt=turns, completion="x", group=group_of(turns, "x"))
    assert split_examples([*_plain(5), blank], None, max_test=9, seed=0).empty == 1


def test_raw_text_is_grouped_by_its_text() -> None:
    assert group_of((), "A  b") == group_of((), "a b") != group_of((), "a c")
