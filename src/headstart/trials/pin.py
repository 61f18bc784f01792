"""Fix everything a run depends on, with the speed of each start measured on this machine."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import Event, OnEvent
from headstart.domain.evidence import Inspection
from headstart.domain.plan import Plan, Request, StartView
from headstart.domain.task import Task
from headstart.domain.template import Finding, Severity
from headstart.templates.audit import require_sound
from headstart.trials import planning
from headstart.trials.forewarned import inspection_notes, require_harmless
from headstart.trials.starts import choose_starts, default_start, learning_rates

if TYPE_CHECKING:  # torch is loaded by whoever opens a workshop, not by this room
    from headstart.engine.opening import Workshop


def pin(
    request: Request,
    task: Task,
    checkpoints: Sequence[Checkpoint],
    found: Mapping[str, Inspection],
    workshop: "Workshop",
    on_event: OnEvent,
) -> Plan:
    """Fix starts, sizes and rows, with the speed of each start measured on this machine.

    Raises:
        AuditFailed: a chat template is hostile, or a start's batches would waste its trials.
        RequestError, TemplateMissing, DataError: see `choose_starts` and `Session.view`.
    """
    chosen = choose_starts(checkpoints, request.starts, task.shape, found)
    for start in chosen:
        require_harmless(start, found)
    default = default_start(chosen, request.default)
    recipe = planning.make_recipe(request, request.epochs)
    most = planning.wanted_schedule(request, task).top
    rows = {e.id: e for e in task.train}
    shots = [rows[i] for i in planning.draw_shots(task, request.shots)]
    starts, rates, views = [], {}, {}
    for bare in chosen:
        slow = workshop.first_load_is_slow(bare.checkpoint)
        note = " (its GGUF is unpacked into the cache, this once)" if slow else ""
        on_event(Event(stage="plan", message=f"loading and timing {bare.name}{note}"))
        grid = learning_rates(workshop.hidden_size(bare.checkpoint), full=request.full)
        start = bare.model_copy(update={"learning_rates": grid})
        session = workshop.session(start, recipe.max_tokens)
        view = session.view(task.train[:most], task.test, shots)
        noted = require_sound(session.audited(task.train[:most], start.name))
        views[start.name] = _with_notes(view, noted)
        rates[start.name] = workshop.rates(start, recipe, shots)
        starts.append(start)
    return planning.make_plan(
        request,
        task,
        checkpoints,
        starts,
        default,
        rates,
        views,
        workshop.machine(),
        notes=inspection_notes(starts, found),
    )


def _with_notes(view: StartView, noted: Sequence[Finding]) -> StartView:
    """The view with what the audit warns of, a sentence each; notes are for who asks."""
    told = [f"{one.title}: {one.evidence}" for one in noted if one.severity is Severity.WARNING]
    return view.model_copy(update={"findings": (*view.findings, *told)})


def announce(plan: Plan, on_event: OnEvent) -> None:
    """Tell what will be run, what it should take, and what the test set can show."""
    sizes = ", ".join(str(n) for n in plan.rungs)
    on_event(
        Event(
            stage="plan",
            message=f"{len(plan.starts)} starts, {sizes} rows, {len(plan.seeds)} seeds, "
            f"{len(plan.test_ids)} test items: about {plan.estimated_seconds / 60:.0f} minutes",
            eta_seconds=plan.estimated_seconds,
        )
    )
    if isinstance(plan.detectable_difference, float):
        on_event(
            Event(
                stage="plan",
                message=f"{len(plan.test_ids)} test items can show a difference of "
                f"{100 * plan.detectable_difference:.1f} points (80% power)",
            )
        )
    for cut in plan.cuts:
        on_event(Event(stage="plan", message=f"cut to fit the budget: {cut}"))
