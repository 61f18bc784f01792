"""What trials need of an engine, so that they can be run with another, or with a toy."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from headstart.domain.plan import Recipe
from headstart.domain.report import TokenView
from headstart.domain.task import Example
from headstart.domain.trial import Answer, Training
from headstart.domain.value import NotMeasured


class Session(Protocol):
    """One start, ready to be measured and trained."""

    @property
    def findings(self) -> tuple[str, ...]:
        """What the user should know of this start."""

    def view(self, example: Example) -> tuple[str, tuple[TokenView, ...]]:
        """The exact training text, and its tokens with the loss mask."""

    def tuned(
        self,
        examples: Sequence[Example],
        recipe: Recipe,
        *,
        learning_rate: float,
        seed: int,
        on_step: Callable[[int, int], None],
    ) -> AbstractContextManager[Training]:
        """Train; within the block the session measures with the tuned weights."""

    def measure(self, examples: Sequence[Example], shots: Sequence[Example] = ()) -> list[Answer]:
        """What the model does with each example."""

    def bits_per_byte(self, examples: Sequence[Example]) -> float | NotMeasured:
        """Bits per completion byte over all examples together."""


OpenSession = Callable[[str], Session]
"""From a start's name to its session."""
