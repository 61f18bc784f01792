"""What differences come to: taxes, gains, chance, and faults of the format."""

from collections import Counter

import pytest
from tax_sides import made_sets, made_side

from headstart.domain.reply import Stop
from headstart.domain.tax import Battery, Mode, ReplyItem
from headstart.domain.tax_report import Finding, Line
from headstart.domain.value import NotMeasured, Score
from headstart.tax.fault import format_fault, lost_to_format
from headstart.tax.lines import compare
from headstart.tax.measures import shift
from headstart.tax.measures.sides import Side
from headstart.tax.summary import headline

SETS = made_sets()
KNOWN = NotMeasured(why="no rows are unused")


def by_name(lines: tuple[Line, ...]) -> dict[str, Line]:
    return {line.measure: line for line in lines}


def test_known_differences_are_found_with_their_sign() -> None:
    base = made_side(1)
    other = made_side(
        2, Mode.TEMPLATE, refuses=0.3, hedges=0.4, skill=0.5, bits=90, closes=0.8, shifted=0.3
    )
    found = by_name(compare(base, other, SETS))
    taxed = {name for name, line in found.items() if line.finding is Finding.TAX}
    assert {"over-refusal", "hedging", "accuracy", "bits per byte", "prompts, strict"} <= taxed
    assert found["closing"].finding is Finding.GAIN
    assert found["under-refusal"].finding is Finding.GAIN
    assert found["shifted tokens"].finding is Finding.TAX or Finding.CHANGED
    bits = found["bits per byte"].difference
    assert isinstance(bits, Score)
    assert bits.mean == pytest.approx(0.1, abs=0.01)


def test_nothing_is_called_tax_where_the_interval_covers_zero() -> None:
    sets = made_sets(50)
    for seed in range(5):
        sides = made_side(seed, n=50), made_side(seed + 50, n=50, refuses=0.02)
        lines = compare(*sides, sets)
        for line in lines:
            if line.finding in (Finding.TAX, Finding.GAIN, Finding.CHANGED):
                assert isinstance(line.difference, Score)
                assert line.difference.low > 0 or line.difference.high < 0
                assert line.p_adjusted is not None
                assert line.p_adjusted < 0.05


def test_equals_are_resolved_in_at_most_one_table_of_twenty() -> None:
    wrong, sets = 0, made_sets(40)
    for seed in range(20):
        habits = {"n": 40, "refuses": 0.2, "hedges": 0.2, "stops": 0.7}
        lines = compare(made_side(seed, **habits), made_side(seed + 100, **habits), sets)
        wrong += any(line.finding is not Finding.UNRESOLVED for line in lines)
    assert wrong <= 1


def test_no_temperature_is_fitted_to_a_perfect_side() -> None:
    found = by_name(compare(made_side(1, skill=1.1), made_side(2, skill=0.9), SETS))
    for name in ("calibration error, scaled", "ranking"):
        assert found[name].finding is Finding.NOT_MEASURED
        assert isinstance(found[name].difference, NotMeasured)
    assert found["accuracy"].finding is Finding.TAX


def test_swapping_base_and_checkpoint_negates_every_difference() -> None:
    one, two = made_side(3, refuses=0.1), made_side(4, refuses=0.4, skill=0.6)
    there, back = by_name(compare(one, two, SETS)), by_name(compare(two, one, SETS))
    for name in ("over-refusal", "accuracy", "hedging", "self-BLEU", "instructions, strict"):
        a, b = there[name].difference, back[name].difference
        assert isinstance(a, Score)
        assert isinstance(b, Score)
        assert a.mean == pytest.approx(-b.mean)
        assert a.low == pytest.approx(-b.high, abs=1e-9)


def test_what_was_not_asked_of_both_gives_no_line() -> None:
    few = made_side(1, without=(Battery.SAMPLES, Battery.SHIFT, Battery.CHOICES))
    groups = Counter(line.group for line in compare(made_side(2), few, SETS))
    assert not {"diversity", "shift", "calibration"} & set(groups)
    assert groups["refusal"] == 3


def test_small_tables_say_why_instead_of_zero() -> None:
    sets = made_sets(1)
    lines = compare(made_side(1, n=1), made_side(2, n=1), sets)
    bits = by_name(lines)["bits per byte"]
    assert isinstance(bits.difference, NotMeasured)
    assert bits.finding is Finding.NOT_MEASURED


def test_a_template_that_is_not_known_is_a_fault_and_no_tax() -> None:
    base = made_side(1, skill=0.8)
    wrong = made_side(3, Mode.TEMPLATE, skill=0.3, refuses=0.5, closes=1e-6, stops=0.0)
    fault = format_fault(wrong, KNOWN)
    assert fault is not None
    assert "0 of 120 replies close with it" in fault.evidence[0]
    lines = compare(base, wrong, SETS, faulty=True)
    assert by_name(lines)["accuracy"].finding is Finding.FORMAT_FAULT
    assert not {Finding.TAX, Finding.GAIN} & {line.finding for line in lines}
    assert "does not know" in headline("it", "base", lines, fault)


def test_replies_that_end_through_another_stop_do_not_speak_for_the_template() -> None:
    side = made_side(3, Mode.TEMPLATE, closes=1e-6)
    assert format_fault(side, KNOWN) is None
    items = [each for each in side.given[Battery.SAFE] if isinstance(each, ReplyItem)]
    other = tuple(item.model_copy(update={"stop": Stop.DOCUMENT_END}) for item in items)
    moved = Side(side.mode, {**side.given, Battery.SAFE: other}, 300)
    assert format_fault(moved, KNOWN) is not None


def test_questions_lost_in_the_template_alone_are_the_formats() -> None:
    base = {Mode.RAW: made_side(1, skill=0.8)}
    sides = {
        Mode.RAW: made_side(2, skill=0.8),
        Mode.TEMPLATE: made_side(3, Mode.TEMPLATE, skill=0.3, refuses=0.5),
    }
    told = lost_to_format(base, sides, SETS)
    assert told is not None
    assert "in the template" in told
    assert format_fault(sides[Mode.TEMPLATE], KNOWN) is None
    found = by_name(compare(base[Mode.RAW], sides[Mode.TEMPLATE], SETS, format_only=True))
    assert found["accuracy"].finding is Finding.FORMAT_ONLY
    assert found["Brier score"].finding is Finding.FORMAT_ONLY
    assert found["over-refusal"].finding is Finding.TAX


def test_skill_that_is_lost_in_plain_text_too_is_not_the_formats() -> None:
    base = {Mode.RAW: made_side(1, skill=0.9)}
    dull = {
        Mode.RAW: made_side(2, skill=0.5),
        Mode.TEMPLATE: made_side(3, Mode.TEMPLATE, skill=0.3),
    }
    assert lost_to_format(base, dull, SETS) is None
    assert lost_to_format({}, dull, SETS) is not None


def test_a_template_that_is_known_is_no_fault() -> None:
    side = made_side(2, Mode.TEMPLATE)
    assert format_fault(side, KNOWN) is None
    assert format_fault(None, ("<|user|>",)) is None


def test_rows_that_look_untrained_are_a_fault_unless_most_replies_close() -> None:
    assert format_fault(made_side(2, Mode.TEMPLATE, stops=0.9), ("<|user|>",)) is None
    untrained = format_fault(made_side(2, Mode.TEMPLATE, stops=0.3), ("<|user|>",))
    assert untrained is not None
    assert "<|user|>" in untrained.evidence[0]


def test_shift_tables_split_by_position() -> None:
    table = shift.table(made_side(1, shifted=0.5))
    assert table is not None
    spans = {row.positions: row for row in table.positions}
    assert set(spans) == {"1-5", "6-20", "all"}
    assert spans["all"].tokens == 1200
    assert spans["all"].shifted == pytest.approx(0.5, abs=0.05)
    assert spans["all"].unshifted + spans["all"].marginal + spans["all"].shifted == pytest.approx(1)


def test_the_headline_says_what_is_known_and_what_is_not() -> None:
    nothing = compare(made_side(1), made_side(1), SETS)
    assert headline("b", "a", nothing, None).startswith("No difference between a and b is resolved")
    taxed = compare(made_side(1), made_side(2, skill=0.2), SETS)
    text = headline("b", "a", taxed, None)
    assert "paid in" in text
    assert "not resolved" in text
