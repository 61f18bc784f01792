"""The whole story: from what was asked to a verdict, told once.

request -> resolve -> plan -> baselines -> sweep -> rungs of trials -> judge -> report
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from headstart.checkpoints import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.plan import Plan, Request
from headstart.domain.report import Report
from headstart.domain.task import Task
from headstart.engine.datasets import load_dataset
from headstart.engine.device import pick_device
from headstart.engine.opening import Workshop
from headstart.errors import StoreError
from headstart.report.build import build_report
from headstart.report.jsonfile import to_json
from headstart.report.markdown import markdown
from headstart.store import RunFolder
from headstart.tasks import DataRequest, build_task
from headstart.trials import planning
from headstart.trials.run import Runner
from headstart.trials.starts import choose_starts, default_start, learning_rates

RUNS = Path("headstart-runs")
"""Where runs lie when `--out` is not given, below the current folder."""


def choose(
    *checkpoints: str,
    data: str,
    out: str | Path | None = None,
    on_event: OnEvent = ignore,
    **options: Any,
) -> Report:
    """Measure from which checkpoint, in which format, a fine-tune on `data` should start.

    Args:
        checkpoints: one or more `[name=]source`: folder, GGUF file, adapter folder, hub id.
        data: JSONL, JSON, CSV, TSV or Parquet file, a datasets folder, or a hub id.
        out: run folder; a folder that holds this run already is resumed.
        on_event: told of progress.
        options: any further field of `Request`, such as `test`, `columns`, `budget_seconds`.

    Returns:
        The report, which is also written to `report.json` and `report.md` in the run folder.

    Raises:
        HeadstartError: something the user can put right.

    Limits: says nothing about rows beyond the largest rung, or tasks other than this one.
    """
    request = Request(checkpoints=checkpoints, data=str(data), **options)
    report, _ = run(request, out=Path(out) if out else None, on_event=on_event)
    return report


def run(
    request: Request,
    *,
    out: Path | None = None,
    on_event: OnEvent = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[Report, RunFolder]:
    """Plan or resume, run what is missing, judge, and write the report."""
    checkpoints, task = _resolve(request, on_event)
    folder = _folder(request, task, checkpoints, out)
    folder.prepare()
    with folder.claimed():
        workshop = Workshop(checkpoints, task, pick_device(request.device, request.precision))
        plan = _stored_plan(folder, request, task, checkpoints)
        if plan is None:
            plan = _pin(request, task, checkpoints, workshop, on_event)
            folder.save_plan(plan)
        _say_plan(plan, on_event)
        specs = {start.name: start for start in plan.starts}
        runner = Runner(
            plan=plan,
            task=task,
            folder=folder,
            open_session=lambda name: workshop.session(specs[name], plan.recipe.max_tokens),
            peak_memory=workshop.peak_memory,
            on_event=on_event,
            should_stop=should_stop,
        )
        trials = runner.run()
        report = build_report(plan, task, trials, tuple(runner.skipped))
        folder.save_text("report.json", to_json(report))
        folder.save_text("report.md", markdown(report))
    return report, folder


def plan_only(request: Request, *, on_event: OnEvent = ignore) -> Plan:
    """What a run would do, and what it should take; loads and times the models, trains nothing."""
    checkpoints, task = _resolve(request, on_event)
    workshop = Workshop(checkpoints, task, pick_device(request.device, request.precision))
    return _pin(request, task, checkpoints, workshop, on_event)


def _resolve(request: Request, on_event: OnEvent) -> tuple[tuple[Checkpoint, ...], Task]:
    planning.check_request(request)
    on_event(Event(stage="resolve", message="reading data and checkpoints"))
    wanted = DataRequest.model_validate(request.model_dump(include=set(DataRequest.model_fields)))
    task = build_task(wanted, load_dataset)
    return resolve_all(request.checkpoints), task


def _pin(
    request: Request,
    task: Task,
    checkpoints: tuple[Checkpoint, ...],
    workshop: Workshop,
    on_event: OnEvent,
) -> Plan:
    """Fix starts, sizes and rows, with the speed of each start measured on this machine."""
    chosen = choose_starts(checkpoints, request.starts, task.shape)
    default = default_start(chosen, request.default)
    recipe = planning.make_recipe(request, request.epochs)
    starts, rates, views = [], {}, {}
    for bare in chosen:
        on_event(Event(stage="plan", message=f"loading and timing {bare.name}"))
        grid = learning_rates(workshop.hidden_size(bare.checkpoint), full=request.full)
        start = bare.model_copy(update={"learning_rates": grid})
        session = workshop.session(start, recipe.max_tokens)
        views[start.name] = session.view(task.train[: planning.MOST_TRAIN], task.test)
        rates[start.name] = workshop.rates(start, recipe)
        starts.append(start)
    return planning.make_plan(
        request, task, checkpoints, starts, default, rates, views, workshop.machine()
    )


def _folder(
    request: Request, task: Task, checkpoints: tuple[Checkpoint, ...], out: Path | None
) -> RunFolder:
    if out is None:
        out = RUNS / f"{task.name}-{planning.fingerprint(request, task, checkpoints)[:8]}"
    return RunFolder(out.expanduser().absolute())


def _stored_plan(
    folder: RunFolder, request: Request, task: Task, checkpoints: tuple[Checkpoint, ...]
) -> Plan | None:
    plan = folder.plan()
    if plan is None:
        return None
    if plan.request_fingerprint != planning.fingerprint(request, task, checkpoints):
        raise StoreError(
            f"{folder.path} holds a run of another request, data or checkpoints",
            hint="pass --out with another folder, or the same command as before to resume",
        )
    return plan


def _say_plan(plan: Plan, on_event: OnEvent) -> None:
    sizes = ", ".join(str(n) for n in plan.rungs)
    on_event(
        Event(
            stage="plan",
            message=f"{len(plan.starts)} starts, {sizes} rows, {len(plan.seeds)} seeds, "
            f"{len(plan.test_ids)} test items: about {plan.estimated_seconds / 60:.0f} minutes",
            eta_seconds=plan.estimated_seconds,
        )
    )
    if isinstance(plan.detectable_difference, float):
        on_event(
            Event(
                stage="plan",
                message=f"{len(plan.test_ids)} test items can show a difference of "
                f"{100 * plan.detectable_difference:.1f} points (80% power)",
            )
        )
    for cut in plan.cuts:
        on_event(Event(stage="plan", message=f"cut to fit the budget: {cut}"))
