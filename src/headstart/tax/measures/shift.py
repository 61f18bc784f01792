"""Measure 1, token shift: how far a checkpoint's own words lie from the base's.

Source: Lin et al. 2023, arXiv 2312.01552: a token is unshifted where the base ranks it first,
marginal at second or third, shifted below.
"""

from collections.abc import Sequence

from headstart.domain.tax import Battery, Mode, ShiftItem
from headstart.domain.tax_report import PositionShift, ShiftTable
from headstart.domain.value import NotMeasured
from headstart.tax.contrasts import mean_of
from headstart.tax.measures.sides import Draft, Kind, Side, draft, score

SHIFTED_FROM = 4
"""The first rank that counts as shifted."""
SPANS = (("1-5", 0, 5), ("6-20", 5, 20), ("later", 20, None), ("all", 0, None))

_SHARE = Kind("shifted tokens", "shift", "tokens that the base ranks below third", "share")
_BITS = Kind("divergence", "shift", "divergence of the base at each token", "bits per token")
_SELF = NotMeasured(why="the base does not differ from itself")


def lines(side: Side) -> list[Draft]:
    """Shares and divergence against zero, which is what the base would give; by whole replies."""
    items = list(side.items(Battery.SHIFT, ShiftItem).values())
    if len(items) < 2:
        return []
    found = []
    for kind, values in (
        (_SHARE, [[float(rank >= SHIFTED_FROM) for rank in item.ranks] for item in items]),
        (_BITS, [list(item.bits) for item in items]),
    ):
        groups = [i for i, row in enumerate(values) for _ in row]
        contrast = mean_of([value for row in values for value in row], groups)
        found.append(draft(kind, _SELF, score(contrast), contrast))
    return found


def table(side: Side) -> ShiftTable | None:
    """By position in the reply; None where nothing was measured."""
    items = list(side.items(Battery.SHIFT, ShiftItem).values())
    if not items:
        return None
    rows = [_row(name, items, start, end) for name, start, end in SPANS]
    kept = tuple(row for row in rows if row is not None)
    return ShiftTable(mode=Mode(side.mode), replies=len(items), positions=kept)


def _row(
    name: str, items: Sequence[ShiftItem], start: int, end: int | None
) -> PositionShift | None:
    ranks = [rank for item in items for rank in item.ranks[start:end]]
    bits = [bit for item in items for bit in item.bits[start:end]]
    if not ranks:
        return None
    n = len(ranks)
    return PositionShift(
        positions=name,
        tokens=n,
        unshifted=sum(rank == 1 for rank in ranks) / n,
        marginal=sum(1 < rank < SHIFTED_FROM for rank in ranks) / n,
        shifted=sum(rank >= SHIFTED_FROM for rank in ranks) / n,
        bits=sum(bits) / n,
    )
