"""Compare: one prompt, two models, token by token."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from headstart.domain.comparison import CompareMode
from headstart.domain.pane import Piece, Strip
from headstart.domain.value import NotMeasured, Value
from headstart.errors import HeadstartError
from headstart.forge.world.facts import make_world
from headstart.forge.world.probes import probes
from headstart.studio.forms import bad_fields, read_json
from headstart.studio.lines import (
    Ask,
    Compared,
    Done,
    Ended,
    Failed,
    Given,
    Pane,
    Side,
    Token,
)
from headstart.studio.pages import Told, respond
from headstart.studio.state import Studio, studio_of

MODES = (
    (CompareMode.AS_INTENDED, "as intended", "the base continues, the instruct model answers"),
    (CompareMode.SAME_RAW, "same raw text", "both continue the same text"),
    (CompareMode.BOTH_TEMPLATE, "both with template", "both in the instruct model's template"),
)
WORLD_SEED = 0
"""Of the land that the built-in pair knows."""


class CompareView(Value):
    """The page."""

    ask: Ask
    """What is filled in."""
    examples: tuple[str, ...]
    """Prompts that the built-in pair can answer."""
    compared: Compared | None
    """The newest result of exactly this, if it ran since the studio was started."""
    error: Told | None
    """What is wrong with the link."""


class RunAsk(Value):
    """What the page sends to run."""

    id: str = Field(pattern=r"^[0-9a-f-]{8,64}$")
    """By which it is stopped."""
    ask: Ask
    """What is compared."""


class StopAsk(Value):
    """What the page sends to stop."""

    id: str = Field(pattern=r"^[0-9a-f-]{8,64}$")
    """Of the run."""


async def compare(request: Request) -> Response:
    """The page with everything that the link says; nothing is run."""
    studio, error = studio_of(request), None
    try:
        ask = _ask(request)
    except HeadstartError as found:
        ask, error = _default(), Told.of(found)
    view = CompareView(
        ask=ask,
        examples=questions(),
        compared=studio.compared.get(ask.model_dump_json()),
        error=error,
    )
    link = urlencode(ask.model_dump(mode="json"))
    more = {"active": "Compare", "modes": MODES, "link": f"/compare?{link}"}
    return respond(request, "compare.html", view, more)


async def run(request: Request) -> Response:
    """Both replies as they are computed, a line of JSON each time."""
    studio, asked = studio_of(request), await read_json(request, RunAsk)
    studio.grants.open(asked.ask.base, asked.ask.inst)
    return StreamingResponse(_lines(studio, asked), media_type="application/x-ndjson")


async def stop(request: Request) -> Response:
    """Halt a run before its next token."""
    studio_of(request).models.stop((await read_json(request, StopAsk)).id)
    return Response(status_code=204)


ROUTES = (
    Route("/compare", compare),
    Route("/compare.json", compare),
    Route("/compare/run", run, methods=["POST"]),
    Route("/compare/stop", stop, methods=["POST"]),
)


@cache
def questions() -> tuple[str, ...]:
    """Questions about the land that the built-in pair knows."""
    found = probes(make_world(WORLD_SEED), "fact", 3, seed=WORLD_SEED)
    return tuple(probe.prompt for probe in found)


def _default() -> Ask:
    return Ask(base="builtin:base", inst="builtin:instruct", prompt=questions()[0])


def _ask(request: Request) -> Ask:
    fields = set(Ask.model_fields)
    given = {name: text for name, text in request.query_params.items() if name in fields and text}
    try:
        return Ask.model_validate({**_default().model_dump(mode="json"), **given})
    except ValidationError as error:
        raise bad_fields(error) from error


async def _lines(studio: Studio, asked: RunAsk) -> AsyncIterator[bytes]:
    kept = Keeper(asked.ask)
    body = asked.ask.model_dump(mode="json")
    async for line in studio.models.ask("compare", body, asked.id):
        kept.take(line)
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"
    found = kept.whole()
    if found is not None:
        studio.compared[asked.ask.model_dump_json()] = found


class Keeper:
    """Folds the lines of a run into its result."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._given: dict[Pane, Given] = {}
        self._pieces: dict[Pane, list[Piece]] = {pane: [] for pane in Pane}
        self._ended: dict[Pane, Ended] = {}
        self._failed: dict[Pane, Failed] = {}
        self._strip = Strip(positions=NotMeasured(why="the run was stopped"), counts={}, finding="")
        self._done: Done | None = None

    def take(self, line: dict[str, Any]) -> None:
        """One line as it came."""
        match line["type"]:
            case "given":
                given = Given.model_validate(line)
                self._given[given.pane] = given
            case "token":
                token = Token.model_validate(line)
                self._pieces[token.pane].append(Piece(text=token.text, special=token.special))
            case "ended":
                ended = Ended.model_validate(line)
                self._ended[ended.pane] = ended
            case "failed":
                failed = Failed.model_validate(line)
                for pane in Pane:
                    if failed.pane in (pane, "both"):
                        self._failed[pane] = failed
            case "replayed":
                self._strip = Strip.model_validate(line["strip"])
            case "done":
                self._done = Done.model_validate(line)

    def whole(self) -> Compared | None:
        """The result; None where the run broke off."""
        if self._done is None:
            return None
        return Compared(
            ask=self._ask,
            day=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            sides={pane: self._side(pane) for pane in Pane},
            strip=self._strip,
            done=self._done,
        )

    def _side(self, pane: Pane) -> Side:
        failed, ended = self._failed.get(pane), self._ended.get(pane)
        why = NotMeasured(why=failed.fact if failed else "it did not end")
        return Side(
            given=self._given.get(pane, why),
            pieces=tuple(self._pieces[pane]),
            why=ended.why if ended else why,
            tokens=ended.tokens if ended else len(self._pieces[pane]),
        )
