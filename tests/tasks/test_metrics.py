import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.domain.task import Shape
from headstart.domain.value import NotMeasured
from headstart.errors import DataError, RequestError
from headstart.tasks.metrics import (
    METRICS,
    default_metric,
    extract_json,
    infer_schema,
    metric_named,
    secondary,
)
from headstart.tasks.metrics.exact import accuracy, answer_extracted, as_number, exact_match
from headstart.tasks.metrics.overlap import chrf, rouge_l
from headstart.tasks.metrics.secondary import macro_f1
from headstart.tasks.metrics.structured import field_f1, json_exact

_SCORED = [metric for metric in METRICS.values() if metric.score is not None]
_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_OBJECTS = st.dictionaries(st.text(), _JSON, max_size=4)
_TEXTS = st.text(max_size=40) | st.integers().map(str) | _OBJECTS.map(json.dumps)


@settings(deadline=None)
@given(_TEXTS, _TEXTS)
def test_every_score_lies_between_0_and_1(prediction: str, reference: str) -> None:
    for metric in _SCORED:
        assert metric.score is not None
        assert 0.0 <= metric.score(prediction, reference) <= 1.0
        if metric.extracts is not None:
            metric.extracts(prediction, reference)


@settings(deadline=None)
@given(_TEXTS, _TEXTS)
def test_symmetric_metrics_do_not_care_which_side_is_which(one: str, other: str) -> None:
    for score in (accuracy, field_f1, json_exact, rouge_l):
        assert score(one, other) == pytest.approx(score(other, one))


@settings(deadline=None)
@given(_OBJECTS)
def test_an_object_scores_1_against_itself_in_prose(value: dict[str, object]) -> None:
    text = json.dumps(value)
    assert field_f1(f"Sure! Here it is:\n```json\n{text}\n```", text) == 1.0
    assert json_exact(f"Sure: {text}. Anything else?", text) == 1.0
    assert extract_json(text).strict


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_text_scores_1_against_itself(text: str) -> None:
    for score in (accuracy, exact_match, rouge_l):
        assert score(text, text) == 1.0


@settings(deadline=None)
@given(st.integers(-(10**12), 10**12), st.integers(0, 99))
def test_one_number_written_in_many_ways_is_one_number(whole: int, cents: int) -> None:
    plain = f"{whole}.{cents:02d}"
    ways = [f"{whole:,}.{cents:02d}", f"{plain}00", f"${plain}", f" {plain}% ", f"{plain}."]
    assert all(exact_match(way, plain) == exact_match(plain, way) == 1.0 for way in ways)


@pytest.mark.parametrize(
    ("prediction", "reference", "score"),
    [
        ("1,000", "1000.0", 1),
        ("$5", "5", 1),
        ("50%", "50", 1),
        ("-$5", "\N{MINUS SIGN}5", 1),
        ("5", "-5", 0),
        ("1e3", "1000", 1),
        ("The Eiffel Tower.", "eiffel tower", 1),
        ("an apple", "apple", 1),
        ("apples", "apple", 0),
        ("the", "a", 0),
        ("+", "-", 0),
        ("so 72.\n#### 72", "work\n#### 72", 1),
        ("#### 70\n#### $72 dollars", "#### 72", 1),
        ("it is 5-3, so 72", "#### 72", 1),
        ("71 then 73", "#### 72", 0),
        ("#### none, 72 before", "#### 72", 1),
        ("9 ####", "#### 9", 1),
        ("#### Paris", "#### paris", 1),
        ("Paris", "#### paris", 0),
    ],
)
def test_exact_match_by_example(prediction: str, reference: str, score: int) -> None:
    assert exact_match(prediction, reference) == score


def test_not_extracted_is_told_apart_from_wrong() -> None:
    assert answer_extracted("so it is 7", "#### 72")
    assert not answer_extracted("no idea", "#### 72")
    assert not answer_extracted(" ", "Paris")


@pytest.mark.parametrize("text", ["", "5 apples", "1,00", "--5", "five", "1/2", "1.2.3", "٣"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert as_number(text) is None


@pytest.mark.parametrize(
    ("prediction", "reference", "score"),
    [
        ('{"a": 1, "b": "x"}', '{"b": "x", "a": 1.0}', 1),
        ('{"a": 1}', '{"a": 1, "b": 2}', 2 / 3),
        ('{"a": "1"}', '{"a": 1}', 0),
        ('{"a": true}', '{"a": 1}', 0),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', 1),
        ('{"a": [1, 1]}', '{"a": [1]}', 2 / 3),
        ('{"a": []}', "{}", 0),
        ("{}", "{}", 1),
        ("nothing", "{}", 0),
        ('{"a": {"b": 1}', '{"b": 1}', 0),
        ('{x} then {"a": "}"} then {"a": 2}', '{"a": "}"}', 1),
        ('{"a": NaN}', '{"a": 1}', 0),
        ('{"a":' * 5000, "{}", 0),
        ('{"a":' * 500 + "1" + "}" * 500, "{}", 0),
        ("{" * 100_000, "{}", 0),
    ],
)
def test_field_f1_by_example(prediction: str, reference: str, score: float) -> None:
    assert field_f1(prediction, reference) == pytest.approx(score)


def test_json_exact_heeds_the_order_of_lists() -> None:
    assert json_exact('{"a": [1, 2]}', '{"a": [2, 1]}') == 0
    assert json_exact('{"b": 1, "a": 2}', '{"a": 2.0, "b": 1}') == 1


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["the", "Cat", "sat_on", "mat.", "12"]), max_size=8),
    st.lists(st.sampled_from(["the", "cat", "sat", "on", "12"]), max_size=8),
)
def test_rouge_l_is_the_packages_figure_on_ascii(one: list[str], other: list[str]) -> None:
    from rouge_score.rouge_scorer import RougeScorer

    prediction, reference = " ".join(one), " ".join(other)
    if prediction != reference:
        theirs = RougeScorer(["rougeL"]).score(reference, prediction)["rougeL"].fmeasure
        assert rouge_l(prediction, reference) == theirs


def test_overlap_counts_letters_of_every_script() -> None:
    assert 0 < rouge_l("кот спит", "кот ест") < 1
    assert 0 < rouge_l("猫在睡觉", "猫在吃饭") < 1
    assert chrf("кот", "кот") == pytest.approx(1.0)
    assert chrf("abc", "xyz") == 0.0


def test_every_shape_has_a_default_that_suits_it() -> None:
    for shape in Shape:
        assert shape in default_metric(shape).suits
    assert not default_metric(Shape.RAW_TEXT).higher_is_better


def test_macro_f1_is_the_mean_over_labels() -> None:
    # a: 1 hit of 1 predicted and 2 true, F1 2/3; b: 1 of 1 and 1, F1 1; "junk" is no label
    assert macro_f1(["a", "junk", "b"], ["a", "a", "b"]) == pytest.approx((2 / 3 + 1) / 2)


def test_secondary_figures_by_shape() -> None:
    figures = secondary(Shape.CLASSIFICATION, ["a", "x"], ["a", "b"], labels=("a", "b"))
    assert figures == {"macro-F1": 0.5, "not a label": 0.5}
    schema = infer_schema(['{"a": 1}', '{"a": null, "b": {"c": "x"}}'])
    predictions = ['so {"a": 1}', '{"a": "1"}', '{"z": 1}', "no"]
    figures = secondary(Shape.EXTRACTION, predictions, ['{"a": 1}'] * 4, schema=schema)
    assert figures == {
        "parse rate": 0.75,
        "schema-valid rate": 0.25,
        "micro field-F1": 2 / 7,
        "exact match": 0.25,
    }
    figures = secondary(Shape.SHORT_ANSWER, ["7", "none"], ["#### 7", "#### 8"])
    assert figures == {"extraction rate": 0.5}
    assert secondary(Shape.FREE_TEXT, ["a b"], ["a b"]) == pytest.approx({"chrF": 1, "ROUGE-L": 1})
    assert secondary(Shape.RAW_TEXT, ["a"], ["a"]) == {}


def test_what_was_not_scored_is_not_measured() -> None:
    for shape in Shape:
        assert all(isinstance(f, NotMeasured) for f in secondary(shape, [], []).values())
    figures = secondary(Shape.EXTRACTION, ["{}"], ["{}"])
    assert isinstance(figures["schema-valid rate"], NotMeasured)
    assert isinstance(figures["micro field-F1"], NotMeasured)


def test_predictions_and_references_must_match_in_number() -> None:
    with pytest.raises(ValueError, match="1 predictions for 2 references"):
        secondary(Shape.RAW_TEXT, ["a"], ["a", "b"])


def test_an_unknown_metric_is_answered_with_the_close_one() -> None:
    with pytest.raises(RequestError, match="unknown metric 'rougel'") as caught:
        metric_named("rougel")
    assert "'rouge-l'" in caught.value.hint


_USERS = """
limit = 3
def good(prediction, reference): return prediction == reference
def less(prediction, reference): return 1
less.higher_is_better = False
def text(prediction, reference): return "1.0"
def none(prediction, reference): return None
def nan(prediction, reference): return float("nan")
def boom(prediction, reference): return 1 / 0
def one(prediction): return 1.0
"""


@pytest.fixture
def users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users_metric.py").write_text(_USERS)
    (tmp_path / "broken_metric.py").write_text("1 / 0")
    (tmp_path / "needy_metric.py").write_text("import no_such_package")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "users_metric", raising=False)


@pytest.mark.usefixtures("users_folder")
def test_a_users_metric_is_loaded_from_the_current_folder() -> None:
    metric = metric_named("users_metric:good")
    assert metric.score is not None
    assert metric.score("a", "a") == 1.0
    assert metric.higher_is_better
    assert len(metric.source) == 64
    assert not metric_named("users_metric:less").higher_is_better


@pytest.mark.usefixtures("users_folder")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        (":f", "names no function"),
        ("users_metric:", "names no function"),
        ("no_such_module:f", "no module 'no_such_module'"),
        ("needy_metric:f", "no module 'no_such_package'"),
        ("broken_metric:f", "raised ZeroDivisionError"),
        ("users_metric:absent", "has no absent"),
        ("users_metric:limit", "not a function"),
    ],
)
def test_a_users_metric_that_cannot_be_loaded_is_refused(name: str, told: str) -> None:
    with pytest.raises(RequestError, match=told):
        metric_named(name)


@pytest.mark.usefixtures("users_folder")
@pytest.mark.parametrize("name", ["text", "none", "nan", "boom", "one"])
def test_a_users_metric_that_gives_no_number_is_refused(name: str) -> None:
    metric = metric_named(f"users_metric:{name}")
    assert metric.score is not None
    with pytest.raises(DataError, match=f"users_metric:{name}"):
        metric.score("a", "a")
