"""A studio with its real processes, and a real Chromium that looks at it.

Skipped where no Chromium is installed (Debian: `apt install chromium`); under CI that fails.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from studio_browser import Served, Watched, free_port, serving, watched


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    program = os.environ.get("HEADSTART_CHROMIUM") or shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: apt install chromium")
        pytest.skip("no chromium here: apt install chromium")
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One studio for all tests."""
    with serving(tmp_path_factory.mktemp("studio"), free_port()) as found:
        yield found


@pytest.fixture
def watched_page(chromium: Browser, studio: Served) -> Iterator[Watched]:
    """A page at the usual size."""
    with watched(chromium, studio, viewport={"width": 1200, "height": 900}) as found:
        yield found


@pytest.fixture
def page(watched_page: Watched) -> Page:
    """The same, to act on."""
    return watched_page.page
