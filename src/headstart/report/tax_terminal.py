"""A tax report for a terminal."""

from headstart.domain.tax import TaxPlan
from headstart.domain.tax_report import CheckpointTax, Finding, Line, TaxReport
from headstart.report.cells import clip, grid, wrap
from headstart.report.inert import visible
from headstart.report.tax_tables import (
    HEADER,
    LEGEND,
    SHIFT_HEADER,
    by_group,
    detectable_lines,
    formats,
    refusal_lines,
    rows,
    shift_rows,
    weight_lines,
)

_COLOURS = {Finding.TAX: "31", Finding.GAIN: "32", Finding.FORMAT_FAULT: "33"}


def tax_terminal(
    report: TaxReport, width: int = 100, *, color: bool = False, folder: str | None = None
) -> str:
    """Each checkpoint's price list, the surest thing first: one sentence, then the table."""
    lines = [f"headstart: the alignment tax against {visible(report.base)}", ""]
    for checkpoint in report.checkpoints:
        lines += _checkpoint(checkpoint, report, width, color=color)
    lines += wrap(LEGEND, width)
    for note in (*report.cuts, *report.notes):
        lines += wrap(visible(note), width, first="note: ", rest="      ")
    minutes = report.seconds / 60
    lines += ["", f"Took      {minutes:.1f} min, {visible(report.device)}"]
    if folder is not None:
        lines.append(f"Report    {visible(folder)}/tax.md, tax.html, tax.json, doubtful.jsonl")
    return "\n".join(lines) + "\n"


def plan_terminal(plan: TaxPlan) -> str:
    """What a run would do, and what it could show."""
    rows = [["checkpoint", "format", "battery", "items"]]
    rows += [[job.checkpoint, job.mode.value, job.battery.value, str(job.n)] for job in plan.jobs]
    lines = [visible(line) for line in grid(rows, "lllr")]
    allowed = plan.request.budget_seconds / 60
    lines += ["", f"estimate  {plan.estimated_seconds / 60:.1f} of {allowed:.1f} minutes"]
    lines += [f"can show  {visible(text)}" for text in detectable_lines(plan.detectable)]
    lines += [f"cut       {visible(cut)}" for cut in plan.cuts]
    return "\n".join(lines) + "\n"


def _checkpoint(
    checkpoint: CheckpointTax, report: TaxReport, width: int, *, color: bool
) -> list[str]:
    lines = wrap(visible(checkpoint.headline), width)
    if checkpoint.format_fault is not None:
        lines.append("")
        lines += wrap("FORMAT FAULT: the template does not fit this checkpoint", width)
        for each in checkpoint.format_fault.evidence:
            lines += wrap(visible(each), width, first="  ", rest="  ")
    lines += ["", f"  {visible(formats(checkpoint, report))}", ""]
    lines += _table(checkpoint.lines, width, color=color)
    if checkpoint.shift:
        lines += ["", *grid([SHIFT_HEADER, *shift_rows(checkpoint.shift)], "llrrrrr")]
    elif checkpoint.shift_why:
        lines += wrap(f"token shift not measured: {visible(checkpoint.shift_why)}", width)
    lines.append("")
    for text in (*refusal_lines(checkpoint.refusals), *weight_lines(checkpoint.weights)):
        lines += wrap(visible(text), width, rest="  ")
    return [*lines, ""]


def _table(lines: tuple[Line, ...], width: int, *, color: bool) -> list[str]:
    """Groups one under the other, in columns that all share."""
    flat = [line for _, found in by_group(lines) for line in found]
    shown = grid([list(HEADER), *rows(flat)], "lrrrl")
    painted = [clip(shown[0], width)]
    for line, text in zip(flat, shown[1:], strict=True):
        cut = clip(visible(text), width)
        code = _COLOURS.get(line.finding) if color else None
        painted.append(f"\x1b[{code}m{cut}\x1b[0m" if code else cut)
    return painted
