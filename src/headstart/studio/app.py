"""The web application: routes, error pages, and what lives as long as the server does."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ExceptionHandler

from headstart.builtin import CHECKPOINTS, PREFIX
from headstart.errors import HeadstartError
from headstart.studio import (
    compare_page,
    lesson_page,
    models_page,
    new_tax,
    new_trials,
    tax_page,
    trials_page,
)
from headstart.studio.events import Hub
from headstart.studio.guard import HEADERS, Guard
from headstart.studio.jobs import Jobs
from headstart.studio.link import ModelProcess
from headstart.studio.pages import STATIC, Told, error_response, named
from headstart.studio.runs import watch
from headstart.studio.settings import Settings
from headstart.studio.state import Studio, studio_of

_TOLD = {
    404: Told(fact="there is no such page", hint="the header leads to all there are"),
    405: Told(fact="this address takes no such request", hint="go back and use the page's form"),
}
_BUG = Told(
    fact="this page failed", hint="the terminal of the studio has the traceback; please report it"
)


def create_app(settings: Settings, *, warm: bool = True) -> Starlette:
    """The application; with `warm`, the built-in pair is loaded before anybody asks."""

    @contextlib.asynccontextmanager
    async def alive(app: Starlette) -> AsyncIterator[None]:
        hub = Hub()
        studio = Studio(settings, hub, Jobs(hub), ModelProcess(), ModelProcess())
        app.state.studio, app.state.hub = studio, hub
        tasks = [
            asyncio.create_task(studio.jobs.work()),
            asyncio.create_task(watch(settings.runs, hub)),
        ]
        if warm:
            tasks.append(asyncio.create_task(_warm(studio)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await studio.models.close()
            await studio.readers.close()

    handlers: dict[int | type[Exception], ExceptionHandler] = {
        HTTPException: _refused,
        HeadstartError: _fixable,
        Exception: _bug,
    }
    return Starlette(
        routes=[
            *models_page.ROUTES,
            *compare_page.ROUTES,
            *new_trials.ROUTES,
            *trials_page.ROUTES,
            *new_tax.ROUTES,
            *tax_page.ROUTES,
            *lesson_page.ROUTES,
            Route("/events", events),
            Route("/health", health),
            Route("/static/{name}", static),
        ],
        middleware=[Middleware(Guard, settings=settings)],
        exception_handlers=handlers,
        lifespan=alive,
    )


async def events(request: Request) -> Response:
    """What changed since the id that the browser names, and from now on."""
    after = request.headers.get("last-event-id") or request.query_params.get("after", "")
    return StreamingResponse(studio_of(request).hub.stream(after), media_type="text/event-stream")


async def health(request: Request) -> Response:
    """A sign of life, with the length of the queue for the header."""
    views = studio_of(request).jobs.views()
    waiting = [view for view in views if view.state.value in ("queued", "running", "stopping")]
    running = next((view for view in waiting if view.state.value != "queued"), None)
    return JSONResponse(
        {
            "jobs": len(waiting),
            "running": running.model_dump(mode="json", exclude={"messages"}) if running else None,
        }
    )


async def static(request: Request) -> Response:
    """A file of the package, by its name among those that are there."""
    path = named(STATIC, request.path_params["name"])
    return FileResponse(path, headers={"cache-control": "no-cache"})


async def _warm(studio: Studio) -> None:
    refs = [f"{PREFIX}{name}" for name in CHECKPOINTS if name != "sft"]
    async for _ in studio.models.ask("warm", {"refs": refs}):
        pass


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    told = _TOLD.get(error.status_code)
    if told is None:
        fact, _, hint = error.detail.partition("\n")
        told = Told(fact=fact, hint=hint)
    return error_response(request, error.status_code, told)


async def _fixable(request: Request, error: Exception) -> Response:
    assert isinstance(error, HeadstartError)
    return error_response(request, 422, Told.of(error))


async def _bug(request: Request, error: Exception) -> Response:
    del error  # starlette raises it again, so that the terminal has the traceback
    answer = error_response(request, 500, _BUG)
    answer.headers.update(HEADERS)  # what answers here stands before the guard
    return answer
