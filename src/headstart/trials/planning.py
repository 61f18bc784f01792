"""From what was asked to a plan that pins everything a run depends on."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.plan import Plan, Rates, Recipe, Request, StartSpec, StartView
from headstart.domain.task import Example, Shape, Task
from headstart.domain.value import NotMeasured
from headstart.errors import DataError, RequestError
from headstart.judge.power import detectable_difference
from headstart.trials.schedule import Schedule, estimate_seconds, fit
from headstart.version import __version__

MOST_TRAIN = 8192
"""Rows of the largest trial where the user sets no limit; trials are small by design."""


def check_request(request: Request) -> None:
    """Refuse options that are out of range, before anything is read.

    Raises:
        RequestError: with the option and its value.
    """
    for option, value, least in (
        ("--max-train", request.max_train, 1),
        ("--max-test", request.max_test, 2),
        ("--seeds", request.seeds, 1),
        ("--rank", request.rank, 1),
        ("--epochs", request.epochs, 1),
        ("--shots", request.shots, 0),
        ("--memory", request.memory_bytes, 1),
    ):
        if value is not None and value < least:
            raise RequestError(f"{option} is {value}", hint=f"give at least {least}")
    if not 0 <= request.margin < 1:
        raise RequestError(
            f"--margin is {request.margin}",
            hint="give a share from 0 to 1: 0.01 is one point of accuracy",
        )
    if not 0 < request.budget_seconds < math.inf:
        raise RequestError(
            f"--budget is {request.budget_seconds:g} s", hint="give a time such as 20m"
        )


def check_task(task: Task) -> None:
    """Refuse data on which nothing could be measured, before any model is loaded.

    Raises:
        DataError: the test rows have one prompt only, or no dev rows are left.
    """
    prompts = len({e.group for e in task.test})
    if prompts < 2:
        raise DataError(
            f"the test set of {task.name} has {prompts} distinct prompt",
            hint="give at least 15 rows, or a test file of at least 2 with --test",
        )
    if not task.dev:
        raise DataError(
            f"{len(task.train)} training rows of {task.name} leave none to pick learning rates on",
            hint="give at least 15 rows with prompts of their own; a few hundred tell starts apart",
        )


def make_recipe(request: Request, epochs: int) -> Recipe:
    """How every trial of this run trains."""
    return Recipe(
        method="full" if request.full else "lora",
        rank=request.rank,
        alpha=2 * request.rank,
        epochs=epochs,
        max_tokens=1024,
    )


def fingerprint(request: Request, task: Task, checkpoints: Sequence[Checkpoint]) -> str:
    """sha256 over what decides a run's results; a run folder takes only its own.

    Where the files lie and how they were typed does not enter.
    """
    asked = request.model_dump(
        exclude={"checkpoints", "data", "test", "columns", "instruction", "system", "metric"}
    )
    models = [[c.name, c.fingerprint] for c in checkpoints]
    text = json.dumps([asked, models, task.fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def wanted_schedule(request: Request, task: Task) -> Schedule:
    """The run's size before the budget cuts it."""
    rows = len(task.train)
    return Schedule(
        top=min(rows, request.max_train or min(rows, MOST_TRAIN)),
        sizes=4,
        seeds=request.seeds,
        epochs=request.epochs,
        test_items=min(len(task.test), request.max_test),
        dev_items=len(task.dev),
    )


def draw_shots(task: Task, count: int) -> list[str]:
    """Ids of training rows for the few-shot prompt: different labels first, in fixed order."""
    if task.shape is Shape.RAW_TEXT or count == 0:
        return []
    fresh: list[Example] = []
    seen: set[str] = set()
    repeats: list[Example] = []
    for example in task.train:
        (repeats if example.completion in seen else fresh).append(example)
        seen.add(example.completion)
    return [e.id for e in (fresh + repeats)[:count]]


def make_plan(
    request: Request,
    task: Task,
    checkpoints: Sequence[Checkpoint],
    starts: Sequence[StartSpec],
    default: str,
    rates: Mapping[str, Rates],
    views: Mapping[str, StartView],
    machine: Mapping[str, object],
    notes: Sequence[str] = (),
) -> Plan:
    """Pin sizes, seeds and rows so that the estimate fits the budget.

    Args:
        request: checked.
        task: whole; the plan takes prefixes of its fixed orders.
        checkpoints: resolved.
        starts: with their learning rates.
        default: the start to take on a tie.
        rates: measured, by start.
        views: what each start trains on.
        machine: the plan's fields device, device_label, dtype, threads and libraries.
        notes: what inspection warns of, one sentence each.
    """
    schedule, cuts = fit(wanted_schedule(request, task), rates, request.budget_seconds)
    estimate = estimate_seconds(schedule, rates)
    findings = [*_kinship(checkpoints), *notes]
    if estimate > request.budget_seconds:
        findings.append(
            f"even the smallest sound run should take about {estimate / 60:.0f} minutes, more "
            f"than the budget of {request.budget_seconds / 60:.0f}"
        )
    return Plan(
        headstart=__version__,
        request=request,
        request_fingerprint=fingerprint(request, task, checkpoints),
        checkpoints=tuple(checkpoints),
        starts=tuple(starts),
        default=default,
        task_name=task.name,
        task_fingerprint=task.fingerprint,
        shape=task.shape,
        shape_reason=task.shape_reason,
        metric=task.metric,
        higher_is_better=task.higher_is_better,
        counts=task.counts,
        train_ids=tuple(e.id for e in task.train[: schedule.top]),
        dev_ids=tuple(e.id for e in task.dev),
        test_ids=tuple(e.id for e in task.test[: schedule.test_items]),
        shot_ids=tuple(draw_shots(task, request.shots)),
        rungs=schedule.rungs,
        seeds=tuple(range(schedule.seeds)),
        recipe=make_recipe(request, schedule.epochs),
        detectable_difference=detectable(task, schedule.test_items),
        rates=dict(rates),
        views=dict(views),
        estimated_seconds=estimate,
        cuts=cuts,
        findings=(*task.findings, *findings),
        **machine,
    )


def detectable(task: Task, items: int) -> float | NotMeasured:
    """What the test set can show at 80% power, before any compute is spent."""
    if not task.higher_is_better:
        return NotMeasured(why="the spread of a loss is known only once starts are scored")
    groups = len({e.group for e in task.test[:items]})
    return detectable_difference(items, clusters=groups if groups < items else None)


def _kinship(checkpoints: Sequence[Checkpoint]) -> list[str]:
    """Say where candidates are no kin, which limits what may be compared."""
    if len({c.architecture for c in checkpoints}) > 1:
        names = ", ".join(f"{c.name} is {c.architecture}" for c in checkpoints)
        return [
            f"the checkpoints are not kin ({names}): the verdict compares these two models, not "
            "base against instruct as such; losses are given in bits per byte, which compare "
            "across tokenizers"
        ]
    if len({c.tokenizer_fingerprint for c in checkpoints}) > 1:
        return [
            "the checkpoints have different vocabularies; losses are given in bits per byte, "
            "which compare across tokenizers"
        ]
    return []
