"""One sentence on what a checkpoint gave and what it cost."""

from collections.abc import Sequence

from headstart.domain.tax_report import Finding, FormatFault, Line
from headstart.domain.value import Score

MOST = 4


def headline(name: str, base: str | None, lines: Sequence[Line], fault: FormatFault | None) -> str:
    """Gains, then tax, then how many lines chance explains as well; of one alone, no such thing."""
    if base is None:
        text = f"{len(lines)} figures of {name}, none of them compared"
        return text + ("; it does not know this template." if fault else ".")
    gained = [line for line in lines if line.finding is Finding.GAIN]
    lost = [line for line in lines if line.finding is Finding.TAX]
    told = [line for line in lines if line.finding is not Finding.NOT_MEASURED]
    open_ = sum(line.finding is Finding.UNRESOLVED for line in told)
    parts = []
    if fault is not None:
        parts.append(
            f"asked in a template that {name} does not know, so nothing in it is called tax or gain"
        )
    if gained:
        parts.append(f"against {base}, {name} gained in {_names(gained)}")
    if lost:
        start = "it" if gained else f"against {base}, {name}"
        parts.append(f"{start} paid in {_names(lost)}")
    if not gained and not lost and fault is None:
        parts.append(f"no difference between {base} and {name} is resolved")
    text = "; ".join(parts)
    text += f"; {open_} of {len(told)} measures are not resolved" if open_ and parts else ""
    return text[:1].upper() + text[1:] + "."


def difference_text(line: Line) -> str:
    """The difference in the line's own unit, with a sign."""
    found = line.difference
    if not isinstance(found, Score):
        return "not measured"
    return signed(found.mean, line.unit)


def signed(value: float, unit: str) -> str:
    """A difference as people read it: shares in points."""
    if unit in ("share", "probability"):
        return f"{100 * value:+.1f} points"
    return f"{value:+.3f}" if abs(value) < 10 else f"{value:+.1f}"


def _names(lines: Sequence[Line]) -> str:
    """The surest first."""
    ranked = sorted(lines, key=lambda line: (line.p_adjusted or 0.0, line.p or 0.0))
    shown = [f"{line.measure} ({difference_text(line)})" for line in ranked[:MOST]]
    rest = len(ranked) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
