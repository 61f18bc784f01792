"""Trials, or a measurement of the tax, in a process of their own.

Run as `python -m headstart.studio.worker.heavy`.

Reads a `HeavyAsk` as one line on stdin and writes lines of JSON on stdout: `{"event": ...}` for
progress, and last `{"plan": ...}`, `{"report": true}`, `{"stopped": true}` or `{"error": ...}`.
SIGTERM, or the end of stdin, ends it at the next step; what was finished is stored.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from headstart.choose import plan_only, run
from headstart.domain.event import Event
from headstart.domain.tax import TaxRequest
from headstart.errors import HeadstartError, Interrupted
from headstart.studio.worker.asked import HeavyAsk
from headstart.taxation import measure_tax

Write = Callable[[dict[str, Any]], None]
GENTLE = 5
"""Niceness, so that pages and comparisons answer while trials run."""


def main() -> None:
    """Do what stdin asks for."""
    os.nice(GENTLE)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    ask = HeavyAsk.model_validate_json(sys.stdin.readline())
    threading.Thread(target=_until_closed, args=(sys.stdin, stop), daemon=True).start()

    def write(line: dict[str, Any]) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    try:
        _work(ask, stop, write)
    except Interrupted:
        write({"stopped": True})
    except HeadstartError as error:
        write({"error": {"fact": error.fact, "hint": error.hint}})


def _work(ask: HeavyAsk, stop: threading.Event, write: Write) -> None:
    def on_event(event: Event) -> None:
        if stop.is_set():
            raise Interrupted
        write({"event": event.model_dump(mode="json")})

    out = Path(ask.out) if ask.out is not None else None
    if isinstance(ask.request, TaxRequest):
        measure_tax(ask.request, out=out, on_event=on_event, should_stop=stop.is_set)
    elif out is None:
        plan = plan_only(ask.request, on_event=on_event)
        write({"plan": json.loads(plan.model_dump_json(by_alias=True))})
        return
    else:
        run(ask.request, out=out, on_event=on_event, should_stop=stop.is_set)
    write({"report": True})


def _until_closed(lines: TextIO, stop: threading.Event) -> None:
    """The studio holds stdin open; where it ends, so does the work."""
    lines.read()
    stop.set()


if __name__ == "__main__":
    main()
