"""The compact card for a terminal: the answer, why, at what cost, and what to do now."""

from headstart.domain.report import Report
from headstart.domain.value import NotMeasured
from headstart.report.cells import wrap
from headstart.report.figures import (
    counted,
    decimal,
    duration,
    not_measured,
    probability,
    scale_of,
    size,
)
from headstart.report.inert import visible
from headstart.report.learning_curve import learning_curve, shown_name
from headstart.report.matrix import failures, headline
from headstart.report.terminal_scores import score_table

_NARROWEST = 32
_MOST_FINDINGS = 5
_CHART_HEIGHT = 15
_BOLD, _YELLOW, _DIM, _PLAIN = "\x1b[1m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


def terminal(
    report: Report, width: int = 80, *, color: bool = False, folder: str | None = None
) -> str:
    """The card as plain text that ends with a line break; every line fits the width.

    `folder` is where the files of the run lie. `color` adds bold, dim and yellow
    by ANSI sequences; nothing else in the text can be one. Widths below 32 columns
    are taken as 32.
    """
    width = max(width, _NARROWEST)
    blocks = [
        _paint(_title(report, width), _DIM, color=color),
        _paint(_headline(report, width), _BOLD, color=color)
        + _paint(_screening(report, width), _YELLOW, color=color)
        + _verdict(report, width),
        score_table(report, width),
        learning_curve(report, width, _CHART_HEIGHT),
        _findings(report, width),
        [*_cost(report, width), *_files(folder, width)],
        _paint(_next(report, width), _BOLD, color=color),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _paint(lines: list[str], style: str, *, color: bool) -> list[str]:
    return [f"{style}{line}{_PLAIN}" for line in lines] if color else lines


def _title(report: Report, width: int) -> list[str]:
    text = (
        f"headstart: {visible(report.task)}, {report.shape.value}, "
        f"{counted(report.test_items, 'test item')}"
    )
    return wrap(text, width)


def _headline(report: Report, width: int) -> list[str]:
    mark = " (screening)" if report.verdict.screening else ""
    return wrap(f"{headline(report.verdict, shown_name(report.verdict.start))}{mark}", width)


def _screening(report: Report, width: int) -> list[str]:
    if not report.verdict.screening:
        return []
    why = visible(report.verdict.screening_reason) or "too little was run"
    return wrap(f"SCREENING ONLY: {why}", width, first="  ")


def _verdict(report: Report, width: int) -> list[str]:
    verdict, scale = report.verdict, scale_of(report)
    chances = ", ".join(
        f"{shown_name(start)} {probability(chance)}"
        for start, chance in verdict.probability_best.items()
    )
    bound = verdict.regret_bound
    loss = (
        not_measured(bound)
        if isinstance(bound, NotMeasured)
        else f"at most {scale.amount(bound)} (95% bound)"
    )
    return [
        *wrap(visible(verdict.reason), width, first="  "),
        *wrap(f"Would flip if {visible(verdict.would_flip_if)}.", width, first="  "),
        *wrap(f"P(best) when tuned: {chances or 'not measured'}", width, first="  "),
        *wrap(
            f"Regret: {visible(loss)}; the margin is {scale.amount(verdict.margin)}",
            width,
            first="  ",
        ),
    ]


def _findings(report: Report, width: int) -> list[str]:
    """Failures first, then what the user should know; the rest is counted."""
    failed = failures(report)
    told = [
        f"{len(failed)} of {counted(len(report.trials), 'trial')} failed; the first, "
        f"{each.key}: {each.failed}"
        for each in failed[:1]
    ]
    told += report.findings
    told += [f"{start.name}: {text}" for start in report.starts for text in start.findings]
    if report.skipped:
        told.append(f"{counted(len(report.skipped), 'planned trial')} skipped: {report.skipped[0]}")
    lines = [
        line
        for text in told[:_MOST_FINDINGS]
        for line in wrap(visible(text), width, first="! ", rest="  ")
    ]
    more = len(told) - _MOST_FINDINGS
    return lines + ([f"  and {more} more in the report"] if more > 0 else [])


def _cost(report: Report, width: int) -> list[str]:
    cost = report.cost
    speed, memory = cost.train_tokens_per_second, cost.peak_memory_bytes
    parts = [
        duration(cost.seconds),
        f"{cost.tokens:,} training tokens",
        "speed not measured" if isinstance(speed, NotMeasured) else f"{decimal(speed, 0)} tokens/s",
        "memory not measured" if isinstance(memory, NotMeasured) else f"peak {size(memory)}",
    ]
    full = [
        f"{shown_name(start)} "
        + ("not measured" if isinstance(each, NotMeasured) else f"about {duration(each)}")
        for start, each in cost.full_run_seconds.items()
    ]
    rows = counted(report.counts.train, "row")
    lines = wrap(", ".join(parts), width, first="Took      ")
    if full:
        lines += wrap(f"{', '.join(full)} (one training, {rows})", width, first="All rows  ")
    return lines


def _files(folder: str | None, width: int) -> list[str]:
    # a path is kept whole where it fits a line of its own, so that it can be copied
    return [] if folder is None else wrap(visible(folder), width, first="Files     ")


def _next(report: Report, width: int) -> list[str]:
    return wrap(visible(report.verdict.next_step), width, first="Next      ")
