"""The sections of the Markdown report that are tables of trials and figures."""

from collections.abc import Iterator, Mapping

from headstart.domain.report import Report, TrialSummary
from headstart.domain.value import NotMeasured
from headstart.domain.verdict import Difference
from headstart.report.figures import Scale, counted, figure, plain, scale_of
from headstart.report.inert import inline
from headstart.report.markdown_tables import measured, table
from headstart.report.matrix import leader

Figures = Mapping[str, float | NotMeasured]


def other_figures(report: Report) -> str:
    """Every figure beside the metric that decides, by start and condition."""
    conditions = list(_conditions(report))
    names = list(dict.fromkeys(name for *_, figures in conditions for name in figures))
    if not names:
        return ""
    among = {name: [f[name] for *_, f in conditions if name in f] for name in names}
    rows = [
        [inline(start), how, *(_figure(name, figures, among[name]) for name in names)]
        for start, how, figures in conditions
    ]
    header = ["start", "after", *map(inline, names)]
    return "## Other figures\n\n" + table(header, rows, "ll" + "r" * len(names))


def differences(report: Report) -> str:
    """The leader against every other start, paired by test item."""
    if not report.verdict.differences:
        return ""
    scale, first = scale_of(report), leader(report)
    name = inline(first) if first else "the leader"
    title = f"Lead of {name}" if first else "Lead over the other starts"
    unit = "points" if scale.percent else inline(report.metric)
    rows = [
        [
            inline(each.start),
            _how(each),
            scale.signed(each.gap.mean),
            _interval(each, scale),
            f"{each.gap.n:,}",
        ]
        for each in report.verdict.differences
    ]
    header = ["against", "how", f"lead, {unit}", "95% interval", "test items"]
    return f"## {title}\n\nPaired by test item; positive where {name} is better.\n\n" + table(
        header, rows, "llrrr"
    )


def rules(report: Report) -> str:
    """What rules of thumb would have said, beside what was measured."""
    if not report.rules:
        return ""
    agrees = {True: "yes", False: "no", None: "cannot be said"}
    rows = [
        [inline(each.rule), inline(each.start) if each.start else "nothing", agrees[each.agrees]]
        for each in report.rules
    ]
    header = ["rule", "would have picked", "agrees with the verdict"]
    return "## What rules of thumb would have said\n\n" + table(header, rows, "lll")


def trials(report: Report) -> str:
    """Every stored result on a line."""
    scale = scale_of(report)
    rows = [
        [
            inline(each.key),
            "**failed**" if each.failed is not None else "finished",
            measured(each.score, scale.level),
            _losses(each),
        ]
        for each in report.trials
    ]
    if not rows:
        return ""
    header = ["trial", "state", "score", "training loss, first to last"]
    return "## Trials\n\nLosses are in nats per token.\n\n" + table(header, rows, "llrr")


def _conditions(report: Report) -> Iterator[tuple[str, str, Figures]]:
    for start in report.starts:
        for base in start.baselines:
            shots = f" ({base.shots})" if base.shots else ""
            yield start.name, f"{base.how}{shots}", base.figures
        for point in start.curve:
            yield start.name, counted(point.n, "row"), point.figures


def _figure(name: str, figures: Figures, among: list[float | NotMeasured]) -> str:
    return inline(figure(name, figures[name], among)) if name in figures else ""


def _how(difference: Difference) -> str:
    if difference.rows:
        return f"tuned, {counted(difference.rows, 'row')}"
    return "untuned" if difference.how == "tuned" else inline(difference.how)


def _interval(difference: Difference, scale: Scale) -> str:
    return f"{scale.signed(difference.gap.low)} to {scale.signed(difference.gap.high)}"


def _losses(trial: TrialSummary) -> str:
    first, last = trial.first_loss, trial.last_loss
    if isinstance(first, NotMeasured) and first == last:
        return measured(first, plain)
    return f"{measured(first, plain)} to {measured(last, plain)}"
