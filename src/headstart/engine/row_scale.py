"""The scale on which a token's row is never-used or trained: arithmetic on rows, numpy alone.

A token that training never saw keeps the row it was born with, or drifts with all other unseen
ones. Plain norms mislead, since weight decay and normalisation move every row alike; so a row's
distance from the centre of the never-used rows is put on a logarithmic scale whose 0 is those
rows' own distance and whose 1 is that of ordinary tokens.

Source: Land and Bartolo 2024 (arXiv 2405.05417) for finding under-trained tokens by the distance
from unused rows.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from headstart.domain.value import NotMeasured

State = Literal["trained", "untrained", "unclear"]
Numbers = NDArray[np.float32]
Read = Callable[[Sequence[int]], Numbers]
"""Rows by their numbers, [n, width]."""

LEAST_UNUSED = 8
"""Fewer rows give no centre and no spread."""
LEAST_COINCIDING = 4
"""So many control tokens with one and the same row are no accident."""
COINCIDE = 0.1
"""Rows nearer to one another than this share of the distance between ordinary rows coincide."""
UNTRAINED_UP_TO = 0.4
TRAINED_FROM = 0.6
"""Positions on the scale; between them nothing is said. A row must also lie within the never-used
rows' own spread to be called untrained, and beyond it to be called trained."""
SLACK = 1.25
"""Widens that spread: of a dozen rows, the next one often lies a little outside."""
LEAST_CONTRAST = 1.5
"""Ordinary rows must lie this many times as far out as unused ones, or nothing can be told."""
SAMPLE = 512
"""Most unused rows, and ordinary ones, that are read."""
_ROUNDING = 1e-3
"""Never-used rows that coincide are not told apart finer than this share of ordinary distances."""
_UNUSED = re.compile(
    rb"(?i)[<\[][|\W]?(?:[a-z]+[_ -]?)??(?:unused|reserved|extra|placeholder|dummy|special|pad|void"
    rb"|blank|empty)(?:[_ -]?(?:special|token|id))*[_ -]?\d+[|\W]?[>\]]"
)
"""`<unused7>`, `<|reserved_special_token_3|>`, `<extra_id_9>`, `[PAD17]`: marked and numbered."""


@dataclass(frozen=True)
class Candidates:
    """Rows of a table that may never have been used, and ordinary ones to compare them with."""

    named: Sequence[int]
    """Of tokens whose texts say that they are unused."""
    beyond: Sequence[int]
    """Behind the tokenizer's last token."""
    control: Sequence[int]
    """Of control tokens; unused if they coincide."""
    ordinary: Sequence[int]
    """Of tokens that are none of these."""


@dataclass(frozen=True)
class RowScale:
    """What never-used rows look like in one table."""

    centre: Numbers
    """[width] mean of the never-used rows."""
    unit: float
    """Their median distance from it."""
    spread: float
    """They lie within this many units: a quarter above what 95% of them keep."""
    ordinary: float
    """Median distance of ordinary rows, in units."""
    unused: int
    """How many never-used rows were read."""
    known_by: str
    """How they are known."""

    def distance(self, row: Numbers) -> float:
        """From the centre, in units."""
        return float(np.linalg.norm(row - self.centre)) / self.unit

    def position(self, distance: float) -> float:
        """The same on the logarithmic scale: 0 at the never-used rows, 1 at ordinary ones."""
        return math.log(max(distance, 1e-9)) / math.log(self.ordinary)

    def state(self, distance: float) -> State:
        """Whether a row at that distance was ever trained."""
        position = self.position(distance)
        if distance <= self.spread and position <= UNTRAINED_UP_TO:
            return "untrained"
        if distance > self.spread and position >= TRAINED_FROM:
            return "trained"
        return "unclear"


def says_unused(token: bytes) -> bool:
    """Whether a token's text says that nobody uses it."""
    return token[:1] in (b"<", b"[") and _UNUSED.fullmatch(token) is not None


def ordinary_sample(size: int, apart: set[int]) -> list[int]:
    """A fixed sample of ids below `size` that are not `apart`, in order."""
    drawn = np.random.default_rng(0).permutation(size)[: 4 * SAMPLE + len(apart)].tolist()
    return sorted([number for number in drawn if number not in apart][:SAMPLE])


def find_scale(name: str, read: Read, among: Candidates) -> RowScale | NotMeasured:
    """The scale of one table, by the first sort of never-used rows of which there are enough.

    Reads at most about 1,500 rows.

    Args:
        name: the table's, for messages.
        read: gives rows; may raise what it likes.
        among: rows to look at; those that are to be judged must not be among them.
    """
    ordinary = read(among.ordinary)
    unused, known_by = _unused(read, among, ordinary)
    if len(unused) == 0:
        return NotMeasured(why=known_by)
    centre = unused.mean(0)
    out = float(np.median(np.linalg.norm(ordinary - centre, axis=1)))
    # each against the centre of the others, as a row is that is not among them
    own = np.linalg.norm(unused - centre, axis=1) * (len(unused) / (len(unused) - 1))
    unit = max(float(np.median(own)), _ROUNDING * out)
    if not math.isfinite(out) or unit <= 0 or not math.isfinite(unit):
        return NotMeasured(why=f"the rows of {name} hold nothing but zeros, or no numbers")
    spread = max(1.0, SLACK * float(np.quantile(own, 0.95)) / unit)
    if out / unit < max(LEAST_CONTRAST, spread):
        return NotMeasured(
            why=f"unused rows ({known_by}) scatter as widely as ordinary ones:"
            f" {out / unit:.2f} times their median distance against {spread:.2f}"
        )
    return RowScale(centre, unit, spread, out / unit, len(unused), known_by)


def _unused(read: Read, among: Candidates, ordinary: Numbers) -> tuple[Numbers, str]:
    """Never-used rows and how they are known; no rows, and why, where there are too few."""
    for ids, known_by in (
        (among.named, "named unused"),
        (among.beyond, "beyond the tokenizer's last token"),
    ):
        if len(ids) >= LEAST_UNUSED:
            rows = read(ids[:: -(-len(ids) // SAMPLE)])
            # rows appended after training are zeros, or all the same: they were born otherwise
            if ids is among.named or np.ptp(rows, axis=0).any():
                return rows, known_by
    rows = _coinciding(read(among.control[:SAMPLE]), ordinary)
    if len(rows) >= LEAST_COINCIDING:
        return rows, "control tokens whose rows coincide"
    why = (
        f"only {len(among.named)} rows are named unused and {len(among.beyond)} lie beyond the"
        " tokenizer"
    )
    return rows[:0], f"{why}; no control tokens coincide"


def _coinciding(rows: Numbers, ordinary: Numbers) -> Numbers:
    """The largest group of rows that lie on one another, measured by ordinary distances."""
    if len(rows) < LEAST_COINCIDING:
        return rows[:0]
    apart = _distances(ordinary)
    near = _distances(rows) < COINCIDE * float(np.median(apart[np.triu_indices(len(apart), 1)]))
    group: Numbers = rows[near[int(near.sum(1).argmax())]]
    return group


def _distances(rows: Numbers) -> Numbers:
    """[rows, rows] distances between them."""
    squares = (rows * rows).sum(1)
    found: Numbers = np.sqrt(np.maximum(squares[:, None] + squares[None] - 2 * rows @ rows.T, 0))
    return found
