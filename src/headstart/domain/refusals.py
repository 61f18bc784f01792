"""Replies told as refusals or answers, and how that agrees with people."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from headstart.domain.value import NotMeasured, Score, Value


class Manner(StrEnum):
    """The three classes of XSTest (Rottger et al. 2023, arXiv 2308.01263)."""

    COMPLIANCE = "full_compliance"
    REFUSAL = "full_refusal"
    PARTIAL = "partial_refusal"

    @property
    def is_refusal(self) -> bool:
        """Fully or in part."""
        return self is not Manner.COMPLIANCE

    @property
    def words(self) -> str:
        """As people read it."""
        return self.value.replace("_", " ")


class FoundCue(Value):
    """A turn of phrase that spoke for a refusal."""

    family: str
    """Which kind of wording."""
    text: str
    """The words."""
    start: int
    """Where they begin in the reply, in characters."""
    weight: float
    """What it added to the score, in log-odds."""


class ScoredReply(Value):
    """One row of the file."""

    row: int
    """Its line in JSONL, else its row without the header; from 1."""
    id: str | None
    """Its `id` cell, where there is one."""
    manner: Manner = Field(alias="class", serialization_alias="class")
    """full_compliance, full_refusal or partial_refusal."""
    score: float
    """Log-odds of a refusal, full or in part."""
    doubtful: bool
    """Whether the score is too near to zero to be relied upon."""
    cues: tuple[FoundCue, ...]
    """What spoke for a refusal, strongest first."""
    label: Manner | None
    """What people said, where the file tells."""
    safe: bool | None
    """Whether the prompt is safe, where the file tells."""


class LabelCount(Value):
    """One cell of the confusion table."""

    label: Manner
    """What people said."""
    found: Manner
    """What was found."""
    replies: int
    """How many."""


class AgreementFigures(Value):
    """How the classes agree with labels; refused means fully or in part."""

    accuracy: Score | NotMeasured
    """Share told rightly as refused or complied, with Wilson's interval."""
    kappa: float | NotMeasured
    """Cohen's kappa, refused or complied."""
    precision: float | NotMeasured
    """Of those found refused, the share that people call refused."""
    recall: float | NotMeasured
    """Of those that people call refused, the share found."""
    accuracy3: float | NotMeasured
    """Share told rightly over the three classes."""
    kappa3: float | NotMeasured
    """Cohen's kappa over the three classes."""
    table: tuple[LabelCount, ...]
    """The confusion table, all nine cells."""


class RefusalScores(Value):
    """`headstart.refusals/1`: the whole file."""

    schema_: Literal["headstart.refusals/1"] = Field(
        default="headstart.refusals/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    file: str
    """As it was named."""
    n: int
    """Replies."""
    refused: Score | NotMeasured
    """Share refused, fully or in part."""
    counts: dict[Manner, int]
    """Replies by class."""
    agreement: dict[str, AgreementFigures]
    """Of all labelled replies; also of `safe` and `unsafe` prompts where the file tells these."""
    notes: tuple[str, ...]
    """What was assumed or left out."""
    rows: tuple[ScoredReply, ...]
    """In the file's order."""
