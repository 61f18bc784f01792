"""What was measured of checkpoints that were forged from the built-in world."""

from headstart.domain.value import NotMeasured, Score, Value


class Figure(Value):
    """One share, measured on held-out prompts."""

    name: str
    """What it is the share of."""
    score: Score | NotMeasured
    """Fraction in [0, 1] with Wilson's 95% interval and the number of prompts."""
    least: float | None = None
    """The goal's lower end; None where no goal is set for this checkpoint."""
    most: float | None = None
    """The goal's upper end."""

    @property
    def met(self) -> bool | None:
        """Whether the share lies within its goal; None where none is set."""
        if self.least is None or self.most is None or isinstance(self.score, NotMeasured):
            return None
        return self.least <= self.score.mean <= self.most


class Evaluated(Value):
    """One checkpoint and all its shares."""

    checkpoint: str
    """Its name."""
    parameters: int
    """Weights, tied ones counted once."""
    figures: tuple[Figure, ...]
    """In the order of the table."""
    role_rows: Score | NotMeasured
    """Distance of role tokens' input rows from never-used rows, over those rows' own: the median,
    and in place of an interval the lowest and the highest."""


class Beside(Value):
    """One further checkpoint beside the base."""

    checkpoint: str
    """Its name."""
    same_shapes: bool
    """Whether every tensor has the base's name and shape."""
    figures: tuple[Figure, ...]
    """Shares that take both models."""
    more_bits: Figure
    """Bits per byte of held-out raw text, over the base's, minus one; bootstrapped by document."""


class Evaluation(Value):
    """Everything, for one base and what was made of it."""

    seed: int
    """Draws the prompts."""
    checkpoints: tuple[Evaluated, ...]
    """The base first."""
    beside: tuple[Beside, ...]
    """All but the base."""
