"""Two checkpoints side by side on one prompt."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from headstart.domain.reply import Stop
from headstart.domain.tax import Mode
from headstart.domain.value import NotMeasured, Value


class CompareMode(StrEnum):
    """How the two are asked."""

    AS_INTENDED = "as-intended"
    """The base continues the prompt, the instruct checkpoint answers it in its template."""
    SAME_RAW = "same-raw"
    """Both continue the prompt as plain text."""
    BOTH_TEMPLATE = "both-template"
    """Both are asked in the instruct checkpoint's template."""


class NextToken(Value):
    """A token that may come next."""

    text: str
    """The token."""
    probability: float
    """Its probability."""


class ShiftedToken(Value):
    """A token that the instruct checkpoint wrote, as the base sees it."""

    text: str
    """The token."""
    rank: int
    """Its place under the base: 1 where the base would have written it too."""
    bits: float
    """Divergence of the base at this place."""


class Spoken(Value):
    """What one of the two said."""

    name: str
    """The checkpoint's name."""
    mode: Mode
    """Whether it continued plain text or answered in the template."""
    input: str
    """The exact text it was given, role markers visible."""
    text: str
    """What it wrote, greedily, without the stop."""
    stop: Stop
    """Why it stopped."""
    tokens: int
    """How many it wrote, the stop included."""
    next_tokens: tuple[NextToken, ...] = ()
    """What could have come first, where asked for."""
    continuations: dict[str, int] = {}
    """Drawn continuations by what they are, where asked for: answer, questions, choices, essay."""


class Comparison(Value):
    """`headstart.compare/1`."""

    schema_: Literal["headstart.compare/1"] = Field(
        default="headstart.compare/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    prompt: str
    """What was asked."""
    mode: CompareMode
    """How the two were asked."""
    base: Spoken
    """The base."""
    instruct: Spoken
    """The other one."""
    shift: tuple[ShiftedToken, ...] | NotMeasured
    """The instruct checkpoint's words as the base sees them."""
