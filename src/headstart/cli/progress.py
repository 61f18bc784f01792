"""Progress on stderr: a line for each thing done, and one that moves while it is done."""

import sys
import time

from headstart.domain.event import Event


class Progress:
    """An `on_event` callback that writes for people."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._began: tuple[str, float] = ("", 0.0)
        self._eta: float | None = None

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if event.total:
            self._moving(event)
            return
        self.clear()
        self._eta = event.eta_seconds if event.eta_seconds is not None else self._eta
        left = f"  [{_minutes(event.eta_seconds)} left]" if event.stage == "stored" else ""
        print(f"{event.message}{left}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Wipe the moving line."""
        if self._live:
            print("\r\x1b[2K", end="", file=sys.stderr, flush=True)

    def _moving(self, event: Event) -> None:
        if not self._live:
            return
        now = time.monotonic()
        if self._began[0] != event.message or event.done <= 1:
            self._began = (event.message, now)
        rate = (event.done - 1) / max(1e-6, now - self._began[1])
        pace = f", {rate:.1f} steps/s" if event.done > 1 else ""
        text = f"{event.message}: step {event.done} of {event.total}{pace}"
        print(f"\r\x1b[2K{text}", end="", file=sys.stderr, flush=True)


def _minutes(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"
