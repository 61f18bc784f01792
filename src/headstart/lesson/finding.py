"""What an experiment found: its sentence, its figures, and what to draw, as plain values."""

from typing import Annotated, Literal

from pydantic import Field

from headstart.domain.value import NotMeasured, Score, Value


class Bar(Value):
    """One row of bars: a label, a figure and its interval."""

    label: str
    """What was measured."""
    value: float
    """Length of the bar, in the drawing's unit."""
    low: float | None = None
    """Lower end of the 95% interval; None where there is none to give."""
    high: float | None = None
    """Upper end."""
    shown: str
    """The figure as it is written beside the bar."""
    side: Literal["base", "sft", "instruct", "plain"] = "plain"
    """Whose figure it is."""


class Bars(Value):
    """Figures beside one another, each a row of a table."""

    kind: Literal["bars"] = "bars"
    """Which drawing this is."""
    title: str
    """What the drawing shows."""
    most: float
    """The figure that fills the whole width."""
    rows: tuple[Bar, ...]
    """In reading order."""


class Gap(Value):
    """One difference with its interval."""

    label: str
    """What was compared."""
    mean: float
    """The difference, in the drawing's unit."""
    low: float
    """Lower end of the 95% interval."""
    high: float
    """Upper end."""
    n: int
    """Paired items behind it."""
    shown: str
    """The difference and its interval as they are written."""

    @property
    def resolved(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


class Gaps(Value):
    """Differences around zero, each with its interval."""

    kind: Literal["gaps"] = "gaps"
    """Which drawing this is."""
    title: str
    """What the drawing shows."""
    left: str
    """What a difference below zero speaks for."""
    right: str
    """What one above zero speaks for."""
    rows: tuple[Gap, ...]
    """In reading order."""


class Pane(Value):
    """What one model read and wrote."""

    who: str
    """The model, and how it was asked."""
    side: Literal["base", "sft", "instruct"]
    """Which of the built-in checkpoints."""
    read: str
    """The exact input, role markers visible."""
    wrote: str
    """The continuation, stop included."""
    stop: str
    """Why it ended."""


class Panes(Value):
    """Inputs and outputs side by side."""

    kind: Literal["panes"] = "panes"
    """Which drawing this is."""
    title: str
    """What the drawing shows."""
    panes: tuple[Pane, ...]
    """One for each model or way of asking."""


class StripToken(Value):
    """One token of a reply, as another model ranks it."""

    text: str
    """The token, whitespace made visible."""
    rank: int
    """Its place under the other model, 1 being the most probable."""
    part: str
    """Which part of the reply it belongs to."""

    @property
    def shift(self) -> Literal["unshifted", "marginal", "shifted"]:
        """Rank 1, 2 to 3, or further down."""
        return "unshifted" if self.rank == 1 else "marginal" if self.rank <= 3 else "shifted"


class Strip(Value):
    """A reply token by token."""

    kind: Literal["strip"] = "strip"
    """Which drawing this is."""
    title: str
    """What the drawing shows."""
    tokens: tuple[StripToken, ...]
    """In order."""


class Table(Value):
    """Plain cells."""

    kind: Literal["table"] = "table"
    """Which drawing this is."""
    title: str
    """What the table shows."""
    header: tuple[str, ...]
    """Names of the columns; the first column names the rows."""
    rows: tuple[tuple[str, ...], ...]
    """As many cells as the header."""


Drawing = Annotated[Bars | Gaps | Panes | Strip | Table, Field(discriminator="kind")]


class Measured(Value):
    """A figure by its name."""

    name: str
    """What was measured."""
    unit: str
    """share, points, bits per byte, tokens, or a count of something."""
    value: Score | NotMeasured
    """With its interval and n."""


class Found(Value):
    """What an experiment gives back, before it is labelled."""

    sentence: str
    """What happened in this run, also where it contradicts the claim."""
    agrees: bool
    """Whether the direction is the claim's."""
    outcome: str
    """Which of the guesses came true, by its id; empty where this run does not tell."""
    numbers: tuple[Measured, ...]
    """Every figure of the sentence, with its n."""
    drawings: tuple[Drawing, ...]
    """What to show, in order."""


class Finding(Value):
    """`headstart.finding/1`: one run of one experiment."""

    schema_: Literal["headstart.finding/1"] = Field(
        default="headstart.finding/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    experiment: str
    """The experiment's id."""
    choice: str
    """Its one variable, by id; empty where it has none."""
    seed: int
    """Draws prompts, continuations and rows."""
    model: str
    """What was run, for people."""
    fingerprint: str
    """sha256 over the weights' fingerprints."""
    date: str
    """Day of the run, as YYYY-MM-DD."""
    headstart: str
    """Version of the tool."""
    cpu_seconds: float
    """User time of the processor."""
    found: Found
    """What was found."""
