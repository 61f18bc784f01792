"""Everything a run pins before its first trial."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.task import DataCounts, Shape
from headstart.domain.value import NotMeasured, Value


class Format(StrEnum):
    """How examples become text."""

    CHAT = "chat"
    RAW = "raw"
    BORROWED = "borrowed"


class Request(Value):
    """What the user asked for, as typed; the CLI and the Python API both build one."""

    checkpoints: tuple[str, ...]
    """One or more `[name=]source`."""
    data: str
    """Data file, datasets folder, or hub id."""
    test: str | None = None
    """Test file of the same layout; None splits `data`."""
    columns: dict[str, str] = {}
    """Maps our column names to the file's."""
    instruction: str | None = None
    """Task instruction; None lets headstart write one for classification."""
    system: str = ""
    """System message."""
    metric: str | None = None
    """Overrides the detected metric; `module:function` is allowed."""
    starts: tuple[str, ...] = ()
    """`NAME:chat|raw|borrowed`; empty takes each checkpoint's own best legal format."""
    default: str | None = None
    """The start to take on a tie; None takes the first start in chat format."""
    budget_seconds: float = 1200.0
    """Time for everything after the plan; the plan is cut to fit."""
    max_train: int | None = None
    """Most training rows."""
    max_test: int = 400
    """Most test items."""
    seeds: int = 3
    """Seeds per rung."""
    margin: float = 0.01
    """Difference that does not matter: absolute for scores, relative for losses."""
    full: bool = False
    """Train all weights instead of LoRA adapters."""
    rank: int = 16
    """LoRA rank."""
    epochs: int = 3
    """Passes over a rung's rows, before the budget cuts them."""
    shots: int = 8
    """Most examples in the few-shot baseline."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    precision: str = "auto"
    """auto, bfloat16 or float32."""
    memory_bytes: int | None = None
    """Most memory of a training step and all that is loaded beside it; None for no limit."""
    seed: int = 0
    """Decides the split and the order of rows."""


class Recipe(Value):
    """How one trial trains; equal for all starts of a run but for the learning rate."""

    method: Literal["lora", "full"]
    """LoRA on all linear layers, or all weights."""
    rank: int
    """LoRA rank; unused with `full`."""
    alpha: int
    """LoRA alpha: the adapter's output is scaled by alpha / rank."""
    epochs: int
    """Passes over the rung's rows."""
    batch_size: int = 8
    """Examples per optimiser step."""
    warmup_share: float = 0.1
    """Share of the steps over which the rate rises linearly from 0; it then falls to 0."""
    weight_decay: float = 0.0
    """AdamW's decoupled weight decay."""
    clip_norm: float = 1.0
    """Gradients are scaled down to this norm."""
    max_tokens: int = 1024
    """Longer examples are left out of training and counted; raw text is cut in windows."""


class StartSpec(Value):
    """A named way to begin."""

    name: str
    """`instruct`, `base-raw`, `base-chat`: checkpoint name and format."""
    checkpoint: str
    """Name of the checkpoint."""
    format: Format
    """chat, raw or borrowed."""
    template_from: str | None = None
    """Name of the checkpoint whose chat template is used, for chat and borrowed."""
    rule: str
    """Why this format was chosen, in one clause."""
    learning_rates: tuple[float, ...]
    """Tried at the first rung; the one with the lowest dev loss is used from then on."""


class TokenView(Value):
    """One token of a training example."""

    text: str
    """As the tokenizer writes it."""
    id: int
    """In the vocabulary."""
    trained: bool
    """Whether the loss is taken on it."""


class StartView(Value):
    """What a start trains on, as it is fed to the model."""

    training_text: str
    """One example exactly as trained, special tokens visible."""
    training_tokens: tuple[TokenView, ...]
    """The same, token by token, with the loss mask."""
    findings: tuple[str, ...]
    """What rendering had to work around, and rows that are too long; one sentence each."""
    shots: int = 0
    """Examples of the few-shot prompt that leave room for the rest."""


class Rates(Value):
    """Measured speed of one start on this machine, for estimates."""

    train_tokens_per_second: float
    """Prompt and completion tokens through a training step."""
    untuned_seconds_per_item: float
    """Every score of one test item before training."""
    few_shot_seconds_per_item: float
    """The same with examples before each prompt; 0 where none are asked for."""
    tuned_seconds_per_item: float
    """Every score of one test item after a short training: surer models are scored faster."""
    dev_seconds_per_item: float
    """The likelihood of one dev row, which is all that the sweep of learning rates asks."""
    tokens_per_example: float
    """Mean over training rows of prompt and completion."""


class Plan(Value):
    """Written beside the results before the first trial; two runs of it give one report."""

    schema_: Literal["headstart.plan/1"] = Field(
        default="headstart.plan/1", alias="schema", serialization_alias="schema"
    )
    """Version of this layout."""
    headstart: str
    """Version of the tool."""
    request: Request
    """What was asked."""
    request_fingerprint: str
    """sha256 over request, data and checkpoints; a run folder takes only its own."""
    checkpoints: tuple[Checkpoint, ...]
    """Found, checked and pinned."""
    starts: tuple[StartSpec, ...]
    """What is compared."""
    default: str
    """The start to take on a tie."""
    task_name: str
    """The data's name."""
    task_fingerprint: str
    """sha256 over examples, split, instruction and metric."""
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
    train_ids: tuple[str, ...]
    """Training rows in their fixed order, up to the largest rung; a rung is a prefix."""
    dev_ids: tuple[str, ...]
    """Rows on which learning rates are picked."""
    test_ids: tuple[str, ...]
    """Rows that are scored."""
    shot_ids: tuple[str, ...]
    """Training rows shown in the few-shot baseline; they may be in a rung as well."""
    rungs: tuple[int, ...]
    """Training-set sizes, ascending."""
    seeds: tuple[int, ...]
    """Seeds of each rung: they shuffle rows and draw the adapter's first weights."""
    recipe: Recipe
    """How a trial trains."""
    device: str
    """cpu, cuda or mps."""
    device_label: str
    """The processor's name."""
    dtype: str
    """Precision of matrix products."""
    threads: int
    """Processor threads."""
    libraries: dict[str, str]
    """Versions of what computes."""
    detectable_difference: float | NotMeasured
    """Smallest true gap that the test set shows at 80% power, in metric units."""
    rates: dict[str, Rates]
    """Measured speed of each start."""
    views: dict[str, StartView]
    """What each start trains on."""
    estimated_seconds: float
    """What the planned work should take."""
    cuts: tuple[str, ...] = ()
    """What was cut to fit the budget, in order."""
    findings: tuple[str, ...] = ()
    """What the user should know, one sentence each."""
