"""The way to a new run: the loss mask first, then an estimate, then trials."""

import hashlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from headstart.checkpoints.refs import absolute, absolute_ref
from headstart.domain.plan import Plan
from headstart.domain.plan import Request as TrialRequest
from headstart.domain.value import Value
from headstart.errors import HeadstartError, RequestError
from headstart.forge.world.user_tasks import TASKS
from headstart.studio.forms import filled, read_body, read_form
from headstart.studio.jobs import JobView
from headstart.studio.masks import Preview
from headstart.studio.pages import Told, respond
from headstart.studio.state import Studio, studio_of
from headstart.studio.worker.asked import TrialAsk

MOST_DATA = 64 << 20
"""Bytes of a data file dropped on the page."""
SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
OPTIONAL = ("inst",)
"""Fields that may be empty."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Wanted(Value):
    """The form."""

    data: str = Field(default="", max_length=4096)
    """Data file, datasets folder, hub id or built-in task."""
    base: str = Field(default="builtin:base", max_length=4096)
    """One checkpoint, as `[name=]source`."""
    inst: str = Field(default="builtin:instruct", max_length=4096)
    """Another, or nothing."""
    minutes: float = Field(default=20.0, gt=0, le=7 * 24 * 60)
    """Time for the run."""
    rows: int | None = Field(default=None, ge=1)
    """Most training rows; None for all."""
    test: int = Field(default=400, ge=1)
    """Most test items."""
    seeds: int = Field(default=3, ge=1, le=20)
    """Seeds at each training size."""

    def request(self) -> TrialRequest:
        """What `headstart choose` would run.

        Raises:
            RequestError: data or checkpoints are missing.
        """
        if not self.data.strip():
            raise RequestError("no data is given", hint="drop a file, or type its path")
        refs = tuple(absolute_ref(ref) for ref in (self.base, self.inst) if ref.strip())
        return TrialRequest(
            checkpoints=refs,
            data=absolute(self.data.strip()),
            budget_seconds=60 * self.minutes,
            max_train=self.rows,
            max_test=self.test,
            seeds=self.seeds,
        )

    @property
    def query(self) -> str:
        """The form as a link."""
        fields = self.model_dump(mode="json", exclude_none=True)
        return urlencode(fields)


class NewView(Value):
    """The page."""

    wanted: Wanted
    """What is filled in."""
    closed: tuple[str, ...]
    """Sources that are not open yet: a button on the page opens them."""
    preview: Preview | None
    """The first rows as each start would be trained on them."""
    job: JobView | None
    """The estimate in the making."""
    plan: Plan | None
    """The estimate."""
    error: Told | None
    """What is wrong."""
    tasks: dict[str, str]
    """Built-in data, to try it."""


async def new(request: Request) -> Response:
    """The form; with data that is open, its rows and their loss mask."""
    studio, error, preview = studio_of(request), None, None
    try:
        wanted = filled(Wanted, request.query_params, optional=OPTIONAL)
    except HeadstartError as found:
        wanted, error = Wanted(), Told.of(found)
    closed = studio.grants.closed(*_sources(wanted)) if wanted.data else ()
    if wanted.data and not closed and error is None:
        try:
            preview = await _preview(studio, wanted)
        except HeadstartError as found:
            error = Told.of(found)
    job = studio.jobs.get(request.query_params.get("plan", ""))
    view = NewView(
        wanted=wanted,
        closed=closed,
        preview=preview,
        job=studio.jobs.view(job) if job is not None else None,
        plan=job.plan if job is not None else None,
        error=error,
        tasks=TASKS,
    )
    return respond(request, "new_trials.html", view, {"active": "Trials"})


async def look(request: Request) -> Response:
    """Open data and checkpoints and show what would be trained."""
    wanted = await _opened(request)
    studio_of(request).previews.pop(wanted.query, None)
    return RedirectResponse(f"/trials/new?{wanted.query}", 303)


async def estimate(request: Request) -> Response:
    """Queue the plan of the trials: it loads and times the models."""
    wanted = await _opened(request)
    job = studio_of(request).jobs.add(_title(wanted), wanted.request(), None)
    return RedirectResponse(f"/trials/new?{wanted.query}&plan={job.id}", 303)


async def start(request: Request) -> Response:
    """Queue the trials and go to their page."""
    wanted = await _opened(request)
    studio = studio_of(request)
    asked = await run_in_threadpool(wanted.request)
    out = studio.settings.runs.absolute() / _folder_name(wanted, asked)
    job = studio.jobs.add(_title(wanted), asked, out)
    return RedirectResponse(job.page, 303)


async def drop(request: Request) -> Response:
    """Keep a dropped data file in the studio's own folder and open it."""
    studio = studio_of(request)
    name = _UNSAFE.sub("-", Path(request.query_params.get("name", "")).name)[-80:].lstrip(".-")
    if Path(name).suffix.lower() not in SUFFIXES:
        told = Told(fact=f"{name or 'the file'} is no data file", hint="use " + ", ".join(SUFFIXES))
        return JSONResponse({"error": told.model_dump()}, 422)
    try:
        content = await read_body(request, MOST_DATA)
    except HeadstartError as error:
        return JSONResponse({"error": Told.of(error).model_dump()}, 413)
    folder = studio.settings.scratch / hashlib.sha256(content).hexdigest()[:16]
    path = folder / name
    await run_in_threadpool(_keep, path, content)
    studio.grants.open(str(path))
    return JSONResponse({"data": str(path)})


ROUTES = (
    Route("/trials/new", new),
    Route("/trials/new.json", new),
    Route("/trials/look", look, methods=["POST"]),
    Route("/trials/estimate", estimate, methods=["POST"]),
    Route("/trials/start", start, methods=["POST"]),
    Route("/trials/data", drop, methods=["POST"]),
)


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)


async def _opened(request: Request) -> Wanted:
    """The form as sent; what it names is open from now on."""
    wanted = filled(Wanted, await read_form(request), optional=OPTIONAL)
    studio_of(request).grants.open(*_sources(wanted))
    return wanted


def _sources(wanted: Wanted) -> tuple[str, ...]:
    return (wanted.data, wanted.base, wanted.inst)


async def _preview(studio: Studio, wanted: Wanted) -> Preview:
    kept = studio.previews.get(wanted.query)
    if kept is not None:
        return kept
    ask = TrialAsk(request=await run_in_threadpool(wanted.request))
    line: dict[str, Any] = {}
    async for told in studio.readers.ask("preview", ask.model_dump(mode="json")):
        line = told
    if "type" in line:
        raise RequestError(line["fact"], hint=line["hint"])
    found = Preview.model_validate(line)
    studio.previews[wanted.query] = found
    return found


def _title(wanted: Wanted) -> str:
    return _UNSAFE.sub("-", Path(wanted.data).stem)[:40] or "trials"


def _folder_name(wanted: Wanted, asked: TrialRequest) -> str:
    key = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()[:8]
    return f"{_title(wanted).lstrip('.-') or 'trials'}-{key}"
