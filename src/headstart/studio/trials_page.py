"""Trials: the list of runs, one run live, and the way to a new one."""

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from headstart.domain.report import TrialSummary
from headstart.domain.value import Value
from headstart.errors import HeadstartError
from headstart.report.figures import scale_for
from headstart.report.learning_curve import finding_of, learning_curve_svg
from headstart.report.matrix import headline
from headstart.store import RunFolder
from headstart.studio.grants import below
from headstart.studio.jobs import Job, JobView, standing
from headstart.studio.pages import Told, error_response, respond
from headstart.studio.runs import LiveRun, RunRow, live, rows
from headstart.studio.state import Studio, planned, studio_of

NO_SCORE = "no trial has been scored yet"


class TrialsView(Value):
    """The list."""

    runs: tuple[RunRow, ...]
    """Run folders, the newest first."""
    jobs: tuple[JobView, ...]
    """What runs and what waits."""


class RunView(Value):
    """One run."""

    id: str
    """Name of its folder."""
    state: str
    """queued, running, stopping, finished, unfinished or failed."""
    headline: str
    """The verdict in a few words, or where the run stands."""
    finding: str
    """What the learning curves show."""
    run: LiveRun | None
    """All that is stored; None before the plan is."""
    job: JobView | None
    """The work on it, if it was started here."""
    failed: tuple[TrialSummary, ...]
    """Trials without a score, and why: they are in no chart."""
    commands: tuple[str, ...]
    """How to go on, in a terminal."""


async def trials(request: Request) -> Response:
    """The runs below the runs folder, and the queue."""
    studio = studio_of(request)
    found = await run_in_threadpool(rows, studio.settings.runs)
    view = TrialsView(runs=found, jobs=studio.jobs.views())
    return respond(request, "trials.html", view, {"active": "Trials"})


async def trial(request: Request) -> Response:
    """One run as far as it has come."""
    studio, name = studio_of(request), request.path_params["run"]
    folder, job = below(studio.settings.runs, name), studio.jobs.of_run(name)
    if folder is None and job is None:
        raise HTTPException(404)
    try:
        view = await run_in_threadpool(_run_view, studio, name, folder, job)
    except HeadstartError as error:
        return error_response(request, 500, Told.of(error))
    more: dict[str, Any] = {"active": "Trials", "chart": "", "scale": None}
    if view.run is not None:
        upward = view.run.plan.higher_is_better
        more["chart"] = learning_curve_svg(view.run.starts, higher_is_better=upward)
        more["scale"] = scale_for(view.run.starts, higher_is_better=upward)
    return respond(request, "trial.html", view, more)


async def stop_job(request: Request) -> Response:
    """Stop a job and keep what it finished."""
    studio = studio_of(request)
    job = studio.jobs.get(request.path_params["job"])
    if job is None:
        raise HTTPException(404)
    studio.jobs.stop(job)
    return RedirectResponse(job.page, 303)


async def resume(request: Request) -> Response:
    """Go on with a run that is not finished, by the request it was planned with."""
    folder, plan = planned(request, lambda path: RunFolder(path).plan())
    job = studio_of(request).jobs.add(plan.task_name, plan.request, folder)
    return RedirectResponse(job.page, 303)


ROUTES = (
    Route("/trials", trials),
    Route("/trials.json", trials),
    Route("/trials/{run}.json", trial),
    Route("/trials/{run}", trial),
    Route("/trials/{run}/resume", resume, methods=["POST"]),
    Route("/jobs/{job}/stop", stop_job, methods=["POST"]),
)


def _run_view(studio: Studio, name: str, folder: Path | None, job: Job | None) -> RunView:
    store = RunFolder(folder) if folder is not None else None
    run = live(store, studio.runs) if store is not None else None
    shown = studio.jobs.view(job) if job is not None else None
    has_report = run is not None and run.report is not None
    state = standing(store, job, has_report=has_report)
    return RunView(
        id=name,
        state=state,
        headline=_headline(run, state),
        finding=_finding(run),
        run=run,
        job=shown,
        failed=tuple(one for one in run.trials if one.failed is not None) if run else (),
        commands=tuple(_commands(store, run)),
    )


def _headline(run: LiveRun | None, state: str) -> str:
    if run is not None and run.report is not None:
        verdict = run.report.verdict
        return headline(verdict, verdict.start) + (" (screening)" if verdict.screening else "")
    told = {
        "queued": "Waiting for its turn",
        "running": "Running",
        "stopping": "Stopping; what is finished is kept",
        "failed": "Failed",
    }
    return told.get(state, "Not finished; what was measured is kept")


def _finding(run: LiveRun | None) -> str:
    if run is None or not any(start.curve or start.baselines for start in run.starts):
        return NO_SCORE
    return finding_of(run.starts, higher_is_better=run.plan.higher_is_better)


def _commands(store: RunFolder | None, run: LiveRun | None) -> list[str]:
    if store is None or run is None:
        return []
    if run.report is None:
        return [f"headstart choose {store.path}"]
    return [f"headstart report {store.path} --md", run.report.command]
