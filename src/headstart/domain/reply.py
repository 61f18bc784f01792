"""What a model wrote, and why it ended."""

from dataclasses import dataclass
from enum import StrEnum


class Stop(StrEnum):
    """Why a reply ended."""

    TURN_END = "turn end"
    DOCUMENT_END = "document end"
    LIMIT = "limit"


@dataclass(frozen=True)
class Reply:
    """What a model wrote."""

    ids: tuple[int, ...]
    """All of it, the stop included."""
    text: str
    """Without the stop."""
    stop: Stop
    """What ended it."""

    @property
    def has_stopped(self) -> bool:
        """Whether the model ended it."""
        return self.stop is not Stop.LIMIT
