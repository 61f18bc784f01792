"""Run folders as pages show them, whether they were started here or in a terminal."""

import asyncio
from collections.abc import MutableMapping
from pathlib import Path

from headstart.domain.plan import Plan
from headstart.domain.report import Report, StartReport, TrialSummary
from headstart.domain.trial import Kind, Trial, TrialSpec
from headstart.domain.value import Value
from headstart.errors import HeadstartError
from headstart.report.build import start_report, trial_summary
from headstart.report.jsonfile import from_json
from headstart.store import RunFolder, list_runs
from headstart.studio.events import Hub
from headstart.studio.grants import folders

Stamp = tuple[float, int]
LOOK_SECONDS = 1.0
MOST_SAMPLES = 4


class RunRow(Value):
    """A run in the list."""

    id: str
    """Name of its folder."""
    task: str
    """Name of the data."""
    starts: tuple[str, ...]
    """What is compared."""
    state: str
    """running, finished or unfinished."""
    outcome: str
    """The verdict in a few words; empty before there is one."""
    trials: int
    """Trials that are stored."""
    changed: float
    """When something was stored last, seconds since 1970."""


class Sample(Value):
    """What a start made of one test item at one size."""

    start: str
    """The start."""
    rows: int
    """Training rows."""
    item: str
    """The test item's id."""
    prediction: str
    """The label, or what the model wrote."""
    score: float
    """By the deciding metric."""


class LiveRun(Value):
    """A run as far as it has come."""

    plan: Plan
    """What was pinned before the first trial."""
    starts: tuple[StartReport, ...]
    """What was measured; intervals take each test item by itself until the report is there."""
    trials: tuple[TrialSummary, ...]
    """Every stored trial."""
    expected: int
    """Tuned trials that the plan names."""
    samples: tuple[Sample, ...]
    """A few test items at every size."""
    report: Report | None
    """The fold of it all, once it is there."""


def rows(root: Path) -> tuple[RunRow, ...]:
    """Run folders directly under `root`, the newest first; a damaged one is left out."""
    found = []
    inside = set(folders(root))
    for folder in list_runs(root):
        if folder.path not in inside:
            continue
        try:
            found.append(_row(folder))
        except HeadstartError:
            continue
    return tuple(sorted(found, key=lambda row: -row.changed))


def live(folder: RunFolder, kept: MutableMapping[str, tuple[Stamp, LiveRun]]) -> LiveRun | None:
    """A run as far as it has come; None before its plan is written.

    Args:
        folder: the run's.
        kept: what was read before, by folder; it is read anew where something was stored since.

    Raises:
        StoreError: its files are of another version.
    """
    stamp, known = stamp_of(folder), kept.get(str(folder.path))
    if known is not None and known[0] == stamp:
        return known[1]
    found = _read(folder)
    if found is not None:
        kept[str(folder.path)] = (stamp, found)
    return found


def stamp_of(folder: RunFolder) -> Stamp:
    """Changes whenever something is stored in a run folder."""
    return _changed(folder), _count(folder)


def _read(folder: RunFolder) -> LiveRun | None:
    plan = folder.plan()
    if plan is None:
        return None
    trials = _stored(folder, plan)
    report = report_of(folder)
    items = list(plan.test_ids)
    return LiveRun(
        plan=plan,
        starts=report.starts
        if report is not None
        else tuple(start_report(plan, start, trials, items) for start in plan.starts),
        trials=tuple(trial_summary(trial) for trial in trials),
        expected=len(plan.starts) * len(plan.rungs) * len(plan.seeds),
        samples=tuple(_samples(trials)),
        report=report,
    )


def report_of(folder: RunFolder) -> Report | None:
    """The finished report, if there is one.

    Raises:
        StoreError: it is of another version.
    """
    path = folder.path / "report.json"
    return from_json(folder.read_text("report.json"), str(path)) if path.exists() else None


async def watch(root: Path, hub: Hub) -> None:
    """Tell the hub when a run folder changes, also by another process; until cancelled."""
    seen: dict[str, tuple[Stamp, bool]] = {}
    first = True
    while True:
        now = await asyncio.to_thread(_stamps, root)
        for name in sorted(now.keys() | seen.keys()):
            if not first and now.get(name) != seen.get(name):
                hub.publish(f"run:{name}")
                hub.publish("runs")
        seen, first = now, False
        await asyncio.sleep(LOOK_SECONDS)


def _stamps(root: Path) -> dict[str, tuple[Stamp, bool]]:
    return {folder.path.name: (stamp_of(folder), folder.is_claimed()) for folder in list_runs(root)}


def _row(folder: RunFolder) -> RunRow:
    plan, report = folder.plan(), report_of(folder)
    assert plan is not None
    state = "running" if folder.is_claimed() else "finished" if report else "unfinished"
    outcome = ""
    if report is not None:
        mark = " (screening)" if report.verdict.screening else ""
        outcome = f"{report.verdict.outcome.value}: {report.verdict.start}{mark}"
    return RunRow(
        id=folder.path.name,
        task=plan.task_name,
        starts=tuple(start.name for start in plan.starts),
        state=state,
        outcome=outcome,
        trials=_count(folder),
        changed=_changed(folder),
    )


def _changed(folder: RunFolder) -> float:
    places = (folder.plan_path, folder.path / "trials", folder.path / "report.json")
    return max((place.stat().st_mtime for place in places if place.exists()), default=0.0)


def _count(folder: RunFolder) -> int:
    trials = folder.path / "trials"
    return sum(1 for _ in trials.glob("*.json")) if trials.is_dir() else 0


def _stored(folder: RunFolder, plan: Plan) -> list[Trial]:
    """Every stored trial of the plan's own starts, in a fixed order."""
    starts = {start.name: place for place, start in enumerate(plan.starts)}
    kinds = {kind: place for place, kind in enumerate(Kind)}
    found = [trial for trial in folder.trials() if trial.spec.start in starts]

    def order(spec: TrialSpec) -> tuple[int, int, float, int, int]:
        rate = spec.learning_rate or 0.0
        return kinds[spec.kind], spec.rows, rate, spec.seed or 0, starts[spec.start]

    return sorted(found, key=lambda trial: order(trial.spec))


def _samples(trials: list[Trial]) -> list[Sample]:
    """The same few test items at every size of every start, by its first finished seed."""
    scored = [trial for trial in trials if trial.items and trial.spec.kind is not Kind.FEW_SHOT]
    if not scored:
        return []
    shared = [item.id for item in scored[0].items]
    places = range(0, len(shared), max(1, len(shared) // MOST_SAMPLES))
    chosen = [shared[place] for place in places][:MOST_SAMPLES]
    first: dict[tuple[str, int], Trial] = {}
    for trial in scored:
        first.setdefault((trial.spec.start, trial.spec.rows), trial)
    return [
        Sample(
            start=start,
            rows=size,
            item=item.id,
            prediction=item.prediction,
            score=item.score,
        )
        for (start, size), trial in sorted(first.items(), key=lambda pair: pair[0])
        for item in trial.items
        if item.id in chosen
    ]
