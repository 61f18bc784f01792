import json

import pytest
import report_samples as samples

from headstart.errors import StoreError
from headstart.report.jsonfile import from_json, to_json


@pytest.mark.parametrize("name", samples.ALL)
def test_a_report_survives_its_file(name):
    report = samples.ALL[name]()
    assert from_json(to_json(report), "report.json") == report


def test_the_file_is_sorted_indented_and_ends_with_a_line_break():
    text = to_json(samples.two_starts())
    plain = json.loads(text)
    assert text.endswith("}\n")
    assert list(plain) == sorted(plain)
    assert text.startswith('{\n  "command"')
    assert plain["schema"] == "headstart.report/1"


def test_absent_figures_are_null_with_a_reason():
    plain = json.loads(to_json(samples.failed_trials()))
    assert plain["verdict"]["regret_bound"] == {"value": None, "why": "too few trials finished"}


def test_what_is_not_finite_becomes_null():
    told = samples.verdict(margin=float("nan"), regret_bound=float("inf"))
    text = to_json(samples.report((samples.instruct(),), told))
    assert json.loads(text)["verdict"]["margin"] is None
    assert "NaN" not in text
    assert "Infinity" not in text
    with pytest.raises(StoreError, match=r"verdict\.margin|verdict\.regret_bound"):
        from_json(text, "report.json")


def test_no_character_of_the_file_steers_a_terminal():
    text = to_json(samples.hostile().model_copy(update={"device": "\x7f\x9b\u202e\u2028中é"}))
    assert "中é" in text
    assert all(letter == "\n" or letter >= " " for letter in text)
    assert not set("\x7f\x9b\u202e\u2028") & set(text)
    assert json.loads(text)["device"] == "\x7f\x9b\u202e\u2028中é"


def test_a_file_name_that_is_no_utf8_can_be_written_and_read():
    text = to_json(samples.two_starts(task="caf\udce9"))
    assert text.encode()
    assert from_json(text, "report.json").task == "caf\\udce9"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("NaN", "NaN is not a JSON number"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "no schema"),
        ("{}", "no schema"),
        ('{"schema": "headstart.plan/1"}', "schema 'headstart.plan/1'"),
        ('{"schema": "headstart.report/2"}', "schema 'headstart.report/2'"),
        ('{"schema": "headstart.report/1"}', "is broken at headstart: Field required (and"),
    ],
)
def test_broken_and_foreign_files_are_named_with_a_hint(text, fact):
    with pytest.raises(StoreError) as caught:
        from_json(text, "some/report.json")
    assert caught.value.fact.startswith("some/report.json ")
    assert fact in caught.value.fact
    assert caught.value.hint


@pytest.mark.parametrize("changed", [{"extra": 1}, {"test_items": "400"}, {"starts": 3}])
def test_a_changed_file_is_refused(changed):
    plain = json.loads(to_json(samples.two_starts())) | changed
    with pytest.raises(StoreError, match=next(iter(changed))):
        from_json(json.dumps(plain), "report.json")
