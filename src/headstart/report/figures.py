"""Figures as a reader wants them: percent and points for scores, plain numbers for losses."""

from collections.abc import Iterable
from math import floor, isfinite, log10

from headstart.domain.report import Report, StartReport
from headstart.domain.value import NotMeasured, Value

_PLAIN_WORDS = ("bits", "nats", "loss", "perplexity", "tokens", "bytes", "length", "seconds")


class Scale(Value):
    """How the deciding metric is written throughout one report."""

    percent: bool
    """Whether 0.71 is written 71.0%; differences are then points."""

    def level(self, value: float) -> str:
        """A score: `71.0%`, or `0.912`."""
        return f"{self.bare(value)}%" if self.percent and isfinite(value) else self.bare(value)

    def bare(self, value: float) -> str:
        """A score without its unit, for intervals beside a level."""
        return decimal(100 * value, 1) if self.percent else plain(value)

    def signed(self, value: float) -> str:
        """A difference with its sign and no unit."""
        if not isfinite(value):
            return plain(value)
        return ("-" if value < 0 else "+") + self.bare(abs(value))

    def amount(self, value: float) -> str:
        """A size of difference: `1.0 points`, or `0.012`."""
        return f"{self.bare(value)} points" if self.percent else plain(value)

    def tick(self, value: float, step: float) -> str:
        """A mark on an axis, with as many decimals as the step needs."""
        shown, by = (100 * value, 100 * step) if self.percent else (value, step)
        text = decimal(shown, max(0, -floor(log10(by) + 1e-9)))
        return f"{text}%" if self.percent else text


def scale_of(report: Report) -> Scale:
    """Percent where higher is better and every measured mean lies in [0, 1]."""
    return scale_for(report.starts, higher_is_better=report.higher_is_better)


def scale_for(starts: Iterable[StartReport], *, higher_is_better: bool) -> Scale:
    """The same for a run that has no report yet."""
    means = [
        mean
        for start in starts
        for mean in (
            *(point.mean for point in start.curve),
            *(base.score.mean for base in start.baselines),
        )
    ]
    return Scale(percent=higher_is_better and all(0 <= mean <= 1 for mean in means))


def figure(name: str, value: float | NotMeasured, among: Iterable[float | NotMeasured]) -> str:
    """One of a shape's other figures.

    Percent where all values of that name (`among`) lie in [0, 1], unless the name
    speaks of a quantity with a unit of its own, such as bits.
    """
    if isinstance(value, NotMeasured):
        return not_measured(value)
    numbers = [each for each in among if not isinstance(each, NotMeasured)]
    has_unit = any(word in name.lower() for word in _PLAIN_WORDS)
    share = not has_unit and all(0 <= each <= 1 for each in numbers)
    return Scale(percent=share).level(value)


def not_measured(absent: NotMeasured) -> str:
    """An absent figure with its reason."""
    return f"not measured: {absent.why}"


def plain(value: float) -> str:
    """A number with about four significant digits and fixed decimals for its size."""
    size = abs(value)
    if not isfinite(value):
        return "not finite"
    if 0 < size < 0.001:
        return f"{value:.3g}"
    return decimal(value, 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0)


def decimal(value: float, places: int) -> str:
    """A number with that many decimals; never `-0.0`."""
    if not isfinite(value):
        return "not finite"
    return f"{round(value, places) + 0.0:,.{places}f}"


def probability(value: float) -> str:
    """A probability with two decimals; the ends are not rounded onto certainty."""
    if 0 < value < 0.005:
        return "below 0.01"
    return "above 0.99" if 0.995 <= value < 1 else decimal(value, 2)


def duration(seconds: float) -> str:
    """`0.4 s`, `42 s`, `12 min 30 s`, `3 h 05 min`."""
    if not isfinite(seconds):
        return "not finite"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60:02d} min"


def size(count: float) -> str:
    """Bytes in binary units: `2.1 GiB`."""
    amount, unit = count, "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{count:,.0f} B" if unit == "B" else f"{amount:.1f} {unit}"


def counted(count: int, noun: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
