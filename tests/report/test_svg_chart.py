"""The picture of the learning curves: the text chart's series on the text chart's axis."""

import math
import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import failed_trials, two_starts

from headstart.report.chart import Bar, Series
from headstart.report.learning_curve import finding, learning_curve_svg
from headstart.report.svg_chart import HEIGHT, WIDTH, svg_chart

SIZES = (0, 16, 64, 512)
bars = st.builds(
    lambda n, mean, half: Bar(n=n, mean=mean, low=mean - half, high=mean + half),
    st.sampled_from(SIZES),
    st.floats(-1e6, 1e6) | st.just(math.nan),
    st.floats(0, 1e3),
)
series = st.builds(
    lambda name, points: Series(
        name=name, bars=tuple({bar.n: bar for bar in sorted(points, key=lambda b: b.n)}.values())
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12),
    st.lists(bars, max_size=4),
)


def drawn(found: list[Series]) -> str:
    return svg_chart(found, label="a & b < c", tick=lambda value, _: f"{value:g}")


@settings(deadline=None)
@given(st.lists(series, max_size=6))
def test_every_finite_point_is_drawn_once_inside_the_picture(found: list[Series]) -> None:
    picture = drawn(found)
    points = sum(math.isfinite(bar.mean) for each in found for bar in each.bars)
    assert len(re.findall('class="mark"', picture)) == points
    if not points:
        assert picture == ""
        return
    root = ElementTree.fromstring(picture)
    for one in root.iter("line"):
        for name, most in (("x1", WIDTH), ("x2", WIDTH), ("y1", HEIGHT), ("y2", HEIGHT)):
            assert -0.5 <= float(one.attrib[name]) <= most + 0.5
    assert "nan" not in picture.lower().replace("".join(each.name for each in found).lower(), "")


def test_the_label_is_the_finding_of_the_text_chart() -> None:
    report = two_starts()
    picture = learning_curve_svg(report.starts, higher_is_better=report.higher_is_better)
    root = ElementTree.fromstring(picture)
    assert root.attrib["aria-label"] == finding(report)
    names = [one.text for one in root.iter("text") if one.attrib["class"].startswith("name")]
    assert sorted(str(name) for name in names) == sorted(start.name for start in report.starts)


def test_series_differ_by_more_than_colour() -> None:
    report = two_starts()
    picture = learning_curve_svg(report.starts, higher_is_better=True)
    assert "<circle" in picture
    assert '<polygon class="mark"' in picture


def test_a_start_whose_trials_failed_leaves_no_mark_of_a_missing_number() -> None:
    report = failed_trials()
    assert "nan" not in learning_curve_svg(report.starts, higher_is_better=True).lower()
