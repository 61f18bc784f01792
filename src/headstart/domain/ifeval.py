"""Responses held against checkable instructions."""

from typing import Literal

from pydantic import Field

from headstart.domain.value import NotMeasured, Score, Value


class InstructionVerdict(Value):
    """One instruction of one prompt."""

    kind: str
    """Its published id."""
    strict: bool | NotMeasured
    """Whether the response follows it as it stands."""
    loose: bool | NotMeasured
    """Whether it does once its first line, its last line or its asterisks are taken off."""


class ScoredResponse(Value):
    """One row of the file."""

    row: int
    """Its line in JSONL, else its row without the header; from 1."""
    key: str | None
    """Its `key` cell, where there is one."""
    verdicts: tuple[InstructionVerdict, ...]
    """In the order of the prompt's instructions."""


class KindFigures(Value):
    """One kind of instruction."""

    kind: str
    """Its published id."""
    n: int
    """Instructions of the kind that could be checked."""
    strict: Score | NotMeasured
    """Share followed, with Wilson's interval."""
    loose: Score | NotMeasured
    """The same after taking off first line, last line or asterisks."""


class ReferenceAgreement(Value):
    """How verdicts agree with those that the file brings along."""

    kind: str
    """The published id, or `all`."""
    n: int
    """Instructions with a verdict on both sides."""
    strict: int
    """Strict verdicts that are equal."""
    loose: int
    """Loose verdicts that are equal."""


class IfevalScores(Value):
    """`headstart.ifeval/1`: the whole file."""

    schema_: Literal["headstart.ifeval/1"] = Field(
        default="headstart.ifeval/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    file: str
    """As it was named."""
    n: int
    """Responses."""
    prompt_strict: Score | NotMeasured
    """Share of responses that follow all their instructions."""
    prompt_loose: Score | NotMeasured
    """The same, loosely."""
    instruction_strict: Score | NotMeasured
    """Share of instructions followed; the interval takes those of one prompt together."""
    instruction_loose: Score | NotMeasured
    """The same, loosely."""
    kinds: tuple[KindFigures, ...]
    """By kind, in alphabetical order."""
    agreement: tuple[ReferenceAgreement, ...]
    """With verdicts the file brings along: all, then by kind; empty where it brings none."""
    notes: tuple[str, ...]
    """What was assumed or could not be checked."""
    rows: tuple[ScoredResponse, ...]
    """In the file's order."""
