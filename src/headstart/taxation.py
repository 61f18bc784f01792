"""The story of `headstart tax`: what instruction tuning gave and what it cost, measured.

request -> resolve -> prompts -> plan -> jobs, stored one by one -> paired differences -> report
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.domain.event import Event, OnEvent, ignore
from headstart.domain.tax import Facts, Passage, PromptSets, TaxPlan, TaxRequest
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
from headstart.report.tax_tables import detectable_lines
from headstart.tax.build import build_items, build_report
from headstart.tax.doubtful import doubtful_lines
from headstart.tax.folder import TaxFolder
from headstart.tax.labelled import read_labelled
from headstart.tax.planning import Wanted, detectable, plan_jobs
from headstart.tax.port import Speaks, Weighs
from headstart.tax.prompts.instructions import own_instructions
from headstart.tax.prompts.sets import Files, own_sets, with_files
from headstart.tax.run import Runner, barrier, pace, weight_gap
from headstart.tax.served import open_served
from headstart.tax.subjects import (
    Subject,
    asked_of,
    beside_base,
    no_shift,
    resolve_subjects,
)
from headstart.tax.voices import Voices
from headstart.templates.harmless import require_harmless
from headstart.version import __version__

Subjects = tuple[Subject, ...]
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
    subjects = resolve_subjects(request.checkpoints)
    template = _template(request, subjects)
    _require_harmless(subjects, template)
    sets = _sets(request, subjects)
    labelled = read_labelled(request.labels, [each.name for each in subjects])
    key = _fingerprint(request, subjects, template, sets)
    folder = TaxFolder((out or RUNS / f"tax-{key[:8]}").expanduser().absolute())
    folder.prepare()
    with folder.run.claimed():
        device = pick_device(request.device, request.precision)
        voices = Voices(subjects[0].name, _loader(subjects, template, device))
        plan = folder.plan()
        if plan is None:
            plan = _pin(request, subjects, template, sets, key, voices, device, on_event)
            folder.save_plan(plan)
        elif plan.fingerprint != key:
            raise StoreError(
                f"{folder.path} holds a run of another request, prompts or checkpoints",
                hint="pass --out with another folder, or the same command as before to resume",
            )
        # what is asked of stored replies may change; what was asked of the models may not
        plan = plan.model_copy(update={"request": request})
        _announce(plan, on_event)
        outputs, late = Runner(plan, sets, folder, voices, on_event, should_stop).run()
        weighed, shift_why = _compared(subjects, sets, folder, voices, on_event)
        facts = _facts(subjects, folder, voices)
        report = build_report(
            plan,
            sets,
            outputs,
            facts=facts,
            weights=weighed,
            labelled=labelled,
            shift_why=shift_why,
            notes=late,
        )
        folder.save_items(build_items(plan, sets, outputs, facts=facts, labelled=labelled))
        _write(folder, report, doubtful_lines(sets, outputs))
    return report, folder


def _write(folder: TaxFolder, report: TaxReport, doubtful: str) -> None:
    folder.run.save_text("tax.json", report.model_dump_json(indent=1) + "\n")
    folder.run.save_text("tax.md", tax_markdown(report))
    folder.run.save_text("tax.html", tax_html(report))
    folder.run.save_text("doubtful.jsonl", doubtful)


def plan_only(request: TaxRequest, *, on_event: OnEvent = ignore) -> TaxPlan:
    """What a run would do and what it could show; loads and times the models, asks nothing else."""
    subjects = resolve_subjects(request.checkpoints)
    template = _template(request, subjects)
    _require_harmless(subjects, template)
    sets = _sets(request, subjects)
    device = pick_device(request.device, request.precision)
    voices = Voices(subjects[0].name, _loader(subjects, template, device))
    key = _fingerprint(request, subjects, template, sets)
    return _pin(request, subjects, template, sets, key, voices, device, on_event)


@dataclass(frozen=True)
class Template:
    """The chat template that a run asks in."""

    source: str
    """Where it comes from: a file, or the checkpoint that ships it."""
    text: str
    """The template."""
    is_given: bool
    """Whether the user gave it; then all checkpoints are asked in it."""


def _template(request: TaxRequest, subjects: Subjects) -> Template | None:
    """The user's, else the first that a checkpoint ships; None where there is none."""
    if request.template is not None:
        path = Path(request.template)
        try:
            return Template(path.name, path.read_text(encoding="utf-8"), is_given=True)
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(
                f"--template {request.template}: cannot be read", hint="give a Jinja file"
            ) from error
    shipped = [(each.name, each.template) for each in beside_base(subjects)]
    return next((Template(name, text, is_given=False) for name, text in shipped if text), None)


def _require_harmless(subjects: Subjects, template: Template | None) -> None:
    texts = {each.template: each.name for each in beside_base(subjects) if each.template}
    if template is not None and template.is_given:
        texts = {template.text: template.source}
    for text, where in texts.items():
        require_harmless(text, where, hint="pass --template with a file of your own")


def _sets(request: TaxRequest, subjects: Subjects) -> PromptSets:
    """The built-in world's prompts for its own models, ours for all others; then the user's."""
    is_built_in = all(each.source.startswith("builtin:") for each in subjects)
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
    subjects: Subjects, template: Template | None, device: Device
) -> Callable[[str], Speaks]:
    """Each in its own template, the base and those without one in the instruct checkpoint's."""
    found = {each.name: each for each in subjects}

    def open_voice(name: str) -> Speaks:
        subject = found[name]
        if subject.served is not None:
            return open_served(subject.served)
        assert subject.checkpoint is not None
        is_base = subject not in beside_base(subjects)
        is_shared = template is None or template.is_given or is_base
        own = None if is_shared else subject.template
        return Voice(load(subject.checkpoint, device), own or (template.text if template else None))

    return open_voice


def _pin(
    request: TaxRequest,
    subjects: Subjects,
    template: Template | None,
    sets: PromptSets,
    key: str,
    voices: Voices,
    device: Device,
    on_event: OnEvent,
) -> TaxPlan:
    on_event(Event(stage="plan", message="timing the models"))
    asked = [
        asked_of(
            each,
            subjects,
            voices(each.name) if each.served else None,
            has_template=template is not None,
            is_given=template is not None and template.is_given,
        )
        for each in subjects
    ]
    wanted = Wanted(request.n, request.samples, request.limit, request.budget_seconds)
    timed = pace(voices(beside_base(subjects)[0].name), sets)
    jobs, cuts = plan_jobs(asked, sets, timed, wanted)
    return TaxPlan(
        request=request,
        fingerprint=key,
        names=tuple(each.name for each in subjects),
        sources=tuple(each.source for each in subjects),
        intended=tuple(each.intended for each in asked),
        template_from=template.source if template else None,
        prompt_sources=sets.sources,
        jobs=jobs,
        job_seconds=tuple(timed.job(job, wanted.limit, wanted.samples) for job in jobs),
        detectable=detectable(jobs),
        cuts=cuts,
        device=f"{device.label}, {device.dtype_name}",
        version=__version__,
    )


def _announce(plan: TaxPlan, on_event: OnEvent) -> None:
    minutes = max(1, round(plan.estimated_seconds / 60))
    plural = "" if minutes == 1 else "s"
    text = f"{len(plan.jobs)} jobs: about {minutes} minute{plural}"
    for message in (text, *detectable_lines(plan.detectable), *plan.cuts):
        on_event(Event(stage="plan", message=message))


def _compared(
    subjects: Subjects,
    sets: PromptSets,
    folder: TaxFolder,
    voices: Voices,
    on_event: OnEvent,
) -> tuple[dict[str, WeightGap | NotMeasured], dict[str, str]]:
    """How far weights moved, told from the files; and the barrier, by the engine."""
    base, *others = subjects
    found: dict[str, WeightGap | NotMeasured] = {}
    shift_why: dict[str, str] = {}
    for other in others:
        if (why := no_shift(base, other)) is not None:
            shift_why[other.name] = why
        if base.checkpoint is None or other.checkpoint is None:
            found[other.name] = NotMeasured(why="a served model shows no weights")
            continue
        stored = folder.weights(other.name)
        if stored is None:
            on_event(Event(stage="tax", message=f"{other.name}: comparing weights with the base"))
            stored = _weights(base, other, sets, voices)
            folder.save_weights(other.name, stored)
        found[other.name] = stored
    return found, shift_why


def _weights(base: Subject, other: Subject, sets: PromptSets, voices: Voices) -> WeightGap:
    pair = inspect_pair(inspect(base.source), inspect(other.source))
    rise: float | NotMeasured = NotMeasured(why="the weights differ in name or shape")
    first, second = voices(base.name), voices(other.name)
    if isinstance(first, Weighs) and isinstance(second, Weighs) and pair.same_shapes is True:
        rise = barrier(first, second, sets)
    modules = {m.module: (m.tensors, m.relative_gap) for m in pair.modules}
    return weight_gap(f"{pair.kinship.value}: {pair.why}", modules, rise)


def _facts(subjects: Subjects, folder: TaxFolder, voices: Voices) -> dict[str, Facts]:
    """Of each, stored once they are known, so that a finished run loads nothing."""
    found = {}
    for each in subjects:
        stored = folder.facts(each.name)
        if stored is None:
            voice = voices(each.name)
            stored = Facts(vocabulary=NotMeasured(why="a server does not tell"))
            if isinstance(voice, Weighs):
                roles = voice.untrained_roles()
                stored = Facts(vocabulary=voice.vocabulary, untrained_roles=roles)
            folder.save_facts(each.name, stored)
        found[each.name] = stored
    return found


def _fingerprint(
    request: TaxRequest,
    subjects: Subjects,
    template: Template | None,
    sets: PromptSets,
) -> str:
    depends: Mapping[str, object] = {
        "request": request.model_dump(
            mode="json", exclude={"checkpoints", "budget_seconds", "labels"}
        ),
        "checkpoints": [(each.name, each.fingerprint) for each in subjects],
        "template": template.text if template else None,
        "sets": hashlib.sha256(sets.model_dump_json().encode()).hexdigest(),
    }
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()
