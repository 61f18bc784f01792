"""Whether two checkpoints are a pair: what they share, how far their weights lie apart."""

from enum import StrEnum

from headstart.domain.evidence import Inspection, Signal
from headstart.domain.value import NotMeasured, Value


class Kinship(StrEnum):
    """Whether one checkpoint was made from the other."""

    VERIFIED = "verified"
    PLAUSIBLE = "plausible"
    REFUSED = "refused"


class ModuleGap(Value):
    """One sort of weight matrix in both checkpoints, over all layers."""

    module: str
    """Its name without the layer, such as `self_attn.q_proj.weight`."""
    tensors: int
    """How many were compared."""
    numbers: int
    """Numbers that were read of each."""
    relative_gap: float
    """Frobenius norm of the difference over that of the first."""
    cosine: float
    """Between the two as vectors: 1 for equal directions."""
    shuffled_cosine: float
    """The same with the second's rows shuffled: what strangers would give."""


class Outlier(Value):
    """A tensor that is less alike than its kind."""

    tensor: str
    """The tensor's name in the first checkpoint."""
    cosine: float
    """Between the two."""
    relative_gap: float
    """Frobenius norm of the difference over that of the first."""


class RowsMoved(Value):
    """Embedding rows that training moved."""

    rows: int
    """Rows compared: all special tokens and a sample of the others."""
    share_moved: float
    """Share of them whose relative gap is above 1%."""
    median_gap: float
    """Median relative gap of ordinary rows."""
    special: dict[str, float]
    """Role and stop tokens to their row's relative gap."""


class Pair(Value):
    """What two checkpoints have to do with one another."""

    kinship: Kinship
    """verified: the weights are kin; plausible: nothing speaks against it, or some do not fit;
    refused: they cannot be a pair."""
    why: str
    """One sentence with the deciding figure."""
    base: str | NotMeasured
    """The ref of the half that is the base."""
    instruct: str | NotMeasured
    """The ref of the half that is the instruct."""
    identical: bool | NotMeasured
    """Whether every number that was compared is the same: one model under two names."""
    same_shapes: bool | NotMeasured
    """Whether all tensors agree in name and shape, the vocabulary's padding aside."""
    shape_differences: tuple[str, ...]
    """At most eight tensors that differ, with both shapes."""
    parameters: tuple[int, int] | NotMeasured
    """Of the first and the second."""
    same_vocabulary: bool | NotMeasured
    """Whether the tokenizers' fingerprints are equal."""
    same_template: bool
    """Whether both ship the same default template, or both none."""
    same_eos: bool | NotMeasured
    """Whether the models stop at the same tokens."""
    differences: tuple[Signal, ...]
    """What the difference between the two says about which is which; `says` is of the second."""
    cosine: float | NotMeasured
    """Median over the weight matrices."""
    shuffled_cosine: float | NotMeasured
    """Median with shuffled rows."""
    modules: tuple[ModuleGap, ...]
    """Sort by sort of weight matrix."""
    outliers: tuple[Outlier, ...]
    """Tensors that do not fit the rest, at most sixteen."""
    rows_moved: RowsMoved | NotMeasured
    """Embedding rows, where the vocabularies are the same."""
    sampled: bool
    """Whether large tensors were compared in evenly spaced blocks only."""


class InspectReport(Value):
    """What `headstart inspect` found."""

    checkpoints: tuple[Inspection, ...]
    """One or two, in the order given."""
    pair: Pair | None
    """For two checkpoints: what they have to do with one another."""
