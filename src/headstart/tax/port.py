"""How measures speak with a checkpoint, whether it is loaded here or served elsewhere."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, runtime_checkable

from headstart.domain.reply import Reply
from headstart.domain.tax import Mode
from headstart.domain.value import NotMeasured

Tokens = tuple[int, ...]


class ShiftLike(Protocol):
    """One position of one output."""

    @property
    def rank(self) -> int:
        """Of the written token under the base."""

    @property
    def kl_bits(self) -> float:
        """Divergence of the base, in bits."""


@runtime_checkable
class Speaks(Protocol):
    """A checkpoint that writes."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """In which formats it can be asked."""

    def replies(
        self,
        asks: Sequence[str],
        mode: Mode,
        *,
        limit: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Reply]:
        """One reply to each request."""


@runtime_checkable
class Scores(Speaks, Protocol):
    """A checkpoint that also tells how likely given texts are."""

    def options(
        self, items: Sequence[tuple[str, Sequence[str]]], mode: Mode
    ) -> list[tuple[float, ...]]:
        """Log-probability of each option's text as the answer."""

    def bits(self, texts: Sequence[str], mode: Mode) -> list[float]:
        """Bits of each passage."""


@runtime_checkable
class Weighs(Scores, Protocol):
    """A checkpoint that is loaded here: everything can be asked of it."""

    vocabulary: int
    """Tokens that its tokenizer knows."""

    def endings(self, items: Sequence[tuple[str, str]], mode: Mode) -> list[float]:
        """Probability that a complete answer ends."""

    def entropies(self, asks: Sequence[str], written: Sequence[Tokens], mode: Mode) -> list[float]:
        """Mean entropy of the next token in each reply, in bits."""

    def between(self, other: Any, alpha: float) -> AbstractContextManager[None]:
        """Weights `alpha` of the way to another voice's, until the block ends."""

    def untrained_roles(self) -> tuple[str, ...] | NotMeasured:
        """Role markers of the template whose rows were never trained."""

    def shifts(
        self, base: Any, asks: Sequence[str], written: Sequence[Tokens], mode: Mode
    ) -> Sequence[Sequence[ShiftLike]]:
        """Rank and divergence under `base`, a voice of the same kind, of what was written."""
