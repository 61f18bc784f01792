"""A tax report for a terminal."""

from collections.abc import Iterator

from headstart.domain.tax import TaxPlan
from headstart.domain.tax_report import CheckpointTax, Finding, Line, TaxReport
from headstart.report.cells import clip, columns, grid, wrap
from headstart.report.inert import visible
from headstart.report.tax_tables import (
    ALONE_HEADER,
    HEADER,
    LEGEND,
    SHIFT_HEADER,
    absent_lines,
    alone_rows,
    by_group,
    detectable_lines,
    format_lines,
    formats,
    refusal_lines,
    rows,
    shift_rows,
    title,
    weight_lines,
)

_COLUMNS = ((0, 1, 2, 3, 4), (0, 3, 4), (0, 4))
"""Of `HEADER`, from all to the fewest that say something."""
_COLOURS = {
    Finding.TAX: "31",
    Finding.GAIN: "32",
    Finding.FORMAT_FAULT: "33",
    Finding.FORMAT_ONLY: "33",
}


def tax_terminal(
    report: TaxReport, width: int = 100, *, color: bool = False, folder: str | None = None
) -> str:
    """Each checkpoint's price list, the surest thing first: one sentence, then the table."""
    shown = title(report)
    lines = [*wrap(f"headstart: {visible(shown[:1].lower() + shown[1:])}", width), ""]
    for checkpoint in report.checkpoints:
        lines += _checkpoint(checkpoint, report, width, color=color)
    if report.base is not None:
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
    lines += ["", *wrap(visible(formats(checkpoint, report)), width, first="  "), ""]
    if report.base is None:
        figures = [list(ALONE_HEADER), *alone_rows(checkpoint.lines)]
        lines += [clip(visible(line), width) for line in grid(figures, "lrrr")]
    else:
        lines += _table(checkpoint.lines, width, color=color)
        for absent in absent_lines(checkpoint.lines):
            lines += wrap(visible(absent), width, rest="  ")
    if checkpoint.shift:
        table = grid([SHIFT_HEADER, *shift_rows(checkpoint.shift)], "llrrrrr")
        lines += ["", *(clip(line, width) for line in table)]
    elif checkpoint.shift_why:
        lines += wrap(f"token shift not measured: {visible(checkpoint.shift_why)}", width)
    lines.append("")
    for text in _sentences(checkpoint):
        lines += wrap(visible(text), width, rest="  ")
    return [*lines, ""]


def _sentences(checkpoint: CheckpointTax) -> Iterator[str]:
    yield from format_lines(checkpoint)
    yield from refusal_lines(checkpoint.refusals)
    yield from weight_lines(checkpoint.weights)


def _table(lines: tuple[Line, ...], width: int, *, color: bool) -> list[str]:
    """Groups one under the other; where it is narrow, findings stay and figures go."""
    flat = [line for _, found in by_group(lines) for line in found]
    whole = [[visible(cell) for cell in row] for row in (HEADER, *rows(flat))]
    for kept in _COLUMNS:
        shown = grid([[row[i] for i in kept] for row in whole], "".join("lrrrl"[i] for i in kept))
        if max(map(columns, shown)) <= width:
            break
    painted = [clip(shown[0], width)]
    for line, text in zip(flat, shown[1:], strict=True):
        cut = clip(text, width)
        code = _COLOURS.get(line.finding) if color else None
        painted.append(f"\x1b[{code}m{cut}\x1b[0m" if code else cut)
    return painted
