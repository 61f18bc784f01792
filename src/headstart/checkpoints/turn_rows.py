"""Were the rows of role and stop tokens ever trained? Held against rows that nobody ever used.

A token that pretraining never saw keeps the row it was born with, or drifts with all other unseen
ones. Plain norms mislead, since weight decay and normalisation move every row alike; so a row's
distance from the centre of the never-used rows is put on a scale whose 0 is those rows' own
distance and whose 1 is that of ordinary tokens.

Source: Land and Bartolo 2024 (arXiv 2405.05417) for finding under-trained tokens by the distance
from unused rows.
"""

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from headstart.checkpoints.declared import Declared, Vocabulary
from headstart.checkpoints.turns import turn_end, turn_tokens
from headstart.checkpoints.weights import (
    CannotRead,
    Numbers,
    Place,
    Weights,
    input_table,
    output_table,
    read_rows,
)
from headstart.domain.evidence import RowTable, TokenRow, TurnRows
from headstart.domain.value import NotMeasured

State = Literal["trained", "untrained", "unclear"]

LEAST_UNUSED = 8
"""Fewer rows give no centre and no spread."""
LEAST_COINCIDING = 4
"""So many control tokens with one and the same row are no accident."""
COINCIDE = 0.1
"""Rows nearer to one another than this share of the distance between ordinary rows coincide."""
UNTRAINED_UP_TO = 0.4
TRAINED_FROM = 0.6
"""Positions on the logarithmic scale; between them nothing is said. A row must also lie within the
never-used rows' own spread to be called untrained, and beyond it to be called trained."""
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
class _Scale:
    table: RowTable
    place: Place
    centre: Numbers
    unit: float
    """Median distance of the never-used rows."""

    def token(self, text: str, number: int, row: Numbers) -> TokenRow:
        distance = float(np.linalg.norm(row - self.centre)) / self.unit
        position = math.log(max(distance, 1e-9)) / math.log(self.table.ordinary)
        state: State = "unclear"
        if distance <= self.table.spread and position <= UNTRAINED_UP_TO:
            state = "untrained"
        elif distance > self.table.spread and position >= TRAINED_FROM:
            state = "trained"
        return TokenRow(
            token=text,
            id=number,
            table=self.table.table,
            distance=distance,
            position=position,
            state=state,
        )


def turn_rows(declared: Declared, weights: Weights) -> TurnRows | NotMeasured:
    """Compare the rows of the turn tokens with never-used rows, in the embedding and the head.

    Reads at most about 1,100 rows of each table.

    Raises:
        CheckpointBroken: a file ends within a table.

    Limits: rows that were trained before the chat stage (a base model that saw chat while it was
    pretrained) count as trained, and rows left frozen by a chat stage as untrained.
    """
    tokens = {text: declared.vocabulary.id(text) for text in turn_tokens(declared)}
    ids = {text: number for text, number in tokens.items() if number is not None}
    if not ids:
        return NotMeasured(why=_why_no_tokens(declared))
    first, second = input_table(weights), output_table(weights)
    if first is None:
        return NotMeasured(why="no tensor has an embedding's usual name")
    tested = frozenset(ids.values())
    tables = [_scale(first, "input", declared, tested)]
    if second is not None and second.shape == first.shape:
        tables.append(_scale(second, "output", declared, tested))
    scales = [one for one in tables if isinstance(one, _Scale)]
    if not scales:
        return next(one for one in tables if isinstance(one, NotMeasured))
    found = tuple(row for scale in scales for row in _tokens(scale, ids))
    end = turn_end(declared)
    return TurnRows(
        tables=tuple(scale.table for scale in scales),
        tokens=found,
        state=_together(found, None if isinstance(end, NotMeasured) else end),
    )


def unused_ids(vocabulary: Vocabulary, rows: int) -> tuple[list[int], list[int]]:
    """Ids that are named unused, and ids beyond the last token, of a table with `rows` rows."""
    named = {number for text, number in vocabulary.added.items() if _named_unused(text.encode())}
    named |= vocabulary.unused
    if vocabulary.tokens is None:
        return sorted(one for one in named if one < rows), []
    named |= {
        number
        for number, token in enumerate(vocabulary.tokens)
        if token[:1] in (b"<", b"[") and _named_unused(token)
    }
    return sorted(one for one in named if one < rows), list(range(len(vocabulary.tokens), rows))


def _named_unused(token: bytes) -> bool:
    return _UNUSED.fullmatch(token) is not None


def _why_no_tokens(declared: Declared) -> str:
    if declared.vocabulary.tokens is None and not declared.vocabulary.added:
        return "the vocabulary is not known"
    if declared.template is not None:
        return "the chat template marks turns by text or by document ends, not by tokens of its own"
    return "the vocabulary has no role or turn tokens"


def _scale(
    place: Place,
    table: Literal["input", "output"],
    declared: Declared,
    tested: Collection[int],
) -> _Scale | NotMeasured:
    """The scale of one table, by the first sort of never-used rows of which there are enough."""
    try:
        ordinary = read_rows(place, _ordinary(place, declared.vocabulary))
        unused, known_by = _unused(place, declared.vocabulary, tested, ordinary)
    except CannotRead as error:
        return NotMeasured(why=str(error))
    if len(unused) == 0:
        return NotMeasured(why=known_by)
    centre = unused.mean(0)
    out = float(np.median(np.linalg.norm(ordinary - centre, axis=1)))
    # each against the centre of the others, as a row is that is not among them
    own = np.linalg.norm(unused - centre, axis=1) * (len(unused) / (len(unused) - 1))
    unit = max(float(np.median(own)), _ROUNDING * out)
    if not math.isfinite(out) or unit <= 0 or not math.isfinite(unit):
        return NotMeasured(why=f"the rows of {place.name} hold nothing but zeros, or no numbers")
    spread = max(1.0, SLACK * float(np.quantile(own, 0.95)) / unit)
    if out / unit < max(LEAST_CONTRAST, spread):
        return NotMeasured(
            why=f"unused rows ({known_by}) scatter as widely as ordinary ones:"
            f" {out / unit:.2f} times their median distance against {spread:.2f}"
        )
    told = RowTable(
        table=table,
        tensor=place.name,
        known_by=known_by,
        unused=len(unused),
        spread=spread,
        ordinary=out / unit,
    )
    return _Scale(told, place, centre, unit)


def _ordinary(place: Place, vocabulary: Vocabulary) -> list[int]:
    """A fixed sample of ids that are no added tokens."""
    size = min(place.rows, vocabulary.size or place.rows)
    apart = {*vocabulary.added.values(), *unused_ids(vocabulary, place.rows)[0]}
    drawn = np.random.default_rng(0).permutation(size)[: 4 * SAMPLE + len(apart)].tolist()
    return sorted([number for number in drawn if number not in apart][:SAMPLE])


def _unused(
    place: Place, vocabulary: Vocabulary, tested: Collection[int], ordinary: Numbers
) -> tuple[Numbers, str]:
    """Never-used rows and how they are known; no rows, and why, where there are too few."""
    named, beyond = unused_ids(vocabulary, place.rows)
    for ids, known_by in ((named, "named unused"), (beyond, "beyond the tokenizer's last token")):
        apart = [number for number in ids if number not in tested]
        if len(apart) >= LEAST_UNUSED:
            rows = read_rows(place, apart[:: -(-len(apart) // SAMPLE)])
            # rows appended after training are zeros, or all the same: they were born otherwise
            if ids is named or np.ptp(rows, axis=0).any():
                return rows, known_by
    control = sorted({n for n in vocabulary.added.values() if n < place.rows} - set(tested))
    rows = _coinciding(read_rows(place, control[:SAMPLE]), ordinary)
    if len(rows) >= LEAST_COINCIDING:
        return rows, "control tokens whose rows coincide"
    why = f"only {len(named)} rows are named unused and {len(beyond)} lie beyond the tokenizer"
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


def _tokens(scale: _Scale, ids: dict[str, int]) -> list[TokenRow]:
    inside = {text: number for text, number in ids.items() if number < scale.place.rows}
    rows = read_rows(scale.place, list(inside.values()))
    return [
        scale.token(text, number, row)
        for (text, number), row in zip(inside.items(), rows, strict=True)
    ]


def _together(found: Sequence[TokenRow], end: str | None) -> State:
    if all(row.state == "untrained" for row in found):
        return "untrained"
    trained = [row for row in found if row.state == "trained"]
    if end is not None:
        return "trained" if any(row.token == end for row in trained) else "unclear"
    return "trained" if 2 * len(trained) >= len(found) else "unclear"
