"""The views of a tax report and of a comparison: complete, within the width, and inert."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from taxed import taxed
from toy_voices import every_job, toy_plan

from headstart.domain.comparison import (
    CompareMode,
    Comparison,
    NextToken,
    ShiftedToken,
    Spoken,
)
from headstart.domain.reply import Stop
from headstart.domain.tax import Mode
from headstart.domain.tax_report import Finding, TaxReport
from headstart.domain.value import NotMeasured, Score
from headstart.report.cells import columns
from headstart.report.compare_view import compare_view
from headstart.report.tax_html import tax_html
from headstart.report.tax_markdown import tax_markdown
from headstart.report.tax_schema import main, schema_text
from headstart.report.tax_tables import number, signed
from headstart.report.tax_terminal import plan_terminal, tax_terminal

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
EVIL = "in\x1b[31m\u202e](http://x)<b>|`"


@pytest.fixture(scope="module")
def report() -> TaxReport:
    return taxed()


@pytest.fixture(scope="module")
def evil() -> TaxReport:
    return taxed(EVIL, faulty=True)


def spoken(name: str, mode: Mode, text: str, stop: Stop) -> Spoken:
    return Spoken(
        name=name,
        mode=mode,
        input="<|user|>Where?<|end|>" if mode is Mode.TEMPLATE else "Where?",
        text=text,
        stop=stop,
        tokens=5,
        next_tokens=(NextToken(text=" by", probability=0.5), NextToken(text="\n", probability=0.1)),
        continuations={"questions": 3, "answer": 1},
    )


def comparison(name: str = "instruct", text: str = "By the river.") -> Comparison:
    return Comparison(
        prompt="Where?",
        mode=CompareMode.AS_INTENDED,
        base=spoken("base", Mode.RAW, "What is it?\nWho is it?", Stop.LIMIT),
        instruct=spoken(name, Mode.TEMPLATE, text, Stop.TURN_END),
        shift=(
            ShiftedToken(text="By", rank=1, bits=0.1),
            ShiftedToken(text=" the", rank=2, bits=0.4),
            ShiftedToken(text=" river", rank=90, bits=5.0),
        ),
    )


def test_every_line_of_the_report_is_in_every_view(report: TaxReport) -> None:
    (checkpoint,) = report.checkpoints
    for view in (tax_terminal(report), tax_markdown(report), tax_html(report)):
        for line in checkpoint.lines:
            assert line.measure in view, line.measure
        assert checkpoint.headline.rstrip(".")[:20] in view
        assert "q_proj" in view
        assert "Holm" in view


@pytest.mark.parametrize("width", [60, 80, 110])
def test_every_line_of_the_terminal_fits(report: TaxReport, evil: TaxReport, width: int) -> None:
    for each in (report, evil):
        for line in tax_terminal(each, width).splitlines():
            assert columns(line) <= max(width, 60), line


@pytest.mark.parametrize("width", [60, 80, 110])
def test_findings_are_never_cut_off(report: TaxReport, width: int) -> None:
    shown = tax_terminal(report, width).splitlines()
    (accuracy,) = [line for line in shown if line.startswith("accuracy ")]
    assert accuracy.endswith(" tax")


def test_a_finding_is_never_called_tax_where_its_interval_covers_zero(report: TaxReport) -> None:
    (checkpoint,) = report.checkpoints
    for line in (*checkpoint.lines, *checkpoint.same_format):
        if line.finding in (Finding.TAX, Finding.GAIN):
            assert isinstance(line.difference, Score)
            assert line.difference.low > 0 or line.difference.high < 0
    shown = tax_markdown(report)
    assert "not resolved at n = " in shown
    assert "| tax |" in shown


def test_a_fault_is_said_and_no_tax_beside_it(evil: TaxReport) -> None:
    (checkpoint,) = evil.checkpoints
    assert checkpoint.format_fault is not None
    assert not [
        line
        for line in checkpoint.lines
        if line.mode is Mode.TEMPLATE and line.finding in (Finding.TAX, Finding.GAIN)
    ]
    assert "FORMAT FAULT" in tax_terminal(evil)
    assert "Format fault" in tax_markdown(evil)
    assert "Format fault" in tax_html(evil)


def test_what_is_quoted_acts_nowhere(evil: TaxReport) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", tax_terminal(evil))
    marked = tax_markdown(evil)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e<>]", marked)
    assert "](http" not in marked.replace("\\]", "")
    assert "<b>" not in tax_html(evil)
    view = compare_view(comparison(EVIL, EVIL), 80, show_input=True)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", view)


def test_html_is_one_sound_file_that_loads_nothing(report: TaxReport) -> None:
    page = tax_html(report)
    opened: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag not in ("script", "link", "img", "iframe")
            assert not [name for name, _ in attrs if name in ("src", "href") or name[:2] == "on"]
            if tag != "meta":
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Reader().feed(page)
    assert opened == []
    assert "http" not in page.replace("http://www.w3.org", "")


def test_colours_mark_findings_and_change_no_word(report: TaxReport) -> None:
    plain, coloured = (tax_terminal(report, 110, color=c) for c in (False, True))
    assert re.sub("\x1b\\[[0-9]*m", "", coloured) == plain
    assert "\x1b[31m" in coloured


def test_json_reads_back_and_never_holds_a_bare_nan(report: TaxReport) -> None:
    told = report.model_dump_json()
    assert json.loads(told)["schema"] == "headstart.tax/1"
    assert "NaN" not in told
    assert TaxReport.model_validate_json(told) == report


@pytest.mark.parametrize("kind", ["tax", "compare"])
def test_the_stored_schemas_are_not_stale(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    stored = (REFERENCE / f"{kind}.schema.json").read_text(encoding="utf-8")
    wanted = kind == "compare"
    assert stored == schema_text(compare=wanted), "run: python -m headstart.report.tax_schema"
    assert main(["--compare"] if wanted else []) == 0
    assert capsys.readouterr().out == stored
    nodes = json.loads(stored)
    for node in (nodes, *nodes["$defs"].values()):
        for name, field in node.get("properties", {}).items():
            assert field.get("description"), name


def test_figures_are_written_in_their_units() -> None:
    assert number(0.1234, "share") == "12.3%"
    assert number(0.4171, "bits per byte") == "0.417"
    assert number(31.25, "words") == "31.2"
    assert signed(-0.1234, "share") == "-12.3"
    assert signed(0.0116, "bits per byte") == "+0.012"


def test_a_plan_says_what_will_be_asked_and_what_that_can_show() -> None:
    shown = plan_terminal(toy_plan(every_job(7)))
    assert "instruct    template  shift" in shown
    assert "of 1.0 minutes" in shown


def test_two_stand_side_by_side_where_there_is_room() -> None:
    wide = compare_view(comparison(), 100).splitlines()
    assert [line for line in wide if "What is it?" in line and "By the river." in line]
    narrow = compare_view(comparison(), 50)
    assert not [line for line in narrow.splitlines() if "What is it?" in line and "By" in line]
    for width in (30, 50, 72, 100):
        shown = compare_view(comparison(), width, show_input=True)
        assert max(map(columns, shown.splitlines())) <= width
        assert "<|user|>" in shown


def test_why_each_stopped_and_what_else_was_asked_for_is_told() -> None:
    shown = compare_view(comparison(), 100)
    for words in ("cut off at the limit", "closed its turn", "questions: 3", "50.0%"):
        assert words in shown
    assert "By~ the~[ river]" in shown
    bare = comparison().model_copy(update={"shift": NotMeasured(why="the vocabularies differ")})
    assert "not measured: the vocabularies differ" in compare_view(bare, 100)
