"""What a metric is."""

from collections.abc import Callable

from headstart.domain.task import Shape
from headstart.domain.value import Value


class Metric(Value):
    """One way to score a prediction against its reference."""

    name: str
    """As the user writes it after `--metric`."""
    higher_is_better: bool = True
    """False for bits per byte."""
    suits: tuple[Shape, ...]
    """The shapes it is meant for; the first is implied where the detected one is not among them."""
    score: Callable[[str, str], float] | None
    """Takes prediction and reference; in [0, 1] unless the user's own. None: see the engine."""
    extracts: Callable[[str, str], bool] | None = None
    """Whether an answer could be told from the prediction at all; None where always."""
    about: str
    """What it measures, in one sentence."""
    source: str = ""
    """For a user's own metric: sha256 of the file that defines it."""
