import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.report.cells import columns
from headstart.report.side_by_side import side_by_side

LEFT = [
    ("", "ONE"),
    ("reads", "a question"),
    ("writes", "first line\nsecond line"),
    ("stops", "no"),
]
RIGHT = [("", "OTHER"), ("reads", "the same"), ("writes", "one"), ("stops", "yes")]


def test_opposite_parts_begin_on_one_line() -> None:
    assert side_by_side(LEFT, RIGHT, 70) == [
        "ONE                               │ OTHER",
        "reads: a question                 │ reads: the same",
        "writes: first line                │ writes: one",
        "  second line                     │",
        "stops: no                         │ stops: yes",
    ]


def test_in_a_narrow_terminal_one_stands_below_the_other() -> None:
    lines = side_by_side(LEFT, RIGHT, 40)
    assert lines[:5] == [
        "ONE",
        "reads: a question",
        "writes: first line",
        "  second line",
        "stops: no",
    ]
    assert lines[5:7] == ["", "OTHER"]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.text(max_size=60), st.integers(10, 120))
def test_whatever_a_model_writes_the_lines_fit_and_steer_no_terminal(
    one: str, other: str, width: int
) -> None:
    lines = side_by_side([("writes", one)], [("writes", other)], width)
    assert max(map(columns, lines)) <= width
    assert not any(letter < " " or letter == "\x7f" for line in lines for letter in line)


@pytest.mark.parametrize("width", [63, 64])
def test_an_empty_text_keeps_its_label(width: int) -> None:
    assert any(line.startswith("writes:") for line in side_by_side([("writes", "")], RIGHT, width))
