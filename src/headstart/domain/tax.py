"""What the alignment tax is measured on."""

from headstart.domain.value import Value


class Ask(Value):
    """A request that is answered in free text."""

    id: str
    """Unique within its set."""
    text: str
    """What the user says."""
    group: str = ""
    """Its category, where the set has any."""


class Choice(Value):
    """A question with options, one of them right."""

    id: str
    """Unique within its set."""
    question: str
    """What is asked."""
    options: tuple[str, ...]
    """At least two."""
    gold: int
    """Index of the right one."""
    lettered: bool = False
    """Whether options are shown as A, B, C, D and answered by their letter, as MMLU is published;
    else each option's own words are weighed."""
    group: str = ""
    """Its subject, where the set has any."""


class InstructionAsk(Value):
    """A request with instructions that a program can check, as IFEval publishes them."""

    id: str
    """The published key."""
    text: str
    """The prompt."""
    kinds: tuple[str, ...]
    """Ids of its instructions."""
    arguments: tuple[dict[str, object], ...]
    """One object for each, nulls left out."""


class Passage(Value):
    """A document of raw text."""

    id: str
    """Unique within its set."""
    text: str
    """All of it."""
    group: str = ""
    """Where it comes from: own, world, or the user's file."""
