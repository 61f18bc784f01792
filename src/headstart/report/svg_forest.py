"""Differences with their intervals against zero, one row each, as an SVG picture.

Colours and fonts are left to the page, as in `svg_chart`. A difference that is not resolved is
drawn hollow, so that it is told apart without colour.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import isfinite

from headstart.domain.value import Value
from headstart.report.chart import round_axis


class _Layout(Value):
    """Lengths of a picture, in its own units."""

    style: str
    """The class by which a page shows it or not."""
    width: int
    """Of the whole picture."""
    left: int
    """Where the axis begins."""
    right: int
    """What the axis leaves free at its end."""
    row: int
    """Height of a row."""
    words: int
    """The baseline of a row's words, below its middle."""
    mark: int
    """The interval of a row, below its middle; beside its words at 0, else beneath them."""
    lines: int
    """Most steps of the axis."""


WIDE = _Layout(style="wide", width=720, left=210, right=150, row=30, words=4, mark=0, lines=6)
NARROW = _Layout(style="narrow", width=340, left=20, right=20, row=46, words=-8, mark=10, lines=4)
_TOP, _FOOT = 8, 30


class ForestRow(Value):
    """One difference."""

    name: str
    """What was measured; already fit to be shown."""
    mean: float
    """The difference."""
    low: float
    """Lower end of its 95% interval."""
    high: float
    """Upper end."""
    resolved: bool
    """Whether it is told from zero."""
    told: str
    """What it comes to, in a few words."""


def svg_forest(
    rows: Sequence[ForestRow], *, label: str, tick: Callable[[float, float], str]
) -> str:
    """The picture in both layouts, of which the page shows one; empty where no row is finite.

    Zero is always on the axis.

    Args:
        rows: in their order, all in one unit.
        label: what the picture shows, in a sentence, for those who do not see it.
        tick: writes a difference, given the axis' step.
    """
    drawn = [row for row in rows if all(map(isfinite, (row.mean, row.low, row.high)))]
    if not drawn:
        return ""
    return "".join(_picture(drawn, label, tick, layout) for layout in (WIDE, NARROW))


def _picture(
    drawn: Sequence[ForestRow], label: str, tick: Callable[[float, float], str], layout: _Layout
) -> str:
    ends = [end for row in drawn for end in (row.low, row.high)]
    axis = round_axis([0.0, *ends], layout.lines)
    height = _TOP + layout.row * len(drawn) + _FOOT

    def place(value: float) -> float:
        share = (value - axis.bottom) / (axis.step * axis.steps)
        return layout.left + share * (layout.width - layout.left - layout.right)

    parts: list[str] = []
    for i in range(axis.steps + 1):
        value = axis.bottom + i * axis.step
        x, foot = place(value), height - _FOOT
        zero = " zero" if abs(value) < axis.step / 1e6 else ""
        parts.append(f'<line class="grid{zero}" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{foot}"/>')
        parts.append(
            f'<text class="tick" x="{x:.1f}" y="{foot + 18}" text-anchor="middle">'
            f"{escape(tick(value, axis.step))}</text>"
        )
    for number, row in enumerate(drawn):
        parts += _row(row, _TOP + layout.row * (number + 0.5), place, layout)
    return (
        f'<svg class="chart forest {layout.style}" viewBox="0 0 {layout.width} {height}" '
        f'role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _row(
    row: ForestRow, middle: float, place: Callable[[float], float], layout: _Layout
) -> Iterator[str]:
    kind = "resolved" if row.resolved else "open"
    words, y = middle + layout.words, middle + layout.mark
    told = f'x="{layout.width - layout.right + 16}"'
    if layout.mark:
        told = f'x="{layout.width}" text-anchor="end"'
    yield f'<text class="label" x="0" y="{words:.1f}">{escape(row.name)}</text>'
    yield (
        f'<line class="interval {kind}" x1="{place(row.low):.1f}" x2="{place(row.high):.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>'
    )
    yield f'<circle class="dot {kind}" cx="{place(row.mean):.1f}" cy="{y:.1f}" r="5"/>'
    yield f'<text class="told" {told} y="{words:.1f}">{escape(row.told)}</text>'
