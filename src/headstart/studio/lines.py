"""The lines of a comparison's stream, and what they come to: newline-delimited JSON."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from headstart.domain.comparison import CompareMode
from headstart.domain.pane import Piece, Strip
from headstart.domain.value import NotMeasured, Value

MOST_TOKENS = 512
"""Of one reply."""
MOST_PROMPT = 20_000
"""Characters of a prompt."""
TOP = 5
"""Candidates named for each model at each token."""


class Ask(Value):
    """What is compared; the query of a link to it has the same names."""

    base: str = Field(min_length=1, max_length=4096)
    """The base checkpoint, as `[name=]source`."""
    inst: str = Field(min_length=1, max_length=4096)
    """The instruct checkpoint."""
    prompt: str = Field(min_length=1, max_length=MOST_PROMPT)
    """What to say to both."""
    mode: CompareMode = CompareMode.AS_INTENDED
    """In which format each is asked."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Draws tokens above temperature 0."""
    temp: float = Field(default=0.0, ge=0.0, le=2.0)
    """0 takes the most probable token."""
    max: int = Field(default=64, ge=1, le=MOST_TOKENS)
    """Most tokens of each reply."""


class Pane(StrEnum):
    """Which of the two."""

    BASE = "base"
    INSTRUCT = "instruct"


class Why(StrEnum):
    """Why a reply stopped."""

    TURN_END = "turn end"
    DOCUMENT_END = "document end"
    LENGTH = "length"
    ASKED = "stopped by you"


class Given(Value):
    """What a model reads, token by token."""

    type: Literal["given"] = "given"
    """Tells the lines apart."""
    pane: Pane
    """Whose."""
    how: Literal["raw text", "chat template"]
    """In which format it is asked."""
    pieces: tuple[Piece, ...]
    """The exact input."""


class Token(Value):
    """One further token of a reply."""

    type: Literal["token"] = "token"
    """Tells the lines apart."""
    pane: Pane
    """Whose."""
    text: str
    """What it adds to the reply."""
    special: bool
    """Whether it is an added token."""


class Ended(Value):
    """A reply is whole."""

    type: Literal["ended"] = "ended"
    """Tells the lines apart."""
    pane: Pane
    """Whose."""
    why: Why
    """What ended it."""
    tokens: int
    """How many it has, the stop included."""


class Failed(Value):
    """A pane, or all of it, cannot go on."""

    type: Literal["failed"] = "failed"
    """Tells the lines apart."""
    pane: Pane | Literal["both"]
    """Whose."""
    fact: str
    """What is wrong."""
    hint: str
    """What to do about it."""


class Replayed(Value):
    """The instruct checkpoint's reply as the base sees it."""

    type: Literal["replayed"] = "replayed"
    """Tells the lines apart."""
    strip: Strip
    """Token by token."""


class Done(Value):
    """The last line."""

    type: Literal["done"] = "done"
    """Tells the lines apart."""
    computed: dict[Pane, int]
    """Tokens that each model computed."""
    after_stop: int | None
    """Tokens that both together computed after the request to stop; None where nobody asked."""
    seconds: float
    """Wall time, loading included."""


class Side(Value):
    """One pane as it stands at the end."""

    given: Given | NotMeasured
    """What the model read."""
    pieces: tuple[Piece, ...]
    """What it wrote."""
    why: Why | NotMeasured
    """Why it stopped; or what went wrong."""
    tokens: int
    """How many it wrote."""


class Compared(Value):
    """A comparison that has run to its end."""

    ask: Ask
    """What was asked."""
    day: str
    """When, in UTC."""
    sides: dict[Pane, Side]
    """What became of it."""
    strip: Strip
    """The instruct checkpoint's reply as the base sees it."""
    done: Done
    """What it took."""
