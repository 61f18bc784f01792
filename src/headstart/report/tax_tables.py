"""The rows and sentences that every view of a tax report shows."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from headstart.domain.tax import Detectable, Mode
from headstart.domain.tax_report import (
    CheckpointTax,
    Finding,
    Line,
    RefusalRates,
    ShiftTable,
    TaxReport,
    WeightGap,
)
from headstart.domain.value import NotMeasured, Score
from headstart.report.figures import counted

HEADER = ("measure", "base", "here", "difference, 95% interval", "finding")
LEGEND = (
    "difference: this checkpoint minus the base, paired by item, with its own 95% interval; tax, "
    "gain and changed: beyond chance when all lines of the table are counted (Holm), so that a "
    "table of chance alone shows one in at most 5% of runs"
)


ALONE_HEADER = ("measure", "figure", "95% interval", "n")


def title(report: TaxReport) -> str:
    """What the report is about."""
    if report.base is not None:
        return f"The alignment tax against {report.base}"
    return f"The measures of {report.checkpoints[0].name}, without a base"


def checkpoint_title(checkpoint: CheckpointTax, report: TaxReport) -> str:
    """What a checkpoint gave and cost, in counts; its headline names the measures."""
    name, found = checkpoint.name, [line.finding for line in checkpoint.lines]
    if report.base is None:
        return title(report)
    if checkpoint.format_fault is not None:
        return f"{name} does not know the template it was asked in"
    gained, paid = found.count(Finding.GAIN), found.count(Finding.TAX)
    if not gained and not paid:
        return f"No difference between {report.base} and {name} is resolved"
    told = [(gained, "gained"), (paid, "paid")]
    did = " and ".join(f"{verb} in {counted(n, 'measure')}" for n, verb in told if n)
    return f"{name} {did}, against {report.base}"


def alone_rows(lines: Sequence[Line]) -> list[list[str]]:
    """One row for each figure that has nothing beside it."""
    return [
        [
            line.measure,
            figure(line.value, line.unit),
            f"{number(line.value.low, line.unit)} to {number(line.value.high, line.unit)}",
            str(line.value.n),
        ]
        if isinstance(line.value, Score)
        else [line.measure, "-", line.value.why, ""]
        for line in lines
    ]


def rows(lines: Sequence[Line]) -> list[list[str]]:
    """One row for each line."""
    return [
        [
            line.measure,
            figure(line.base, line.unit),
            figure(line.value, line.unit),
            _difference(line),
            finding(line),
        ]
        for line in lines
    ]


def by_group(lines: Sequence[Line]) -> list[tuple[str, list[Line]]]:
    """Lines under their groups, in their order."""
    return [(group, list(found)) for group, found in groupby(lines, key=lambda line: line.group)]


def finding(line: Line) -> str:
    """What a line comes to, in words."""
    if line.finding is Finding.UNRESOLVED and isinstance(line.difference, Score):
        return f"not resolved at n = {line.difference.n}"
    return line.finding.value


def absent_lines(lines: Sequence[Line]) -> Iterator[str]:
    """Why differences are not there; what stands in no table is not there either."""
    for line in lines:
        if isinstance(line.difference, NotMeasured):
            yield f"{line.measure}: not measured, {line.difference.why}"


def figure(value: Score | NotMeasured, unit: str) -> str:
    """A figure in its unit."""
    return "-" if isinstance(value, NotMeasured) else number(value.mean, unit)


def number(value: float, unit: str) -> str:
    """Shares and probabilities in percent."""
    return _written(value, unit) + ("%" if unit in ("share", "probability") else "")


def signed(value: float, unit: str) -> str:
    """Differences of shares in points."""
    return _written(value, unit, "+")


def _written(value: float, unit: str, sign: str = "") -> str:
    if unit == "words":
        return f"{value:{sign}.1f}"
    if unit in ("share", "probability"):
        return f"{100 * value:{sign}.1f}"
    return f"{value:{sign}.{2 if abs(value) >= 1 else 3}f}"


def in_unit(unit: str) -> str:
    """What follows a difference in words."""
    if unit in ("share", "probability"):
        return " points"
    return "" if unit == "score" else f" {unit}"


def formats(checkpoint: CheckpointTax, report: TaxReport) -> str:
    """How they were asked."""
    if report.base is None:
        return f"{checkpoint.name} {_asked(checkpoint)}"
    modes = [line.base_mode.value for line in checkpoint.lines[:1]]
    base = f"{report.base} as {modes[0]} text" if modes else report.base
    return f"{base}, {checkpoint.name} {_asked(checkpoint)}"


def _asked(checkpoint: CheckpointTax) -> str:
    return "in the chat template" if checkpoint.intended is Mode.TEMPLATE else "as raw text"


def shift_rows(tables: Sequence[ShiftTable]) -> list[list[str]]:
    """One row for each format and stretch of positions."""
    return [
        [
            table.mode.value,
            row.positions,
            str(row.tokens),
            f"{row.unshifted:.1%}",
            f"{row.marginal:.1%}",
            f"{row.shifted:.1%}",
            f"{row.bits:.3f}",
        ]
        for table in tables
        for row in table.positions
    ]


SHIFT_HEADER = ("format", "tokens", "n", "unshifted", "marginal", "shifted", "bits per token")


def weight_lines(weights: WeightGap | NotMeasured) -> Iterator[str]:
    """How far the weights moved, in a few sentences."""
    if isinstance(weights, NotMeasured):
        yield f"weights: not measured, {weights.why}"
        return
    yield f"kinship {weights.kinship}"
    if weights.modules:
        yield "relative weight gap: " + ", ".join(
            f"{m.module} {m.relative_gap:.4f}" for m in weights.modules
        )
    barrier = weights.barrier_bits
    yield (
        f"barrier on the straight line between them: not measured, {barrier.why}"
        if isinstance(barrier, NotMeasured)
        else f"barrier on the straight line between them: {barrier:.4f} bits per byte"
    )


def format_lines(checkpoint: CheckpointTax) -> Iterator[str]:
    """What the format takes the blame for."""
    if checkpoint.format_only is not None:
        yield (
            f"format only: {checkpoint.format_only}; what accuracy and calibration lose there is "
            "no lost skill"
        )


def refusal_lines(rates: RefusalRates) -> Iterator[str]:
    """Rates, corrected where labels allow it."""
    for name, found, corrected in (
        ("harmless requests refused", rates.over, rates.over_corrected),
        ("unwelcome requests complied with", rates.under, rates.under_corrected),
    ):
        if isinstance(found, NotMeasured):
            yield f"{name}: not measured, {found.why}"
            continue
        text = f"{name}: {_with_interval(found)}"
        if isinstance(corrected, Score):
            text += f"; corrected for the detector's errors: {_with_interval(corrected)}"
        yield text
    groups = [(g, s) for g, s in rates.by_group.items() if isinstance(s, Score) and s.mean > 0]
    if groups:
        ranked = sorted(groups, key=lambda pair: -pair[1].mean)
        shown = (f"{g} {s.mean:.0%} of {s.n}" for g, s in ranked[:6])
        yield "refused most: " + ", ".join(shown)


def detectable_lines(found: Sequence[Detectable]) -> Iterator[str]:
    """What each measure could show."""
    for each in found:
        gap = f"{signed(each.gap, each.unit).lstrip('+')}{in_unit(each.unit)}"
        yield f"{each.measure}: {gap} with {each.n} items (80% power, if {each.assumes})"


def _with_interval(score: Score) -> str:
    return f"{score.mean:.1%} ({score.low:.1%} to {score.high:.1%}, n = {score.n})"


def _difference(line: Line) -> str:
    found = line.difference
    if not isinstance(found, Score):
        return "-"
    low, high = (signed(end, line.unit) for end in (found.low, found.high))
    return f"{signed(found.mean, line.unit)} ({low} to {high})"
