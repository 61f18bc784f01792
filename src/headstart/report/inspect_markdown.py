"""What `headstart inspect` found, as Markdown for a model card; everything quoted is inert."""

from headstart.checkpoints.kind import FLAGS
from headstart.domain.evidence import Inspection
from headstart.domain.kinship import InspectReport, Pair
from headstart.domain.value import NotMeasured
from headstart.report.figures import plain
from headstart.report.inert import inline
from headstart.report.inspect_figures import (
    data_rows,
    fact_rows,
    findings,
    headline,
    pair_rows,
    side_by_side,
    template_text,
)
from headstart.report.markdown_tables import bullets, table


def inspection_markdown(report: InspectReport) -> str:
    """One page (CommonMark and pipe tables), ending with a line break."""
    sections = [section for one in report.checkpoints for section in _checkpoint(one)]
    sections.append(_side_by_side(report))
    if report.pair is not None:
        sections += _pair(report.pair)
    return "\n\n".join(section for section in sections if section) + "\n"


def _checkpoint(found: Inspection) -> list[str]:
    told = [inline(found.because)]
    told += [f"To decide: {inline(found.would_decide)}"] if found.would_decide else []
    told += [f"**{flag}**: {inline(FLAGS.get(flag, flag))}" for flag in found.flags]
    return [
        f"# {inline(found.name)}: {headline(found)}",
        bullets(told),
        _two_columns(fact_rows(found)),
        _evidence(found),
        _lists(found),
    ]


def _evidence(found: Inspection) -> str:
    rows = [
        [
            inline(one.signal),
            one.says.value,
            one.strength.value,
            _value(one.value),
            inline(one.detail),
        ]
        for one in found.evidence
    ]
    return "## Evidence\n\n" + table(
        ["signal", "says", "strength", "figure", "detail"], rows, "lllll"
    )


def _value(value: object) -> str:
    if isinstance(value, NotMeasured):
        return "not measured"
    if isinstance(value, float):
        return plain(value)
    return inline(", ".join(value) if isinstance(value, tuple) else str(value))


def _lists(found: Inspection) -> str:
    parts = []
    if found.templates:
        parts.append(
            "## Chat templates\n\n" + bullets([inline(template_text(t)) for t in found.templates])
        )
    told = [
        f"**{one.severity.value}** {inline(one.rule)} ({inline(where)}): {inline(one.evidence)}"
        + (f" Fix: {inline(one.fix)}" if one.fix else "")
        for where, one in findings(found)
    ]
    if told:
        parts.append("## Findings\n\n" + bullets(told))
    if found.relatives:
        relatives = [
            f"{inline(one.ref)}, its {one.relation} ({one.sure}: {inline(one.why)})"
            for one in found.relatives
        ]
        parts.append("## Relatives\n\n" + bullets(relatives))
    if not isinstance(found.data, NotMeasured):
        parts.append("## Your data\n\n" + _two_columns(data_rows(found.data)))
    return "\n\n".join(parts)


def _side_by_side(report: InspectReport) -> str:
    """What bears on the choice, a column for each checkpoint; nothing without data."""
    rows = [[name, *map(inline, texts)] for name, texts in side_by_side(report)]
    header = ["", *(inline(one.name) for one in report.checkpoints)]
    return "# Side by side\n\n" + table(header, rows, "l" * len(header)) if rows else ""


def _pair(pair: Pair) -> list[str]:
    modules = [
        [
            inline(one.module),
            str(one.tensors),
            f"{one.relative_gap:.4g}",
            f"{one.cosine:.4f}",
            f"{one.shuffled_cosine:.4f}",
        ]
        for one in pair.modules
    ]
    header = ["weights", "tensors", "relative gap", "cosine", "shuffled"]
    odd = [f"{inline(one.tensor)}: cosine {one.cosine:.3f}" for one in pair.outliers]
    return [
        f"# Pair: {pair.kinship.value}",
        inline(pair.why),
        _two_columns(pair_rows(pair)),
        bullets([inline(one.detail) for one in pair.differences]),
        bullets([inline(one) for one in pair.shape_differences]),
        table(header, modules, "lrrrr") if modules else "",
        "Does not fit:\n\n" + bullets(odd) if odd else "",
    ]


def _two_columns(rows: list[tuple[str, str]]) -> str:
    return table(["", ""], [[name, inline(text)] for name, text in rows], "ll")
