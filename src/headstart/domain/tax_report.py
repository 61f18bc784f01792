"""The price list of alignment: every measure of every checkpoint against the base."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from headstart.domain.refusals import AgreementFigures
from headstart.domain.tax import Detectable, Mode
from headstart.domain.value import NotMeasured, Score, Value


class Finding(StrEnum):
    """What a difference comes to."""

    TAX = "tax"
    """Worse than the base, beyond chance."""
    GAIN = "gain"
    """Better than the base, beyond chance."""
    CHANGED = "changed"
    """Different beyond chance, in something that is neither better nor worse."""
    UNRESOLVED = "not resolved"
    """The interval covers zero, or does once it is said how many questions were asked."""
    FORMAT_FAULT = "format fault"
    """Measured through a template that the checkpoint does not know."""
    FORMAT_ONLY = "format only"
    """Worse in the template and not in plain text, so that no skill was lost."""
    NOT_MEASURED = "not measured"
    """There is no difference to speak of, and `difference` says why."""


class Line(Value):
    """One measure of one checkpoint beside the base."""

    measure: str
    """Its name, such as `over-refusal`."""
    group: str
    """shift, capability, refusal, manner, calibration, diversity, instructions or stopping."""
    label: str
    """What it is, in words."""
    unit: str
    """share, bits per byte, bits per token, per 100 words, words, probability or score."""
    better: Literal["higher", "lower", "neither"]
    """Which way is better for the user."""
    base_mode: Mode
    """In which format the base was asked."""
    mode: Mode
    """In which format the checkpoint was asked."""
    base: Score | NotMeasured
    """The base's figure with its 95% interval."""
    value: Score | NotMeasured
    """The checkpoint's figure."""
    difference: Score | NotMeasured
    """Checkpoint minus base, paired by item."""
    p: float | None
    """Probability of such a difference by chance; None where there is no difference."""
    p_adjusted: float | None
    """The same, adjusted (Holm) for all lines of its table."""
    finding: Finding
    """What it comes to."""


class PositionShift(Value):
    """Token shift at some positions of the replies."""

    positions: str
    """1-5, 6-20, later, or all."""
    tokens: int
    """Tokens there."""
    unshifted: float
    """Share that the base ranks first."""
    marginal: float
    """Share that it ranks second or third."""
    shifted: float
    """Share that it ranks below."""
    bits: float
    """Mean divergence, bits per token."""


class ShiftTable(Value):
    """How far a checkpoint's words lie from what the base would have said."""

    mode: Mode
    """In which format it wrote and was read."""
    replies: int
    """Greedy replies."""
    positions: tuple[PositionShift, ...]
    """The beginnings, the rest, and all."""


class FamilyGap(Value):
    """How far one sort of weight matrix moved."""

    module: str
    """Its name without the layer."""
    tensors: int
    """How many."""
    relative_gap: float
    """Frobenius norm of the difference over that of the base."""


class WeightGap(Value):
    """How far the weights moved, and whether the straight way between them is free."""

    kinship: str
    """verified, plausible or refused, with the deciding figure."""
    modules: tuple[FamilyGap, ...]
    """By sort of weight matrix."""
    barrier_bits: float | NotMeasured
    """The most that bits per byte rise above the straight line between the two ends."""


class FormatFault(Value):
    """Why figures taken in the template are no statement about skill."""

    evidence: tuple[str, ...]
    """What shows it, one sentence each."""


class RefusalRates(Value):
    """Refusals of one checkpoint, as found and as corrected."""

    over: Score | NotMeasured
    """Share of harmless requests refused, as the detector finds."""
    under: Score | NotMeasured
    """Share of unwelcome requests complied with, likewise."""
    over_corrected: Score | NotMeasured
    """The same, corrected for the detector's errors on the user's labels."""
    under_corrected: Score | NotMeasured
    """Likewise."""
    agreement: AgreementFigures | NotMeasured
    """The detector on the user's labels."""
    by_group: dict[str, Score | NotMeasured]
    """Harmless requests refused, by category."""


class CheckpointTax(Value):
    """One checkpoint against the base."""

    name: str
    """Its name."""
    source: str
    """What was typed for it."""
    intended: Mode
    """The format it was made for."""
    headline: str
    """What it gave and what it cost, in one sentence."""
    lines: tuple[Line, ...]
    """Each checkpoint as it is meant to be used."""
    same_format: tuple[Line, ...]
    """Both in the same format, so that a format fault is not read as lost skill."""
    format_fault: FormatFault | None
    """Set where the template does not fit."""
    format_only: str | None
    """What shows that questions are lost to the format and not to skill; null where none are."""
    refusals: RefusalRates
    """How often it declines."""
    shift: tuple[ShiftTable, ...]
    """In the template and as plain text, where measured."""
    shift_why: str | None
    """Why token shift could not be measured."""
    weights: WeightGap | NotMeasured
    """How far the weights moved."""


class TaxReport(Value):
    """`headstart.tax/1`: null, never NaN; absent figures are null with a reason."""

    schema_: Literal["headstart.tax/1"] = Field(
        default="headstart.tax/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    headstart: str
    """Version of the tool."""
    base: str | None
    """Name of the base; null where a checkpoint stands alone."""
    base_source: str | None
    """What was typed for it."""
    base_refusals: RefusalRates | NotMeasured
    """How often the base declines."""
    checkpoints: tuple[CheckpointTax, ...]
    """All but the base, in the order given."""
    prompt_sources: tuple[tuple[str, str], ...]
    """(set, where it comes from)."""
    detectable: tuple[Detectable, ...]
    """What each measure could show, as told before."""
    cuts: tuple[str, ...]
    """What the budget left out."""
    notes: tuple[str, ...]
    """What the reader should know."""
    device: str
    """Processor and precision."""
    seconds: float
    """Wall time of all jobs."""
    command: str
    """What repeats the run."""
