"""This side of the process that renders: starts it, asks it, ends it when it overruns."""

import atexit
import functools
import json
import os
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jinja2
import markupsafe

WALL_SECONDS = 60.0 if find_spec("resource") else 5.0
"""A process that gives no answer for so long is killed, whatever holds it.

Where the kernel counts processor time, that ends a runaway in less than 3 seconds, and this
is only for a machine that comes to a halt: a busy one must not fail a sound template.
"""
READY = "ready"
_ENDED = "it took too much time or memory, and its process was ended"

Line = dict[str, Any]


class Worker:
    """The process that renders: started when first asked, replaced when it ends."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._inherited: list[subprocess.Popen[str] | None] = []

    def ask(self, request: Line, count: int) -> list[Line]:
        """Send one request and give `count` replies; missing ones read as an overrun.

        A template whose syntax cannot be read has one reply only.
        """
        with self._lock:
            replies = self._exchange(json.dumps(request), count)
        if _is_whole(replies, count):
            return replies
        return replies + [{"error": "overrun", "says": _ENDED}] * (count - len(replies))

    def _exchange(self, request: str, count: int) -> list[Line]:
        process = self._running()
        watch = threading.Timer(WALL_SECONDS, process.kill)
        watch.daemon = True
        watch.start()
        replies: list[Line] = []
        try:
            _send(process, request)
            while not _is_whole(replies, count) and (line := _received(process)).endswith("\n"):
                replies.append(json.loads(line))
        except BrokenPipeError:
            pass  # it ended before it read the request: no replies
        finally:
            watch.cancel()
            if not _is_whole(replies, count) or any(one.get("final") for one in replies):
                # also when interrupted: replies still under way would answer the next request
                self.close()
        return replies

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = _started()
            if _received(self._process).strip() != READY:
                raise RuntimeError("the process that renders templates does not start")
        return self._process

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def forget(self) -> None:
        """In a forked child: the process belongs to the parent, and is not to be ended here."""
        self._inherited.append(self._process)
        self._process, self._lock = None, threading.Lock()


@functools.cache
def worker() -> Worker:
    """The one process of this program; it ends with the program."""
    made = Worker()
    atexit.register(made.close)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=made.forget)
    return made


def _is_whole(replies: list[Line], count: int) -> bool:
    return len(replies) == count or (bool(replies) and "error" in replies[0])


def _started() -> subprocess.Popen[str]:
    """Start it without site packages, environment or folder of its own.

    It finds its few modules by their places, and reads nothing else of the machine.
    """
    ours = Path(__file__).resolve().parents[2]
    theirs = [Path(module.__file__ or "").resolve().parents[1] for module in (jinja2, markupsafe)]
    roots = [str(root) for root in (ours, *theirs)]
    program = (
        f"import sys; sys.path[:0] = {list(dict.fromkeys(roots))!r}; "
        "from headstart.templates.worker import main; main()"
    )
    kept = {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - this interpreter, and no text from outside
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        env=kept,
        cwd=os.path.abspath(os.sep),
    )


def _send(process: subprocess.Popen[str], request: str) -> None:
    assert process.stdin is not None
    process.stdin.write(request + "\n")
    process.stdin.flush()


def _received(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()
