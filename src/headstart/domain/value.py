"""The base of every noun, and the two values that every measurement is made of."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """Frozen, closed, and documented by the string under each field."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        ser_json_inf_nan="null",
        serialize_by_alias=True,
        validate_by_name=True,
        validate_by_alias=True,
    )


class NotMeasured(Value):
    """A figure that does not exist, and why; never written as zero."""

    value: Literal[None] = None
    """Always null, so that a reader cannot mistake absence for a number."""
    why: str
    """One clause: what was missing."""


class Score(Value):
    """A mean over test items with its uncertainty."""

    mean: float
    """Mean over items (and seeds), in the metric's own unit."""
    low: float
    """Lower end of the 95% interval."""
    high: float
    """Upper end of the 95% interval."""
    n: int
    """Test items behind the mean."""
