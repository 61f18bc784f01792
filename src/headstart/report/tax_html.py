"""A tax report as one HTML file: no scripts, nothing loaded from anywhere."""

from collections.abc import Iterator, Sequence
from html import escape

from headstart.domain.tax_report import CheckpointTax, Finding, Line, TaxReport
from headstart.domain.value import Score
from headstart.report.inert import visible
from headstart.report.tax_tables import (
    ALONE_HEADER,
    HEADER,
    LEGEND,
    SHIFT_HEADER,
    absent_lines,
    alone_rows,
    detectable_lines,
    format_lines,
    formats,
    refusal_lines,
    rows,
    shift_rows,
    title,
    weight_lines,
)

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem;
  color: #1c1c1c; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #ddd; text-align: right; }
th { text-align: right; font-weight: 600; }
th:first-child, td:first-child, td:last-child, th:last-child { text-align: left; }
.tax { color: #9b1c1c; } .gain { color: #14612e; } .fault { color: #8a5a00; }
svg { vertical-align: middle; } .note { color: #555; }
@media (prefers-color-scheme: dark) {
  body { color: #e8e8e8; background: #161616; } th, td { border-color: #3a3a3a; }
  .tax { color: #ff9b9b; } .gain { color: #8fdca9; } .fault { color: #ffd27a; }
  .note { color: #aaa; } }
"""
_CLASSES = {
    Finding.TAX: "tax",
    Finding.GAIN: "gain",
    Finding.FORMAT_FAULT: "fault",
    Finding.FORMAT_ONLY: "fault",
}
_WIDTH, _HEIGHT = 160, 14


def tax_html(report: TaxReport) -> str:
    """The whole report, with each interval drawn beside its figures."""
    name = _text(title(report))
    legend = f"{LEGEND}. " if report.base is not None else ""
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{name}</title><style>{_STYLE}</style></head><body><main>",
            f"<h1>{name}</h1>",
            f'<p class="note">{_text(legend)}Shares in percent, their differences in points.</p>',
            *(part for each in report.checkpoints for part in _checkpoint(each, report)),
            "<h2>What was asked, and what this could show</h2>",
            _list(f"{name}: {where}" for name, where in report.prompt_sources),
            _list(detectable_lines(report.detectable)),
            "<h2>Notes</h2>",
            _list(
                [
                    *report.cuts,
                    *report.notes,
                    f"{report.seconds / 60:.1f} minutes on {report.device}",
                    f"headstart {report.headstart}, repeated by: {report.command}",
                ]
            ),
            "</main></body></html>",
            "",
        ]
    )


def _checkpoint(checkpoint: CheckpointTax, report: TaxReport) -> Iterator[str]:
    yield f"<h2>{_text(checkpoint.name)}</h2><p>{_text(checkpoint.headline)}</p>"
    if checkpoint.format_fault is not None:
        yield '<p class="fault"><strong>Format fault: the template does not fit this checkpoint.'
        yield f"</strong></p>{_list(checkpoint.format_fault.evidence)}"
    yield f"<h3>As each is meant to be used: {_text(formats(checkpoint, report))}</h3>"
    is_alone = report.base is None
    draw = _alone if is_alone else _table
    yield draw(checkpoint.lines)
    if not is_alone and (absent := [*absent_lines(checkpoint.lines)]):
        yield _list(absent)
    for mode in dict.fromkeys(line.mode for line in checkpoint.same_format):
        name = "raw text" if mode.value == "raw" else "the chat template"
        yield f"<h3>{'In' if is_alone else 'Both in'} {name}</h3>"
        yield draw([line for line in checkpoint.same_format if line.mode is mode])
    if checkpoint.shift:
        yield "<h3>Token shift</h3>"
        yield _plain(SHIFT_HEADER, shift_rows(checkpoint.shift))
    elif checkpoint.shift_why:
        yield f"<p>Token shift was not measured: {_text(checkpoint.shift_why)}.</p>"
    yield "<h3>Refusals and weights</h3>"
    told = (*format_lines(checkpoint), *refusal_lines(checkpoint.refusals))
    yield _list([*told, *weight_lines(checkpoint.weights)])


def _table(lines: Sequence[Line]) -> str:
    """The rows, with the interval drawn against zero in a column of its own."""
    head = "".join(f"<th>{_text(name)}</th>" for name in (*HEADER[:4], "", *HEADER[4:]))
    body = []
    for line, row in zip(lines, rows(lines), strict=True):
        cells = [f"<td>{_text(cell)}</td>" for cell in row]
        cells.insert(4, f"<td>{_drawn(line)}</td>")
        css = _CLASSES.get(line.finding, "")
        cells[-1] = f'<td class="{css}">{_text(row[-1])}</td>'
        body.append(f'<tr title="{_text(line.label)}">{"".join(cells)}</tr>')
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _alone(lines: Sequence[Line]) -> str:
    return _plain(ALONE_HEADER, alone_rows(lines))


def _drawn(line: Line) -> str:
    """The interval as a bar; zero in the middle, the far end at the edge."""
    found = line.difference
    if not isinstance(found, Score):
        return ""
    reach = max(abs(found.low), abs(found.high)) or 1.0

    def place(value: float) -> float:
        return _WIDTH / 2 * (1 + 0.94 * value / reach)

    css = _CLASSES.get(line.finding, "note")
    middle = _HEIGHT / 2
    return (
        f'<svg class="{css}" width="{_WIDTH}" height="{_HEIGHT}" role="img" '
        f'aria-label="interval from {found.low:.4g} to {found.high:.4g}">'
        f'<line x1="{_WIDTH / 2}" y1="0" x2="{_WIDTH / 2}" y2="{_HEIGHT}" stroke="#999"/>'
        f'<line x1="{place(found.low):.1f}" y1="{middle}" x2="{place(found.high):.1f}" '
        f'y2="{middle}" stroke="currentColor" stroke-width="2"/>'
        f'<circle cx="{place(found.mean):.1f}" cy="{middle}" r="3" fill="currentColor"/></svg>'
    )


def _plain(header: Sequence[str], found: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{_text(name)}</th>" for name in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in found
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _list(items: Iterator[str] | Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in items) + "</ul>"


def _text(text: str) -> str:
    return escape(visible(text))
