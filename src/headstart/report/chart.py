"""A text chart: means with their intervals over training rows, on a log axis."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, floor, isfinite, log, log10

from headstart.domain.value import Value
from headstart.report.cells import clip, columns, pad, wrap

MARKS = "ox+*#@%&"
"""One for each series; a ninth series starts again."""
_LINE, _BAR, _BREAK = "·", "│", "//"


class Bar(Value):
    """One point of a series."""

    n: int
    """Training rows; 0 for the untuned start, drawn apart on the left."""
    mean: float
    """Drawn as the series' mark."""
    low: float
    """Where the interval begins."""
    high: float
    """Where it ends."""


class Series(Value):
    """One start's points."""

    name: str
    """For the legend; already fit to be shown."""
    bars: tuple[Bar, ...]
    """In ascending order of rows."""


class Axis(Value):
    """The scores that the chart spans."""

    bottom: float
    """The score at its foot."""
    step: float
    """From one mark to the next."""
    steps: int
    """Marks above the foot."""
    per_step: int
    """Lines of text from one mark to the next."""

    @property
    def height(self) -> int:
        """Lines of text in all."""
        return self.steps * self.per_step + 1

    def line(self, value: float) -> int:
        """The line of a value, counted from the top."""
        share = (value - self.bottom) / (self.step * self.steps)
        return self.height - 1 - round(share * (self.height - 1))


def chart(
    series: Sequence[Series],
    *,
    title: str,
    width: int,
    height: int,
    tick: Callable[[float, float], str],
    notes: Sequence[str] = (),
) -> list[str]:
    """Lines of at most `width` columns: title, plot, axis, legend and notes.

    The title should say what the chart shows; the plot has about `height` lines.
    `tick` writes a score, given the axis' step. Points that are not finite are left
    out. Where no point is left, or the width is too small for all points side by
    side, a line says so instead.
    """
    drawn = [finite(each) for each in series]
    heading = wrap(title, width)
    places = sorted({bar.n for each in drawn for bar in each.bars})
    if not places:
        return [*heading, *wrap("(no finished trial to draw)", width)]
    axis = round_axis(
        [end for each in drawn for bar in each.bars for end in (bar.low, bar.high)], height
    )
    labels = {
        axis.line(axis.bottom + i * axis.step): tick(axis.bottom + i * axis.step, axis.step)
        for i in range(axis.steps + 1)
    }
    margin = max(columns(label) for label in labels.values())
    layout = _layout(places, len(drawn), width - margin - 2)
    if layout is None:
        return [*heading, *wrap("(too narrow to draw; see the table)", width)]
    positions, apart = layout
    canvas = [[" "] * (width - margin - 2) for _ in range(axis.height)]
    for i, each in enumerate(drawn):
        shift = round((i - (len(drawn) - 1) / 2) * apart)
        _draw(canvas, each, MARKS[i % len(MARKS)], axis, positions, shift)
    plot = [
        f"{pad(labels.get(i, ''), margin, right=True)} {'┤' if i in labels else '│'}{''.join(row)}"
        for i, row in enumerate(canvas)
    ]
    below = [" " * (margin + 1) + line for line in _foot(positions, width - margin - 2)]
    return [*heading, *(line.rstrip() for line in plot + below), *_legend(drawn, notes, width)]


def finite(series: Series) -> Series:
    """The series without points that are no numbers."""
    bars = tuple(bar for bar in series.bars if all(map(isfinite, (bar.mean, bar.low, bar.high))))
    return Series(name=series.name, bars=bars)


def round_axis(ends: Sequence[float], height: int) -> Axis:
    """Round marks that enclose all values, four to seven of them; about `height` lines of text."""
    low, high = min(ends), max(ends)
    # a span next to nothing has no logarithm once it is divided
    span = high - low if high - low > 1e-300 else max(abs(high) * 0.1, 0.01)
    power = 10.0 ** floor(log10(span / 4))
    step = next(power * k for k in (1, 2, 5, 10) if power * k >= span / 4 * 0.999)
    first = floor(low / step + 1e-9)
    steps = max(1, ceil(high / step - 1e-9) - first)
    return Axis(bottom=first * step, step=step, steps=steps, per_step=max(2, height // steps))


def _layout(places: Sequence[int], series: int, room: int) -> tuple[dict[int, int], int] | None:
    """The column of each size and the distance between the starts there; None if too narrow."""
    for apart in (3, 2, 1):
        gap = apart * (series - 1) + 2
        edge = max(gap // 2 + 1, min(5, room // 8))
        columns_ = _spread(places, edge, room - 1 - edge, gap + (apart > 1) * 2)
        if columns_ is not None:
            return columns_, apart
    return None


def _spread(places: Sequence[int], left: int, right: int, gap: int) -> dict[int, int] | None:
    """Columns on a log scale, at least `gap` apart; the untuned start has the left end."""
    tuned = [n for n in places if n > 0]
    found = {0: left} if 0 in places else {}
    begin = left + max(gap, 12 if right - left > 50 else 0) if found else left
    if begin + gap * (len(tuned) - 1) > right:
        return None
    if len(tuned) == 1:
        return found | {tuned[0]: (begin + right) // 2}
    logs = [log(n / tuned[0]) for n in tuned]
    column = begin - gap
    for i, n in enumerate(tuned):
        wanted = begin + round(logs[i] / logs[-1] * (right - begin))
        # never so far right that the sizes still to come would not fit
        column = min(max(wanted, column + gap), right - gap * (len(tuned) - 1 - i))
        found[n] = column
    return found


def _draw(
    canvas: list[list[str]],
    series: Series,
    mark: str,
    axis: Axis,
    positions: dict[int, int],
    shift: int,
) -> None:
    """The series on the canvas; an interval goes over a line, a mark over both."""
    points = [(positions[bar.n] + shift, axis.line(bar.mean), bar) for bar in series.bars]
    for (x, y, bar), (to_x, to_y, _) in pairwise(points):
        for step in range(2, to_x - x, 2) if bar.n else ():
            line = round(y + (to_y - y) * step / (to_x - x))
            if canvas[line][x + step] == " ":
                canvas[line][x + step] = _LINE
    for x, y, bar in points:
        for line in range(axis.line(bar.high), axis.line(bar.low) + 1):
            canvas[line][x] = _BAR
        canvas[y][x] = mark


def _foot(positions: dict[int, int], room: int) -> list[str]:
    """The axis with a notch for each size, and the sizes beneath."""
    axis, names, free = ["─"] * room, " " * (room + 1), 0
    for n, column in positions.items():
        axis[column] = "┬"
        name = f"{n:,}" if n else "untuned"
        begin = min(max(0, column + 1 - columns(name) // 2), room + 1 - columns(name))
        if begin >= free:
            names = names[:begin] + name + names[begin + columns(name) :]
            free = begin + columns(name) + 1
    if 0 in positions and len(positions) > 1:
        middle = (positions[0] + sorted(positions.values())[1]) // 2
        axis[middle : middle + 2] = _BREAK
    return ["└" + "".join(axis), names]


def _legend(series: Sequence[Series], notes: Sequence[str], width: int) -> list[str]:
    named = [f"{MARKS[i % len(MARKS)]} {each.name}" for i, each in enumerate(series)]
    lines: list[str] = []
    for entry in [*named, f"{_BAR} 95% interval", *notes]:
        shown = clip(entry, width)
        if lines and columns(lines[-1]) + 3 + columns(shown) <= width:
            lines[-1] += f"   {shown}"
        else:
            lines.append(shown)
    return lines
