"""Tax: what instruction tuning gave and cost, from the reports of `headstart tax`."""

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

from headstart.domain.tax_report import Finding, Line, TaxReport
from headstart.domain.value import NotMeasured, Score, Value
from headstart.errors import StoreError
from headstart.report import tax_tables
from headstart.report.figures import counted
from headstart.report.inert import visible
from headstart.report.svg_forest import ForestRow, svg_forest
from headstart.store import RunFolder
from headstart.studio.grants import below
from headstart.studio.pages import Told, error_response, named, respond
from headstart.studio.state import studio_of

REPORT = "tax.json"
EXPORTS = {"tax.json": "JSON", "tax.html": "HTML", "tax.md": "Markdown"}
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
    """What each of the others gave and cost, in one sentence."""
    changed: float
    """When the report was written, seconds since 1970."""


class TaxListView(Value):
    """The list."""

    runs: tuple[TaxRow, ...]
    """Finished runs, the newest first."""


class TaxView(Value):
    """One report."""

    id: str
    """Name of its folder."""
    exports: dict[str, str]
    """Files to take away, and what they are."""
    report: dict[str, Any]
    """The report as it is stored, `headstart.tax/1`."""


async def taxes(request: Request) -> Response:
    """Finished tax runs below the runs folder."""
    found = await run_in_threadpool(_rows, studio_of(request).settings.runs)
    return respond(request, "taxes.html", TaxListView(runs=found), {"active": "Tax"})


async def tax(request: Request) -> Response:
    """One report: the sentence first, then every measure against zero."""
    folder = below(studio_of(request).settings.runs, request.path_params["run"])
    if folder is None or not (folder / REPORT).is_file():
        raise HTTPException(404)
    try:
        text, report = await run_in_threadpool(_report, folder)
    except StoreError as error:
        return error_response(request, 500, Told.of(error))
    there = {name: kind for name, kind in EXPORTS.items() if (folder / name).is_file()}
    view = TaxView(id=folder.name, exports=there, report=json.loads(text))
    more = {
        "active": "Tax",
        "report": report,
        "tables": tax_tables,
        "forests": forests,
    }
    return respond(request, "tax.html", view, more)


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
    label = f"In {unit}: {resolved} of {counted(len(rows), 'difference')} told from zero"
    return label, svg_forest(rows, label=label, tick=lambda value, _: _tick(value))


def _tick(value: float) -> str:
    return f"{value:+.3g}" if abs(value) > 1e-9 else "0"


def _rows(root: Path) -> tuple[TaxRow, ...]:
    found = []
    for path in sorted(root.glob(f"*/{REPORT}")) if root.is_dir() else []:
        if below(root, path.parent.name) is None:
            continue
        try:
            _, report = _report(path.parent)
        except StoreError:
            continue
        others = report.checkpoints
        base = (report.base,) if report.base else ()
        found.append(
            TaxRow(
                id=path.parent.name,
                checkpoints=(*base, *(one.name for one in others)),
                headlines=tuple(one.headline for one in others),
                changed=path.stat().st_mtime,
            )
        )
    return tuple(sorted(found, key=lambda row: -row.changed))


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
