"""What the judge says."""

from enum import StrEnum

from headstart.domain.value import NotMeasured, Score, Value


class Outcome(StrEnum):
    """The four things a comparison of starts can come to."""

    WINNER = "winner"
    TIE = "tie"
    UNDECIDED = "undecided"
    NO_TRAINING_NEEDED = "no training needed"


class Difference(Value):
    """The leader against another start, paired by test item."""

    start: str
    """The start that the leader is compared with."""
    how: str = "tuned"
    """tuned, zero-shot or few-shot."""
    gap: Score
    """Leader minus start in the direction that is better, with its 95% interval."""
    rows: int
    """Training rows at which the gap was measured; 0 for an untuned start."""


class Verdict(Value):
    """The answer, how sure it is, and what would change it."""

    outcome: Outcome
    """winner, tie, undecided or no training needed."""
    start: str
    """The start to take: the winner, on a tie the default, else the leader so far."""
    probability_best: dict[str, float]
    """For each start the probability that it is the best of them when tuned."""
    regret_bound: float | NotMeasured
    """Upper 95% bound of what taking `start` loses against the best start, in metric units."""
    margin: float
    """Differences at or below this do not matter to the user, in metric units."""
    rows: int
    """Training rows at which the verdict was measured."""
    reason: str
    """One sentence with the figures."""
    would_flip_if: str
    """What finding would change the verdict."""
    next_step: str
    """What to do now."""
    differences: tuple[Difference, ...] = ()
    """The leader against every other start, tuned and untuned."""
    screening: bool
    """True with fewer than 3 seeds, 3 sizes or 200 test items."""
    screening_reason: str = ""
    """Which of the three fell short."""
