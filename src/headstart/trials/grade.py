"""From what a model did to scores: the metric applied to each test item."""

from collections.abc import Sequence
from statistics import fmean

from headstart.domain.task import Example, Shape, Task
from headstart.domain.trial import Answer, ItemResult
from headstart.domain.value import NotMeasured
from headstart.tasks.metrics import Metric, infer_schema, metric_named, secondary


def grade(task: Task, examples: Sequence[Example], answers: Sequence[Answer]) -> list[ItemResult]:
    """Score each answer by the task's deciding metric.

    For classification the prediction is the most probable label, and the free generation
    is scored beside it; for other shapes the prediction is the generation.
    """
    metric = metric_named(task.metric)
    return [_grade(metric, e, a) for e, a in zip(examples, answers, strict=True)]


def figures(
    task: Task, examples: Sequence[Example], items: Sequence[ItemResult]
) -> dict[str, float | NotMeasured]:
    """The shape's other figures over all items: see `tasks.metrics.secondary`."""
    references = [e.completion for e in examples]
    found: dict[str, float | NotMeasured] = {}
    if task.shape is not Shape.RAW_TEXT:
        schema = None
        if task.shape is Shape.EXTRACTION:
            schema = infer_schema(e.completion for e in task.train)
        predictions = [i.prediction for i in items]
        found |= secondary(task.shape, predictions, references, labels=task.labels, schema=schema)
    if task.labels:
        found |= _free_generation(task, references, items)
    bits = [i.bits_per_byte for i in items if i.bits_per_byte is not None]
    found["bits per completion byte"] = (
        _bits_per_byte(examples, items) if bits else NotMeasured(why="no completion bytes")
    )
    ended = [i.stopped for i in items if i.stopped is not None]
    found["stopped by itself"] = fmean(ended) if ended else NotMeasured(why="nothing was generated")
    return found


def _grade(metric: Metric, example: Example, answer: Answer) -> ItemResult:
    per_byte = (
        answer.bits / answer.byte_count if answer.bits is not None and answer.byte_count else None
    )
    written = answer.written
    prediction = answer.label if answer.label is not None else written or ""
    if metric.score is None:
        if per_byte is None:
            raise ValueError(f"{example.id} has no bytes that a loss could be taken on")
        score, extracted, written_score = per_byte, True, None
    else:
        score = metric.score(prediction, example.completion)
        extracted = metric.extracts is None or metric.extracts(prediction, example.completion)
        free = answer.label is not None and written is not None
        written_score = metric.score(written or "", example.completion) if free else None
    return ItemResult(
        id=example.id,
        score=score,
        prediction=prediction,
        extracted=extracted,
        written=written if answer.label is not None else None,
        written_score=written_score,
        bits_per_byte=per_byte,
        stop_bits=answer.stop_bits,
        stopped=answer.stopped,
    )


def _free_generation(
    task: Task, references: Sequence[str], items: Sequence[ItemResult]
) -> dict[str, float | NotMeasured]:
    """Accuracy of what the model writes when nothing confines it to the labels."""
    written = [i.written or "" for i in items]
    pairs = zip(written, references, strict=True)
    return {
        "free generation: right": fmean(w.strip() == r.strip() for w, r in pairs),
        "free generation: not a label": fmean(w.strip() not in task.labels for w in written),
    }


def _bits_per_byte(examples: Sequence[Example], items: Sequence[ItemResult]) -> float:
    """Over all items together, so that long completions weigh by their bytes."""
    texts = [e.completion.strip() if e.prompt else e.completion for e in examples]
    sizes = [len(text.encode()) for text in texts]
    pairs = [(i.bits_per_byte, s) for i, s in zip(items, sizes, strict=True)]
    known = [(b * s, s) for b, s in pairs if b is not None]
    return sum(b for b, _ in known) / sum(s for _, s in known)
