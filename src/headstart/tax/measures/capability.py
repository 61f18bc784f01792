"""Measure 2, capability: bits per byte of raw text, and multiple choice by likelihood."""

from collections.abc import Mapping
from dataclasses import replace

from headstart.domain.tax import Battery, ChoiceItem, NumberItem, PromptSets
from headstart.domain.value import NotMeasured, Score
from headstart.tax.calibration import Answered
from headstart.tax.contrasts import Contrast, ratios
from headstart.tax.measures.sides import Draft, Kind, Side, draft, paired, share_line

_BITS = Kind("bits per byte", "capability", "bits per byte of raw text", "bits per byte", "lower")
_ACCURACY = Kind("accuracy", "capability", "multiple choice answered rightly", "share", "higher")


def bits_lines(first: Side, second: Side, sets: PromptSets) -> list[Draft]:
    """Bits per byte for each source of text."""
    found = []
    groups = {p.id: p.group for p in sets.passages}
    for group in dict.fromkeys(groups.values()):
        ids = {id_ for id_, other in groups.items() if other == group}
        found += _bits(first, second, ids, group, alone=len(set(groups.values())) == 1)
    return found


def choice_lines(first: Side, second: Side, sets: PromptSets) -> list[Draft]:
    """Accuracy of multiple choice; empty where it was not asked of both."""
    ours, theirs = answered(first, sets), answered(second, sets)
    return [share_line(_ACCURACY, correct(ours), correct(theirs))] if ours and theirs else []


def answered(side: Side, sets: PromptSets) -> dict[str, tuple[tuple[float, ...], int]]:
    """(options' log-probabilities, index of the right one) by question."""
    golds = {c.id: c.gold for c in sets.choices}
    items = side.items(Battery.CHOICES, ChoiceItem)
    return {id_: (item.logprobs, golds[id_]) for id_, item in items.items() if id_ in golds}


def correct(rows: Mapping[str, tuple[tuple[float, ...], int]]) -> dict[str, bool]:
    """Whether the most likely option is the right one, by question."""
    return {id_: pick == rows[id_][1] for id_, pick in picked(rows).items()}


def picked(rows: Mapping[str, tuple[tuple[float, ...], int]]) -> dict[str, int]:
    """Index of the most likely option, by question."""
    told = Answered(tuple(r for r, _ in rows.values()), tuple(g for _, g in rows.values()))
    return dict(zip(rows, told.picks(), strict=True))


def _bits(first: Side, second: Side, ids: set[str], group: str, *, alone: bool) -> list[Draft]:
    sides = [
        {i: x for i, x in side.items(Battery.PASSAGES, NumberItem).items() if i in ids}
        for side in (first, second)
    ]
    common = paired(*sides)
    if not all(sides):
        return []
    kind = _BITS
    if not alone:
        measure, label = f"bits per byte ({group})", f"{_BITS.label}: {group}"
        kind = replace(_BITS, measure=measure, label=label)
    contrast: Contrast | NotMeasured = NotMeasured(why=f"{len(common)} passages were read by both")
    if len(common) > 1:
        tops = [[side[i].value for i in common] for side in sides]
        sizes = [float(sides[0][i].size) for i in common]
        contrast = ratios((tops[0], sizes), (tops[1], sizes))
    return [draft(kind, _per_byte(sides[0]), _per_byte(sides[1]), contrast)]


def _per_byte(items: Mapping[str, NumberItem]) -> Score | NotMeasured:
    if len(items) < 2:
        return NotMeasured(why=f"{len(items)} passages are too few")
    bits, sizes = [x.value for x in items.values()], [float(x.size) for x in items.values()]
    nothing = [0.0] * len(bits)
    found = ratios((nothing, sizes), (bits, sizes))
    return Score(mean=found.mean, low=found.low, high=found.high, n=found.n)
