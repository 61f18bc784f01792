from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.report.cells import columns
from headstart.report.chart import Bar, Series, chart

FINITE = st.floats(-1e6, 1e6)


def drawn(*series, width=80, height=15, **changes):
    options = {"title": "what it shows", "tick": lambda value, step: f"{value:.4g}"}
    return chart(series, width=width, height=height, **(options | changes))


def bar(n, mean, half=0.05):
    return Bar(n=n, mean=mean, low=mean - half, high=mean + half)


def series(name, *bars):
    return Series(name=name, bars=bars)


TWO = (
    series("a", bar(0, 0.3, 0.1), bar(64, 0.5, 0.1), bar(256, 0.8, 0.1)),
    series("b", bar(0, 0.2, 0.1), bar(64, 0.6, 0.1), bar(256, 0.7, 0.1)),
)


def test_the_finding_stands_in_the_title_line():
    assert drawn(*TWO)[0] == "what it shows"


def test_each_point_has_a_mark_over_its_interval():
    plot = drawn(*TWO)[1:-3]
    assert sum(line.count("o") for line in plot) == 3
    assert sum(line.count("x") for line in plot) == 3
    for line, below in pairwise(plot):
        for at, letter in enumerate(line):
            if letter in "ox":
                assert below[at : at + 1] == "│", (line, below)


def test_a_single_start_stands_right_above_the_notches():
    lines = drawn(series("a", bar(0, 0.1), bar(64, 0.5), bar(256, 0.8)))
    notches = {at for line in lines for at, letter in enumerate(line) if letter == "┬"}
    marks = {at for line in lines[1:-1] for at, letter in enumerate(line) if letter == "o"}
    assert notches == marks


def test_higher_values_stand_higher():
    lines = drawn(series("a", bar(64, 0.2, 0.0), bar(256, 0.8, 0.0)))
    rows = [i for i, line in enumerate(lines[1:-3]) if "o" in line]
    low, high = lines[1:][rows[1]], lines[1:][rows[0]]
    assert high.index("o") > low.index("o")


def test_rows_stand_on_a_log_scale():
    lines = drawn(series("a", bar(10, 0.2), bar(100, 0.5), bar(1000, 0.6)))
    first, second, third = (at for at, letter in enumerate(lines[-3]) if letter == "┬")
    assert abs((third - second) - (second - first)) <= 1


def test_sizes_that_lie_close_keep_apart():
    lines = drawn(series("a", bar(64, 0.2), bar(1000, 0.5), bar(1010, 0.6)))
    assert lines[-3].count("┬") == 3


def test_a_series_without_points_is_named_but_not_drawn():
    lines = drawn(series("a", bar(64, 0.2)), series("b"))
    assert "x b" in lines[-1]


@pytest.mark.parametrize("bars", [(), (bar(64, float("nan")),), (bar(64, float("inf")),)])
def test_without_a_finite_point_it_says_so(bars):
    assert drawn(series("a", *bars)) == ["what it shows", "(no finished trial to draw)"]


def test_too_narrow_a_width_is_said():
    many = [series(str(i), *(bar(2**k, 0.5) for k in range(6, 14))) for i in range(6)]
    assert drawn(*many, width=40)[-1] == "(too narrow to draw; see the table)"


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 100_000), FINITE, FINITE, FINITE), max_size=6),
        min_size=1,
        max_size=5,
    ),
    st.integers(32, 120),
    st.integers(6, 25),
)
def test_every_line_fits_whatever_is_drawn(groups, width, height):
    drawn_series = [
        Series(
            name=f"start {i}",
            bars=tuple(
                Bar(n=n, mean=sorted(ends)[1], low=min(ends), high=max(ends))
                for n, *ends in sorted({point[0]: point for point in points}.values())
            ),
        )
        for i, points in enumerate(groups)
    ]
    lines = drawn(*drawn_series, width=width, height=height)
    assert all(columns(line) <= width for line in lines)
    assert all(line == line.rstrip() for line in lines)
