"""The lesson's experiments, run on the built-in pair that stays loaded between them."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from headstart.domain.event import Event
from headstart.domain.value import Value
from headstart.engine.device import pick_device
from headstart.errors import Interrupted
from headstart.lesson.page import finding_html
from headstart.studio.worker.asked import Asked

if TYPE_CHECKING:
    from headstart.lesson.experiments.cast import Cast


class Step(Value):
    """What an experiment is doing."""

    message: str
    """One line for people."""
    done: int
    """Steps done."""
    total: int
    """Steps in all."""


class Drawn(Value):
    """What it found, as a part of the page."""

    html: str
    """Made by the lesson; all text in it is escaped."""


def experiment(asked_for: dict[str, Any], asked: Asked, say: Callable[[BaseModel], None]) -> None:
    """Run one experiment; its progress and its finding are said as lines.

    Raises:
        RequestError: no experiment has that name, or it has no such choice.
    """

    def on_event(event: Event) -> None:
        if asked.is_stopped:
            raise Interrupted
        say(Step(message=event.message, done=event.done, total=event.total))

    from headstart.lesson.experiments.running import run

    try:
        found = run(
            asked_for["experiment"],
            _cast(),
            choice=asked_for["choice"],
            seed=asked_for["seed"],
            on_event=on_event,
        )
    except Interrupted:
        return
    say(Drawn(html=str(finding_html(found, live=True))))


@cache
def _cast() -> "Cast":
    from headstart.lesson.experiments.cast import gather

    return gather(pick_device())
