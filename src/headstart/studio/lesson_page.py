"""The lesson, in the studio's frame, with its experiments run live in the model process."""

import json
from collections.abc import AsyncIterator
from typing import Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from headstart.domain.value import Value
from headstart.lesson import page
from headstart.lesson.content import lesson
from headstart.lesson.recorded import recorded
from headstart.studio.forms import read_json
from headstart.studio.guard import POLICY
from headstart.studio.pages import named, respond
from headstart.studio.state import Studio, studio_of

PATH = "/lesson/base-vs-instruct"
LESSON_POLICY = POLICY.partition("; require-trusted-types-for")[0]
"""The lesson's own script, which also runs from any web server, parses findings it is sent."""


class LessonView(Value):
    """The page."""

    title: str
    """Of the lesson."""
    experiments: tuple[str, ...]
    """Ids of its experiments, in reading order."""
    findings: tuple[dict[str, Any], ...]
    """What each experiment found when it was recorded."""


class ExperimentAsk(Value):
    """What the page sends to run an experiment."""

    experiment: str = Field(max_length=64)
    """Its id."""
    choice: str = Field(default="", max_length=64)
    """What is varied."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Draws prompts, continuations and rows."""


async def show(request: Request) -> Response:
    """The whole lesson with its recorded findings."""
    content = lesson()
    view = LessonView(
        title=content.title,
        experiments=tuple(one.id for one in content.experiments),
        findings=tuple(json.loads(one.model_dump_json()) for one in recorded().values()),
    )
    more = {
        "active": "Lesson",
        "article": page.lesson_html(run_url="/lesson/run"),
        "style": page.STYLE,
        "module": page.MODULE,
    }
    answer = respond(request, "lesson.html", view, more)
    answer.headers["content-security-policy"] = LESSON_POLICY
    return answer


async def run(request: Request) -> Response:
    """One experiment, live: progress, then the finding."""
    asked = await read_json(request, ExperimentAsk)
    return StreamingResponse(_lines(studio_of(request), asked), media_type="application/x-ndjson")


async def asset(request: Request) -> Response:
    """A file of the lesson, by its name among those that are there."""
    file = named(page.STATIC, request.path_params["name"])
    return FileResponse(file, headers={"cache-control": "no-cache"})


ROUTES = (
    Route(PATH, show),
    Route(f"{PATH}.json", show),
    Route("/lesson/run", run, methods=["POST"]),
    Route("/lesson/static/{name}", asset),
)


async def _lines(studio: Studio, asked: ExperimentAsk) -> AsyncIterator[bytes]:
    async for line in studio.models.ask("lesson", asked.model_dump(mode="json")):
        if line.get("type") == "failed":
            told: dict[str, Any] = {"error": f"{line['fact']}; {line['hint']}"}
        elif line.get("type") == "waiting":
            told = {"message": f"waiting: {line['before']} before this", "done": 0, "total": 0}
        else:
            told = line
        yield json.dumps(told).encode() + b"\n"
