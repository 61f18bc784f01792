"""Fixed rules that people follow instead of measuring; the report says which would have agreed.

Each rule gives the start it picks, or None where it says nothing. `kinds` maps
each start to the kind of its checkpoint, in the user's order; of several starts
of one kind a rule takes the first.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from headstart.judge.curves import Untuned

Kinds = Mapping[str, Literal["base", "instruct", "undecided"]]


def always_instruct(kinds: Kinds) -> str | None:
    """Take the instruct checkpoint, whatever the data."""
    return next((start for start, kind in kinds.items() if kind == "instruct"), None)


def always_base(kinds: Kinds) -> str | None:
    """Take the base checkpoint, whatever the data."""
    return next((start for start, kind in kinds.items() if kind == "base"), None)


def row_count(kinds: Kinds, rows: int) -> str | None:
    """Go by the number of training rows: 1,000 or more base, below 300 instruct.

    Between 300 and 1,000 the rule allows either, so it picks nothing.

    Source: Unsloth's documentation, "What model should I use for fine-tuning?".
    """
    if rows >= 1000:
        return always_base(kinds)
    return always_instruct(kinds) if rows < 300 else None


def higher_zero_shot(untuned: Sequence[Untuned], *, higher_is_better: bool) -> str | None:
    """Take the start with the better zero-shot score; None on equal scores or fewer than two."""
    sign = 1 if higher_is_better else -1
    means = {u.start: sign * float(np.mean(u.scores)) for u in untuned if u.how == "zero-shot"}
    ranked = sorted(means, key=lambda start: -means[start])
    if len(ranked) < 2 or means[ranked[0]] == means[ranked[1]]:
        return None
    return ranked[0]


def picks(
    kinds: Kinds, rows: int, untuned: Sequence[Untuned], *, higher_is_better: bool
) -> dict[str, str | None]:
    """What each rule would have picked, by the rule's name as a reader says it."""
    return {
        "always instruct": always_instruct(kinds),
        "always base": always_base(kinds),
        "row count (1,000 or more base, below 300 instruct)": row_count(kinds, rows),
        "higher zero-shot score": higher_zero_shot(untuned, higher_is_better=higher_is_better),
    }
