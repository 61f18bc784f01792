"""Figures beside the metric that decides, aggregated over all test items."""

from collections.abc import Sequence
from statistics import fmean

from headstart.domain.task import Shape
from headstart.domain.value import NotMeasured
from headstart.tasks.metrics.exact import answer_extracted
from headstart.tasks.metrics.overlap import corpus_chrf, rouge_l
from headstart.tasks.metrics.structured import Schema, fields, fits_schema, has_json, json_exact

Figures = dict[str, float | NotMeasured]


def secondary(
    shape: Shape,
    predictions: Sequence[str],
    references: Sequence[str],
    *,
    labels: Sequence[str] = (),
    schema: Schema | None = None,
) -> Figures:
    """Aggregate figures for a shape, each in [0, 1].

    classification: macro-F1, and the share of predictions that are no label.
    extraction: parse rate, schema-valid rate, micro field-F1, exact match.
    short answer: extraction rate. free text: corpus chrF, mean ROUGE-L.
    raw text: none.

    Args:
        shape: the task's shape.
        predictions: what was generated, one per item.
        references: the completions, in the same order.
        labels: the task's labels; without them the share is not measured.
        schema: of the training completions; without it the rate is not measured.

    Raises:
        ValueError: predictions and references differ in number.
    """
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} predictions for {len(references)} references")
    match shape:
        case Shape.CLASSIFICATION:
            figures = _classification(predictions, references, labels)
        case Shape.EXTRACTION:
            figures = _extraction(predictions, references, schema)
        case Shape.SHORT_ANSWER:
            pairs = zip(predictions, references, strict=True)
            figures = {"extraction rate": _share([answer_extracted(*pair) for pair in pairs])}
        case Shape.FREE_TEXT:
            figures = _free_text(predictions, references)
        case Shape.RAW_TEXT:
            figures = {}
    return figures


def macro_f1(predictions: Sequence[str], references: Sequence[str]) -> float | NotMeasured:
    """Unweighted mean of the labels' F1, over labels that occur in the references.

    An output that is no label, or a label that no reference carries, lowers the
    recall of the label it missed and adds no term of its own.
    """
    if not references:
        return _no_items()
    predicted = [prediction.strip() for prediction in predictions]
    expected = [reference.strip() for reference in references]
    hits: dict[str, int] = dict.fromkeys(expected, 0)
    sizes: dict[str, int] = dict.fromkeys(expected, 0)
    for one, other in zip(predicted, expected, strict=True):
        hits[other] += one == other
        sizes[other] += 1
        if one in sizes:
            sizes[one] += 1
    return fmean(2 * hits[label] / sizes[label] for label in sizes)


def _classification(
    predictions: Sequence[str], references: Sequence[str], labels: Sequence[str]
) -> Figures:
    known = set(labels)
    not_labels = [prediction.strip() not in known for prediction in predictions]
    return {
        "macro-F1": macro_f1(predictions, references),
        "not a label": _share(not_labels) if known else NotMeasured(why="no labels were given"),
    }


def _extraction(
    predictions: Sequence[str], references: Sequence[str], schema: Schema | None
) -> Figures:
    pairs = list(zip(predictions, references, strict=True))
    valid: float | NotMeasured = NotMeasured(why="no schema was given")
    if schema is not None:
        valid = _share([fits_schema(prediction, schema) for prediction in predictions])
    return {
        "parse rate": _share([has_json(*pair) for pair in pairs]),
        "schema-valid rate": valid,
        "micro field-F1": _micro_field_f1(pairs),
        "exact match": _share([json_exact(*pair) == 1.0 for pair in pairs]),
    }


def _micro_field_f1(pairs: Sequence[tuple[str, str]]) -> float | NotMeasured:
    hits = total = 0
    for prediction, reference in pairs:
        predicted, expected = fields(prediction), fields(reference)
        total += (predicted.total() if predicted else 0) + (expected.total() if expected else 0)
        hits += (predicted & expected).total() if predicted and expected else 0
    return 2 * hits / total if total else NotMeasured(why="no item holds a field")


def _free_text(predictions: Sequence[str], references: Sequence[str]) -> Figures:
    if not references:
        return {"chrF": _no_items(), "ROUGE-L": _no_items()}
    pairs = zip(predictions, references, strict=True)
    return {
        "chrF": corpus_chrf(predictions, references),
        "ROUGE-L": fmean(rouge_l(*pair) for pair in pairs),
    }


def _share(flags: Sequence[bool]) -> float | NotMeasured:
    return sum(flags) / len(flags) if flags else _no_items()


def _no_items() -> NotMeasured:
    return NotMeasured(why="no items were scored")
