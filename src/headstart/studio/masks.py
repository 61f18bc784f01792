"""What a preview of training rows shows."""

from headstart.domain.evidence import TextFigures
from headstart.domain.plan import Format, TokenView
from headstart.domain.task import DataCounts, Shape
from headstart.domain.value import NotMeasured, Value


class MaskedRow(Value):
    """One training row, token by token."""

    id: str
    """Which row of which file."""
    tokens: tuple[TokenView, ...]
    """Its tokens, and on which of them the loss is taken."""


class MaskedStart(Value):
    """What one start would train on."""

    name: str
    """The start's name."""
    checkpoint: str
    """What was typed for its checkpoint."""
    format: Format
    """chat, raw or borrowed."""
    rule: str
    """Why this format."""
    rows: tuple[MaskedRow, ...]
    """The first training rows."""
    findings: tuple[str, ...]
    """What rendering had to work around."""
    figures: TextFigures | NotMeasured
    """The training rows through its tokenizer, and the memory that tuning on them takes."""


class Preview(Value):
    """The user's data as each start would see it."""

    task: str
    """The data's name."""
    shape: Shape
    """What kind of output it asks for."""
    shape_reason: str
    """How that was told."""
    metric: str
    """What will decide."""
    counts: DataCounts
    """What became of the rows."""
    findings: tuple[str, ...]
    """What the user should know about the data."""
    starts: tuple[MaskedStart, ...]
    """What would be compared."""
