"""The sections of the Markdown report that show each start at work."""

from headstart.domain.plan import Format
from headstart.domain.report import ItemContrast, Report, StartReport, SweepPoint
from headstart.report.cells import clip, grid
from headstart.report.figures import Scale, plain, scale_of
from headstart.report.inert import fenced, inline, visible
from headstart.report.learning_curve import shown_name
from headstart.report.markdown_tables import bullets, measured, table
from headstart.report.mask import mask_line, mask_table

_FORMATS = {
    Format.CHAT: "chat, its own chat template",
    Format.RAW: "raw, plain text without a chat template",
    Format.BORROWED: "borrowed, the chat template of another checkpoint",
}
_WIDEST = 200


def sweeps(report: Report) -> str:
    """The learning rates that each start tried at the smallest size."""
    rows = [
        _sweep_row(start, point)
        for start in report.starts
        for point in sorted(start.sweep, key=lambda point: point.learning_rate)
    ]
    if not rows:
        return ""
    header = ["start", "learning rate", "dev bits per byte", "taken"]
    return (
        "## Learning rates\n\nTried at the smallest training size on rows that are neither "
        "trained nor scored; the lowest loss is taken.\n\n" + table(header, rows, "lrrl")
    )


def contrasts(report: Report) -> str:
    """Test items on which the starts differ most, each in a block of fixed-width text."""
    if not report.contrasts:
        return ""
    scale = scale_of(report)
    blocks = [_contrast(each, scale) for each in report.contrasts]
    return (
        "## Where the starts differ\n\nTest items at the largest size; predictions are of the "
        "first seed, scores are means over seeds.\n\n"
        + fenced("\n\n".join("\n".join(block) for block in blocks), "text")
    )


def starts(report: Report) -> str:
    """Where each start comes from, and what exactly it was trained on."""
    return "\n\n".join(["## The starts", *(_start(start) for start in report.starts)])


def _sweep_row(start: StartReport, point: SweepPoint) -> list[str]:
    rate, taken = _rate(point.learning_rate), ""
    if point.chosen:
        rate, taken = f"**{rate}**", "**taken**"
    return [inline(start.name), rate, measured(point.dev_bits_per_byte, plain), taken]


def _rate(learning_rate: float) -> str:
    mantissa, exponent = f"{learning_rate:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def _contrast(item: ItemContrast, scale: Scale) -> list[str]:
    rows = [("right answer", "", visible(item.reference))]
    rows += [
        (
            shown_name(start),
            scale.level(item.scores[start]) if start in item.scores else "",
            visible(prediction),
        )
        for start, prediction in item.predictions.items()
    ]
    lines = grid(rows, "lrl")
    heading = f"{visible(item.id)}: {visible(item.prompt)}"
    return [clip(line, _WIDEST) for line in (heading, *(f"  {line}" for line in lines))]


def _start(start: StartReport) -> str:
    facts = [
        f"Checkpoint: {inline(start.checkpoint)}, from {inline(start.source)}",
        f"Format: {_FORMATS[start.format]}; {inline(start.rule)}",
        f"Learning rate: {measured(start.learning_rate, _rate)}",
    ]
    parts = [f"### {inline(start.name)}", bullets(facts), *_example(start)]
    return "\n\n".join(parts)


def _example(start: StartReport) -> list[str]:
    text = [
        "One example exactly as trained; unseen characters are written out.",
        fenced(start.training_text, "text"),
    ]
    tokens = start.training_tokens
    if not tokens:
        return [*text, "The loss mask was not measured: no tokens were recorded."]
    trained = sum(token.trained for token in tokens)
    return [
        *text,
        f"The loss is taken on {trained:,} of {len(tokens):,} tokens, between ⟦ and ⟧:",
        fenced(mask_line(tokens), "text"),
        fenced("\n".join(mask_table(tokens)), "text"),
    ]
