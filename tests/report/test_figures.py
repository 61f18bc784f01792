import pytest
import report_samples as samples
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.domain.value import NotMeasured
from headstart.report.figures import (
    Scale,
    duration,
    figure,
    plain,
    probability,
    scale_of,
    size,
)
from headstart.report.learning_curve import finding

POINTS, PLAIN = Scale(percent=True), Scale(percent=False)


def test_scores_in_the_unit_interval_are_percent_and_losses_plain():
    assert scale_of(samples.two_starts()).percent
    assert not scale_of(samples.raw_text()).percent
    over = samples.instruct(curve=(samples.point(64, 12.5),))
    assert not scale_of(samples.report((over,), samples.verdict())).percent


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (POINTS.level(0.714), "71.4%"),
        (POINTS.signed(0.065), "+6.5"),
        (POINTS.signed(-0.0213), "-2.1"),
        (POINTS.amount(0.01), "1.0 points"),
        (POINTS.level(-0.00001), "0.0%"),
        (POINTS.tick(0.625, 0.005), "62.5%"),
        (POINTS.tick(0.6, 0.2), "60%"),
        (PLAIN.level(0.9123), "0.912"),
        (PLAIN.level(12.345), "12.35"),
        (PLAIN.level(12345.6), "12,346"),
        (PLAIN.signed(0.00012), "+0.00012"),
        (PLAIN.tick(0.95, 0.05), "0.95"),
        (POINTS.level(float("nan")), "not finite"),
        (PLAIN.signed(float("inf")), "not finite"),
        (probability(0.9999), "above 0.99"),
        (probability(1.0), "1.00"),
        (probability(0.0001), "below 0.01"),
        (duration(0.42), "0.4 s"),
        (duration(59.7), "1 min 00 s"),
        (duration(750), "12 min 30 s"),
        (duration(11100), "3 h 05 min"),
        (size(900), "900 B"),
        (size(2_254_857_830), "2.1 GiB"),
    ],
)
def test_figures_are_written_as_readers_expect(text, shown):
    assert text == shown


def test_shares_are_percent_and_quantities_with_a_unit_are_not():
    assert figure("macro-F1", 0.5, [0.5, 0.7]) == "50.0%"
    assert figure("stop bits", 0.5, [0.5]) == "0.500"
    assert figure("words", 0.5, [0.5, 12.0]) == "0.500"
    assert figure("parse rate", NotMeasured(why="no items"), []) == "not measured: no items"


@settings(deadline=None)
@given(st.floats(0, 1e7))
def test_durations_never_show_sixty_seconds_or_minutes(seconds):
    assert " 60 " not in f" {duration(seconds)} "


@settings(deadline=None)
@given(st.floats(allow_nan=True))
def test_any_number_can_be_written(value):
    assert plain(value)
    assert POINTS.level(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("two_starts", "instruct has the better mean at all 3 sizes; 78.2% against 71.7% for "),
        ("one_start", "instruct: from 66.1% at 64 to 78.2% at 512 rows"),
        ("three_starts", "base-borrowed has the best mean at 512 rows: 79.0% against 78.2% for "),
        ("raw_text", "base-raw has the better mean at all 3 sizes; 0.889 against 0.896 for "),
        ("failed_trials", "instruct has the better mean at the 2 sizes that all starts finished"),
    ],
)
def test_the_chart_says_what_it_shows(name, text):
    assert finding(samples.ALL[name]()).startswith(text)


def test_a_change_of_the_lead_is_told():
    assert finding(samples.three_starts()).endswith("; instruct led at 64")


def test_equal_means_have_no_leader():
    starts = (samples.instruct(), samples.start("base-raw", (0.661, 0.714, 0.782)))
    told = finding(samples.report(starts, samples.verdict()))
    assert told == "instruct and base-raw have the same mean at 512 rows: 78.2%"
