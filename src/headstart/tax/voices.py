"""Checkpoints in memory, no more of them at a time than a job needs."""

from collections.abc import Callable

from headstart.tax.port import Speaks


class Voices:
    """Opens checkpoints by name; keeps the base, and one other at a time."""

    def __init__(self, base: str, load: Callable[[str], Speaks]) -> None:
        self._base = base
        self._load = load
        self._open: dict[str, Speaks] = {}

    def __call__(self, name: str) -> Speaks:
        """The checkpoint, loaded if it is not."""
        if name not in self._open:
            for other in set(self._open) - {self._base}:
                del self._open[other]
            self._open[name] = self._load(name)
        return self._open[name]
