"""Requests to the processes, and whether one was asked to stop."""

from dataclasses import dataclass

from pydantic import Field

from headstart.domain.plan import Request
from headstart.domain.tax import TaxRequest
from headstart.domain.value import Value


@dataclass
class Asked:
    """A running request; the model's thread counts, the reader's thread stops."""

    computed: int = 0
    """Tokens that were computed for it."""
    stopped_at: int | None = None
    """How many of them were there when the stop came."""

    def stop(self) -> None:
        """Have it end before its next token."""
        if self.stopped_at is None:
            self.stopped_at = self.computed

    @property
    def is_stopped(self) -> bool:
        """Whether it shall end."""
        return self.stopped_at is not None

    @property
    def after_stop(self) -> int | None:
        """Tokens computed since the stop came; None where none came."""
        return None if self.stopped_at is None else self.computed - self.stopped_at


class TrialAsk(Value):
    """A set of trials that is to be looked at, or run."""

    request: Request
    """As the command line builds it."""
    rows: int = Field(default=3, ge=1, le=20)
    """Training rows to show with their loss mask."""


class HeavyAsk(Value):
    """Work for a process of its own, as it reads it on stdin."""

    request: Request | TaxRequest
    """As the command line builds it."""
    out: str | None
    """Run folder; None only plans the trials."""
