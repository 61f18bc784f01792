"""Means with their intervals over training rows as an SVG picture, on the text chart's axes.

Colours, strokes and fonts are left to the page: elements carry classes (`series s0`, `band`,
`mark`, `axis`, `tick`), so that one picture serves light and dark. Series differ by mark and
dash as well as by colour.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from itertools import pairwise
from math import log

from headstart.report.chart import Axis, Bar, Series, finite, round_axis

WIDTH, HEIGHT = 720, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 132, 12, 40
_UNTUNED = 84
"""From the untuned points to the first training size."""
_LINES = 6
"""Marks on the axis of scores, about."""
_APART = 7
"""Between series at one size, so that intervals do not cover one another."""
_NAMES_APART = 18


def svg_chart(series: Sequence[Series], *, label: str, tick: Callable[[float, float], str]) -> str:
    """The picture, `WIDTH` by `HEIGHT`; empty where no point is finite.

    Args:
        series: as the text chart takes them; names must be fit to be shown.
        label: what the chart shows, in a sentence, for those who do not see it.
        tick: writes a score, given the axis' step.
    """
    drawn = [finite(each) for each in series]
    bars = [bar for each in drawn for bar in each.bars]
    if not bars:
        return ""
    axis = round_axis([end for bar in bars for end in (bar.low, bar.high)], _LINES)
    places = _places(sorted({bar.n for bar in bars}))
    parts = [
        *_scores(axis, tick),
        *_sizes(places),
        *(
            part
            for number, each in enumerate(drawn)
            for part in _series(number, len(drawn), each, axis, places)
        ),
        *_names(drawn, axis),
    ]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def _height(axis: Axis, value: float) -> float:
    share = (value - axis.bottom) / (axis.step * axis.steps)
    return _TOP + (1 - share) * (HEIGHT - _TOP - _BOTTOM)


def _places(sizes: Sequence[int]) -> dict[int, float]:
    """Where each size lies: a log scale, the untuned start apart on the left."""
    tuned = [n for n in sizes if n > 0]
    left, right = _LEFT + 28.0, float(WIDTH - _RIGHT - 16)
    found = {0: left} if 0 in sizes else {}
    begin = left + _UNTUNED if found and tuned else left
    if len(tuned) == 1:
        return found | {tuned[0]: (begin + right) / 2}
    for n in tuned:
        found[n] = begin + (right - begin) * log(n / tuned[0]) / log(tuned[-1] / tuned[0])
    return found


def _scores(axis: Axis, tick: Callable[[float, float], str]) -> Iterator[str]:
    for i in range(axis.steps + 1):
        value = axis.bottom + i * axis.step
        y = _height(axis, value)
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield (
            f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(tick(value, axis.step))}</text>"
        )


def _sizes(places: dict[int, float]) -> Iterator[str]:
    y = HEIGHT - _BOTTOM
    free = 0.0
    for n, x in places.items():
        yield f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 5}"/>'
        name = f"{n:,}" if n else "untuned"
        if x - 4 * len(name) >= free:
            free = x + 4 * len(name) + 6
            yield (
                f'<text class="tick" x="{x:.1f}" y="{y + 20}" text-anchor="middle">{name}</text>'
            )
    yield (
        f'<text class="tick" x="{WIDTH - _RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
        "training rows, log scale</text>"
    )


def _series(
    number: int, count: int, series: Series, axis: Axis, places: dict[int, float]
) -> Iterator[str]:
    """Band and line over the tuned sizes; a mark with its interval at each point."""
    shift = (number - (count - 1) / 2) * _APART
    points = [(places[bar.n] + shift, bar) for bar in series.bars]
    tuned = [(x, bar) for x, bar in points if bar.n]
    yield f'<g class="series s{number % 4}">'
    if len(tuned) > 1:
        upper = [f"{x:.1f},{_height(axis, bar.high):.1f}" for x, bar in tuned]
        lower = [f"{x:.1f},{_height(axis, bar.low):.1f}" for x, bar in reversed(tuned)]
        yield f'<polygon class="band" points="{" ".join(upper + lower)}"/>'
    for (x, bar), (to_x, to) in pairwise(tuned):
        yield (
            f'<line class="mean" x1="{x:.1f}" y1="{_height(axis, bar.mean):.1f}" '
            f'x2="{to_x:.1f}" y2="{_height(axis, to.mean):.1f}"/>'
        )
    for x, bar in points:
        low, high = _height(axis, bar.low), _height(axis, bar.high)
        yield f'<line class="interval" x1="{x:.1f}" x2="{x:.1f}" y1="{high:.1f}" y2="{low:.1f}"/>'
        yield _mark(number, x, _height(axis, bar.mean), bar)
    yield "</g>"


def _mark(number: int, x: float, y: float, bar: Bar) -> str:
    told = f"<title>{bar.n or 'untuned'}: {bar.mean:.4g} ({bar.low:.4g} to {bar.high:.4g})</title>"
    corners = {
        1: ((-5, -5), (5, -5), (5, 5), (-5, 5)),
        2: ((0, -6), (6, 5), (-6, 5)),
        3: ((0, -7), (7, 0), (0, 7), (-7, 0)),
    }.get(number % 4)
    if corners is None:
        return f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="5">{told}</circle>'
    shape = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon class="mark" points="{shape}">{told}</polygon>'


def _names(series: Sequence[Series], axis: Axis) -> Iterator[str]:
    """Each series' name beside its last point, moved apart where they would overlap."""
    wanted = sorted(
        (_height(axis, each.bars[-1].mean), number, each.name)
        for number, each in enumerate(series)
        if each.bars
    )
    free = float(_TOP)
    for y, number, name in wanted:
        at = max(y, free)
        free = at + _NAMES_APART
        x = WIDTH - _RIGHT + 12
        yield (f'<text class="name s{number % 4}" x="{x}" y="{at + 4:.1f}">{escape(name)}</text>')
