"""The whole story: from what was asked to a verdict, told once.

request -> resolve -> inspect -> plan -> baselines -> sweep -> rungs of trials -> judge -> report
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from headstart.checkpoints import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.plan import Plan, Request
from headstart.domain.report import Report
from headstart.domain.task import Task
from headstart.engine.device import pick_device
from headstart.engine.opening import Workshop
from headstart.errors import RequestError, StoreError
from headstart.forge.task_source import load_rows, with_own_test
from headstart.preflight import look_at
from headstart.report.build import build_report
from headstart.report.jsonfile import from_json, to_json
from headstart.report.markdown import markdown
from headstart.store import RunFolder
from headstart.tasks import DataRequest, build_task
from headstart.trials import planning
from headstart.trials.pin import announce, pin
from headstart.trials.run import Runner

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
        data: JSONL, JSON, CSV, TSV or Parquet file, a datasets folder, a hub id, or a built-in
            task, which brings its own test data.
        out: run folder; a folder that holds this run already is resumed.
        on_event: told of progress.
        options: any further field of `Request`, such as `test`, `columns`, `budget_seconds`.

    Returns:
        The report, which is also written to `report.json` and `report.md` in the run folder.

    Raises:
        HeadstartError: something the user can put right.

    Limits: says nothing about rows beyond the largest rung, or tasks other than this one.
    """
    try:
        request = Request(checkpoints=checkpoints, data=str(data), **options)
    except ValidationError as error:
        first = error.errors()[0]
        raise RequestError(
            f"option {'.'.join(map(str, first['loc']))}: {first['msg']}",
            hint="options are the fields of headstart.domain.plan.Request",
        ) from error
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
    checkpoints, task = read_request(request, on_event)
    folder = _folder(request, task, checkpoints, out)
    folder.prepare()
    with folder.claimed():
        plan = _stored_plan(folder, request, task, checkpoints)
        # trials of one run are computed alike, wherever it is resumed
        wanted = (plan.device, plan.dtype) if plan else (request.device, request.precision)
        workshop = Workshop(checkpoints, task, pick_device(*wanted), request.memory_bytes)
        if plan is None:
            plan = pin(request, task, checkpoints, look_at(checkpoints), workshop, on_event)
            folder.save_plan(plan)
        announce(plan, on_event)
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
        text = to_json(build_report(plan, task, trials, tuple(runner.skipped)))
        stored = folder.save_text("report.json", text)
        # every view is drawn from what is stored, now as later
        report = from_json(text, str(stored))
        folder.save_text("report.md", markdown(report))
    return report, folder


def read_request(request: Request, on_event: OnEvent) -> tuple[tuple[Checkpoint, ...], Task]:
    """The checkpoints and the task that a request names, as they are now.

    Raises:
        HeadstartError: one of them cannot be used, or an option is out of range.
    """
    planning.check_request(request)
    on_event(Event(stage="resolve", message="reading data and checkpoints"))
    wanted = DataRequest.model_validate(request.model_dump(include=set(DataRequest.model_fields)))
    checkpoints = resolve_all(request.checkpoints)
    task = build_task(with_own_test(wanted), load_rows)
    planning.check_task(task)
    return checkpoints, task


def plan_only(request: Request, *, on_event: OnEvent = ignore) -> Plan:
    """What a run would do, and what it should take; loads and times the models, trains nothing."""
    checkpoints, task = read_request(request, on_event)
    device = pick_device(request.device, request.precision)
    workshop = Workshop(checkpoints, task, device, request.memory_bytes)
    return pin(request, task, checkpoints, look_at(checkpoints), workshop, on_event)


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
