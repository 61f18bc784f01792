"""A tax report as Markdown."""

from collections.abc import Iterator, Sequence

from headstart.domain.tax_report import CheckpointTax, Line, TaxReport
from headstart.report.inert import inline
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


def tax_markdown(report: TaxReport) -> str:
    """The whole report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: TaxReport) -> Iterator[str]:
    yield f"# {inline(title(report))}"
    yield ""
    legend = f"{LEGEND}. " if report.base is not None else ""
    yield f"{legend}Shares in percent, their differences in points."
    for checkpoint in report.checkpoints:
        yield from _checkpoint(checkpoint, report)
    yield from ["", "## What was asked", ""]
    yield from (f"- {inline(name)}: {inline(where)}" for name, where in report.prompt_sources)
    if report.detectable:
        yield from ["", "## What this could show", ""]
        yield from (f"- {inline(text)}" for text in detectable_lines(report.detectable))
    yield from ["", "## Notes", ""]
    yield from (f"- {inline(text)}" for text in (*report.cuts, *report.notes))
    yield f"- {report.seconds / 60:.1f} minutes on {inline(report.device)}"
    yield f"- headstart {inline(report.headstart)}, repeated by: {inline(report.command)}"


def _checkpoint(checkpoint: CheckpointTax, report: TaxReport) -> Iterator[str]:
    yield from ["", f"## {inline(checkpoint.name)}", "", inline(checkpoint.headline)]
    if checkpoint.format_fault is not None:
        yield from ["", "**Format fault: the template does not fit this checkpoint.**", ""]
        yield from (f"- {inline(text)}" for text in checkpoint.format_fault.evidence)
    yield from ["", f"### As each is meant to be used: {inline(formats(checkpoint, report))}", ""]
    is_alone = report.base is None
    yield from _table(checkpoint.lines, is_alone=is_alone)
    if not is_alone and (absent := [*absent_lines(checkpoint.lines)]):
        yield from ["", *(f"- {inline(text)}" for text in absent)]
    for mode in dict.fromkeys(line.mode for line in checkpoint.same_format):
        found = [line for line in checkpoint.same_format if line.mode is mode]
        name = "raw text" if mode.value == "raw" else "the chat template"
        yield from ["", f"### {'In' if is_alone else 'Both in'} {name}", ""]
        yield from _table(found, is_alone=is_alone)
    if checkpoint.shift:
        yield from ["", "### Token shift", ""]
        yield from _grid(SHIFT_HEADER, shift_rows(checkpoint.shift))
    elif checkpoint.shift_why:
        yield from ["", f"Token shift was not measured: {inline(checkpoint.shift_why)}."]
    yield from ["", "### Refusals and weights", ""]
    yield from (f"- {inline(text)}" for text in format_lines(checkpoint))
    yield from (f"- {inline(text)}" for text in refusal_lines(checkpoint.refusals))
    yield from (f"- {inline(text)}" for text in weight_lines(checkpoint.weights))


def _table(lines: Sequence[Line], *, is_alone: bool) -> Iterator[str]:
    flat = [line for _, found in by_group(lines) for line in found]
    shown = alone_rows(flat) if is_alone else rows(flat)
    grouped = [[line.group, *row] for line, row in zip(flat, shown, strict=True)]
    yield from _grid(("", *(ALONE_HEADER if is_alone else HEADER)), grouped)


def _grid(header: Sequence[str], found: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join('---' for _ in header)}|"
    yield from (f"| {' | '.join(inline(cell) for cell in row)} |" for row in found)
