"""Two checkpoints side by side, for a terminal."""

from collections.abc import Sequence

from headstart.domain.comparison import Comparison, ShiftedToken, Spoken
from headstart.domain.reply import Stop
from headstart.domain.tax import Mode
from headstart.report.cells import clip, grid, pad, wrap
from headstart.report.inert import visible

NARROW = 72
"""Columns below which the two stand one under the other."""
GAP = 3
_HOW = {Mode.RAW: "continues the text", Mode.TEMPLATE: "in the chat template"}
_WHY = {
    Stop.TURN_END: "stopped: it closed its turn",
    Stop.DOCUMENT_END: "stopped: it ended the document",
    Stop.LIMIT: "did not stop: cut off at the limit",
}


def compare_view(
    found: Comparison, width: int = 100, *, color: bool = False, show_input: bool = False
) -> str:
    """Everything that was asked for."""
    sides = (found.base, found.instruct)
    lines = wrap(visible(found.prompt), width, first="prompt  ", rest="        ")
    lines.append("")
    if show_input:
        for side in sides:
            lines += wrap(
                visible(side.input), width, first=f"{clip(visible(side.name), 20)} is given  "
            )
        lines.append("")
    lines += columns([_told(side) for side in sides], width)
    if any(side.next_tokens for side in sides):
        lines += ["", "most probable next tokens", *columns([_table(s) for s in sides], width)]
    if any(side.continuations for side in sides):
        lines += ["", "continuations drawn", *columns([_drawn(s) for s in sides], width)]
    if isinstance(found.shift, tuple):
        lines += ["", *_strip(found, found.shift, width, color=color)]
    elif found.shift.why != "not asked for (--shift)":
        lines += ["", f"token shift not measured: {found.shift.why}"]
    return "\n".join(lines) + "\n"


def columns(sides: Sequence[Sequence[str]], width: int) -> list[str]:
    """Two blocks of paragraphs beside one another, or under one another where it is narrow."""
    if width < NARROW:
        return [line for side in sides for text in side for line in wrap(text, width)]
    half = (width - GAP) // 2
    left, right = (
        [line for text in side for line in (wrap(text, half) if text else [""])] for side in sides
    )
    height = max(len(left), len(right))
    left += [""] * (height - len(left))
    right += [""] * (height - len(right))
    return [
        f"{pad(clip(a, half), half)}{' ' * GAP}{clip(b, half)}".rstrip()
        for a, b in zip(left, right, strict=True)
    ]


def _told(side: Spoken) -> list[str]:
    text = [visible(line) for line in side.text.strip("\n").split("\n")]
    title = f"{visible(side.name)} ({_HOW[side.mode]})"
    return [title, "", *text, "", f"[{_WHY[side.stop]}, {side.tokens} tokens]"]


def _table(side: Spoken) -> list[str]:
    rows = [[repr(token.text), f"{token.probability:.1%}"] for token in side.next_tokens]
    return grid(rows, "lr") if rows else [""]


def _drawn(side: Spoken) -> list[str]:
    return [f"{kind}: {count}" for kind, count in side.continuations.items()] or [""]


def _strip(
    found: Comparison, shift: Sequence[ShiftedToken], width: int, *, color: bool
) -> list[str]:
    """What the instruct checkpoint wrote; marked where the base would have written otherwise."""
    text = "".join(_marked(token, color=color) for token in shift)
    n = max(1, len(shift))
    counts = [sum(t.rank == 1 for t in shift), sum(1 < t.rank < 4 for t in shift)]
    legend = (
        f"{found.instruct.name}'s words as {found.base.name} sees them: "
        f"{counts[0] / n:.0%} its own first choice, ~{counts[1] / n:.0%}~ second or third, "
        f"[{1 - sum(counts) / n:.0%}] further down"
    )
    return [*wrap(visible(legend), width), *wrap(text, width)]


def _marked(token: ShiftedToken, *, color: bool) -> str:
    text = visible(token.text)
    if token.rank == 1:
        return text
    if color:
        code = "33" if token.rank < 4 else "31;1"
        return f"\x1b[{code}m{text}\x1b[0m"
    return f"~{text}~" if token.rank < 4 else f"[{text}]"
