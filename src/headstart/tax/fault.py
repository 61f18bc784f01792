"""Is a figure bad because skill was lost, or because the template does not fit?

A checkpoint that knows its template closes its turns in it and answers in it at least about as
well as in plain text. One that does not was asked in a language it never learnt, and what it
loses there is no tax.
"""

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
LOST = 0.1
"""Of answers that are right in plain text, so much more wrong in the template than right."""
SURE = 0.01
"""Probability by chance, below which that loss counts."""


def format_fault(
    base: dict[Mode, Side],
    checkpoint: dict[Mode, Side],
    sets: PromptSets,
    untrained: tuple[str, ...] | NotMeasured,
) -> FormatFault | None:
    """Say why figures in the template are no statement about skill, or None where they are.

    Args:
        base: what the base gave, by format.
        checkpoint: what a checkpoint gave that is meant to be asked in the template.
        sets: what was asked.
        untrained: role markers whose rows it was never trained on.
    """
    if Mode.TEMPLATE not in checkpoint:
        return None
    found = [*_closing(checkpoint[Mode.TEMPLATE]), *_lost(base, checkpoint, sets)]
    if isinstance(untrained, tuple) and untrained:
        found.append("role markers that were never trained: " + ", ".join(untrained))
    return FormatFault(evidence=tuple(found)) if found else None


def _closing(side: Side) -> list[str]:
    """Both must fail: a checkpoint of few words may close late, one of many may not finish."""
    closes, closed = list(closing(side).values()), list(closes_turn(side).values())
    if not closes or median(closes) > CLOSES_UP_TO:
        return []
    if closed and sum(closed) / len(closed) > STOPS_UP_TO:
        return []
    replies = f", and {sum(closed)} of {len(closed)} replies close with it" if closed else ""
    return [
        "the template's turn end has a median probability of "
        f"{median(closes):.2g} after complete answers{replies}"
    ]


def _lost(base: dict[Mode, Side], checkpoint: dict[Mode, Side], sets: PromptSets) -> list[str]:
    """Right in plain text and wrong in the template, although plain text lost nothing."""
    if Mode.RAW not in checkpoint:
        return []
    raw, template = (
        correct(rows) if (rows := answered(checkpoint[mode], sets)) else {}
        for mode in (Mode.RAW, Mode.TEMPLATE)
    )
    common = paired(raw, template)
    if not common:
        return []
    within = shares([raw[i] for i in common], [template[i] for i in common])
    if within.mean > -LOST or within.p > SURE:
        return []
    plain = answered(base[Mode.RAW], sets) if Mode.RAW in base else {}
    before = correct(plain) if plain else {}
    both = paired(before, raw)
    if both:
        lost = shares([before[i] for i in both], [raw[i] for i in both])
        if lost.high < 0:
            return []
    right = sum(raw[i] for i in common), sum(template[i] for i in common)
    return [
        f"{right[0]} of {len(common)} questions are answered rightly as plain text, "
        f"{right[1]} in the template"
    ]
