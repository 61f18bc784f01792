"""From stored outputs to the report; pure arithmetic."""

import shlex
from collections.abc import Mapping, Sequence

from headstart.domain.tax import Facts, Job, Mode, Output, PromptSets, TaxPlan
from headstart.domain.tax_items import ItemRow
from headstart.domain.tax_report import CheckpointTax, Line, TaxReport, WeightGap
from headstart.domain.value import NotMeasured
from headstart.tax.agreement import Agreement
from headstart.tax.fault import format_fault, lost_to_format
from headstart.tax.items import item_rows
from headstart.tax.labelled import Labelled
from headstart.tax.lines import alone, compare
from headstart.tax.measures import refusal, shift
from headstart.tax.measures.sides import Side
from headstart.tax.summary import headline


def build_report(
    plan: TaxPlan,
    sets: PromptSets,
    outputs: Mapping[Job, Output],
    *,
    facts: Mapping[str, Facts],
    weights: Mapping[str, WeightGap | NotMeasured],
    labelled: Labelled,
    shift_why: Mapping[str, str],
    notes: Sequence[str] = (),
) -> TaxReport:
    """Fold a run into its report.

    Args:
        plan: what was done.
        sets: what was asked.
        outputs: what was given; jobs may be missing.
        facts: of each checkpoint.
        weights: how far each checkpoint's weights lie from the base's.
        labelled: the user's labels of replies.
        shift_why: why token shift could not be measured, by checkpoint.
        notes: what the reader should know besides.
    """
    sides = _sides(plan, outputs, facts, labelled)
    first, *others = plan.names
    has_base = bool(others)
    why = NotMeasured(why="no base was given")
    return TaxReport(
        headstart=plan.version,
        base=first if has_base else None,
        base_source=plan.sources[0] if has_base else None,
        base_refusals=refusal.rates(
            _side(sides[first], plan.intended[0]), sets, labelled.agreement(first)
        )
        if has_base
        else why,
        checkpoints=tuple(
            _checkpoint(
                name,
                plan,
                sets,
                sides,
                untrained=facts[name].untrained_roles,
                weights=weights.get(name, NotMeasured(why="not compared") if has_base else why),
                labelled=labelled.agreement(name),
                shift_why=shift_why.get(name) if has_base else why.why,
            )
            for name in others or [first]
        ),
        prompt_sources=plan.prompt_sources,
        detectable=plan.detectable if has_base else (),
        cuts=plan.cuts,
        notes=(*_notes(plan), *notes),
        device=plan.device,
        seconds=sum(output.seconds for output in outputs.values()),
        command=command(plan),
    )


def build_items(
    plan: TaxPlan,
    sets: PromptSets,
    outputs: Mapping[Job, Output],
    *,
    facts: Mapping[str, Facts],
    labelled: Labelled,
) -> tuple[ItemRow, ...]:
    """What each checkpoint made of every item; the arguments are those of `build_report`."""
    sides = _sides(plan, outputs, facts, labelled)
    modes = zip(plan.names, plan.intended, strict=True)
    return item_rows({name: _side(sides[name], mode) for name, mode in modes}, sets)


def command(plan: TaxPlan) -> str:
    """What repeats the run."""
    request, words = plan.request, ["headstart", "tax", *plan.request.checkpoints]
    for name in ("safe", "unsafe", "ifeval", "mcq", "text", "labels", "template"):
        value = getattr(request, name)
        words += [f"--{name}", value] if value else []
    for option in ("prompts", "n", "samples", "limit", "seed", "device", "precision"):
        value = getattr(request, option)
        default = type(request).model_fields[option].default
        words += [f"--{option}", str(value)] if value != default else []
    return shlex.join([*words, "--budget", f"{request.budget_seconds:g}s"])


def _checkpoint(
    name: str,
    plan: TaxPlan,
    sets: PromptSets,
    sides: Mapping[str, Mapping[Mode, Side]],
    *,
    untrained: tuple[str, ...] | NotMeasured,
    weights: WeightGap | NotMeasured,
    labelled: Agreement | None,
    shift_why: str | None,
) -> CheckpointTax:
    base = plan.names[0] if name != plan.names[0] else None
    intended = dict(zip(plan.names, plan.intended, strict=True))
    ours, theirs = sides[base] if base else {}, sides[name]
    fault = None
    if intended[name] is Mode.TEMPLATE:
        fault = format_fault(theirs.get(Mode.TEMPLATE), untrained)
    only = lost_to_format(ours, theirs, sets)
    faulty, format_only = fault is not None, only is not None
    second, plain = _side(theirs, intended[name]), _side(theirs, Mode.RAW)
    if base is None:
        lines, same = alone(second, sets, plain=plain), _each_format(theirs, sets)
    else:
        first, pair = _side(ours, intended[base]), (_side(ours, Mode.RAW), plain)
        lines = compare(first, second, sets, plain=pair, faulty=faulty, format_only=format_only)
        same = _same_format(ours, theirs, sets, faulty=faulty, format_only=format_only)
    tables = [shift.table(side) for side in theirs.values()]
    return CheckpointTax(
        name=name,
        source=dict(zip(plan.names, plan.sources, strict=True))[name],
        intended=intended[name],
        headline=headline(name, base, lines, fault),
        lines=lines,
        same_format=same,
        format_fault=fault,
        format_only=only,
        refusals=refusal.rates(second, sets, labelled),
        shift=tuple(table for table in tables if table is not None),
        shift_why=shift_why,
        weights=weights,
    )


def _each_format(theirs: Mapping[Mode, Side], sets: PromptSets) -> tuple[Line, ...]:
    return tuple(line for side in theirs.values() for line in alone(side, sets))


def _same_format(
    ours: Mapping[Mode, Side],
    theirs: Mapping[Mode, Side],
    sets: PromptSets,
    *,
    faulty: bool,
    format_only: bool,
) -> tuple[Line, ...]:
    """Each format is a table of its own."""
    return tuple(
        line
        for mode in ours
        if mode in theirs
        for line in compare(ours[mode], theirs[mode], sets, faulty=faulty, format_only=format_only)
    )


def _sides(
    plan: TaxPlan,
    outputs: Mapping[Job, Output],
    facts: Mapping[str, Facts],
    labelled: Labelled,
) -> dict[str, dict[Mode, Side]]:
    found: dict[str, dict[Mode, Side]] = {name: {} for name in plan.names}
    for name in plan.names:
        size = facts[name].vocabulary
        for mode in Mode:
            given = {
                job.battery: output.items
                for job, output in outputs.items()
                if job.checkpoint == name and job.mode is mode
            }
            if given:
                found[name][mode] = Side(
                    mode,
                    given,
                    size if isinstance(size, int) else None,
                    labelled.verdicts.get(name, labelled.verdicts.get("", {})),
                )
    return found


def _side(sides: Mapping[Mode, Side], mode: Mode) -> Side:
    return sides.get(mode, Side(mode, {}))


def _notes(plan: TaxPlan) -> list[str]:
    notes = ["replies in plain text end where the model asks the next question itself"]
    if plan.template_from is None:
        notes.append("no checkpoint ships a chat template")
    return notes
