"""Were the rows of role and stop tokens ever trained? Read from the files, a few thousand at most.

The scale and what it rests on: `headstart.engine.row_scale`, shared with loaded models.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from headstart.checkpoints.declared import Declared, Vocabulary
from headstart.checkpoints.turns import turn_end, turn_tokens
from headstart.checkpoints.weights import (
    CannotRead,
    Place,
    Weights,
    input_table,
    output_table,
    read_rows,
)
from headstart.domain.evidence import RowTable, TokenRow, TurnRows
from headstart.domain.value import NotMeasured
from headstart.engine.row_scale import (
    Candidates,
    Numbers,
    RowScale,
    State,
    find_scale,
    ordinary_sample,
    says_unused,
)


@dataclass(frozen=True)
class _Scale:
    table: Literal["input", "output"]
    place: Place
    scale: RowScale

    def told(self) -> RowTable:
        return RowTable(
            table=self.table,
            tensor=self.place.name,
            known_by=self.scale.known_by,
            unused=self.scale.unused,
            spread=self.scale.spread,
            ordinary=self.scale.ordinary,
        )

    def token(self, text: str, number: int, row: Numbers) -> TokenRow:
        distance = self.scale.distance(row)
        return TokenRow(
            token=text,
            id=number,
            table=self.table,
            distance=distance,
            position=self.scale.position(distance),
            state=self.scale.state(distance),
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
        tables=tuple(scale.told() for scale in scales),
        tokens=found,
        state=_together(found, None if isinstance(end, NotMeasured) else end),
    )


def unused_ids(vocabulary: Vocabulary, rows: int) -> tuple[list[int], list[int]]:
    """Ids that are named unused, and ids beyond the last token, of a table with `rows` rows."""
    named = {number for text, number in vocabulary.added.items() if says_unused(text.encode())}
    named |= vocabulary.unused
    if vocabulary.tokens is None:
        return sorted(one for one in named if one < rows), []
    named |= {number for number, token in enumerate(vocabulary.tokens) if says_unused(token)}
    return sorted(one for one in named if one < rows), list(range(len(vocabulary.tokens), rows))


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
    among = _candidates(place, declared.vocabulary, tested)
    try:
        found = find_scale(place.name, lambda ids: read_rows(place, ids), among)
    except CannotRead as error:
        return NotMeasured(why=str(error))
    return found if isinstance(found, NotMeasured) else _Scale(table, place, found)


def _candidates(place: Place, vocabulary: Vocabulary, tested: Collection[int]) -> Candidates:
    named, beyond = unused_ids(vocabulary, place.rows)
    control = sorted({n for n in vocabulary.added.values() if n < place.rows} - set(tested))
    size = min(place.rows, vocabulary.size or place.rows)
    return Candidates(
        named=[number for number in named if number not in tested],
        beyond=[number for number in beyond if number not in tested],
        control=control,
        ordinary=ordinary_sample(size, {*vocabulary.added.values(), *named}),
    )


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
