"""Debian's Chromium, driven by Playwright."""

import contextlib
import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own; the test is skipped where none is installed, and fails under CI.

    One at a time in a process: Playwright holds an event loop as long as it runs, so fixtures
    keep it for a module and not for the session.
    """
    program = os.environ.get("HEADSTART_CHROMIUM") or shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: apt install chromium")
        pytest.skip("no chromium here: apt install chromium")
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        found = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield found
        found.close()
