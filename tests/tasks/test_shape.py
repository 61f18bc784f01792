import json

import pytest

from headstart.domain.task import Shape
from headstart.tasks.columns import LayoutKind
from headstart.tasks.metrics import METRICS
from headstart.tasks.shape import detect_shape, settle_shape

_SENTENCE = "one two three four five six seven eight nine ten "


@pytest.mark.parametrize(
    ("completions", "shape", "figure"),
    [
        (["yes", "no"] * 10, Shape.CLASSIFICATION, "2 distinct"),
        ([json.dumps({"a": n}) for n in range(40)], Shape.EXTRACTION, "100%"),
        (["{}"] * 40, Shape.EXTRACTION, "100%"),
        ([json.dumps({"a": n}) for n in range(37)] + ["no"] * 3, Shape.SHORT_ANSWER, "words"),
        ([f"{_SENTENCE}\n#### {n}" for n in range(40)], Shape.SHORT_ANSWER, "####"),
        ([f"${n},000.5" for n in range(40)], Shape.SHORT_ANSWER, "numbers"),
        ([f"word{n} and" for n in range(40)], Shape.SHORT_ANSWER, "2.0 words"),
        ([f"{_SENTENCE}{n}" for n in range(40)], Shape.FREE_TEXT, "11.0 words"),
        ([_SENTENCE, "x"] * 20, Shape.FREE_TEXT, "words"),
    ],
)
def test_the_shape_is_told_from_the_completions(
    completions: list[str], shape: Shape, figure: str
) -> None:
    detected, reason = detect_shape(LayoutKind.PROMPT, completions)
    assert detected is shape
    assert figure in reason


def test_some_layouts_settle_the_shape_by_themselves() -> None:
    assert detect_shape(LayoutKind.LABEL, ["a", "b"])[0] is Shape.CLASSIFICATION
    assert detect_shape(LayoutKind.TEXT, ["a", "b"])[0] is Shape.RAW_TEXT


def test_a_metric_overrides_the_shape_unless_it_suits_it() -> None:
    detected = (Shape.FREE_TEXT, "so")
    assert settle_shape(detected, None) == detected
    assert settle_shape(detected, METRICS["chrf"]) == detected
    assert settle_shape(detected, METRICS["bits-per-byte"]) == detected
    assert settle_shape(detected, METRICS["exact-match"])[0] is Shape.SHORT_ANSWER
