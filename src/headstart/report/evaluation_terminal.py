"""The figures of forged checkpoints for a terminal: stages side by side, goals met or missed."""

from headstart.domain.forging import Evaluation, Figure
from headstart.domain.value import NotMeasured
from headstart.report.cells import clip, columns, grid, wrap
from headstart.report.evaluation_figures import Row, goal, has_goal, missed, moved, sections, tally
from headstart.report.figures import counted, not_measured
from headstart.report.inert import visible

_NARROWEST = 48
_NAME_SHARE = 3
_GAP = 2
_BOLD, _DIM, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_LEGEND = (
    "mean and 95% interval; + goal met, ! goal missed; of role rows median, lowest and highest"
)


def evaluation_card(evaluation: Evaluation, width: int = 80, *, color: bool = False) -> str:
    """Every figure of every checkpoint, as plain text that ends with a line break.

    Checkpoints are folded below one another where the width does not hold them. `color` adds
    bold and dim by ANSI sequences. Widths below 48 columns are taken as 48.
    """
    width = max(width, _NARROWEST)
    blocks = [
        _paint(_title(evaluation, width), _DIM, color=color),
        _paint(_tally(evaluation, width), _BOLD, color=color) + _missed(evaluation, width),
        *[[title, *_table(rows, evaluation, width)] for title, rows in sections(evaluation)],
        _moved(evaluation, width),
        wrap(_legend(evaluation), width),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _paint(lines: list[str], style: str, *, color: bool) -> list[str]:
    return [f"{style}{line}{_PLAIN}" for line in lines] if color else lines


def _title(evaluation: Evaluation, width: int) -> list[str]:
    sizes = {one.parameters for one in evaluation.checkpoints}
    same = len(sizes) == 1 and all(one.same_shapes for one in evaluation.beside)
    told = f"all of one shape, {min(sizes):,} parameters" if same else "of DIFFERENT shapes"
    count = counted(len(evaluation.checkpoints), "checkpoint")
    return wrap(f"headstart forge evaluate: {count}, {told}", width)


def _tally(evaluation: Evaluation, width: int) -> list[str]:
    told = [
        f"{visible(name)} meets {met} of {counted(goals, 'goal')}"
        for name, met, goals in tally(evaluation)
    ]
    return wrap("; ".join(told), width)


def _missed(evaluation: Evaluation, width: int) -> list[str]:
    return [
        line
        for row, who in missed(evaluation)
        for line in wrap(_fault(row, who), width, first="! ", rest="  ")
    ]


def _fault(row: Row, who: list[tuple[str, Figure]]) -> str:
    _, first = who[0]
    wanted = goal(row, first) + ", clear of 0" * first.above_zero
    shown = ", ".join(f"{visible(name)} {_mean(row, figure)}" for name, figure in who)
    return f"{row.name}, wanted {wanted}: {shown}"


def _mean(row: Row, figure: Figure) -> str:
    if isinstance(figure.score, NotMeasured):
        return not_measured(figure.score)
    return row.level(figure.score.mean)


def _table(rows: list[Row], evaluation: Evaluation, width: int) -> list[str]:
    names = [clip(row.name, max(16, width // _NAME_SHARE)) for row in rows]
    goals = [row.goal for row in rows]
    room = width - max(map(columns, names)) - max(map(columns, goals)) - _GAP
    lines: list[str] = []
    for block in _blocks(rows, evaluation, room):
        table = [["", "goal", *(_header(evaluation, i) for i in block)]]
        for name, wanted, row in zip(names, goals, rows, strict=True):
            cells = [_cell(row, row.cells[i]) for i in block]
            table += [[name, wanted, *(c[0] for c in cells)], ["", "", *(c[1] for c in cells)]]
        lines += grid(table, "ll" + "r" * len(block), gap=_GAP)
    return [clip(line, width) for line in lines]


def _header(evaluation: Evaluation, i: int) -> str:
    # the two columns of a mark stand to the right of every figure
    return f"{clip(visible(evaluation.checkpoints[i].checkpoint), 14)}  "


def _blocks(rows: list[Row], evaluation: Evaluation, room: int) -> list[list[int]]:
    """Checkpoints by number, as many together as fit beside names and goals."""
    blocks: list[list[int]] = [[]]
    used = 0
    for i in range(len(evaluation.checkpoints)):
        texts = [
            _header(evaluation, i),
            *(text for row in rows for text in _cell(row, row.cells[i])),
        ]
        needed = _GAP + max(map(columns, texts))
        if blocks[-1] and used + needed > room:
            blocks.append([])
            used = 0
        blocks[-1].append(i)
        used += needed
    return blocks


def _cell(row: Row, figure: Figure | None) -> tuple[str, str]:
    """The mean with its mark, and the interval."""
    if figure is None or isinstance(figure.score, NotMeasured):
        return "-  ", ""
    mark = ("+" if figure.met else "!") if has_goal(figure) else " "
    low, high = row.bare(figure.score.low), row.bare(figure.score.high)
    return f"{row.level(figure.score.mean)} {mark}", f"{low}–{high}  "  # noqa: RUF001 - a range


def _moved(evaluation: Evaluation, width: int) -> list[str]:
    lines: list[str] = []
    for before, after, changes in moved(evaluation):
        told = ", ".join(f"{row.name} {100 * change:+.1f} points" for row, change in changes)
        text = f"From {visible(before)} to {visible(after)}: {told or 'nothing by over 5 points'}"
        lines += wrap(text, width, rest="  ")
    return lines


def _legend(evaluation: Evaluation) -> str:
    prompts = _counts([f for one in evaluation.checkpoints for f in one.figures])
    tokens = _counts([f for one in evaluation.beside for f in one.figures if "tokens" in f.name])
    return f"n = {prompts} prompts a figure, {tokens} for shares of tokens; {_LEGEND}"


def _counts(figures: list[Figure]) -> str:
    found = {f.score.n for f in figures if not isinstance(f.score, NotMeasured)}
    ends = sorted({min(found), max(found)}) if found else [0]
    return " to ".join(f"{n:,}" for n in ends)
