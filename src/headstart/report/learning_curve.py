"""The learning curves of a report: what they show in one sentence, and as a chart."""

from collections.abc import Sequence

from headstart.domain.report import Report, StartReport
from headstart.report.cells import clip
from headstart.report.chart import Bar, Series, chart
from headstart.report.figures import Scale, counted, scale_for, scale_of
from headstart.report.inert import visible
from headstart.report.svg_chart import svg_chart

_LONGEST_NAME = 32


def learning_curve(report: Report, width: int, height: int) -> list[str]:
    """The chart in lines of at most `width` columns, its finding on top; safe to print."""
    notes = [
        "" if report.higher_is_better else "lower is better",
        "across: training rows (log scale)",
    ]
    return chart(
        [_series(start) for start in report.starts],
        title=finding(report),
        width=width,
        height=height,
        tick=scale_of(report).tick,
        notes=[note for note in notes if note],
    )


def learning_curve_svg(starts: Sequence[StartReport], *, higher_is_better: bool) -> str:
    """The same chart as an SVG picture, also of a run that is not finished yet."""
    return svg_chart(
        [_series(start) for start in starts],
        label=finding_of(starts, higher_is_better=higher_is_better),
        tick=scale_for(starts, higher_is_better=higher_is_better).tick,
    )


def finding(report: Report) -> str:
    """What the means at the training sizes show; the verdict, not this, weighs the noise."""
    return finding_of(report.starts, higher_is_better=report.higher_is_better)


def finding_of(starts: Sequence[StartReport], *, higher_is_better: bool) -> str:
    """The same for a run that has no report yet."""
    trained = [start for start in starts if start.curve]
    scale = scale_for(starts, higher_is_better=higher_is_better)
    tried = {point.n for start in trained for point in start.curve}
    if not trained:
        return "No start finished a trial"
    if len(trained) == 1:
        return _alone(trained[0], scale)
    sizes = sorted(set.intersection(*({point.n for point in start.curve} for start in trained)))
    if not sizes:
        return "No training size was finished by every start"
    where = {1: "", 2: "both sizes"}.get(len(sizes), f"all {len(sizes)} sizes")
    if where and len(sizes) < len(tried):
        where = f"the {len(sizes)} sizes that all starts finished"
    return _race(trained, sizes, where, scale, higher_is_better=higher_is_better)


def shown_name(name: str) -> str:
    """A start's name for fixed-width text."""
    return clip(visible(name), _LONGEST_NAME)


def _series(start: StartReport) -> Series:
    zero = [base.score for base in start.baselines if base.how == "zero-shot"]
    untuned = [Bar(n=0, mean=each.mean, low=each.low, high=each.high) for each in zero[:1]]
    tuned = [
        Bar(n=point.n, mean=point.mean, low=point.low, high=point.high)
        for point in sorted(start.curve, key=lambda point: point.n)
    ]
    return Series(name=shown_name(start.name), bars=(*untuned, *tuned))


def _alone(start: StartReport, scale: Scale) -> str:
    points = sorted(start.curve, key=lambda point: point.n)
    name = shown_name(start.name)
    last = f"{scale.level(points[-1].mean)} at {counted(points[-1].n, 'row')}"
    if len(points) == 1:
        return f"{name}: {last}"
    return f"{name}: from {scale.level(points[0].mean)} at {points[0].n:,} to {last}"


def _race(
    starts: list[StartReport], sizes: list[int], where: str, scale: Scale, *, higher_is_better: bool
) -> str:
    """Who has the best mean at the sizes that all starts finished, and where that changes."""
    sign = 1 if higher_is_better else -1
    means = {start.name: {point.n: point.mean for point in start.curve} for start in starts}
    ranked = sorted(means, key=lambda name: -sign * means[name][sizes[-1]])
    best = [max(means, key=lambda name: sign * means[name][n]) for n in sizes]
    first, second = ranked[:2]
    better = "the better mean" if len(starts) == 2 else "the best mean"
    levels = scale.level(means[first][sizes[-1]]), scale.level(means[second][sizes[-1]])
    end = f"{levels[0]} against {levels[1]} for {shown_name(second)}"
    if means[first][sizes[-1]] == means[second][sizes[-1]]:
        names = f"{shown_name(first)} and {shown_name(second)}"
        return f"{names} have the same mean at {counted(sizes[-1], 'row')}: {levels[0]}"
    if where and set(best) == {first}:
        return f"{shown_name(first)} has {better} at {where}; {end} at {counted(sizes[-1], 'row')}"
    text = f"{shown_name(first)} has {better} at {counted(sizes[-1], 'row')}: {end}"
    behind = [n for n, name in zip(sizes, best, strict=True) if name != first]
    if behind:
        text += f"; {shown_name(best[sizes.index(behind[-1])])} led at {behind[-1]:,}"
    return text
