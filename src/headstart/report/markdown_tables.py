"""Lists and pipe tables of cells that are inert already, and figures that may be absent."""

from collections.abc import Callable, Sequence

from headstart.domain.value import NotMeasured
from headstart.report.figures import not_measured
from headstart.report.inert import inline

_RULES = {"l": "---", "r": "---:"}


def table(header: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """A pipe table; `align` holds `l` or `r` for each column."""
    lines = [header, [_RULES[how] for how in align], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def bullets(items: Sequence[str]) -> str:
    """A list with one line for each item."""
    return "\n".join(f"- {item}" for item in items)


def measured(value: float | NotMeasured, write: Callable[[float], str]) -> str:
    """A figure as `write` puts it, or why there is none."""
    return inline(not_measured(value)) if isinstance(value, NotMeasured) else write(value)
