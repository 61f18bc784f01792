"""A studio with its real processes, and a real Chromium that looks at it.

Skipped where no Chromium is installed (Debian: `apt install chromium`); under CI that fails.
"""

from collections.abc import Iterator

import browser
import pytest
from playwright.sync_api import Browser, Page
from studio_browser import Served, Watched, free_port, serving, watched


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module's tests."""
    with browser.chromium() as found:
        yield found


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
