"""The figures of forged checkpoints as rows of a table, for every view of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from headstart.domain.forging import Evaluation, Figure
from headstart.domain.value import NotMeasured
from headstart.report.figures import decimal

BASE = "What the base must show"
INSTRUCT = "What an instruct model must show"
BESIDE = "One beside the other"
MOVED = 0.05
"""Changes from stage to stage beyond this are named."""


@dataclass(frozen=True)
class Row:
    """One figure, taken of every checkpoint."""

    name: str
    """As tables show it."""
    cells: tuple[Figure | None, ...]
    """One for each checkpoint; None where the figure does not exist for it."""
    is_share: bool = True
    """Whether it is written in percent."""

    def level(self, value: float) -> str:
        """A value with its unit."""
        return f"{self.bare(value)}%" if self.is_share else self.bare(value)

    def bare(self, value: float) -> str:
        """A value without its unit."""
        return decimal(100 * value, 1) if self.is_share else decimal(value, 2)

    @property
    def goal(self) -> str:
        """`at least 90%`, `5% to 20%`; empty where no checkpoint has one."""
        return next((goal(self, cell) for cell in self.cells if cell and goal(self, cell)), "")


def sections(evaluation: Evaluation) -> list[tuple[str, list[Row]]]:
    """Every figure under the heading of those whose goal it is; role rows stand under both."""
    every = evaluation.checkpoints
    shares = [
        Row(figure.name, tuple(one.figures[i] for one in every))
        for i, figure in enumerate(every[0].figures)
    ]
    first = [row for row in shares if row.cells[0] is not None and has_goal(row.cells[0])]
    role_rows = tuple(one.role_rows for one in every)
    untrained = _role_rows((role_rows[0], *map(_aimless, role_rows[1:])))
    trained = _role_rows((_aimless(role_rows[0]), *role_rows[1:]))
    together = [
        Row(figure.name, (None, *(one.figures[i] for one in evaluation.beside)))
        for i, figure in enumerate(evaluation.beside[0].figures)
    ]
    more_bits = Row("more bits on raw text", (None, *(one.more_bits for one in evaluation.beside)))
    return [
        (BASE, [*first, untrained]),
        (INSTRUCT, [*(row for row in shares if row not in first), trained]),
        (BESIDE, [*together, more_bits]),
    ]


def _role_rows(cells: tuple[Figure, ...]) -> Row:
    return Row("role rows over unused rows", cells, is_share=False)


def _aimless(figure: Figure) -> Figure:
    return figure.model_copy(update={"least": None, "most": None})


def has_goal(figure: Figure) -> bool:
    """Whether a goal is set for this checkpoint."""
    return figure.least is not None or figure.most is not None


def goal(row: Row, figure: Figure) -> str:
    """The goal of one cell in words; empty where it has none."""
    low, high = figure.least, figure.most
    low = None if low == 0 and high is not None else low
    high = None if row.is_share and high == 1 and low is not None else high
    if low is not None and high is not None:
        return f"{_short(row, low)} to {_short(row, high)}"
    if low is not None:
        return f"at least {_short(row, low)}"
    return "" if high is None else f"at most {_short(row, high)}"


def _short(row: Row, value: float) -> str:
    return f"{100 * value:g}%" if row.is_share else f"{value:g}"


def tally(evaluation: Evaluation) -> list[tuple[str, int, int]]:
    """For each checkpoint its name, the goals it meets, and the goals it has."""
    cells = [row.cells for _, found in sections(evaluation) for row in found]
    told = []
    for i, one in enumerate(evaluation.checkpoints):
        judged = [row[i] for row in cells]
        set_for_it = [cell for cell in judged if cell is not None and has_goal(cell)]
        told.append((one.checkpoint, sum(c.met is True for c in set_for_it), len(set_for_it)))
    return told


def missed(evaluation: Evaluation) -> Iterator[tuple[Row, list[tuple[str, Figure]]]]:
    """Every row with a goal that is not met, and who misses it with which figure."""
    names = [one.checkpoint for one in evaluation.checkpoints]
    for _, found in sections(evaluation):
        for row in found:
            who = [
                (name, cell)
                for name, cell in zip(names, row.cells, strict=True)
                if cell is not None and has_goal(cell) and cell.met is not True
            ]
            if who:
                yield row, who


def moved(evaluation: Evaluation) -> Iterator[tuple[str, str, Sequence[tuple[Row, float]]]]:
    """From each tuned checkpoint to the next: both names, and what changed by over five points."""
    named = [one.checkpoint for one in evaluation.checkpoints]
    found = dict(sections(evaluation))[INSTRUCT]
    for before, after in pairwise(range(1, len(named))):
        shares = [row for row in found if row.is_share]
        changes = [(row, _change(row.cells[before], row.cells[after])) for row in shares]
        yield (
            named[before],
            named[after],
            [(row, change) for row, change in changes if abs(change) > MOVED],
        )


def _change(before: Figure | None, after: Figure | None) -> float:
    if before is None or after is None:
        return 0.0
    ends = before.score, after.score
    if isinstance(ends[0], NotMeasured) or isinstance(ends[1], NotMeasured):
        return 0.0
    return ends[1].mean - ends[0].mean
