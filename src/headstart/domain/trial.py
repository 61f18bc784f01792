"""One trial and everything it measured."""

from enum import StrEnum

from headstart.domain.value import NotMeasured, Value


class Kind(StrEnum):
    """What a stored result is for."""

    ZERO_SHOT = "zero-shot"
    FEW_SHOT = "few-shot"
    SWEEP = "sweep"
    TUNED = "tuned"


class TrialSpec(Value):
    """What was run: enough to run it again."""

    start: str
    """The start's name."""
    kind: Kind
    """Untuned baseline, learning-rate sweep, or tuned trial."""
    rows: int
    """Training rows; 0 for a baseline."""
    learning_rate: float | None
    """Peak rate; None for a baseline."""
    seed: int | None
    """None for a baseline."""

    @property
    def key(self) -> str:
        """File-safe and unique within a run."""
        parts = [self.start, self.kind.value]
        if self.rows:
            parts += [f"n{self.rows}", f"lr{self.learning_rate:.3g}", f"s{self.seed}"]
        return "__".join(parts)


class ItemResult(Value):
    """One test item's outcome."""

    id: str
    """The example's id."""
    score: float
    """By the deciding metric."""
    prediction: str
    """For classification the best label, else what the model wrote."""
    extracted: bool
    """False where no answer could be read from the output; it then scored as wrong."""
    written: str | None
    """Free generation, where the prediction was not read from it."""
    written_score: float | None
    """Score of the free generation."""
    bits_per_byte: float | None
    """Of the reference completion, template and stop left out; None where it has no bytes."""
    stop_bits: float | None
    """-log2 P(end) after the reference completion; None for raw text."""
    stopped: bool | None
    """Whether the free generation ended by itself; None where nothing was generated."""


class Clock(Value):
    """Figures that differ from run to run; left out when reports are compared."""

    train_seconds: float
    """Wall time of training."""
    score_seconds: float
    """Wall time of scoring."""
    peak_memory_bytes: int
    """Peak of the process up to the trial's end."""


class Trial(Value):
    """A stored result."""

    spec: TrialSpec
    """What was run."""
    failed: str | None = None
    """Why it failed (NaN, divergence); a failed trial is never scored."""
    losses: tuple[float | None, ...] = ()
    """Training loss of each step, nats per target token; null where not finite."""
    dev_bits_per_byte: float | None = None
    """On the dev rows, for a sweep."""
    items: tuple[ItemResult, ...] = ()
    """One for each test item, in the plan's order; empty for a sweep and a failed trial."""
    figures: dict[str, float | NotMeasured] = {}
    """Aggregates of the task's shape beside the deciding metric."""
    tokens: int = 0
    """Tokens of training examples seen, repeats included."""
    clock: Clock
    """Time and memory."""


class Answer(Value):
    """What a model did with one test item, before any metric is applied."""

    label: str | None
    """The most probable label; None where the task has none."""
    written: str | None
    """Free greedy generation without its stop; None where nothing was generated."""
    stopped: bool | None
    """Whether the generation ended by itself."""
    bits: float | None
    """-log2 P(reference completion), template and stop left out."""
    byte_count: int
    """UTF-8 bytes of the reference completion."""
    stop_bits: float | None
    """-log2 P(end) after the reference completion."""


class Training(Value):
    """What a training run left behind besides the weights."""

    failed: str | None
    """Why it failed; then nothing may be scored."""
    losses: tuple[float | None, ...]
    """Of each step, nats per trained token; null where not finite."""
    tokens: int
    """Tokens of training examples seen, repeats included."""
    seconds: float
    """Wall time."""
