"""Intervals against zero: every row, on an axis that holds zero."""

import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.report.svg_forest import NARROW, WIDE, ForestRow, svg_forest

rows = st.builds(
    lambda mean, half, resolved: ForestRow(
        name="<b> & more",
        mean=mean,
        low=mean - half,
        high=mean + half,
        resolved=resolved,
        told="not resolved at n = 3",
    ),
    st.floats(-1e6, 1e6),
    st.floats(0, 1e3),
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=12))
def test_every_row_is_drawn_inside_the_picture_and_zero_is_on_the_axis(
    found: list[ForestRow],
) -> None:
    picture = svg_forest(found, label="x", tick=lambda value, _: f"{value:g}")
    drawn = ElementTree.fromstring(f"<both>{picture}</both>")
    for root, layout in zip(drawn, (WIDE, NARROW), strict=True):
        assert root.attrib["class"] == f"chart forest {layout.style}"
        dots = list(root.iter("circle"))
        assert [one.attrib["class"].split()[1] == "resolved" for one in dots] == [
            row.resolved for row in found
        ]
        assert all(0 <= float(one.attrib["cx"]) <= layout.width for one in dots)
        (zero,) = [one for one in root.iter("line") if "zero" in one.attrib["class"]]
        for row, dot in zip(found, dots, strict=True):
            side = float(dot.attrib["cx"]) - float(zero.attrib["x1"])
            assert side >= -0.2 if row.mean >= 0 else side <= 0.2
    assert not re.search("<b>", picture)


def test_nothing_finite_draws_nothing() -> None:
    absent = ForestRow(
        name="x", mean=float("nan"), low=0.0, high=1.0, resolved=False, told="not measured"
    )
    assert svg_forest([absent], label="x", tick=lambda value, _: f"{value:g}") == ""
