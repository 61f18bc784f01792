"""What kind of output the completions ask for."""

from collections.abc import Callable, Sequence
from statistics import fmean

from headstart.domain.task import Shape
from headstart.tasks.columns import LayoutKind
from headstart.tasks.metrics.exact import as_number, marked_answer
from headstart.tasks.metrics.metric import Metric
from headstart.tasks.metrics.structured import is_json_object

MOST_LABELS = 200
"""More distinct completions than this are no label set, unless a column is named label."""
ROWS_PER_LABEL = 5
"""Fewer rows per distinct completion than this are no label set."""
LABEL_WORDS = 8
"""A completion with more words than this is no label."""
NEARLY_ALL = 0.95
"""The share of completions that must be JSON, numbers or marked answers."""
SHORT_WORDS = 5
"""Completions of at most this many words on average are short answers."""


def detect_shape(kind: LayoutKind, completions: Sequence[str]) -> tuple[Shape, str]:
    """Tell the shape from the layout and the completions; first that fits wins.

    Raw text (layout `text`); classification (layout `text, label`); extraction (JSON
    objects); classification (at most 200 distinct completions of at most 8 words,
    with 5 rows or more each on average); short answer (numbers, `#### answer`, or at
    most 5 words on average); else free text.

    Args:
        kind: the layout of the training file.
        completions: the training rows' completions, none of them empty, at least one.

    Returns:
        The shape, and the reason in one clause with its figure.
    """
    rows, distinct = len(completions), len({text.strip() for text in completions})
    if kind is LayoutKind.TEXT:
        return Shape.RAW_TEXT, f"the {rows:,} rows hold text and no prompt"
    if kind is LayoutKind.LABEL:
        return Shape.CLASSIFICATION, f"the label column holds {distinct:,} distinct labels"
    json_share = _share(is_json_object, completions)
    if json_share >= NEARLY_ALL:
        return Shape.EXTRACTION, f"{json_share:.0%} of the completions are JSON objects"
    few = distinct <= MOST_LABELS and rows >= ROWS_PER_LABEL * distinct
    if few and all(len(text.split()) <= LABEL_WORDS for text in completions):
        return (
            Shape.CLASSIFICATION,
            f"{rows:,} completions are only {distinct:,} distinct short texts",
        )
    return _answer_or_text(completions)


def settle_shape(detected: tuple[Shape, str], metric: Metric | None) -> tuple[Shape, str]:
    """The detected shape, or the one that the user's metric implies."""
    shape, _ = detected
    if metric is None or shape in metric.suits or shape is Shape.RAW_TEXT:
        return detected
    return metric.suits[0], f"implied by --metric {metric.name}; the rows look like {shape.value}"


def _answer_or_text(completions: Sequence[str]) -> tuple[Shape, str]:
    marked = _share(lambda text: marked_answer(text) is not None, completions)
    if marked >= NEARLY_ALL:
        return Shape.SHORT_ANSWER, f"{marked:.0%} of the completions end with a '#### answer' line"
    numbers = _share(lambda text: as_number(text) is not None, completions)
    if numbers >= NEARLY_ALL:
        return Shape.SHORT_ANSWER, f"{numbers:.0%} of the completions are numbers"
    words = fmean(len(text.split()) for text in completions)
    shape = Shape.SHORT_ANSWER if words <= SHORT_WORDS else Shape.FREE_TEXT
    return shape, f"the completions have {words:.1f} words on average"


def _share(holds: Callable[[str], bool], texts: Sequence[str]) -> float:
    return sum(holds(text) for text in texts) / len(texts)
