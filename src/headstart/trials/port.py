"""What trials need of an engine, so that they can be run with another, or with a toy."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from headstart.domain.plan import Recipe, StartView
from headstart.domain.task import Example
from headstart.domain.trial import Answer, Training
from headstart.domain.value import NotMeasured


class Session(Protocol):
    """One start, ready to be measured and trained."""

    def view(
        self,
        train: Sequence[Example],
        test: Sequence[Example],
        shots: Sequence[Example] = (),
    ) -> StartView:
        """The first example as it is trained, and what rendering all of them showed."""

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
