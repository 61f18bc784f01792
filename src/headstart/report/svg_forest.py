"""Differences with their intervals against zero, one row each, as an SVG picture.

Colours and fonts are left to the page, as in `svg_chart`. A difference that is not resolved is
drawn hollow, so that it is told apart without colour.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import isfinite

from headstart.domain.value import Value
from headstart.report.chart import round_axis

WIDTH = 720
_LEFT, _RIGHT, _TOP, _ROW, _FOOT = 210, 150, 8, 30, 30
_LINES = 6


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
    """The picture; empty where no row is finite. Zero is always on the axis.

    Args:
        rows: in their order, all in one unit.
        label: what the picture shows, in a sentence, for those who do not see it.
        tick: writes a difference, given the axis' step.
    """
    drawn = [row for row in rows if all(map(isfinite, (row.mean, row.low, row.high)))]
    if not drawn:
        return ""
    axis = round_axis([0.0, *(end for row in drawn for end in (row.low, row.high))], _LINES)
    height = _TOP + _ROW * len(drawn) + _FOOT

    def place(value: float) -> float:
        share = (value - axis.bottom) / (axis.step * axis.steps)
        return _LEFT + share * (WIDTH - _LEFT - _RIGHT)

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
        parts += _row(row, _TOP + _ROW * (number + 0.5), place)
    return (
        f'<svg class="chart forest" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _row(row: ForestRow, y: float, place: Callable[[float], float]) -> Iterator[str]:
    kind = "resolved" if row.resolved else "open"
    yield f'<text class="label" x="0" y="{y + 4:.1f}">{escape(row.name)}</text>'
    yield (
        f'<line class="interval {kind}" x1="{place(row.low):.1f}" x2="{place(row.high):.1f}" '
        f'y1="{y:.1f}" y2="{y:.1f}"/>'
    )
    yield f'<circle class="dot {kind}" cx="{place(row.mean):.1f}" cy="{y:.1f}" r="5"/>'
    yield (
        f'<text class="told" x="{WIDTH - _RIGHT + 16}" y="{y + 4:.1f}">{escape(row.told)}</text>'
    )
