"""From a page's value to HTML, or to its JSON twin."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from headstart.domain.value import NotMeasured, Value
from headstart.errors import HeadstartError
from headstart.lesson.content import lesson
from headstart.lesson.page import steps
from headstart.report.figures import (
    counted,
    decimal,
    duration,
    not_measured,
    plain,
    probability,
    size,
)
from headstart.report.inert import visible
from headstart.report.inspect_figures import data_rows
from headstart.report.pages import page_environment
from headstart.version import __version__

HERE = Path(__file__).parent
STATIC = HERE / "static"
PAGES = (
    ("/", "Models"),
    ("/compare", "Compare"),
    ("/tax", "Tax"),
    ("/trials", "Trials"),
    ("/lesson/base-vs-instruct", "Lesson"),
)
"""Address and name, in the order of the header."""


class Told(Value):
    """An error as the user reads it."""

    fact: str
    """What is wrong, with its value."""
    hint: str
    """What to do about it."""

    @classmethod
    def of(cls, error: HeadstartError) -> "Told":
        """The two halves of an error."""
        return cls(fact=error.fact, hint=error.hint)


class ErrorView(Value):
    """An error page."""

    status: int
    """HTTP status."""
    error: Told
    """What is wrong, and what to do."""


def respond(
    request: Request,
    template: str,
    view: BaseModel,
    more: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> Response:
    """The page of a value; its JSON twin where the address ends in `.json`.

    `more` holds what only the page draws, such as charts made from the value.
    """
    if request.url.path.endswith(".json"):
        return Response(canonical(view), status, media_type="application/json")
    twin = _twin(request)
    hub = getattr(request.app.state, "hub", None)
    context = {
        "view": view,
        "path": request.url.path,
        "twin": twin,
        "last_event": hub.last_id if hub is not None else "",
        **(more or {}),
    }
    return HTMLResponse(environment().get_template(template).render(context), status)


def canonical(view: BaseModel) -> str:
    """JSON of a value: sorted keys, null and never NaN."""
    found = json.loads(view.model_dump_json(by_alias=True))
    return json.dumps(found, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def error_response(request: Request, status: int, error: Told) -> Response:
    """An error page, or its JSON where the twin was asked for."""
    return respond(
        request, "error.html", ErrorView(status=status, error=error), {"active": ""}, status=status
    )


def refusal_page(status: int, why: str) -> Response:
    """A bare page for a request that is not let in."""
    page = environment().get_template("refused.html").render(status=status, why=why, target=None)
    return HTMLResponse(page, status)


def link_page(target: str) -> Response:
    """A page that asks before it follows a link from another site."""
    why = "this link comes from another site"
    page = environment().get_template("refused.html").render(status=200, why=why, target=target)
    return HTMLResponse(page, 200)


@cache
def environment() -> Environment:
    """Templates of this package; everything is escaped, and an unknown name is an error."""
    found = page_environment(HERE / "templates")
    found.filters |= {
        "shown": shown,
        "sentence": sentence,
        "percent": percent,
        "counted": counted,
        "decimal": decimal,
        "duration": duration,
        "plain": plain,
        "probability": probability,
        "size": size,
        "absent": not_measured,
        "query": lambda pairs: urlencode(pairs),
        "day": day,
        "data_rows": data_rows,
    }
    found.tests["absent"] = lambda value: isinstance(value, NotMeasured)
    found.globals |= {"pages": PAGES, "version": __version__, "lesson_steps": steps(lesson())}
    return found


def named(folder: Path, name: str) -> Path:
    """The file directly in `folder` with exactly that name, looked up and never joined.

    Raises:
        HTTPException: 404, there is none.
    """
    for path in folder.iterdir():
        if path.name == name and path.is_file():
            return path
    raise HTTPException(404)


def shown(text: object) -> str:
    """Text of models, data and files with all that is unseen written out; lines stay lines."""
    return visible(str(text), keep="\n\t")


def sentence(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def percent(value: float, places: int = 1) -> str:
    """A share as `71.0%`."""
    return f"{decimal(100 * value, places)}%"


def day(stamp: float) -> str:
    """A time of this machine's clock as `2026-11-23 02:40` (UTC)."""
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _twin(request: Request) -> str:
    path = request.url.path.rstrip("/")
    query = request.url.query
    return f"{path or '/models'}.json{'?' + query if query else ''}"
