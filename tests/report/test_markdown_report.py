import pytest
import report_samples as samples
from report_snapshots import assert_as_stored

from headstart.domain.report import Report
from headstart.domain.value import NotMeasured
from headstart.report.inert import inline
from headstart.report.markdown import markdown

markdown_it = pytest.importorskip("markdown_it")

PARSER = markdown_it.MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def tokens_of(page):
    for token in PARSER.parse(page):
        yield token
        yield from token.children or ()


def absences(node):
    """Every reason for a missing figure, wherever in the report it is."""
    if isinstance(node, NotMeasured):
        yield node.why
    elif isinstance(node, dict):
        for value in node.values():
            yield from absences(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from absences(value)
    elif hasattr(node, "__pydantic_fields__"):
        for name in type(node).model_fields:
            yield from absences(getattr(node, name))


def section(page, heading):
    return page.split(f"## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", samples.ALL)
def test_the_page_is_as_stored(name):
    assert_as_stored(f"{name}.md", markdown(samples.ALL[name]()))


@pytest.mark.parametrize("name", samples.ALL)
def test_every_absent_figure_says_why(name):
    report = samples.ALL[name]()
    page = markdown(report)
    for why in absences(report):
        assert f"not measured: {inline(why)}" in page


@pytest.mark.parametrize("name", samples.ALL)
def test_the_page_holds_no_markup_but_its_own(name):
    found = {token.type for token in tokens_of(markdown(samples.ALL[name]()))}
    assert not found & {"html_block", "html_inline", "link_open", "image", "code_inline", "s_open"}
    assert not found & {"code_block", "em_open"}


def test_hostile_text_changes_no_heading_list_or_table():
    """The page has the same skeleton as with a harmless text in each place."""
    hostile = samples.hostile()
    plain = hostile.model_dump_json().replace(_as_json(samples.NASTY), "harmless")
    harmless = Report.model_validate_json(plain)
    assert skeleton(markdown(hostile)) == skeleton(markdown(harmless))


def _as_json(text):
    return NotMeasured(why=text).model_dump_json().split('"why":"')[1].removesuffix('"}')


def skeleton(page):
    kinds = [token.type for token in PARSER.parse(page)]
    strong = [token.type for token in tokens_of(page) if token.type == "strong_open"]
    return kinds, len(strong)


def test_the_verdict_comes_first():
    page = markdown(samples.two_starts())
    order = ["## Winner: instruct", "+6.5 points", "Would flip if", "Next step", "P(best)"]
    order += ["Regret", "## Scores", "## Learning curve", "## Lead of", "## Learning rates"]
    order += ["## The starts", "## Reproduce"]
    places = [page.index(each) for each in order]
    assert places == sorted(places)


def test_screening_is_said_at_the_verdict_with_its_reason():
    page = markdown(samples.screening())
    assert "## Winner: instruct (screening)" in page
    assert "> **Screening only**: 1 seed (at least 3 needed), 60 test items" in page
    assert "creening" not in markdown(samples.two_starts())


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("two_starts", "## Winner: instruct\n"),
        ("three_starts", "## Undecided: base-borrowed leads so far\n"),
        ("raw_text", "## Tie: take instruct-raw\n"),
        ("no_training_needed", "## No training needed: use instruct as it is\n"),
    ],
)
def test_each_outcome_is_a_heading(name, heading):
    assert heading in markdown(samples.ALL[name]())


def test_losses_are_plain_numbers():
    page = markdown(samples.raw_text())
    assert "1.041 (1.026 to 1.056)" in page
    assert "points" not in page
    assert "%" not in page.replace("95%", "").replace("80%", "")


def test_failed_trials_are_marked_where_their_score_would_stand():
    scores = section(markdown(samples.failed_trials()), "Scores")
    assert "78.2% (73.7 to 82.7), 2 seeds, **1 failed** |" in scores
    assert "| **3 failed** |" in scores


def test_a_baseline_that_was_not_run_is_no_zero():
    starts = (samples.instruct(), samples.base_raw(baselines=()))
    scores = section(markdown(samples.report(starts, samples.verdict())), "Scores")
    assert "| base-raw | not run | not run | 58.1%" in scores


def test_a_start_without_any_finished_trial_still_has_its_section():
    empty = samples.base_raw(curve=(), baselines=(), sweep=(), training_tokens=())
    page = markdown(samples.report((empty,), samples.verdict(probability_best={})))
    assert "(no finished trial to draw)" in page
    assert "The loss mask was not measured" in page
    assert "not measured: no start was tuned" in page


def test_the_exact_training_text_is_there():
    for start in samples.two_starts().starts:
        assert start.training_text.rstrip("\n") in markdown(samples.two_starts())


def test_equal_reports_give_equal_pages():
    assert markdown(samples.two_starts()) == markdown(samples.two_starts())
