"""How predictions are scored: the registry of metrics, and each shape's default.

A metric gives one score per item; figures that exist only for a whole test set
come from `secondary`. An answer that is wrong and an answer that could not be told
from the output are kept apart: see `Metric.extracts`.
"""

from difflib import get_close_matches

from headstart.domain.task import Shape
from headstart.errors import RequestError
from headstart.tasks.metrics.custom import load_metric
from headstart.tasks.metrics.exact import accuracy, answer_extracted, exact_match
from headstart.tasks.metrics.metric import Metric
from headstart.tasks.metrics.overlap import chrf, rouge_l
from headstart.tasks.metrics.secondary import secondary
from headstart.tasks.metrics.structured import (
    Schema,
    extract_json,
    field_f1,
    has_json,
    infer_schema,
    json_exact,
)

__all__ = [
    "METRICS",
    "Metric",
    "Schema",
    "default_metric",
    "extract_json",
    "infer_schema",
    "load_metric",
    "metric_named",
    "secondary",
]

_REGISTERED = (
    Metric(
        name="accuracy",
        suits=(Shape.CLASSIFICATION,),
        score=accuracy,
        about="1 where the predicted label is the label, outer whitespace aside",
    ),
    Metric(
        name="exact-match",
        suits=(Shape.SHORT_ANSWER,),
        score=exact_match,
        extracts=answer_extracted,
        about="1 where the normalised answers agree; numbers are compared as numbers",
    ),
    Metric(
        name="field-f1",
        suits=(Shape.EXTRACTION,),
        score=field_f1,
        extracts=has_json,
        about="F1 over the (path, value) pairs of the JSON object",
    ),
    Metric(
        name="json-exact",
        suits=(Shape.EXTRACTION,),
        score=json_exact,
        extracts=has_json,
        about="1 where the JSON objects are equal, key order and spacing aside",
    ),
    Metric(
        name="rouge-l",
        suits=(Shape.FREE_TEXT,),
        score=rouge_l,
        about="F1 of the longest common subsequence of words, without stemming",
    ),
    Metric(
        name="chrf",
        suits=(Shape.FREE_TEXT,),
        score=chrf,
        about="F-score of character n-grams up to 6, recall counting twice",
    ),
    Metric(
        name="bits-per-byte",
        higher_is_better=False,
        suits=(Shape.RAW_TEXT, *(shape for shape in Shape if shape is not Shape.RAW_TEXT)),
        score=None,
        about="bits that the model needs per byte of the completion; from likelihoods",
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _REGISTERED}
"""Every metric that headstart brings, by name."""

_DEFAULTS = {
    Shape.CLASSIFICATION: "accuracy",
    Shape.EXTRACTION: "field-f1",
    Shape.SHORT_ANSWER: "exact-match",
    Shape.FREE_TEXT: "rouge-l",
    Shape.RAW_TEXT: "bits-per-byte",
}


def default_metric(shape: Shape) -> Metric:
    """The metric that decides where the user names none."""
    return METRICS[_DEFAULTS[shape]]


def metric_named(name: str) -> Metric:
    """A metric of the registry, or the user's own where the name holds a colon.

    Raises:
        RequestError: no such metric, module or function.
    """
    if ":" in name:
        return load_metric(name)
    if name not in METRICS:
        close = get_close_matches(name.casefold(), METRICS, n=1)
        guess = f"did you mean {close[0]!r}? " if close else ""
        raise RequestError(
            f"--metric: unknown metric {name!r}",
            hint=f"{guess}metrics are {', '.join(METRICS)}, or your own as module:function",
        )
    return METRICS[name]
