"""From paired differences to findings: nothing is called tax where chance would do as well."""

from collections.abc import Sequence
from dataclasses import replace

from headstart.domain.tax import Mode, PromptSets
from headstart.domain.tax_report import Finding, Line
from headstart.domain.value import NotMeasured
from headstart.tax.contrasts import Contrast, holm
from headstart.tax.measures import (
    capability,
    following,
    manner,
    refusal,
    shift,
    stopping,
    trust,
    variety,
)
from headstart.tax.measures.sides import Draft, Side, score

ALPHA = 0.05
"""Of all lines of a table together."""


def compare(
    first: Side,
    second: Side,
    sets: PromptSets,
    *,
    plain: tuple[Side, Side] | None = None,
    faulty: bool = False,
) -> tuple[Line, ...]:
    """Every measure that both sides were asked, in the order of the groups.

    Args:
        first: the base.
        second: the checkpoint.
        sets: what was asked.
        plain: both as plain text, where raw text is to be read so whatever format they were
            made for; raw text has no turns.
        faulty: whether the checkpoint was asked through a template that it does not know; then
            no difference found in the template is called tax or gain.
    """
    return _resolved(_drafts(first, second, sets, plain), first, second, faulty=faulty)


def alone(side: Side, sets: PromptSets, *, plain: Side | None = None) -> tuple[Line, ...]:
    """The figures of one side that has nothing beside it.

    Args:
        side: the checkpoint.
        sets: what was asked.
        plain: the same as plain text, where raw text is to be read so.
    """
    why = NotMeasured(why="no base was given")
    drafts = _drafts(side, side, sets, (plain, plain) if plain else None)
    return tuple(_absent(replace(draft, base=why), why, side, side) for draft in drafts)


def _drafts(
    first: Side, second: Side, sets: PromptSets, plain: tuple[Side, Side] | None
) -> list[Draft]:
    return [
        *shift.lines(second),
        *_bits(first, second, sets, plain),
        *capability.choice_lines(first, second, sets),
        *refusal.lines(first, second, sets),
        *manner.lines(first, second),
        *trust.lines(first, second, sets),
        *variety.lines(first, second),
        *following.lines(first, second, sets),
        *stopping.lines(first, second),
    ]


def _bits(
    first: Side, second: Side, sets: PromptSets, plain: tuple[Side, Side] | None
) -> list[Draft]:
    if plain is None:
        return capability.bits_lines(first, second, sets)
    found = capability.bits_lines(*plain, sets)
    return [replace(draft, mode=plain[0].mode) for draft in found]


def _resolved(
    drafts: Sequence[Draft], first: Side, second: Side, *, faulty: bool
) -> tuple[Line, ...]:
    """Holm's adjustment takes all lines of the table together."""
    told = [d.contrast for d in drafts if isinstance(d.contrast, Contrast)]
    adjusted = iter(holm([each.p for each in told]))
    return tuple(
        _line(draft, first, second, next(adjusted), faulty=faulty)
        if isinstance(draft.contrast, Contrast)
        else _absent(draft, draft.contrast, first, second)
        for draft in drafts
    )


def _line(draft: Draft, first: Side, second: Side, adjusted: float, *, faulty: bool) -> Line:
    contrast = draft.contrast
    assert isinstance(contrast, Contrast)
    return Line(
        measure=draft.measure,
        group=draft.group,
        label=draft.label,
        unit=draft.unit,
        better=draft.better,
        base_mode=draft.mode or first.mode,
        mode=draft.mode or second.mode,
        base=draft.base,
        value=draft.value,
        difference=score(contrast),
        p=contrast.p,
        p_adjusted=adjusted,
        finding=_finding(
            draft,
            contrast,
            adjusted,
            faulty=faulty and (draft.mode or second.mode) is Mode.TEMPLATE,
        ),
    )


def _finding(draft: Draft, contrast: Contrast, adjusted: float, *, faulty: bool) -> Finding:
    if not (contrast.low > 0 or contrast.high < 0) or adjusted >= ALPHA:
        return Finding.UNRESOLVED
    if draft.better == "neither":
        return Finding.CHANGED
    if faulty:
        return Finding.FORMAT_FAULT
    is_gain = (contrast.mean > 0) == (draft.better == "higher")
    return Finding.GAIN if is_gain else Finding.TAX


def _absent(draft: Draft, why: NotMeasured, first: Side, second: Side) -> Line:
    return Line(
        measure=draft.measure,
        group=draft.group,
        label=draft.label,
        unit=draft.unit,
        better=draft.better,
        base_mode=draft.mode or first.mode,
        mode=draft.mode or second.mode,
        base=draft.base,
        value=draft.value,
        difference=why,
        p=None,
        p_adjusted=None,
        finding=Finding.NOT_MEASURED,
    )
