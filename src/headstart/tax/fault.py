"""Is a figure bad because skill was lost, or because of the format?

A checkpoint that knows its template closes its turns in it. One that does not was asked in a
language it never learnt, and what it loses there is no tax. Nor is what one that does know it
loses there and not in plain text.
"""

from collections.abc import Mapping, Sequence
from statistics import median

from headstart.domain.tax import Mode, PromptSets
from headstart.domain.tax_report import FormatFault
from headstart.domain.value import NotMeasured
from headstart.tax.contrasts import shares
from headstart.tax.measures.capability import answered, correct
from headstart.tax.measures.sides import Side, paired
from headstart.tax.measures.stopping import closes_turn, closing

CLOSES_UP_TO = 0.005
"""Median probability of the turn end after a complete answer, up to which it is not known.
Measured: 0.18 (SmolLM2-135M-Instruct in its own template), 1e-10 (gemma-3-270m, a base)."""
STOPS_UP_TO = 0.1
"""Share of replies that close with it, up to which a checkpoint does not end its turns so.
Measured: 0.56 and 0."""
STOPS_FROM = 0.5
"""Share of replies that close with it, from which a checkpoint knows the template whatever its
rows look like: a short tuning moves rows of role markers little (1.00 of replies, for
gemma-3-270m tuned on 200 conversations, whose markers still lie near rows that were never used)."""
LOST = 0.1
"""Of answers that are right in plain text, so much more wrong in the template than right."""
SURE = 0.01
"""Probability by chance, below which that loss counts."""


def format_fault(side: Side | None, untrained: tuple[str, ...] | NotMeasured) -> FormatFault | None:
    """Say why figures in the template are no statement about a checkpoint, or None.

    Args:
        side: what it gave in the template that it is meant to be asked in.
        untrained: role markers whose rows look as if it was never trained on them.
    """
    if side is None:
        return None
    closed = list(closes_turn(side).values())
    found = _closing(side, closed)
    is_known = bool(closed) and sum(closed) / len(closed) >= STOPS_FROM
    if isinstance(untrained, tuple) and untrained and not is_known:
        found.append("role markers that were never trained: " + ", ".join(untrained))
    return FormatFault(evidence=tuple(found)) if found else None


def lost_to_format(
    base: Mapping[Mode, Side], checkpoint: Mapping[Mode, Side], sets: PromptSets
) -> str | None:
    """Say that questions are lost in the template and not in plain text, or None.

    Such a checkpoint may know its template well and answer at length where a bare option is
    weighed; its skill is what it shows in plain text.

    Args:
        base: what the base gave, by format; empty where there is none.
        checkpoint: what a checkpoint gave.
        sets: what was asked.
    """
    raw, template = (_right(checkpoint.get(mode), sets) for mode in (Mode.RAW, Mode.TEMPLATE))
    common = paired(raw, template)
    if not common:
        return None
    within = shares([raw[i] for i in common], [template[i] for i in common])
    if within.mean > -LOST or within.p > SURE:
        return None
    before = _right(base.get(Mode.RAW), sets)
    both = paired(before, raw)
    if both and shares([before[i] for i in both], [raw[i] for i in both]).high < 0:
        return None
    right = sum(raw[i] for i in common), sum(template[i] for i in common)
    return (
        f"{right[0]} of {len(common)} questions are answered rightly as plain text, "
        f"{right[1]} in the template"
    )


def _right(side: Side | None, sets: PromptSets) -> dict[str, bool]:
    rows = answered(side, sets) if side is not None else {}
    return correct(rows) if rows else {}


def _closing(side: Side, closed: Sequence[bool]) -> list[str]:
    """Both must fail: a checkpoint of few words may close late, one of many may not finish."""
    closes = list(closing(side).values())
    if not closes or median(closes) > CLOSES_UP_TO:
        return []
    if closed and sum(closed) / len(closed) > STOPS_UP_TO:
        return []
    replies = f", and {sum(closed)} of {len(closed)} replies close with it" if closed else ""
    return [
        "the template's turn end has a median probability of "
        f"{median(closes):.2g} after complete answers{replies}"
    ]
