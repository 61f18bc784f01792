"""The story of `headstart tax`: what instruction tuning gave and what it cost, measured.

request -> resolve -> prompts -> plan -> jobs, stored one by one -> paired differences -> report
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from headstart.checkpoints import resolve_all
from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.tax import Mode, Passage, PromptSets, TaxPlan, TaxRequest
from headstart.domain.tax_report import TaxReport, WeightGap
from headstart.domain.value import NotMeasured
from headstart.engine.device import Device, pick_device
from headstart.engine.load import load
from headstart.engine.voice import Voice
from headstart.errors import RequestError, StoreError
from headstart.forge.world.documents import held_out_documents
from headstart.forge.world.facts import make_world
from headstart.forge.world.tax_prompts import world_prompts
from headstart.report.tax_html import tax_html
from headstart.report.tax_markdown import tax_markdown
from headstart.tax.build import build_report
from headstart.tax.doubtful import doubtful_lines
from headstart.tax.folder import TaxFolder
from headstart.tax.labelled import read_labelled
from headstart.tax.planning import Asked, Wanted, detectable, plan_jobs
from headstart.tax.port import Weighs
from headstart.tax.prompts.instructions import own_instructions
from headstart.tax.prompts.sets import Files, own_sets, with_files
from headstart.tax.run import Runner, barrier, pace, weight_gap
from headstart.tax.voices import Voices
from headstart.version import __version__

RUNS = Path("headstart-runs")
"""Where runs lie when `--out` is not given, below the current folder."""


def measure_tax(
    request: TaxRequest,
    *,
    out: Path | None = None,
    on_event: OnEvent = ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[TaxReport, TaxFolder]:
    """Plan or resume, ask what is missing, compare, and write the report.

    Raises:
        HeadstartError: something the user can put right.
        Interrupted: the user asked to stop; what was finished is stored.
    """
    on_event(Event(stage="resolve", message="reading checkpoints and prompts"))
    checkpoints = _resolved(request)
    template = _template(request, checkpoints)
    sets = _sets(request, checkpoints)
    key = _fingerprint(request, checkpoints, template, sets)
    folder = TaxFolder((out or RUNS / f"tax-{key[:8]}").expanduser().absolute())
    folder.prepare()
    with folder.run.claimed():
        device = pick_device(request.device, request.precision)
        voices = Voices(checkpoints[0].name, _loader(checkpoints, template, device))
        plan = folder.plan()
        if plan is None:
            plan = _pin(request, checkpoints, template, sets, key, voices, device, on_event)
            folder.save_plan(plan)
        elif plan.fingerprint != key:
            raise StoreError(
                f"{folder.path} holds a run of another request, prompts or checkpoints",
                hint="pass --out with another folder, or the same command as before to resume",
            )
        _announce(plan, on_event)
        outputs, late = Runner(plan, sets, folder, voices, on_event, should_stop).run()
        weighed, shift_why = _compared(checkpoints, sets, folder, voices, on_event)
        report = build_report(
            plan,
            sets,
            outputs,
            vocabularies={
                n: v.vocabulary for n in plan.names if isinstance(v := voices(n), Weighs)
            },
            untrained={
                n: v.untrained_roles() for n in plan.names[1:] if isinstance(v := voices(n), Weighs)
            },
            weights=weighed,
            labelled=read_labelled(request.labels, plan.names),
            shift_why=shift_why,
            notes=late,
        )
        folder.run.save_text("tax.json", report.model_dump_json(indent=1) + "\n")
        folder.run.save_text("tax.md", tax_markdown(report))
        folder.run.save_text("tax.html", tax_html(report))
        folder.run.save_text("doubtful.jsonl", doubtful_lines(sets, outputs))
    return report, folder


def plan_only(request: TaxRequest, *, on_event: OnEvent = ignore) -> TaxPlan:
    """What a run would do and what it could show; loads and times the models, asks nothing else."""
    checkpoints = _resolved(request)
    template = _template(request, checkpoints)
    sets = _sets(request, checkpoints)
    device = pick_device(request.device, request.precision)
    voices = Voices(checkpoints[0].name, _loader(checkpoints, template, device))
    key = _fingerprint(request, checkpoints, template, sets)
    return _pin(request, checkpoints, template, sets, key, voices, device, on_event)


def _resolved(request: TaxRequest) -> tuple[Checkpoint, ...]:
    if len(request.checkpoints) < 2:
        raise RequestError(
            "the tax of one checkpoint is measured against a base",
            hint="headstart tax BASE INSTRUCT [TUNED ...]",
        )
    return resolve_all(request.checkpoints)


def _template(request: TaxRequest, checkpoints: tuple[Checkpoint, ...]) -> tuple[str, str] | None:
    """(where it comes from, the template): the user's, else the first that a checkpoint ships."""
    if request.template is not None:
        path = Path(request.template)
        try:
            return path.name, path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(
                f"--template {request.template}: cannot be read", hint="give a Jinja file"
            ) from error
    shipped = [(c.name, c.chat_template) for c in checkpoints[1:] if c.chat_template]
    return next(((name, template) for name, template in shipped if template), None)


def _sets(request: TaxRequest, checkpoints: tuple[Checkpoint, ...]) -> PromptSets:
    """The built-in world's prompts for its own models, ours for all others; then the user's."""
    is_built_in = all(c.source.startswith("builtin:") for c in checkpoints)
    world = make_world()
    if request.prompts == "world" or (request.prompts == "auto" and is_built_in):
        sets = world_prompts(world, request.n, request.seed, own_instructions())
    else:
        sets = own_sets()
        texts = held_out_documents(world, max(0, request.n - len(sets.passages)), request.seed)
        more = (Passage(id=f"world-{i}", text=t, group="invented") for i, t in enumerate(texts))
        sets = sets.model_copy(update={"passages": (*sets.passages, *more)})
    given = request.model_dump(include={"safe", "unsafe", "ifeval", "mcq", "text"})
    return with_files(sets, Files(**{name: Path(at) for name, at in given.items() if at}))


def _loader(
    checkpoints: tuple[Checkpoint, ...], template: tuple[str, str] | None, device: Device
) -> Callable[[str], Voice]:
    """Each in its own template, the base and those without one in the instruct checkpoint's."""
    found = {c.name: c for c in checkpoints}
    forced = template is not None and template[0] not in found

    def open_voice(name: str) -> Voice:
        given = template[1] if template else None
        own = found[name].chat_template if name != checkpoints[0].name and not forced else None
        return Voice(load(found[name], device), own or given)

    return open_voice


def _pin(
    request: TaxRequest,
    checkpoints: tuple[Checkpoint, ...],
    template: tuple[str, str] | None,
    sets: PromptSets,
    key: str,
    voices: Voices,
    device: Device,
    on_event: OnEvent,
) -> TaxPlan:
    on_event(Event(stage="plan", message="timing the models"))
    modes = tuple(Mode) if template else (Mode.RAW,)
    chat = [bool(c.chat_template) or (request.template is not None) for c in checkpoints]
    asked = [
        Asked(c.name, Mode.TEMPLATE if chat[i] and i else Mode.RAW, modes)
        for i, c in enumerate(checkpoints)
    ]
    wanted = Wanted(request.n, request.samples, request.limit, request.budget_seconds)
    jobs, seconds, cuts = plan_jobs(asked, sets, pace(voices(asked[1].name), sets), wanted)
    return TaxPlan(
        request=request,
        fingerprint=key,
        names=tuple(c.name for c in checkpoints),
        sources=tuple(c.source for c in checkpoints),
        intended=tuple(each.intended for each in asked),
        template_from=template[0] if template else None,
        prompt_sources=sets.sources,
        jobs=jobs,
        estimated_seconds=seconds,
        detectable=detectable(jobs),
        cuts=cuts,
        device=f"{device.label}, {device.dtype_name}",
        version=__version__,
    )


def _announce(plan: TaxPlan, on_event: OnEvent) -> None:
    minutes = plan.estimated_seconds
    if not isinstance(minutes, NotMeasured):
        text = f"{len(plan.jobs)} jobs: about {max(1, round(minutes / 60))} minutes"
        on_event(Event(stage="plan", message=text))
    for each in plan.detectable:
        gap = f"{100 * each.gap:.1f} points" if each.gap < 1 else f"{each.gap:.2f}"
        text = f"{each.measure}: {each.n} items can show {gap} (80% power, if {each.assumes})"
        on_event(Event(stage="plan", message=text))
    for cut in plan.cuts:
        on_event(Event(stage="plan", message=cut))


def _compared(
    checkpoints: tuple[Checkpoint, ...],
    sets: PromptSets,
    folder: TaxFolder,
    voices: Voices,
    on_event: OnEvent,
) -> tuple[dict[str, WeightGap | NotMeasured], dict[str, str]]:
    """How far weights moved, told from the files; and the barrier, by the engine."""
    base, *others = checkpoints
    found: dict[str, WeightGap | NotMeasured] = {}
    for other in others:
        stored = folder.weights(other.name)
        if stored is None:
            on_event(Event(stage="tax", message=f"{other.name}: comparing weights with the base"))
            pair = inspect_pair(inspect(base.source), inspect(other.source))
            first, second = voices(base.name), voices(other.name)
            rise: float | NotMeasured = NotMeasured(why="a served model shows no weights")
            if isinstance(first, Weighs) and isinstance(second, Weighs):
                rise = barrier(first, second, sets)
            modules = {m.module: (m.tensors, m.relative_gap) for m in pair.modules}
            stored = weight_gap(f"{pair.kinship.value}: {pair.why}", modules, rise)
            folder.save_weights(other.name, stored)
        found[other.name] = stored
    return found, _other_vocabularies(checkpoints)


def _weighing(names: Sequence[str], voices: Voices) -> Iterator[tuple[str, Weighs]]:
    for name in names:
        voice = voices(name)
        if isinstance(voice, Weighs):
            yield name, voice


def _other_vocabularies(checkpoints: tuple[Checkpoint, ...]) -> dict[str, str]:
    base, *others = checkpoints
    return {
        c.name: f"its vocabulary is not that of {base.name}, so ranks cannot be compared"
        for c in others
        if c.tokenizer_fingerprint != base.tokenizer_fingerprint
    }


def _fingerprint(
    request: TaxRequest,
    checkpoints: tuple[Checkpoint, ...],
    template: tuple[str, str] | None,
    sets: PromptSets,
) -> str:
    depends: Mapping[str, object] = {
        "request": request.model_dump(mode="json", exclude={"checkpoints", "budget_seconds"}),
        "checkpoints": [(c.name, c.fingerprint) for c in checkpoints],
        "template": template,
        "sets": hashlib.sha256(sets.model_dump_json().encode()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
