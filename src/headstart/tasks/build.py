"""The story of this room: from a `DataRequest` to a `Task`."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from headstart.domain.task import DataCounts, Example, Shape, Task
from headstart.errors import DataError, RequestError
from headstart.tasks.columns import Layout, LayoutKind, find_layout, unused_columns
from headstart.tasks.examples import to_examples
from headstart.tasks.findings import find
from headstart.tasks.metrics import Metric, default_metric, extract_json, metric_named
from headstart.tasks.read import LoadDataset, read_rows
from headstart.tasks.request import DataRequest
from headstart.tasks.rows import Rows
from headstart.tasks.shape import NEARLY_ALL, detect_shape, settle_shape
from headstart.tasks.split import Split, is_empty, split_examples

LISTED_LABELS = 20
"""At most this many labels are listed in the instruction that headstart writes."""

_BRINGS_INSTRUCTION = (LayoutKind.MESSAGES, LayoutKind.CONVERSATIONS, LayoutKind.INSTRUCTION)


def build_task(request: DataRequest, load_dataset: LoadDataset | None = None) -> Task:
    """Read, map, check, split and describe the user's data.

    Rows that bring their own system message forbid `request.system`. Where no
    instruction is given, one is written for classification, unless the layout brings
    its own (messages, conversations, instruction); that is told as a finding.
    Labels lose their outer whitespace; every other text stays as it is.

    Args:
        request: which data, and how it is scored.
        load_dataset: reads `save_to_disk` folders and hub ids; see `read_rows`.

    Raises:
        RequestError: options out of range or at odds with the data.
        DataError: the data cannot be used; the fact names file, row and column.

    Limits: over-long rows are not noticed here, since that takes a tokenizer.
    """
    chosen = _check(request)
    rows, layout, train = _read(request.data, request, "train", load_dataset)
    test = None
    if request.test is not None:
        _, test_layout, test = _read(request.test, request, "test", load_dataset)
        _require_same_kind(request, layout, test_layout)
    detected = detect_shape(layout.kind, _completions(train, request.data))
    shape, reason = settle_shape(detected, chosen)
    metric = chosen or default_metric(shape)
    _require_fit(shape, metric, request)
    if shape is Shape.CLASSIFICATION:
        train, test = _strip_labels(train), None if test is None else _strip_labels(test)
    split = _split(request, train, test)
    labels = _labels([*train, *(test or ())], split) if shape is Shape.CLASSIFICATION else ()
    _require_scorable(request, shape, metric, labels, split)
    wants_auto = request.instruction is None and layout.kind not in _BRINGS_INSTRUCTION
    auto = _auto_instruction(labels) if labels and wants_auto else ""
    task = Task(
        name=Path(request.data).stem,
        shape=shape,
        shape_reason=reason,
        metric=metric.name,
        higher_is_better=metric.higher_is_better,
        labels=labels,
        instruction=request.instruction or auto,
        system=request.system,
        train=split.train,
        dev=split.dev,
        test=split.test,
        counts=_counts(split, len(train) + len(test or ())),
        findings=tuple(find(split, shape, unused_columns(rows, layout), auto)),
        fingerprint="",
    )
    return task.model_copy(update={"fingerprint": _fingerprint(task, metric)})


def _check(request: DataRequest) -> Metric | None:
    if request.max_test < 1:
        raise RequestError(
            f"--max-test is {request.max_test}", hint="at least 1 test row must be scored"
        )
    return None if request.metric is None else metric_named(request.metric)


def _read(
    source: str, request: DataRequest, side: str, load_dataset: LoadDataset | None
) -> tuple[Rows, Layout, tuple[Example, ...]]:
    rows = read_rows(Path(source), load_dataset)
    layout = find_layout(rows, request.columns)
    examples = to_examples(rows, layout, side)
    if request.system:
        _refuse_two_systems(rows, examples)
    return rows, layout, examples


def _refuse_two_systems(rows: Rows, examples: Iterable[Example]) -> None:
    for example in examples:
        if example.prompt and example.prompt[0].role == "system":
            number = example.id.partition(":")[2]
            raise DataError(
                f"{rows.file}, {rows.unit} {number}: a system message, and --system is given",
                hint="leave --system out, or remove the system messages from the rows",
            )


def _completions(examples: Iterable[Example], source: str) -> list[str]:
    completions = [example.completion for example in examples if not is_empty(example)]
    if not completions:
        raise DataError(
            f"{source}: every row has an empty prompt or completion",
            hint="name the columns that hold the texts with --columns",
        )
    return completions


def _require_same_kind(request: DataRequest, train: Layout, test: Layout) -> None:
    if (train.kind is LayoutKind.TEXT) is not (test.kind is LayoutKind.TEXT):
        raise DataError(
            f"{request.data} is laid out as ({train.kind.value}),"
            f" {request.test} as ({test.kind.value})",
            hint="give both files the same columns",
        )


def _require_fit(shape: Shape, metric: Metric, request: DataRequest) -> None:
    if shape not in metric.suits:
        raise RequestError(
            f"--metric {metric.name} cannot score {shape.value}",
            hint="leave --metric out, or name a prompt and a completion with --columns",
        )
    if shape is Shape.RAW_TEXT and (request.instruction or request.system):
        raise RequestError(
            "raw text has no prompts, and an instruction or a system message is given",
            hint="leave both out, or name a prompt and a completion with --columns",
        )


def _split(request: DataRequest, train: Sequence[Example], test: Sequence[Example] | None) -> Split:
    try:
        return split_examples(train, test, max_test=request.max_test, seed=request.seed)
    except DataError as error:
        raise DataError(f"{request.data}: {error.fact}", hint=error.hint) from error


def _require_scorable(
    request: DataRequest, shape: Shape, metric: Metric, labels: Sequence[str], split: Split
) -> None:
    if shape is Shape.CLASSIFICATION and len(labels) < 2:
        raise DataError(
            f"{request.data}: every row has the label {labels[0]!r}",
            hint="at least 2 labels are needed; name another column with --columns",
        )
    if shape is Shape.EXTRACTION:
        broken = [e for e in split.test if extract_json(e.completion).value is None]
        if len(broken) > (1 - NEARLY_ALL) * len(split.test):
            raise DataError(
                f"{len(broken)} of {len(split.test)} test completions are no JSON objects,"
                f" first {broken[0].id}",
                hint="write JSON objects, or choose another metric with --metric",
            )
    if metric.source and metric.score is not None:
        # a metric that cannot score a right answer must not fail after hours of training
        metric.score(split.test[0].completion, split.test[0].completion)


def _strip_labels(examples: Iterable[Example]) -> tuple[Example, ...]:
    return tuple(
        example
        if example.completion == example.completion.strip()
        else example.model_copy(update={"completion": example.completion.strip()})
        for example in examples
    )


def _labels(examples: Iterable[Example], split: Split) -> tuple[str, ...]:
    """Labels of every usable row, so that `--max-test` does not change the label set."""
    kept = (e.completion for e in (*split.train, *split.dev, *split.test))
    return tuple(sorted({*kept, *(e.completion for e in examples if not is_empty(e))}))


def _auto_instruction(labels: Sequence[str]) -> str:
    sentence = "Classify the text. Answer with the label only."
    return f"{sentence} Labels: {', '.join(labels)}." if len(labels) <= LISTED_LABELS else sentence


def _counts(split: Split, read: int) -> DataCounts:
    return DataCounts(
        read=read,
        empty=split.empty,
        duplicate=split.duplicate,
        leaked=split.leaked,
        train=len(split.train),
        test=len(split.test),
    )


def _fingerprint(task: Task, metric: Metric) -> str:
    """sha256 over what changes a result; the file's name and place do not."""
    told = {
        "shape": task.shape,
        "metric": [metric.name, metric.higher_is_better, metric.source],
        "labels": task.labels,
        "instruction": task.instruction,
        "system": task.system,
        **{name: _plain(getattr(task, name)) for name in ("train", "dev", "test")},
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _plain(examples: Iterable[Example]) -> list[list[object]]:
    return [
        [e.id, [[turn.role, turn.content] for turn in e.prompt], e.completion, e.group]
        for e in examples
    ]
