"""The fold of a run: the source that every view is drawn from."""

from typing import Literal

from pydantic import Field

from headstart.domain.plan import Format, TokenView
from headstart.domain.task import DataCounts, Shape
from headstart.domain.value import NotMeasured, Score, Value
from headstart.domain.verdict import Verdict


class CurvePoint(Value):
    """A start at one rung."""

    n: int
    """Training rows."""
    mean: float
    """Mean score over items and seeds."""
    low: float
    """Lower end of the 95% interval over items and seeds."""
    high: float
    """Upper end."""
    seeds: int
    """Finished trials behind it."""
    figures: dict[str, float | NotMeasured] = {}
    """Means over seeds of the shape's other figures."""


class Baseline(Value):
    """A start without training."""

    how: Literal["zero-shot", "few-shot"]
    """With or without examples in the prompt."""
    shots: int
    """Examples in the prompt."""
    score: Score
    """By the deciding metric."""
    figures: dict[str, float | NotMeasured] = {}
    """The shape's other figures."""


class SweepPoint(Value):
    """A learning rate tried at the first rung."""

    learning_rate: float
    """Peak rate."""
    dev_bits_per_byte: float | NotMeasured
    """Loss on the dev rows; the lowest is taken."""
    chosen: bool
    """Whether the trials used it."""


class StartReport(Value):
    """All about one start."""

    name: str
    """As in the plan."""
    checkpoint: str
    """Name of its checkpoint."""
    source: str
    """What the user typed for it; home folders are written as ~."""
    format: Format
    """chat, raw or borrowed."""
    rule: str
    """Why this format."""
    training_text: str
    """One example exactly as trained, special tokens visible."""
    training_tokens: tuple[TokenView, ...]
    """The same, token by token, with the loss mask."""
    baselines: tuple[Baseline, ...]
    """Zero-shot and few-shot."""
    sweep: tuple[SweepPoint, ...]
    """Learning rates tried."""
    learning_rate: float | NotMeasured
    """The one taken."""
    curve: tuple[CurvePoint, ...]
    """Score at each rung with at least one finished trial."""
    findings: tuple[str, ...] = ()
    """What the user should know of this start."""


class TrialSummary(Value):
    """A trial without its items (those are in the run folder's `trials/`)."""

    key: str
    """File name in `trials/`, without the ending."""
    start: str
    """The start's name."""
    kind: str
    """zero-shot, few-shot, sweep or tuned."""
    rows: int
    """Training rows."""
    learning_rate: float | None
    """Peak rate."""
    seed: int | None
    """The seed."""
    failed: str | None
    """Why it failed, if it did."""
    score: float | NotMeasured
    """Mean score over test items."""
    first_loss: float | NotMeasured
    """Training loss at the first step, nats per token."""
    last_loss: float | NotMeasured
    """Mean training loss of the last tenth of the steps."""


class ItemContrast(Value):
    """A test item on which the starts differ at the top rung."""

    id: str
    """The example's id."""
    prompt: str
    """Its last user text, shortened."""
    reference: str
    """The right answer, shortened."""
    predictions: dict[str, str]
    """By start; of the first seed."""
    scores: dict[str, float]
    """By start; mean over seeds."""


class RulePick(Value):
    """What a published rule of thumb would have said."""

    rule: str
    """Its name."""
    start: str | None
    """Its pick; None where it abstains."""
    agrees: bool | None
    """Whether the measured verdict agrees; None where either abstains."""


class Cost(Value):
    """What the run took."""

    seconds: float
    """Wall time of all stored trials."""
    tokens: int
    """Training tokens, repeats included."""
    train_tokens_per_second: float | NotMeasured
    """Training tokens over training time."""
    peak_memory_bytes: int | NotMeasured
    """Peak of the process."""
    full_run_seconds: dict[str, float | NotMeasured] = {}
    """By start: one training on all of the user's rows, at the measured speed."""


class Report(Value):
    """`headstart.report/1`: null, never NaN; absent figures are null with a reason."""

    schema_: Literal["headstart.report/1"] = Field(
        default="headstart.report/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    headstart: str
    """Version of the tool."""
    task: str
    """The data's name."""
    shape: Shape
    """The task's shape."""
    shape_reason: str
    """How it was told."""
    metric: str
    """The metric that decides."""
    higher_is_better: bool
    """Direction of the metric."""
    counts: DataCounts
    """What became of the rows."""
    test_items: int
    """Test items scored."""
    verdict: Verdict
    """The answer."""
    starts: tuple[StartReport, ...]
    """What was compared."""
    trials: tuple[TrialSummary, ...]
    """Every stored result."""
    contrasts: tuple[ItemContrast, ...]
    """Test items on which the starts differ most."""
    rules: tuple[RulePick, ...]
    """What published rules would have said."""
    detectable_difference: float | NotMeasured
    """Smallest true gap that the test set shows at 80% power, in metric units."""
    findings: tuple[str, ...]
    """What the user should know."""
    skipped: tuple[str, ...]
    """Planned trials that were not run, and why."""
    device: str
    """Processor, precision and threads."""
    command: str
    """What reproduces the run."""
    cost: Cost
    """What the run took."""
