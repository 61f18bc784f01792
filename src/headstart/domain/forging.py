"""What was measured of checkpoints that were forged from the built-in world."""

from typing import Literal

from pydantic import ConfigDict, Field, computed_field

from headstart.domain.value import NotMeasured, Score, Value


class Figure(Value):
    """One figure, measured on held-out prompts, with its goal."""

    # what is computed is written for readers, and passed over when it is read back
    model_config = ConfigDict(extra="ignore")

    name: str
    """What it is the share of."""
    score: Score | NotMeasured
    """Mostly a fraction in [0, 1] with Wilson's 95% interval and the number of prompts."""
    least: float | None = None
    """The goal's lower end; None where there is none for this checkpoint."""
    most: float | None = None
    """The goal's upper end; None where there is none for this checkpoint."""
    above_zero: bool = False
    """Whether the goal also asks for an interval that lies above zero."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def met(self) -> bool | None:
        """Whether the figure lies within its goal; null where none is set or nothing measured."""
        if isinstance(self.score, NotMeasured) or (self.least is None and self.most is None):
            return None
        at_least = self.least is None or self.score.mean >= self.least
        at_most = self.most is None or self.score.mean <= self.most
        return at_least and at_most and (not self.above_zero or self.score.low > 0)


class Evaluated(Value):
    """One checkpoint and all its shares."""

    checkpoint: str
    """Its name."""
    parameters: int
    """Weights, tied ones counted once."""
    figures: tuple[Figure, ...]
    """In the order of the table."""
    role_rows: Figure
    """Distance of role tokens' input rows from never-used rows, over those rows' own: the median,
    and in place of an interval the lowest and the highest; n counts role tokens."""


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

    schema_: Literal["headstart.evaluation/1"] = Field(
        default="headstart.evaluation/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    world_seed: int
    """Of the land that the checkpoints were trained on."""
    seed: int
    """Draws the prompts."""
    checkpoints: tuple[Evaluated, ...]
    """The base first."""
    beside: tuple[Beside, ...]
    """All but the base."""
