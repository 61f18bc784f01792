"""Progress, as it leaves through the one `on_event` callback."""

from collections.abc import Callable

from headstart.domain.value import Value


class Event(Value):
    """Something that happened in a run."""

    stage: str
    """resolve, plan, baselines, sweep, trials, judge or stored."""
    message: str
    """One line for people."""
    done: int = 0
    """Units of the running step that are done."""
    total: int = 0
    """Units of the running step in all; 0 where it has none."""
    eta_seconds: float | None = None
    """Time left for the whole run by the plan's estimate, corrected by what was seen."""


OnEvent = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Drop the event."""
