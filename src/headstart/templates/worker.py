"""The process that renders: `python -m headstart.templates.worker`, one for many renders.

It reads one JSON line for each template and answers with one JSON line for the syntax
and one for each render (`exchange` is all it does). What no counter of `limits` sees, the
process stops:

    processor time   a timer raises inside the template after 1 s a render or 2 s a
                     template, or what the request allows; half a second past that,
                     inside one long operation of Python itself, a signal that nothing
                     catches ends the process
    memory           allocation fails past 384 MiB (RLIMIT_AS), which reads as an overrun
    files, network   no further file can be opened (RLIMIT_NOFILE) or written (RLIMIT_FSIZE)
    other programs   none can be started (RLIMIT_NPROC, unless run by root)

and an audit hook refuses, in Python itself and on every system, to open, import, start,
delete or connect anything. The environment of the process is empty, so that there is no
secret in it to read.

Limits: the kernel's part exists on Linux, most of it on macOS, none on Windows; there
the caller's clock alone ends a process that hangs.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import lru_cache
from types import FrameType
from typing import Any, TextIO

import jinja2.constants
import jinja2.debug  # noqa: F401 - loaded here, since nothing can be loaded later
from jinja2 import Template, TemplateSyntaxError
from jinja2.exceptions import SecurityError

from headstart.templates.environment import Refused, TemplateEnvironment
from headstart.templates.limits import (
    MEMORY_BYTES,
    MOST_TEXT,
    RENDER_SECONDS,
    TEMPLATE_SECONDS,
    OutOfTime,
    Overrun,
)
from headstart.templates.syntax import facts

Line = dict[str, Any]

_MOST_SAID = 500
_HEAD_START = 0.5
"""Seconds by which the timer goes before the kernel."""
_MOST_REPLY = 2 * MOST_TEXT
"""Characters that all renders of one template may give together."""
_FORBIDDEN = ("open", "import", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "pty.")


def main() -> None:
    """Answer requests until there are no more."""
    environment = TemplateEnvironment()
    _warm_up(environment)
    source, sink = sys.stdin, sys.stdout
    restrict()
    sink.write("ready\n")
    sink.flush()
    while line := source.readline():
        for reply in exchange(environment, json.loads(line)):
            _write(sink, reply)


def exchange(environment: TemplateEnvironment, request: Line) -> Iterator[Line]:
    """All replies to one request: what the syntax says, then each render in order.

    After a render that ran out of time or memory the rest is not tried.
    """
    seconds = min(float(request["seconds"]), TEMPLATE_SECONDS)
    # the timer that can say what happened is to come first
    end_after(seconds + _HEAD_START)
    try:
        yield from _replies(environment, request, seconds)
    finally:
        end_after(0)


def _replies(environment: TemplateEnvironment, request: Line, seconds: float) -> Iterator[Line]:
    start = time.process_time()
    end = start + seconds
    reply = _attempt(
        lambda: {"syntax": _syntax(environment, request["template"])},
        min(RENDER_SECONDS, seconds),
    )
    yield reply | {"spent": time.process_time() - start}
    if "syntax" not in reply:
        return
    written, over = 0, ""
    for call in request["renders"]:
        over = over or _exhausted(end, written)
        reply = _render(environment, request, call, end) if not over else _overrun(over)
        written += len(reply.get("text", ""))
        if reply.get("final"):
            over = reply["says"]
        yield reply | {"spent": time.process_time() - start}


def _exhausted(end: float, written: int) -> str:
    if time.process_time() >= end:
        return "more time than there is for one template"
    return f"more than {_MOST_REPLY:,} characters in all" if written > _MOST_REPLY else ""


def _render(environment: TemplateEnvironment, request: Line, call: Line, end: float) -> Line:
    def produce() -> Line:
        now = datetime.fromisoformat(call["now"])
        code = _compiled(environment, request["template"])
        text = environment.produce(code, call["variables"], now)
        return {"text": text, "spans": environment.spans}

    return _attempt(produce, min(RENDER_SECONDS, end - time.process_time()))


def _attempt(work: Callable[[], Line], seconds: float) -> Line:
    """What `work` gives, or what kept it from giving anything; never an exception."""
    try:
        with _limited(seconds):
            return work()
    except OutOfTime as error:
        return _overrun(str(error), final=True)
    except Overrun as error:
        return _overrun(str(error))
    except MemoryError:
        return _overrun(f"more than {MEMORY_BYTES // 1024**2} MiB of memory", final=True)
    except RecursionError:
        return _overrun("it calls itself too deeply")
    except TemplateSyntaxError as error:
        return {"error": "broken", "says": _said(error, f"line {error.lineno}: ")}
    except Refused as error:
        return {"error": "refused", "says": _said(error)}
    except SecurityError as error:
        return {"error": "unsafe", "says": _said(error)}
    except Exception as error:  # noqa: BLE001 - a template can raise whatever Python raises
        return {"error": "failed", "says": f"{type(error).__name__}: {_said(error)}"}


def _overrun(says: str, *, final: bool = False) -> Line:
    """The reply about a broken limit; `final` where no further render should be tried."""
    return {"error": "overrun", "says": says, "final": final}


def _said(error: Exception, before: str = "") -> str:
    return before + (str(error) or type(error).__name__)[:_MOST_SAID]


@lru_cache(maxsize=8)
def _compiled(environment: TemplateEnvironment, template: str) -> Template:
    return environment.from_string(template)


@lru_cache(maxsize=8)
def _syntax(environment: TemplateEnvironment, template: str) -> Line:
    _compiled(environment, template)
    return facts(environment, template)


def _warm_up(environment: TemplateEnvironment) -> None:
    """Render once what loads modules when it is first used."""
    everything = (
        "{{ 'a b'|wordwrap(1) }}{{ [1]|pprint }}{{ 'a'|urlencode }}{{ 1|tojson(indent=1) }}"
        "{{ strftime_now('%A %d %B %Y') }}{{ lipsum(1) }}{{ 'a.com'|urlize }}"
    )
    environment.produce(environment.from_string(everything), {}, datetime(2024, 2, 29))
    environment.produce(
        environment.from_string("{{ 'é'.encode('utf-8') }}"), {}, datetime(2024, 1, 1)
    )
    facts(environment, everything)
    _attempt(lambda: {"text": environment.from_string("{{ nothing.at_all }}").render()}, 1.0)


def restrict() -> None:
    """Take from this process, for good, what a template does not need."""
    try:
        import resource
    except ImportError:  # Windows
        resource = None  # type: ignore[assignment]
    if resource is not None:
        for name, value in (
            ("RLIMIT_AS", MEMORY_BYTES),
            ("RLIMIT_CORE", 0),
            ("RLIMIT_FSIZE", 0),
            ("RLIMIT_NOFILE", 3),
            ("RLIMIT_NPROC", 0),
        ):
            # not every system knows every limit, or takes a lower one
            with suppress(AttributeError, OSError, ValueError):
                resource.setrlimit(getattr(resource, name), (value, value))
    if hasattr(signal, "SIGPROF"):
        signal.signal(signal.SIGPROF, _out_of_time)
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    del arguments
    if event.startswith(_FORBIDDEN):
        raise SecurityError(f"{event} is not allowed here")


def end_after(seconds: float) -> None:
    """Let the kernel end this process after so much more processor time; 0 for no limit.

    A limit on all that the process ever used would not do: the kernel counts that by its ticks,
    which on a busy machine run ahead of what was really used, further with every template.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raise `Overrun` in what runs inside after that much processor time."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, max(seconds, 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _out_of_time(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime(f"more than {RENDER_SECONDS:g} s for a render or {TEMPLATE_SECONDS} s in all")


def _write(sink: TextIO, reply: Line) -> None:
    sink.write(json.dumps(reply) + "\n")
    sink.flush()


if __name__ == "__main__":
    main()
