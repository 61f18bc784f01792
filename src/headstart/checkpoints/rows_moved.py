"""Which embedding rows training moved, between two checkpoints of one vocabulary."""

import numpy as np

from headstart.checkpoints.opened import Opened
from headstart.checkpoints.token_forms import marks_turns
from headstart.checkpoints.turns import turn_tokens
from headstart.checkpoints.weights import CannotRead, Numbers, input_table, read_rows
from headstart.domain.kinship import RowsMoved
from headstart.domain.value import NotMeasured

SAMPLE = 2_000
"""Ordinary rows compared."""
MOVED = 0.01
"""Relative gap from which a row counts as moved; 8-bit packing alone gives about half of it."""
MOST_SPECIAL = 32


def rows_moved(first: Opened, second: Opened) -> RowsMoved | NotMeasured:
    """Compare the rows of role and stop tokens, and a fixed sample of all rows.

    Raises:
        CheckpointBroken: a file ends within a table.
    """
    if isinstance(first.weights, NotMeasured):
        return first.weights
    if isinstance(second.weights, NotMeasured):
        return second.weights
    one, two = first.declared.vocabulary, second.declared.vocabulary
    if isinstance(one.fingerprint, NotMeasured) or one.fingerprint != two.fingerprint:
        return NotMeasured(why="the vocabularies differ, or one is not known")
    tables = input_table(first.weights), input_table(second.weights)
    if tables[0] is None or tables[1] is None or tables[0].width != tables[1].width:
        return NotMeasured(why="the embeddings were not found, or differ in width")
    rows = min(tables[0].rows, tables[1].rows)
    special = {text: number for text, number in _special(first, second).items() if number < rows}
    drawn = np.random.default_rng(0).permutation(min(rows, one.size or rows))[:SAMPLE].tolist()
    ids = [*special.values(), *(number for number in drawn if number not in special.values())]
    try:
        gaps = _gaps(read_rows(tables[0], ids), read_rows(tables[1], ids))
    except CannotRead as error:
        return NotMeasured(why=str(error))
    ordinary = gaps[len(special) :]
    return RowsMoved(
        rows=len(ids),
        share_moved=float((gaps > MOVED).mean()),
        median_gap=float(np.median(ordinary)),
        special=dict(zip(special, gaps[: len(special)].tolist(), strict=True)),
    )


def _special(first: Opened, second: Opened) -> dict[str, int]:
    """Turn and stop tokens of either."""
    vocabulary = first.declared.vocabulary
    texts = [
        *turn_tokens(first.declared),
        *turn_tokens(second.declared),
        *sorted(first.declared.named("eos") | second.declared.named("eos")),
        *(token for token in vocabulary.added if marks_turns(token)),
    ]
    found = {text: vocabulary.id(text) for text in dict.fromkeys(texts)}
    known = {text: number for text, number in found.items() if number is not None}
    return dict(list(known.items())[:MOST_SPECIAL])


def _gaps(one: Numbers, two: Numbers) -> Numbers:
    """[rows] norm of each row's difference over that of the first's."""
    norms = np.linalg.norm(one, axis=1)
    found: Numbers = np.linalg.norm(one - two, axis=1) / np.maximum(norms, 1e-12)
    return found
