"""How the training benchmarks speak: aligned tables, and one JSON line at the end."""

import json
import statistics
import sys
from collections.abc import Callable, Sequence

from headstart.errors import HeadstartError


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their header; all columns but the first are flushed right."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, ["-" * width for width in widths], *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip(), flush=True)
    print(flush=True)


def result(ours: float, peer: float, unit: str, **more: object) -> None:
    """Print the JSON line; `ratio` is ours over the peer's."""
    line: dict[str, object] = {
        "ours": round(ours, 4),
        "peer": round(peer, 4),
        "ratio": round(ours / peer, 4),
        "unit": unit,
    }
    print(json.dumps(line | more), flush=True)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Median with lowest and highest."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def progress(text: str) -> None:
    """Tell what is being measured, on stderr: stdout is for results."""
    print(text, file=sys.stderr, flush=True)


def guarded(measure: Callable[[], None]) -> int:
    """Exit code of `measure`: 2 where the user can put right what went wrong."""
    try:
        measure()
    except HeadstartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0
