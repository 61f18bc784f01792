"""The card of `headstart inspect` for a terminal: what it is, why, and what to look out for."""

from itertools import zip_longest

from headstart.checkpoints.kind import FLAGS
from headstart.domain.evidence import Inspection, Kind
from headstart.domain.kinship import InspectReport, Pair
from headstart.domain.template import Finding, Severity
from headstart.domain.value import NotMeasured
from headstart.report.cells import pad, wrap
from headstart.report.inert import visible
from headstart.report.inspect_figures import (
    data_rows,
    fact_rows,
    findings,
    headline,
    pair_rows,
    side_by_side,
    template_text,
)

_NARROWEST = 40
_NAME = 16
_MOST_FINDINGS = 8
_BOLD, _RED, _YELLOW, _DIM, _PLAIN = "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"
_SEVERITIES = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW}


def inspection_card(report: InspectReport, width: int = 80, *, color: bool = False) -> str:
    """The card as plain text that ends with a line break; every line fits the width.

    `color` adds ANSI sequences; nothing else in the text can be one. Widths below 40 columns are
    taken as 40.
    """
    width = max(width, _NARROWEST)
    blocks = [block for one in report.checkpoints for block in _checkpoint(one, width, color=color)]
    blocks.append(_side_by_side(report, width))
    if report.pair is not None:
        blocks += _pair(report.pair, width, color=color)
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _checkpoint(found: Inspection, width: int, *, color: bool) -> list[list[str]]:
    return [
        _verdict(found, width, color=color),
        [line for name, text in fact_rows(found) for line in _row(name, text, width)],
        _evidence(found, width, color=color),
        _templates(found, width),
        _findings(found, width, color=color),
        _relatives(found, width),
        _data(found, width),
    ]


def _verdict(found: Inspection, width: int, *, color: bool) -> list[str]:
    title = wrap(f"{visible(found.name)}: {headline(found)}", width)
    lines = _paint(title, _BOLD, color=color)
    lines += wrap(visible(found.because), width, first="  ")
    if found.would_decide:
        lines += wrap(f"To decide: {found.would_decide}", width, first="  ")
    for flag in found.flags:
        told = wrap(f"{flag}: {FLAGS.get(flag, flag)}", width, first="! ", rest="  ")
        lines += _paint(told, _YELLOW, color=color)
    return lines


def _row(name: str, text: str, width: int) -> list[str]:
    return wrap(visible(text), width, first=pad(name, _NAME), rest=" " * _NAME)


def _evidence(found: Inspection, width: int, *, color: bool) -> list[str]:
    """Signals that were measured, then the names of those that were not."""
    lines: list[str] = []
    for one in found.evidence:
        if isinstance(one.value, NotMeasured):
            continue
        says = "" if one.says is Kind.UNDECIDED else f"{one.says.value}, {one.strength.value}: "
        shown = wrap(f"{says}{visible(one.detail)}", width, first=pad(one.signal, _NAME))
        lines += _paint(shown, _DIM, color=color and not says)
    absent = [
        f"{one.signal} ({one.value.why})"
        for one in found.evidence
        if isinstance(one.value, NotMeasured)
    ]
    return lines + (_row("not measured", "; ".join(absent), width) if absent else [])


def _templates(found: Inspection, width: int) -> list[str]:
    return [line for one in found.templates for line in _row("template", template_text(one), width)]


def _findings(found: Inspection, width: int, *, color: bool) -> list[str]:
    """Errors and warnings with evidence and fix, the gravest first; notes by name."""
    order = list(_SEVERITIES)
    told = [pair for pair in findings(found) if pair[1].severity in _SEVERITIES]
    told.sort(key=lambda pair: order.index(pair[1].severity))
    lines: list[str] = []
    for where, one in told[:_MOST_FINDINGS]:
        lines += finding_lines(one, where, width, color=color)
    more = len(told) - _MOST_FINDINGS
    lines += [f"  and {more} more by --json"] if more > 0 else []
    return lines + _named(found, Severity.INFO, "notes", width) + _not_looked_at(found, width)


def finding_lines(one: Finding, where: str, width: int, *, color: bool = False) -> list[str]:
    """One finding with its evidence and its fix; text that came from outside is made visible."""
    text = f"{one.severity.value} {one.rule} ({where}): {one.evidence}"
    shown = wrap(visible(text), width, first="! ", rest="  ")
    lines = _paint(shown, _SEVERITIES.get(one.severity, _DIM), color=color)
    return lines + (wrap(f"fix: {visible(one.fix)}", width, first="  ") if one.fix else [])


def _named(found: Inspection, severity: Severity, name: str, width: int) -> list[str]:
    rules = dict.fromkeys(one.rule for _, one in findings(found) if one.severity is severity)
    return _row(name, ", ".join(rules), width) if rules else []


def _not_looked_at(found: Inspection, width: int) -> list[str]:
    """Rules that could not look, by the reason."""
    why: dict[str, list[str]] = {}
    for _, one in findings(found):
        if one.severity is Severity.NOT_MEASURED and one.rule not in why.get(one.evidence, []):
            why.setdefault(one.evidence, []).append(one.rule)
    text = "; ".join(f"{', '.join(rules)} ({reason})" for reason, rules in why.items())
    return _row("not measured", text, width) if text else []


def _relatives(found: Inspection, width: int) -> list[str]:
    return [
        line
        for one in found.relatives
        for line in _row(f"its {one.relation}", f"{one.ref} ({one.sure}: {one.why})", width)
    ]


def _data(found: Inspection, width: int) -> list[str]:
    if isinstance(found.data, NotMeasured):
        return []
    return [line for name, text in data_rows(found.data) for line in _row(name, text, width)]


def _side_by_side(report: InspectReport, width: int) -> list[str]:
    rows = side_by_side(report)
    if not rows:
        return []
    room = (width - _NAME) // len(report.checkpoints)
    header = ("side by side", [one.name for one in report.checkpoints])
    lines = []
    for name, texts in [header, *rows]:
        cells = [wrap(visible(text), room - 2) for text in texts]
        for at, parts in enumerate(zip_longest(*cells, fillvalue="")):
            line = "".join(pad(part, room) for part in parts)
            lines.append((pad("" if at else name, _NAME) + line).rstrip())
    return lines


def _pair(pair: Pair, width: int, *, color: bool) -> list[list[str]]:
    title = wrap(f"pair: {pair.kinship.value}", width)
    why = wrap(visible(pair.why), width, first="  ")
    rows = [line for name, text in pair_rows(pair) for line in _row(name, text, width)]
    modules = [
        line
        for one in pair.modules
        for line in _row(
            "weights",
            f"{one.module}: relative gap {one.relative_gap:.3g}, cosine {one.cosine:.4f},"
            f" shuffled {one.shuffled_cosine:.4f}, {one.tensors} tensors",
            width,
        )
    ]
    odd = [
        line
        for one in pair.outliers
        for line in _row("does not fit", f"{one.tensor}: cosine {one.cosine:.3f}", width)
    ]
    told = [
        line
        for one in pair.differences
        if one.says is not Kind.UNDECIDED
        for line in _row("differs", one.detail, width)
    ]
    shapes = [line for one in pair.shape_differences for line in _row("shape", one, width)]
    return [_paint(title, _BOLD, color=color) + why, rows + told, shapes, modules, odd]


def _paint(lines: list[str], style: str, *, color: bool) -> list[str]:
    return [f"{style}{line}{_PLAIN}" for line in lines] if color else lines
