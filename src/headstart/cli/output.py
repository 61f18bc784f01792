"""What goes to stdout."""

from pathlib import Path

from headstart.cli.screen import screen
from headstart.domain.forging import Evaluation
from headstart.domain.plan import Plan
from headstart.domain.report import Report
from headstart.domain.value import NotMeasured
from headstart.report.evaluation_terminal import evaluation_card
from headstart.report.terminal import terminal


def card(report: Report, folder: Path) -> str:
    """The report for a terminal, in its width, coloured where one looks."""
    width, color = screen()
    text = terminal(report, width, color=color, folder=short_path(folder))
    return text if text.endswith("\n") else text + "\n"


def evaluation_text(evaluation: Evaluation, *, as_json: bool) -> str:
    """The figures of forged checkpoints, for a terminal or as JSON."""
    if as_json:
        return evaluation.model_dump_json(indent=2) + "\n"
    width, color = screen()
    return evaluation_card(evaluation, width, color=color)


def plan_text(plan: Plan) -> str:
    """What a run would do, for `--dry-run`."""
    shows = plan.detectable_difference
    lines = [
        f"task      {plan.task_name}: {plan.shape.value} ({plan.shape_reason}), by {plan.metric}",
        f"data      {plan.counts.train} training rows, {len(plan.test_ids)} test items",
        "starts    " + "; ".join(f"{s.name} ({s.format.value}: {s.rule})" for s in plan.starts),
        f"trials    {', '.join(map(str, plan.rungs))} rows x {len(plan.seeds)} seeds, "
        f"{plan.recipe.epochs} passes, {plan.recipe.method}, on {plan.device} in {plan.dtype}",
        f"estimate  {plan.estimated_seconds / 60:.1f} minutes of "
        f"{plan.request.budget_seconds / 60:.1f} allowed",
        "can show  "
        + (
            f"not known: {shows.why}"
            if isinstance(shows, NotMeasured)
            else f"a difference of {100 * shows:.1f} points (80% power)"
        ),
    ]
    lines += [f"cut       {cut}" for cut in plan.cuts]
    lines += [f"note      {finding}" for finding in plan.findings]
    return "\n".join(lines)


def short_path(folder: Path) -> str:
    """Relative to here where it lies below, else whole."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)
