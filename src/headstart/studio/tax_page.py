"""Tax: what instruction tuning gave and cost; what is measured now, and reports item by item."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from headstart.domain.tax import TaxPlan
from headstart.domain.tax_report import Finding, Line, TaxReport
from headstart.domain.value import NotMeasured, Score, Value
from headstart.errors import StoreError
from headstart.report import tax_tables
from headstart.report.figures import counted
from headstart.report.inert import visible
from headstart.report.svg_forest import ForestRow, svg_forest
from headstart.store import RunFolder
from headstart.studio.forms import filled
from headstart.studio.grants import below, folders
from headstart.studio.jobs import Job, JobView, standing
from headstart.studio.new_tax import OPTIONAL, WantedTax
from headstart.studio.pages import Told, error_response, named, respond
from headstart.studio.state import Studio, studio_of
from headstart.studio.tax_items import ItemsView, Who, items_view, told
from headstart.tax.folder import ITEMS, PLAN, TaxFolder

REPORT = "tax.json"
EXPORTS = {"tax.json": "JSON", "tax.html": "HTML", "tax.md": "Markdown", ITEMS: "Items"}
"""Files of a run that can be taken away, and what they are."""
_POINTS = ("share", "probability")
"""Units whose differences are written in points, on one axis."""
_TOLD = (Finding.TAX, Finding.GAIN, Finding.CHANGED)
"""Findings of a difference that is told from zero."""


class TaxRow(Value):
    """A run in the list."""

    id: str
    """Name of its folder."""
    checkpoints: tuple[str, ...]
    """The base first."""
    headlines: tuple[str, ...]
    """What each of the others gave and cost, in one sentence; empty before there is a report."""
    changed: float
    """When report or plan was written, seconds since 1970."""


class TaxListView(Value):
    """The list."""

    wanted: WantedTax
    """What the form for a new run is filled with."""
    runs: tuple[TaxRow, ...]
    """Runs, the newest first."""


class TaxView(Value):
    """One report."""

    id: str
    """Name of its folder."""
    exports: dict[str, str]
    """Files to take away, and what they are."""
    report: dict[str, Any]
    """The report as it is stored, `headstart.tax/1`."""
    items: ItemsView | None
    """Who answered which items; None where there is no base or none are stored."""


class TaxRunView(Value):
    """A run that has no report yet."""

    id: str
    """Name of its folder."""
    state: str
    """queued, running, stopping, unfinished or failed."""
    plan: TaxPlan | None
    """What is asked; None before the models are timed."""
    stored: int
    """Jobs of the plan that are stored."""
    job: JobView | None
    """The work on it, if it was started here."""


async def taxes(request: Request) -> Response:
    """The form for a new run, and the runs below the runs folder."""
    wanted = filled(WantedTax, request.query_params, optional=OPTIONAL)
    found = await run_in_threadpool(_rows, studio_of(request).settings.runs)
    view = TaxListView(wanted=wanted, runs=found)
    return respond(request, "taxes.html", view, {"active": "Tax"})


async def tax(request: Request) -> Response:
    """One run: its report, else how far it has come."""
    studio, name = studio_of(request), request.path_params["run"]
    folder, job = below(studio.settings.runs, name), studio.jobs.of_run(name)
    has_report = folder is not None and (folder / REPORT).is_file()
    try:
        if folder is not None and has_report and (job is None or job.is_over):
            return await _finished(request, folder)
        view = await run_in_threadpool(_unfinished, studio, name, folder, job)
    except StoreError as error:
        return error_response(request, 500, Told.of(error))
    return respond(request, "tax_run.html", view, {"active": "Tax"})


async def _finished(request: Request, folder: Path) -> Response:
    """The sentence first, then every measure against zero."""
    text, report = await run_in_threadpool(_report, folder)
    rows = await run_in_threadpool(TaxFolder(folder).items)
    others = [one.name for one in report.checkpoints]
    view = TaxView(
        id=folder.name,
        exports={name: kind for name, kind in EXPORTS.items() if (folder / name).is_file()},
        report=json.loads(text),
        items=items_view(rows, report.base, others, request.query_params) if report.base else None,
    )
    more = {
        "active": "Tax",
        "report": report,
        "tables": tax_tables,
        "forests": forests,
        "who_told": told,
        "Who": Who,
    }
    return respond(request, "tax.html", view, more)


def _unfinished(studio: Studio, name: str, folder: Path | None, job: Job | None) -> TaxRunView:
    store = TaxFolder(folder) if folder is not None else None
    plan = store.plan() if store is not None else None
    if plan is None and (job is None or job.kind != "tax"):
        raise HTTPException(404)
    return TaxRunView(
        id=name,
        state=standing(store.run if store is not None else None, job, has_report=False),
        plan=plan,
        stored=sum(map(store.has_output, plan.jobs)) if store is not None and plan else 0,
        job=studio.jobs.view(job) if job is not None else None,
    )


async def export(request: Request) -> Response:
    """A file of the run, to be kept; it opens from disk without this server."""
    folder = below(studio_of(request).settings.runs, request.path_params["run"])
    name = request.path_params["name"]
    if folder is None or name not in EXPORTS:
        raise HTTPException(404)
    return FileResponse(named(folder, name), filename=f"{folder.name}-{name}")


ROUTES = (
    Route("/tax", taxes),
    Route("/tax.json", taxes),
    Route("/tax/{run}.json", tax),
    Route("/tax/{run}", tax),
    Route("/tax/{run}/export/{name}", export),
)


def forests(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """For each unit of a report's lines what they show, in a few words, and the SVG."""
    grouped: dict[str, list[tuple[Line, Score]]] = {}
    for line in lines:
        if not isinstance(line.difference, NotMeasured):
            unit = "points" if line.unit in _POINTS else line.unit
            grouped.setdefault(unit, []).append((line, line.difference))
    return [_forest(unit, found) for unit, found in grouped.items()]


def _forest(unit: str, lines: Sequence[tuple[Line, Score]]) -> tuple[str, str]:
    scale = 100.0 if unit == "points" else 1.0
    rows = [
        ForestRow(
            name=visible(line.measure),
            mean=scale * difference.mean,
            low=scale * difference.low,
            high=scale * difference.high,
            resolved=line.finding in _TOLD,
            told=tax_tables.finding(line),
        )
        for line, difference in lines
    ]
    resolved = sum(row.resolved for row in rows)
    axis = unit.capitalize() if unit.startswith("per ") else f"In {unit}"
    label = f"{axis}: {resolved} of {counted(len(rows), 'difference')} told from zero"
    return label, svg_forest(rows, label=label, tick=lambda value, _: _tick(value))


def _tick(value: float) -> str:
    return f"{value:+.3g}" if abs(value) > 1e-9 else "0"


def _rows(root: Path) -> tuple[TaxRow, ...]:
    found = [row for path in sorted(folders(root)) if (row := _row(path)) is not None]
    return tuple(sorted(found, key=lambda row: -row.changed))


def _row(folder: Path) -> TaxRow | None:
    """None where no tax was measured, or by another version."""
    try:
        if (folder / REPORT).is_file():
            _, report = _report(folder)
            base = (report.base,) if report.base else ()
            names = (*base, *(one.name for one in report.checkpoints))
            headlines, file = tuple(one.headline for one in report.checkpoints), REPORT
        elif (plan := TaxFolder(folder).plan()) is not None:
            names, headlines, file = plan.names, (), PLAN
        else:
            return None
    except StoreError:
        return None
    changed = (folder / file).stat().st_mtime
    return TaxRow(id=folder.name, checkpoints=names, headlines=headlines, changed=changed)


def _report(folder: Path) -> tuple[str, TaxReport]:
    """The report's text, and its value."""
    text = RunFolder(folder).read_text(REPORT)
    try:
        return text, TaxReport.model_validate_json(text)
    except ValidationError as error:
        raise StoreError(
            f"{folder / REPORT} is not a tax report of this version of headstart",
            hint="measure it again: headstart tax",
        ) from error
