"""What a running studio holds, apart from what lies on disk."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from headstart.domain.kinship import InspectReport
from headstart.studio.events import Hub
from headstart.studio.grants import Grants, below
from headstart.studio.jobs import Jobs
from headstart.studio.lines import Compared
from headstart.studio.link import ModelProcess
from headstart.studio.masks import Preview
from headstart.studio.runs import LiveRun, Stamp
from headstart.studio.settings import Settings

P = TypeVar("P")
V = TypeVar("V")
KEPT = 24


class Shelf(OrderedDict[str, V]):
    """The newest results by what was asked; older ones are forgotten."""

    def __setitem__(self, key: str, value: V) -> None:
        """Remember a result."""
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > KEPT:
            self.popitem(last=False)


@dataclass
class Studio:
    """All of it; one for each server."""

    settings: Settings
    hub: Hub
    jobs: Jobs
    models: ModelProcess
    """Answers prompts."""
    readers: ModelProcess
    """Previews data, so that a page need not wait until an answer is written."""
    grants: Grants = field(default_factory=Grants)
    inspected: Shelf[InspectReport] = field(default_factory=Shelf)
    compared: Shelf[Compared] = field(default_factory=Shelf)
    previews: Shelf[Preview] = field(default_factory=Shelf)
    runs: Shelf[tuple[Stamp, LiveRun]] = field(default_factory=Shelf)


def planned(request: Request, plan_of: Callable[[Path], P | None]) -> tuple[Path, P]:
    """The run folder that an address names, and its stored plan.

    Raises:
        HTTPException: 404, no such folder, or no plan in it.
    """
    folder = below(studio_of(request).settings.runs, request.path_params["run"])
    plan = plan_of(folder) if folder is not None else None
    if folder is None or plan is None:
        raise HTTPException(404)
    return folder, plan


def studio_of(request: Request) -> Studio:
    """The studio that serves a request."""
    found = request.app.state.studio
    assert isinstance(found, Studio)
    return found
