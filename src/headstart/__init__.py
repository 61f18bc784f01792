"""headstart: measure from which checkpoint a fine-tune should start.

`headstart.choose(...)` runs the whole story and returns a `Report`; `headstart.builtin_pair()`
gives the folders of the two checkpoints that ship with the package. Names are loaded on first
use, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING

from headstart.version import __version__

if TYPE_CHECKING:
    from headstart.builtin import builtin_pair
    from headstart.choose import choose
    from headstart.domain.report import Report

__all__ = ["Report", "__version__", "builtin_pair", "choose"]


def __getattr__(name: str) -> object:
    """Load the public names on first use."""
    if name == "choose":
        from headstart.choose import choose

        return choose
    if name == "builtin_pair":
        from headstart.builtin import builtin_pair

        return builtin_pair
    if name == "Report":
        from headstart.domain.report import Report

        return Report
    raise AttributeError(f"module 'headstart' has no attribute {name!r}")
