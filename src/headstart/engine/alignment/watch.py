"""Stopping a stage that goes wrong, before what was good is overwritten."""

import math
from collections import deque
from collections.abc import Callable

from headstart.errors import StageStopped

HOPELESS_NATS = 20.0
"""A loss this far above the first is not noise."""
RISE_NATS = 1.0
"""Losses that lie this far above the lowest they ever were on average have diverged."""
WINDOW = 20
"""Losses in such an average."""


class Watch:
    """Looks at each step's loss and stops what has diverged."""

    def __init__(self, kept: Callable[[], str]) -> None:
        """Begin before the first step; `kept` says what is left when it stops."""
        self._kept = kept
        self._first: float | None = None
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._lowest = math.inf

    def see(self, loss: float, step: int) -> None:
        """Take in the loss (nats) of a step.

        Raises:
            StageStopped: it is not finite, or far above what it was.
        """
        self._first = loss if self._first is None else self._first
        self.require_sane(loss, step)
        self._recent.append(loss)
        if len(self._recent) == WINDOW:
            mean = sum(self._recent) / WINDOW
            self._lowest = min(self._lowest, mean)
            if mean > self._lowest + RISE_NATS:
                raise self._stopped(
                    f"the mean loss rose from {self._lowest:.2f} to {mean:.2f} by step {step}"
                )

    def require_sane(self, loss: float, step: int) -> None:
        """Refuse a loss that is no number, or far above the first.

        Raises:
            StageStopped: it is.
        """
        self.require_finite(loss, step)
        if self._first is not None and loss > self._first + HOPELESS_NATS:
            raise self._stopped(f"loss {self._first:.2f} at first, {loss:.4g} after step {step}")

    def require_finite(self, loss: float, step: int) -> None:
        """Refuse a loss that is no number.

        Raises:
            StageStopped: it is not finite.
        """
        if not math.isfinite(loss):
            raise self._stopped(f"the loss was not finite at step {step}")

    def _stopped(self, what: str) -> StageStopped:
        return StageStopped(
            f"training diverged: {what}; {self._kept()}",
            hint="use a lower --learning-rate with another --out; try a tenth of it",
        )
