"""The lesson's text: whole, consistent, and of the length that it promises."""

import json
from collections import Counter
from itertools import chain

import pytest

from headstart.lesson.content import lesson, word_count
from headstart.lesson.prose import inline, paragraphs
from headstart.lesson.recorded import FILE, recorded


def test_reading_takes_about_eight_minutes() -> None:
    assert 1600 <= word_count(lesson()) <= 1900


def test_there_are_twelve_claims_each_with_its_experiment_in_one_place() -> None:
    placed = list(chain.from_iterable(section.experiments for section in lesson().sections))
    assert len(placed) == 12
    assert placed == [each.id for each in lesson().experiments]


def test_ids_are_unique_and_fit_to_be_stored() -> None:
    content = lesson()
    anchors = [
        *(each.id for each in content.sections),
        *(each.id for each in content.experiments),
        *(f"term-{each.id}" for each in content.terms),
    ]
    options = [
        [option.id for option in group]
        for each in content.experiments
        for group in (each.guess.options, each.choices)
    ] + [[answer.id for answer in each.answers] for each in content.check]
    # sections and experiments share the page's anchors
    twice = [name for name, count in Counter(anchors).items() if count > 1]
    assert not twice
    assert all(len(group) == len(set(group)) for group in options)
    assert all(
        name.replace("-", "").isalnum() and name == name.lower() and len(name) <= 64
        for name in chain(anchors, *options)
    )


def test_key_terms_are_those_of_the_field_and_lead_to_their_experiment() -> None:
    content = lesson()
    assert {each.id for each in content.terms} == {
        "base-model",
        "instruct-model",
        "alignment-training",
        "chat-template",
        "continued-pretraining",
        "alignment-tax",
        "turn-end",
        "preference-tuning",
        "task-vector",
    }
    assert all(content.experiment(each.seen_in) for each in content.terms)
    assert all(each.definition.count(".") in (1, 2) for each in content.terms)


def test_the_check_asks_four_questions_and_explains_every_choice() -> None:
    questions = lesson().check
    assert len(questions) == 4
    for question in questions:
        assert len(question.answers) >= 3
        assert sum(answer.right for answer in question.answers) == 1
        assert all(len(answer.because.split()) >= 8 for answer in question.answers)
        assert len({answer.because for answer in question.answers}) == len(question.answers)


def test_every_recommendation_can_be_reached_with_the_sliders() -> None:
    advice = lesson().advice
    sums = {0.0}
    for slider in advice.sliders:
        sums = {total + position.lean for total in sums for position in slider.positions}
    reached = {
        next(one.text for one in advice.recommendations if total > one.above) for total in sums
    }
    assert reached == {one.text for one in advice.recommendations}


def test_every_slider_begins_at_one_of_its_positions() -> None:
    assert all(0 <= each.start < len(each.positions) for each in lesson().advice.sliders)


def test_no_figure_of_the_built_in_pair_stands_in_the_text() -> None:
    told = " ".join(
        [section.text for section in lesson().sections]
        + [each.claim + each.does for each in lesson().experiments]
    )
    figures = [
        measured.value
        for finding in recorded().values()
        for measured in finding.found.numbers
        if measured.unit == "share"
    ]
    shares = {f"{100 * each.mean:.1f}%" for each in figures if hasattr(each, "mean")}
    assert not [share for share in shares if share in told]


def test_every_experiment_and_choice_has_a_recorded_finding() -> None:
    wanted = {(each.id, choice) for each in lesson().experiments for choice in each.choice_ids}
    assert set(recorded()) == wanted


def test_recorded_findings_name_model_seed_and_date_and_hold_no_path_or_nan() -> None:
    text = FILE.read_text(encoding="utf-8")
    json.loads(text, parse_constant=lambda found: pytest.fail(f"{found} is no JSON"))
    assert not [place for place in ("/home/", "/root/", "/tmp/", "\\Users\\") if place in text]
    for finding in recorded().values():
        assert finding.model
        assert len(finding.date) == len("2026-01-31")
        assert len(finding.fingerprint) == 64


def test_a_recorded_outcome_is_one_of_the_guesses() -> None:
    for (name, _), finding in recorded().items():
        options = {option.id for option in lesson().experiment(name).guess.options}
        assert finding.found.outcome in options | {""}


def test_recording_an_experiment_took_less_than_fifteen_seconds_of_processor_time() -> None:
    slow = {name: each.cpu_seconds for name, each in recorded().items() if each.cpu_seconds >= 15}
    assert not slow


def test_recorded_findings_were_made_of_one_pair() -> None:
    assert len({finding.fingerprint for finding in recorded().values()}) == 1


def test_marks_become_elements_and_everything_else_is_escaped() -> None:
    shown = inline('`a<b` and *so*, [there](#here) & "quoted" <script>')
    assert shown == (
        "<code>a&lt;b</code> and <em>so</em>, "
        '<a href="#here">there</a> &amp; \u201cquoted\u201d &lt;script&gt;'
    )


@pytest.mark.parametrize("target", ["javascript:alert(1)", "http://plain.example", "//elsewhere"])
def test_links_lead_within_the_page_or_to_https(target: str) -> None:
    with pytest.raises(ValueError, match="https"):
        inline(f"[text]({target})")


def test_blank_lines_part_paragraphs() -> None:
    assert paragraphs("one\ntwo\n\nthree\n") == ["one two", "three"]
