"""The user's data as a task: examples, their shape, and how they are scored."""

from enum import StrEnum
from typing import Literal

from headstart.domain.value import Value


class Shape(StrEnum):
    """What kind of output the data asks for."""

    CLASSIFICATION = "classification"
    EXTRACTION = "extraction"
    SHORT_ANSWER = "short answer"
    FREE_TEXT = "free text"
    RAW_TEXT = "raw text"


class Message(Value):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    """Who speaks."""
    content: str
    """Plain text; role markers in it stay text."""


class Example(Value):
    """One row of the data."""

    id: str
    """`train:17` or `test:3`: which file and which row, counted from 1 without the header."""
    prompt: tuple[Message, ...]
    """Everything before the answer; empty for raw text. Never holds the task's system message."""
    completion: str
    """The answer, or the whole text for raw text."""
    group: str
    """Rows with equal prompts share a group; a group never straddles train and test."""


class DataCounts(Value):
    """What became of the rows that were read."""

    read: int
    """Rows read from the training file and, if given, the test file."""
    empty: int
    """Rows dropped since prompt or completion is empty."""
    duplicate: int
    """Rows dropped since prompt and completion repeat an earlier row of the same side."""
    leaked: int
    """Training rows dropped since their prompt also stands in the test file."""
    train: int
    """Rows left to train on, before `--max-train`."""
    test: int
    """Rows left to score on, after `--max-test`."""


class Task(Value):
    """A file of examples made ready for trials."""

    name: str
    """The data file's stem."""
    shape: Shape
    """Detected from the completions, or implied by the metric."""
    shape_reason: str
    """How the shape was told, in one clause with its figure."""
    metric: str
    """The name of the metric that decides: see `headstart.tasks.metrics`."""
    higher_is_better: bool
    """False for bits per byte."""
    labels: tuple[str, ...] = ()
    """For classification: every label of train and test, sorted."""
    instruction: str = ""
    """Put before each prompt's first user text; may be empty."""
    system: str = ""
    """The system message; may be empty."""
    train: tuple[Example, ...]
    """In one fixed shuffled order: every rung is a prefix of it. Ends before the dev rows."""
    dev: tuple[Example, ...]
    """Never trained on and never scored for the verdict: learning rates are picked on them."""
    test: tuple[Example, ...]
    """In one fixed order."""
    counts: DataCounts
    """What became of the rows that were read."""
    findings: tuple[str, ...] = ()
    """What the user should know about the data, one sentence each."""
    fingerprint: str
    """sha256 over everything above that changes a result."""
