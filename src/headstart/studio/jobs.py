"""Heavy work, one piece at a time: trials, their plans, and measurements of the tax, each in a
process of its own."""

import asyncio
import contextlib
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

from headstart.domain.event import Event
from headstart.domain.plan import Plan, Request
from headstart.domain.tax import TaxRequest
from headstart.domain.value import Value
from headstart.store import RunFolder
from headstart.studio.events import Hub
from headstart.studio.pages import Told
from headstart.studio.worker.asked import HeavyAsk

COMMAND = (sys.executable, "-m", "headstart.studio.worker.heavy")
KEPT_MESSAGES = 200
KEPT_JOBS = 50
MOST_LINE = 64 << 20
STEP_SECONDS = 1.0
"""Steps of training are told this far apart: every one that is told draws pages anew."""
PATIENCE_SECONDS = 60.0
"""For a process that was asked to stop; then it is ended."""
ENDED = Told(
    fact="the process that did the work has ended without a word",
    hint="the machine may have run out of memory; what was finished is stored",
)


class State(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class JobView(Value):
    """A job as pages show it."""

    id: str
    """Names it in addresses."""
    kind: str
    """trials, plan or tax."""
    title: str
    """What it is about."""
    run: str | None
    """Name of the run folder."""
    page: str
    """Where it is shown."""
    state: State
    """Where it stands."""
    before: int
    """Jobs that run before it; 0 once it runs."""
    message: str
    """The newest line of progress."""
    done: int
    """Units of the running step that are done."""
    total: int
    """Units of the running step; 0 where it has none."""
    eta_seconds: float | None
    """Time left by the plan's estimate."""
    messages: tuple[str, ...]
    """All lines of progress, the oldest first."""
    error: Told | None
    """Why it failed."""


@dataclass
class Job:
    """One piece of heavy work."""

    id: str
    kind: str
    title: str
    ask: HeavyAsk
    state: State = State.QUEUED
    messages: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_MESSAGES))
    message: str = ""
    done: int = 0
    total: int = 0
    eta_seconds: float | None = None
    plan: Plan | None = None
    error: Told | None = None
    told: float = 0.0
    process: asyncio.subprocess.Process | None = None

    @property
    def run(self) -> str | None:
        """Name of the run folder."""
        return Path(self.ask.out).name if self.ask.out else None

    @property
    def page(self) -> str:
        """Where it is shown."""
        if self.run is None:
            return "/trials"
        return f"/{self.kind}/{quote(self.run)}"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in (State.DONE, State.STOPPED, State.FAILED)


class Jobs:
    """The queue; what changes is told to the hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._all: dict[str, Job] = {}
        self._numbers = count(1)
        self._woken = asyncio.Event()

    def add(self, title: str, request: Request | TaxRequest, out: Path | None) -> Job:
        """Put trials (or with `out=None` their plan) or a tax at the end of the queue.

        What has a run folder that is queued or running already is not queued twice.
        """
        ask = HeavyAsk(request=request, out=str(out) if out else None)
        for job in self._all.values():
            if not job.is_over and job.ask.out is not None and job.ask.out == ask.out:
                return job
        kind = "tax" if isinstance(request, TaxRequest) else "trials" if out else "plan"
        job = Job(f"{kind}-{next(self._numbers)}", kind, title, ask)
        self._all[job.id] = job
        for old in [one.id for one in self._all.values() if one.is_over][:-KEPT_JOBS]:
            del self._all[old]
        self._woken.set()
        self._tell(job)
        return job

    def get(self, name: str) -> Job | None:
        """The job of that id."""
        return self._all.get(name)

    def of_run(self, run: str) -> Job | None:
        """The newest job of a run folder."""
        return next((job for job in reversed(self._all.values()) if job.run == run), None)

    def views(self) -> tuple[JobView, ...]:
        """All jobs, the oldest first."""
        return tuple(self.view(job) for job in self._all.values())

    def view(self, job: Job) -> JobView:
        """A job as pages show it."""
        open_jobs = [one for one in self._all.values() if not one.is_over]
        return JobView(
            id=job.id,
            kind=job.kind,
            title=job.title,
            run=job.run,
            page=job.page,
            state=job.state,
            before=open_jobs.index(job) if job.state is State.QUEUED else 0,
            message=job.message,
            done=job.done,
            total=job.total,
            eta_seconds=job.eta_seconds,
            messages=tuple(job.messages),
            error=job.error,
        )

    def stop(self, job: Job) -> None:
        """End a job at its next step and keep what it finished; a second time, at once."""
        if job.state is State.QUEUED:
            job.state = State.STOPPED
        elif job.process is not None and not job.is_over:
            with contextlib.suppress(ProcessLookupError):
                if job.state is State.STOPPING:
                    job.process.kill()
                else:
                    job.process.terminate()
            job.state = State.STOPPING
        self._tell(job)

    async def work(self) -> None:
        """Run queued jobs one after the other, until cancelled."""
        while True:
            self._woken.clear()
            job = next((one for one in self._all.values() if one.state is State.QUEUED), None)
            if job is None:
                await self._woken.wait()
                continue
            await self._run(job)

    async def _run(self, job: Job) -> None:
        job.state = State.RUNNING
        self._tell(job)
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal is the server's to answer
            limit=MOST_LINE,
        )
        job.process = process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(job.ask.model_dump_json().encode() + b"\n")
            async for raw in process.stdout:
                self._hear(job, json.loads(raw))
            await process.wait()
        finally:
            await _end(process)
        if not job.is_over:
            asked = job.state is State.STOPPING
            job.state, job.error = (State.STOPPED, None) if asked else (State.FAILED, ENDED)
        self._tell(job)

    def _hear(self, job: Job, line: dict[str, Any]) -> None:
        if "event" in line:
            event = Event.model_validate(line["event"])
            _progress(job, event)
            if event.total and time.monotonic() - job.told < STEP_SECONDS:
                return
        elif "plan" in line:
            job.plan, job.state = Plan.model_validate(line["plan"]), State.DONE
        elif "report" in line:
            job.state = State.DONE
        elif "stopped" in line:
            job.state = State.STOPPED
        elif "error" in line:
            job.error, job.state = Told.model_validate(line["error"]), State.FAILED
        self._tell(job)

    def _tell(self, job: Job) -> None:
        job.told = time.monotonic()
        self._hub.publish("jobs")
        self._hub.publish(f"job:{job.id}")
        if job.run is not None:
            self._hub.publish(f"run:{job.run}")


def standing(run: RunFolder | None, job: Job | None, *, has_report: bool) -> str:
    """Where a run stands: the state of its open job, running, finished, failed or unfinished."""
    if job is not None and not job.is_over:
        return job.state.value
    if run is not None and run.is_claimed():
        return State.RUNNING.value
    if has_report:
        return "finished"
    return "failed" if job is not None and job.state is State.FAILED else "unfinished"


def _progress(job: Job, event: Event) -> None:
    job.message, job.done, job.total = event.message, event.done, event.total
    if event.eta_seconds is not None:
        job.eta_seconds = event.eta_seconds
    if not event.total:
        clock = time.strftime("%H:%M:%S")
        job.messages.append(f"{clock}  {event.message}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let a process that is left behind store what it has, then end it."""
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            process.kill()
