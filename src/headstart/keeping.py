"""Tuned starts of a run as checkpoints: trained once more as their trials were, and kept.

A run stores what its trials measured, and no weights. Data, recipe, learning rate and seed are
pinned in its plan, so a trial can be trained again; whether it came out the same is told.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from headstart.choose import read_request
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.lineage import Origin
from headstart.domain.plan import Plan, StartSpec
from headstart.domain.task import Task
from headstart.domain.trial import Kind, Training, Trial
from headstart.engine.alignment.finish import lineage_of
from headstart.engine.alignment.saving import finished, new_checkpoint, write_lineage
from headstart.engine.device import Device, pick_device
from headstart.engine.opening import Workshop
from headstart.errors import Interrupted, RequestError, StageStopped, StoreError
from headstart.store import RunFolder
from headstart.trials import planning

FOLDER = "tuned"
"""Where kept checkpoints lie, below the run's folder."""
ALIKE_NATS = 1e-3
"""Losses of two trainings that differ by less are the same but for rounding."""


def keep_tuned(
    path: Path,
    *,
    on_event: OnEvent = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Train the tuned starts of a run again and keep them as checkpoints in its folder.

    Of each start, the trial on the most rows is kept, and of those the one with the first seed.
    What was kept before is not trained again.

    Args:
        path: the run's folder.
        on_event: told of progress.
        should_stop: asked at every step of training.

    Returns:
        The run's own checkpoints, and its tuned starts, each as `NAME=SOURCE`.

    Raises:
        RequestError: it holds no run, or one without a tuned trial.
        StoreError: data or checkpoints are no longer those of the run.
        StageStopped: a training failed that had not failed in its trial.
        Interrupted: the user asked to stop; what was finished is kept.
    """
    folder = RunFolder(path.expanduser().absolute())
    plan = folder.plan()
    if plan is None:
        raise RequestError(f"{path} holds no run", hint="give a folder that `choose` has made")
    chosen = _last_trials(plan, folder.trials())
    if not chosen:
        raise RequestError(
            f"{path} has no tuned trial yet", hint=f"go on with it first: headstart choose {path}"
        )
    checkpoints, task = read_request(plan.request, on_event)
    if planning.fingerprint(plan.request, task, checkpoints) != plan.request_fingerprint:
        raise StoreError(
            f"the data or checkpoints of {path} have changed since it was planned",
            hint="bring them back, or run `choose` again into another folder",
        )
    device = pick_device(plan.device, plan.dtype)
    workshop = Workshop(checkpoints, task, device, plan.request.memory_bytes)
    with folder.claimed():
        for trial in chosen:
            _keep(plan, task, trial, folder, workshop, device, on_event, should_stop)
    own = tuple(f"{one.name}={one.source}" for one in checkpoints)
    return own, tuple(f"tuned-{one.spec.start}={_place(folder, one)}" for one in chosen)


def _last_trials(plan: Plan, trials: Sequence[Trial]) -> list[Trial]:
    """For each start, in the plan's order, its trial on most rows with the plan's first seed."""
    found = []
    for start in plan.starts:
        tuned = [
            each
            for each in trials
            if each.spec.kind is Kind.TUNED
            and each.spec.start == start.name
            and each.failed is None
        ]
        if tuned:
            order = {seed: place for place, seed in enumerate(plan.seeds)}
            found.append(max(tuned, key=lambda t: (t.spec.rows, -order.get(t.spec.seed or 0, 0))))
    return found


def _start(plan: Plan, name: str) -> StartSpec:
    return next(each for each in plan.starts if each.name == name)


def _place(folder: RunFolder, trial: Trial) -> Path:
    return folder.path / FOLDER / trial.spec.key


def _keep(
    plan: Plan,
    task: Task,
    trial: Trial,
    folder: RunFolder,
    workshop: Workshop,
    device: Device,
    on_event: OnEvent,
    should_stop: Callable[[], bool],
) -> None:
    origin, place = _origin(plan, trial), _place(folder, trial)
    if finished(place, origin) is not None:
        return
    spec = trial.spec
    message = f"training {spec.start} on {spec.rows} rows again, to keep it"
    on_event(Event(stage="plan", message=message))

    def on_step(done: int, total: int) -> None:
        if should_stop():
            raise Interrupted
        on_event(Event(stage="training", message=message, done=done, total=total))

    started = datetime.now(UTC).isoformat(timespec="seconds")
    session = workshop.session(_start(plan, spec.start), plan.recipe.max_tokens)
    rows = {example.id: example for example in task.train}
    assert spec.learning_rate is not None
    assert spec.seed is not None
    with session.tuned(
        [rows[i] for i in plan.train_ids[: spec.rows]],
        plan.recipe,
        learning_rate=spec.learning_rate,
        seed=spec.seed,
        on_step=on_step,
    ) as training:
        if training.failed is not None:
            raise StageStopped(
                f"{spec.start}: {training.failed}, which its trial did not",
                hint="run it where the trial ran, with the same versions of torch and peft",
            )
        with new_checkpoint(place) as scratch:
            session.keep(scratch)
            lineage = lineage_of(
                origin,
                _figures(trial, training),
                _unlike(trial, training),
                device,
                started=started,
                seconds=training.seconds,
            )
            write_lineage(scratch, lineage)
    for note in lineage.notes:
        on_event(Event(stage="plan", message=f"{spec.start}: {note}"))


def _origin(plan: Plan, trial: Trial) -> Origin:
    start = _start(plan, trial.spec.start)
    parent = next(each for each in plan.checkpoints if each.name == start.checkpoint)
    return Origin(
        stage="trial",
        parent=parent.source,
        parent_fingerprint=parent.fingerprint,
        recipe={
            **plan.recipe.model_dump(),
            "format": start.format.value,
            "rows": trial.spec.rows,
            "learning_rate": trial.spec.learning_rate,
        },
        data=(plan.task_name,),
        data_sha256=plan.task_fingerprint,
        seed=trial.spec.seed or 0,
    )


def _figures(trial: Trial, training: Training) -> dict[str, float]:
    """The score is the trial's; the loss is of the last step of the training that is kept."""
    last = training.losses[-1]
    assert last is not None, "a training that failed is not kept"
    return {
        "score": sum(item.score for item in trial.items) / len(trial.items),
        "loss": last,
        "steps": float(len(training.losses)),
    }


def _unlike(trial: Trial, training: Training) -> tuple[str, ...]:
    """What to say where the losses are not those of the trial."""
    pairs = zip(trial.losses, training.losses, strict=True)
    gap = max(abs((one or 0.0) - (other or 0.0)) for one, other in pairs)
    if gap < ALIKE_NATS:
        return ()
    return (
        f"trained again, a loss differs from the trial's by {gap:.3g} nats a token, so the kept "
        "weights may score otherwise than the run says",
    )
