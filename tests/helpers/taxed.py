"""Reports of made-up checkpoints, for tests of views."""

from pathlib import Path

from tax_sides import made_sets, made_side
from toy_voices import toy_plan

from headstart.domain.tax import Detectable, Facts, Job, Mode, Output, TaxPlan
from headstart.domain.tax_report import FamilyGap, TaxReport, WeightGap
from headstart.domain.value import NotMeasured
from headstart.report.tax_html import tax_html
from headstart.tax.build import build_items, build_report
from headstart.tax.folder import TaxFolder
from headstart.tax.labelled import Labelled
from headstart.tax.measures.sides import Side

SETS = made_sets(60)


def outputs(name: str, side: Side) -> dict[Job, Output]:
    """What would have been stored of a side."""
    jobs = [
        Job(checkpoint=name, mode=side.mode, battery=battery, n=len(items))
        for battery, items in side.given.items()
    ]
    return {job: Output(job=job, items=side.given[job.battery], seconds=3.0) for job in jobs}


def made(name: str = "instruct", *, faulty: bool = False) -> tuple[TaxPlan, dict[Job, Output]]:
    """A plan and its outputs: a base beside a checkpoint that refuses, hedges and lost skill.

    Args:
        name: of the checkpoint; may be hostile.
        faulty: whether it does not know its template.
    """
    closes, stops = (1e-9, 0.0) if faulty else (0.8, 1.0)
    given = {
        **outputs("base", made_side(1, n=60, closes=0.05, stops=0.1)),
        **outputs(name, made_side(2, n=60, skill=0.45, bits=84, shifted=0.04)),
        **outputs(
            name,
            made_side(
                3,
                Mode.TEMPLATE,
                n=60,
                refuses=0.4,
                hedges=0.5,
                skill=0.4,
                bits=88,
                closes=closes,
                stops=stops,
                shifted=0.3,
            ),
        ),
    }
    plan = toy_plan([*given], budget=600).model_copy(
        update={
            "names": ("base", name),
            "detectable": (
                Detectable(
                    measure="over-refusal",
                    unit="share",
                    n=60,
                    gap=0.16,
                    assumes="one item in five is judged differently",
                ),
            ),
            "cuts": ("at most 60 items of each set instead of 200, to stay within the budget",),
        }
    )
    return plan, given


def taxed(name: str = "instruct", *, faulty: bool = False) -> TaxReport:
    """The report of what was made up."""
    plan, given = made(name, faulty=faulty)
    gap = WeightGap(
        kinship="verified: the weights are kin",
        modules=(FamilyGap(module="q_proj", tensors=4, relative_gap=0.31),),
        barrier_bits=NotMeasured(why="the weights differ in name or shape"),
    )
    return build_report(
        plan,
        SETS,
        given,
        facts=_facts(plan),
        weights={name: gap},
        labelled=Labelled(),
        shift_why={},
    )


def stored_tax(folder: Path, name: str = "instruct", *, finished: bool = True) -> TaxReport:
    """A run folder of it, with or without the report; gives the report."""
    plan, given = made(name)
    store, report = TaxFolder(folder), taxed(name)
    store.prepare()
    store.save_plan(plan)
    done = list(given.values())
    for output in done if finished else done[: len(done) // 2]:
        store.save_output(output)
    if finished:
        rows = build_items(plan, SETS, given, facts=_facts(plan), labelled=Labelled())
        store.save_items(rows)
        store.run.save_text("tax.json", report.model_dump_json())
        store.run.save_text("tax.html", tax_html(report))
    return report


def _facts(plan: TaxPlan) -> dict[str, Facts]:
    return {each: Facts(vocabulary=300, untrained_roles=()) for each in plan.names}
