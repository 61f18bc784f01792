"""What each checkpoint made of every item that is answered rightly or wrongly."""

from headstart.domain.value import Value


class ItemAnswer(Value):
    """What one checkpoint made of an item."""

    right: bool
    """Whether that is how the item should be answered."""
    said: str
    """The option it weighs most, or its reply."""


class ItemRow(Value):
    """One item of one measure; a line of `items.jsonl`."""

    measure: str
    """Name of the measure's line, such as `accuracy`."""
    id: str
    """The item's id within its set."""
    group: str
    """Its subject or category; empty where the set has none."""
    prompt: str
    """What was asked."""
    expected: str
    """The right option; empty where many replies are right."""
    answers: dict[str, ItemAnswer]
    """By checkpoint, each asked as it is meant to be used."""
