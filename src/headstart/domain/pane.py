"""What the studio shows of two checkpoints that answer side by side."""

from enum import StrEnum

from headstart.domain.value import NotMeasured, Value


class Piece(Value):
    """One token as text."""

    text: str
    """What it adds to the text; empty where a character is not whole yet."""
    special: bool
    """Whether it is an added token, such as a role marker or an end."""


class Candidate(Value):
    """A token that could have come next."""

    text: str
    """The token."""
    rank: int
    """1 for the most probable."""
    probability: float
    """Of the whole vocabulary; at most 1."""


class Drift(StrEnum):
    """How a base ranks a token that the aligned model wrote."""

    UNSHIFTED = "unshifted"
    """First: the base would have written it too."""
    MARGINAL = "marginal"
    """Second or third."""
    SHIFTED = "shifted"
    """Below the third place."""


MARGINAL_RANK = 3
"""The lowest rank that still counts as marginal (Lin et al. 2023, arXiv 2312.01552)."""


def drift_of(rank: int) -> Drift:
    """What a rank under the base, counted from 1, comes to."""
    if rank == 1:
        return Drift.UNSHIFTED
    return Drift.MARGINAL if rank <= MARGINAL_RANK else Drift.SHIFTED


class Position(Value):
    """One token of the instruct checkpoint's reply, seen by both."""

    text: str
    """What it adds to the text."""
    special: bool
    """Whether it is an added token."""
    rank: int
    """Its place under the base."""
    probability: float
    """What the base gave it."""
    own_rank: int
    """Its place under the instruct checkpoint: 1 in a greedy reply."""
    own_probability: float
    """What the instruct checkpoint gave it."""
    bits: float
    """Divergence of the base from the instruct checkpoint at this place."""
    drift: Drift
    """What the rank comes to."""
    base: tuple[Candidate, ...]
    """The base's most probable tokens here, the first the most probable."""
    instruct: tuple[Candidate, ...]
    """The instruct checkpoint's."""


class Strip(Value):
    """A reply of the instruct checkpoint, replayed through the base."""

    positions: tuple[Position, ...] | NotMeasured
    """Token by token, or why the two cannot be compared."""
    counts: dict[Drift, int]
    """How many tokens are unshifted, marginal and shifted."""
    finding: str
    """The counts in one sentence."""
