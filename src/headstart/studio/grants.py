"""What the user opened: the only checkpoints and data that pages read."""

from collections.abc import Iterator
from pathlib import Path

from headstart.builtin import is_builtin


class Grants:
    """Sources that were opened by a person, on a page of the studio, since it was started.

    A source is opened by sending a form, which the guard lets through from the studio's own
    pages only. An address alone, wherever it comes from, opens nothing; what ships with
    headstart is always open.
    """

    def __init__(self) -> None:
        self._opened: set[str] = set()

    def open(self, *sources: str) -> None:
        """Remember what the user named."""
        self._opened |= {source.strip() for source in sources if source.strip()}

    def holds(self, source: str) -> bool:
        """Whether a page may read it."""
        bare = source.strip()
        return bare in self._opened or is_builtin(bare)

    def closed(self, *sources: str) -> tuple[str, ...]:
        """Those of `sources` that are not open, empty ones left out."""
        return tuple(each for each in sources if each.strip() and not self.holds(each))


def below(root: Path, name: str) -> Path | None:
    """The folder directly under `root` whose name is exactly `name`; None if there is none.

    The name is looked up among what is there and never joined to a path.
    """
    return next((found for found in folders(root) if found.name == name), None)


def folders(root: Path) -> Iterator[Path]:
    """The folders directly under `root`; a link that leads out of it counts as absent."""
    real = root.resolve()
    for found in root.iterdir() if root.is_dir() else ():
        if found.is_dir() and found.resolve().is_relative_to(real):
            yield found
