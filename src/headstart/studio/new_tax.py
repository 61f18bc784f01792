"""The way to a new measurement of the tax, and on with one that was stopped."""

import hashlib
from collections.abc import Sequence

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from headstart.checkpoints.refs import absolute_ref, parse, unique_names
from headstart.domain.tax import TaxRequest
from headstart.domain.value import Value
from headstart.errors import RequestError
from headstart.studio.forms import filled, read_form
from headstart.studio.state import planned, studio_of
from headstart.tax.folder import TaxFolder

OPTIONAL = ("inst",)
"""Fields that may be empty."""


class WantedTax(Value):
    """The form."""

    base: str = Field(default="builtin:base", max_length=4096)
    """The base, as `[name=]source`."""
    inst: str = Field(default="builtin:instruct", max_length=4096)
    """The checkpoint to compare with it, or nothing."""
    minutes: float = Field(default=10.0, gt=0, le=7 * 24 * 60)
    """Time for the run."""
    n: int = Field(default=200, ge=2, le=100_000)
    """Most items behind each measure."""

    def request(self) -> TaxRequest:
        """What `headstart tax` would run.

        Raises:
            RequestError: no checkpoint is given.
        """
        refs = tuple(absolute_ref(ref) for ref in (self.base, self.inst) if ref.strip())
        if not refs:
            raise RequestError("no checkpoint is given", hint="type a path, or builtin:base")
        return TaxRequest(checkpoints=refs, n=self.n, budget_seconds=60 * self.minutes)


async def start(request: Request) -> Response:
    """Queue a measurement and go to its page."""
    wanted = filled(WantedTax, await read_form(request), optional=OPTIONAL)
    asked = await run_in_threadpool(wanted.request)
    names = unique_names([parse(ref) for ref in asked.checkpoints])
    studio = studio_of(request)
    studio.grants.open(wanted.base, wanted.inst)
    out = studio.settings.runs.absolute() / _folder_name(names, asked)
    job = studio.jobs.add(" and ".join(names), asked, out)
    return RedirectResponse(job.page, 303)


async def resume(request: Request) -> Response:
    """Go on with a measurement that is not finished, by the request it was planned with."""
    folder, plan = planned(request, lambda path: TaxFolder(path).plan())
    job = studio_of(request).jobs.add(" and ".join(plan.names), plan.request, folder)
    return RedirectResponse(job.page, 303)


ROUTES = (
    Route("/tax/start", start, methods=["POST"]),
    Route("/tax/{run}/resume", resume, methods=["POST"]),
)


def _folder_name(names: Sequence[str], asked: TaxRequest) -> str:
    key = hashlib.sha256(asked.model_dump_json().encode()).hexdigest()[:8]
    return f"tax-{'-'.join(names)[:40]}-{key}"
