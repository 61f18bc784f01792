"""The matrix of scores for a terminal, folded where the width does not hold all columns."""

from collections.abc import Sequence
from itertools import zip_longest

from headstart.domain.report import Report
from headstart.report.cells import clip, columns, grid, wrap
from headstart.report.chart import MARKS
from headstart.report.figures import Scale, counted, scale_of
from headstart.report.inert import visible
from headstart.report.matrix import Cell, Matrix, matrix

_GAP = 2


def score_table(report: Report, width: int) -> list[str]:
    """Two lines for each start, means and their intervals; every line fits the width.

    A third line, where needed, counts failed trials and seeds that differ.
    """
    scores, scale = matrix(report), scale_of(report)
    if not scores.columns:
        return ["(no trial was stored)"]
    names = [
        clip(f"{MARKS[i % len(MARKS)]} {visible(row.start)}", max(6, width // 3))
        for i, row in enumerate(scores.rows)
    ]
    lines: list[str] = []
    for block in _blocks(scores, scale, width - max(map(columns, names))):
        lines += (
            ["", *_block(scores, scale, names, block)]
            if lines
            else _block(scores, scale, names, block)
        )
    return [clip(line, width) for line in lines] + wrap(_legend(report, scores), width)


def _blocks(scores: Matrix, scale: Scale, room: int) -> list[list[int]]:
    """Column numbers, as many together as fit beside the names."""
    blocks: list[list[int]] = [[]]
    used = 0
    for i in range(len(scores.columns)):
        needed = _GAP + max(columns(text) for text in _column(scores, scale, i))
        if blocks[-1] and used + needed > room:
            blocks.append([])
            used = 0
        blocks[-1].append(i)
        used += needed
    return blocks


def _block(scores: Matrix, scale: Scale, names: list[str], block: list[int]) -> list[str]:
    table: list[Sequence[str]] = [["", *(scores.columns[i] for i in block)]]
    for name, row in zip(names, scores.rows, strict=True):
        cells = [_lines(row.cells[i], scale, scores) for i in block]
        table += zip_longest([name], *cells, fillvalue="")
    return grid(table, "l" + "r" * len(block), gap=_GAP)


def _column(scores: Matrix, scale: Scale, i: int) -> list[str]:
    cells = [text for row in scores.rows for text in _lines(row.cells[i], scale, scores)]
    return [scores.columns[i], *cells]


def _lines(cell: Cell, scale: Scale, scores: Matrix) -> list[str]:
    if cell.score is None:
        return ["failed" if cell.failed else "-"]
    lines = [
        scale.level(cell.score.mean),
        f"{scale.bare(cell.score.low)}–{scale.bare(cell.score.high)}",  # noqa: RUF001 - a range
    ]
    if cell.failed:
        lines.append(f"{cell.failed} failed")
    elif cell.seeds is not None and len(scores.seeds) > 1:
        lines.append(counted(cell.seeds, "seed"))
    return lines


def _legend(report: Report, scores: Matrix) -> str:
    parts = [f"{visible(report.metric)}, mean and 95% interval"]
    if len(scores.seeds) == 1:
        parts.append(f"tuned: {counted(max(scores.seeds), 'seed')}")
    if not report.higher_is_better:
        parts.append("lower is better")
    if any(cell.score is None and not cell.failed for row in scores.rows for cell in row.cells):
        parts.append("- not run")
    return "; ".join(parts)
