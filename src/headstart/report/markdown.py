"""The complete report in Markdown: the verdict first, then everything behind it.

Whatever comes from data, models and file names is inert: see `headstart.report.inert`.
"""

from headstart.domain.report import CurvePoint, Report, StartReport
from headstart.domain.value import NotMeasured
from headstart.report.figures import (
    Scale,
    counted,
    decimal,
    duration,
    probability,
    scale_of,
    size,
)
from headstart.report.inert import fenced, inline
from headstart.report.learning_curve import learning_curve
from headstart.report.markdown_starts import contrasts, starts, sweeps
from headstart.report.markdown_tables import bullets, measured, table
from headstart.report.markdown_trials import differences, other_figures, rules, trials
from headstart.report.matrix import Cell, failures, headline, matrix

_CHART_WIDTH, _CHART_HEIGHT = 78, 20


def markdown(report: Report) -> str:
    """The report as one Markdown page (CommonMark and pipe tables), ending with a line break.

    Scores in [0, 1] are written in percent and their differences in points; losses
    are plain numbers. A figure that does not exist says why.
    """
    sections = (
        _title(report),
        _verdict(report),
        _findings(report),
        _scores(report),
        _curve(report),
        other_figures(report),
        differences(report),
        sweeps(report),
        rules(report),
        contrasts(report),
        _undone(report),
        _data(report),
        _cost(report),
        starts(report),
        trials(report),
        _reproduce(report),
    )
    return "\n\n".join(section for section in sections if section) + "\n"


def _title(report: Report) -> str:
    direction = "higher" if report.higher_is_better else "lower"
    return (
        f"# {inline(report.task)}: from which checkpoint to start\n\n"
        f"{report.shape.value}, judged by {inline(report.metric)} ({direction} is better) on "
        f"{counted(report.test_items, 'test item')}"
    )


def _verdict(report: Report) -> str:
    verdict, scale = report.verdict, scale_of(report)
    name = inline(verdict.start)
    banner = (
        [
            f"> **Screening only**: {inline(verdict.screening_reason) or 'too little was run'}. "
            "Take the verdict as a first look."
        ]
        if verdict.screening
        else []
    )
    regret = measured(
        verdict.regret_bound,
        lambda bound: f"at most {scale.amount(bound)} against the best start (95% bound)",
    )
    chances = ", ".join(
        f"{inline(start)} {probability(chance)}"
        for start, chance in verdict.probability_best.items()
    )
    mark = " (screening)" if verdict.screening else ""
    facts = [
        f"**Would flip if** {inline(verdict.would_flip_if)}.",
        f"**Next step:** {inline(verdict.next_step)}",
        f"**P(best) when tuned:** {chances or 'not measured: no start was tuned'}",
        f"**Regret of taking {name}:** {regret}",
        f"**Margin that does not matter:** {scale.amount(verdict.margin)}",
    ]
    return "\n\n".join(
        [f"## {headline(verdict, name)}{mark}", *banner, inline(verdict.reason), bullets(facts)]
    )


def _findings(report: Report) -> str:
    own = [inline(finding) for finding in report.findings]
    of_starts = [
        f"{inline(start.name)}: {inline(finding)}"
        for start in report.starts
        for finding in start.findings
    ]
    failed = failures(report)
    if failed:
        own.append(f"{len(failed)} of {counted(len(report.trials), 'trial')} failed; see below.")
    if not own + of_starts:
        return ""
    return f"## What you should know\n\n{bullets(own + of_starts)}"


def _scores(report: Report) -> str:
    scores, scale = matrix(report), scale_of(report)
    if not scores.columns:
        return "## Scores\n\nnot measured: no trial was stored"
    rows = [[inline(row.start), *(_cell(cell, scale) for cell in row.cells)] for row in scores.rows]
    unit = "in percent, " if scale.percent else ""
    return (
        f"## Scores\n\nMean {inline(report.metric)} {unit}with its 95% interval over "
        f"{counted(report.test_items, 'test item')} and seeds; columns with rows are tuned.\n\n"
        + table(["start", *map(inline, scores.columns)], rows, "l" + "r" * len(scores.columns))
    )


def _cell(cell: Cell, scale: Scale) -> str:
    if cell.score is None:
        return f"**{cell.failed} failed**" if cell.failed else "not run"
    ends = f"{scale.bare(cell.score.low)} to {scale.bare(cell.score.high)}"
    seeds = f", {counted(cell.seeds, 'seed')}" if cell.seeds is not None else ""
    failed = f", **{cell.failed} failed**" if cell.failed else ""
    return f"{scale.level(cell.score.mean)} ({ends}){seeds}{failed}"


def _curve(report: Report) -> str:
    chart = fenced("\n".join(learning_curve(report, _CHART_WIDTH, _CHART_HEIGHT)), "text")
    scale = scale_of(report)
    rows = [
        _curve_row(report, start, point, scale)
        for start in report.starts
        for point in sorted(start.curve, key=lambda point: point.n)
    ]
    header = ["start", "rows", "mean", "95% interval", "seeds", "each seed"]
    return f"## Learning curve\n\n{chart}" + (
        f"\n\n{table(header, rows, 'lrrrrl')}" if rows else ""
    )


def _curve_row(report: Report, start: StartReport, point: CurvePoint, scale: Scale) -> list[str]:
    seeds = [
        trial.score
        for trial in report.trials
        if (trial.start, trial.kind, trial.rows) == (start.name, "tuned", point.n)
    ]
    each = ", ".join(scale.level(score) for score in seeds if not isinstance(score, NotMeasured))
    return [
        inline(start.name),
        f"{point.n:,}",
        scale.level(point.mean),
        f"{scale.bare(point.low)} to {scale.bare(point.high)}",
        str(point.seeds),
        each,
    ]


def _undone(report: Report) -> str:
    failed = [
        f"{inline(each.key)} failed: {inline(each.failed or '')}" for each in failures(report)
    ]
    skipped = [f"skipped: {inline(each)}" for each in report.skipped]
    if not failed + skipped:
        return ""
    return f"## Failed and skipped trials\n\n{bullets(failed + skipped)}"


def _data(report: Report) -> str:
    counts, scale = report.counts, scale_of(report)
    smallest = measured(
        report.detectable_difference, lambda gap: f"{scale.amount(gap)} (80% power)"
    )
    facts = [
        f"Shape: {report.shape.value}; {inline(report.shape_reason)}",
        f"Rows: {counts.read:,} read; dropped {counts.empty:,} empty, {counts.duplicate:,} "
        f"duplicate and {counts.leaked:,} that also stand in the test file; "
        f"{counts.train:,} left to train on, {counts.test:,} to score on",
        f"Smallest true gap that the test set shows: {smallest}",
    ]
    return f"## Data\n\n{bullets(facts)}"


def _cost(report: Report) -> str:
    cost = report.cost
    speed = measured(cost.train_tokens_per_second, lambda x: f"{decimal(x, 0)} tokens/s")
    facts = [
        f"Time: {duration(cost.seconds)}",
        f"Training tokens: {cost.tokens:,}",
        f"Training speed: {speed}",
        f"Peak memory: {measured(cost.peak_memory_bytes, size)}",
        *(
            f"One training of {inline(start)} on all {counted(report.counts.train, 'row')}: "
            + measured(seconds, lambda x: f"about {duration(x)}")
            for start, seconds in cost.full_run_seconds.items()
        ),
    ]
    return f"## Cost\n\n{bullets(facts)}"


def _reproduce(report: Report) -> str:
    return (
        f"## Reproduce\n\nheadstart {inline(report.headstart)} on {inline(report.device)}\n\n"
        + fenced(report.command, "sh")
    )
