"""What the user asks of the data."""

from pydantic import Field

from headstart.domain.value import Value


class DataRequest(Value):
    """The options that say which data is used and how it is scored."""

    data: str
    """Training data: a JSONL, JSON, CSV, TSV or Parquet file, a `save_to_disk` folder, a hub id."""
    test: str | None = None
    """Test data in the same forms; None cuts a test set out of the training data."""
    columns: dict[str, str] = Field(default_factory=dict)
    """From headstart's column names to the file's: `{"prompt": "question"}`."""
    instruction: str | None = None
    """Put before each prompt; None lets headstart write one for labels, "" wants none."""
    system: str = ""
    """The system message; must be empty where the rows bring their own."""
    metric: str | None = None
    """A name of `headstart.tasks.metrics.METRICS`, `module:function`, or None for the default."""
    max_test: int = 500
    """At most this many test rows are scored; at least 1."""
    seed: int = 0
    """Orders the training rows and picks the test rows and the dev rows."""
