"""headstart: measure from which checkpoint a fine-tune should start.

`headstart.choose(...)` runs the whole story and returns a `Report`; names are
loaded on first use, so that importing the package costs nothing.
"""

from headstart.version import __version__

__all__ = ["Report", "__version__", "choose"]


def __getattr__(name: str) -> object:
    """Load the two public names on first use."""
    if name == "choose":
        from headstart.choose import choose

        return choose
    if name == "Report":
        from headstart.domain.report import Report

        return Report
    raise AttributeError(f"module 'headstart' has no attribute {name!r}")
