"""From paired differences to findings: nothing is called tax where chance would do as well."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headstart.domain.tax import Mode, PromptSets
from headstart.domain.tax_report import Finding, Line
from headstart.domain.value import NotMeasured, Score
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


OF_SKILL = frozenset(("capability", "calibration"))
"""Groups that rest on weighed options."""


@dataclass(frozen=True)
class _Blame:
    """What the format has to answer for."""

    faulty: bool
    format_only: bool

    def of(self, draft: Draft, side: Side) -> Finding | None:
        if (draft.mode or side.mode) is Mode.RAW:
            return None
        if self.faulty:
            return Finding.FORMAT_FAULT
        return Finding.FORMAT_ONLY if self.format_only and draft.group in OF_SKILL else None


def compare(
    first: Side,
    second: Side,
    sets: PromptSets,
    *,
    plain: tuple[Side, Side] | None = None,
    faulty: bool = False,
    format_only: bool = False,
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
        format_only: whether questions are lost in the template and not in plain text; then no
            skill is called lost in the template.
    """
    blame = _Blame(faulty=faulty, format_only=format_only)
    return _resolved(_drafts(first, second, sets, plain), first, second, blame)


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
    drafts: Sequence[Draft], first: Side, second: Side, blame: _Blame
) -> tuple[Line, ...]:
    """Holm's adjustment takes all lines of the table together."""
    told = [d.contrast for d in drafts if isinstance(d.contrast, Contrast)]
    adjusted = iter(holm([each.p for each in told]))
    return tuple(
        _line(draft, first, second, next(adjusted), blame)
        if isinstance(draft.contrast, Contrast)
        else _absent(draft, draft.contrast, first, second)
        for draft in drafts
    )


def _line(draft: Draft, first: Side, second: Side, adjusted: float, blame: _Blame) -> Line:
    contrast = draft.contrast
    assert isinstance(contrast, Contrast)
    finding = _finding(draft, contrast, adjusted, blame.of(draft, second))
    return _told(draft, first, second, score(contrast), finding, contrast.p, adjusted)


def _finding(draft: Draft, contrast: Contrast, adjusted: float, blamed: Finding | None) -> Finding:
    if not (contrast.low > 0 or contrast.high < 0) or adjusted >= ALPHA:
        return Finding.UNRESOLVED
    if draft.better == "neither":
        return Finding.CHANGED
    is_gain = (contrast.mean > 0) == (draft.better == "higher")
    if blamed is Finding.FORMAT_FAULT:
        return blamed
    return Finding.GAIN if is_gain else blamed or Finding.TAX


def _absent(draft: Draft, why: NotMeasured, first: Side, second: Side) -> Line:
    return _told(draft, first, second, why, Finding.NOT_MEASURED)


def _told(
    draft: Draft,
    first: Side,
    second: Side,
    difference: Score | NotMeasured,
    finding: Finding,
    p: float | None = None,
    adjusted: float | None = None,
) -> Line:
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
        difference=difference,
        p=p,
        p_adjusted=adjusted,
        finding=finding,
    )
