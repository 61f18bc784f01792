"""A studio that runs, and pages that are watched while a browser looks at them."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

BEGIN_SECONDS = 180.0
PATIENCE_MS = 120_000
"""Machines that test are slow and shared."""


@dataclass
class Served:
    """A studio that runs."""

    url: str
    """Where it is."""
    runs: Path
    """Where its run folders lie."""
    process: "subprocess.Popen[bytes]"
    """The server."""


@dataclass
class Watched:
    """A page, and everything that it should not have done."""

    page: Page
    """The page."""
    origin: str
    """The studio."""
    faults: list[str] = field(default_factory=list)
    """Console errors, script errors, requests that leave the machine."""


@contextmanager
def serving(room: Path, port: int) -> Iterator[Served]:
    """Run the program as a user would."""
    words = [sys.executable, "-m", "headstart", "studio", "--no-open", "--port", str(port)]
    process = subprocess.Popen(words, cwd=room, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield Served(url, room / "headstart-runs", process)
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    began = time.monotonic()
    while time.monotonic() - began < BEGIN_SECONDS:
        assert process.poll() is None, "the studio has ended"
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=10):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the studio did not begin to serve")


@contextmanager
def watched(browser: Browser, studio: Served, **context: object) -> Iterator[Watched]:
    """A page of a context of its own; whatever it did wrong fails the test."""
    room = browser.new_context(base_url=studio.url, **context)  # type: ignore[arg-type]
    room.set_default_timeout(PATIENCE_MS)
    found = Watched(room.new_page(), studio.url)
    watch(found)
    try:
        yield found
    finally:
        room.close()
    assert not found.faults


def until(page: Page, script: str) -> None:
    """Wait until a script says true; the page's policy forbids the browser's own way to wait."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_MS / 1000:
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"it did not come to this: {script}")


def watch(found: Watched) -> None:
    """Write down what a page does wrong."""

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.faults.append(f"console: {message.text}")

    def request(asked: Request) -> None:
        if not asked.url.startswith(f"{found.origin}/"):
            found.faults.append(f"request: {asked.url}")

    found.page.on("console", console)
    found.page.on("pageerror", lambda error: found.faults.append(f"script: {error}"))
    found.page.on("request", request)
