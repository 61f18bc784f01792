"""The server is stopped while a page is open."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from studio_browser import PATIENCE_MS, free_port, serving


def test_a_banner_says_that_the_server_is_gone_until_it_is_back(
    chromium: Browser, tmp_path: Path
) -> None:
    port = free_port()
    room = chromium.new_context()
    page = room.new_page()
    with serving(tmp_path, port) as studio:
        page.goto(f"{studio.url}/compare")
        page.wait_for_load_state()
        expect(page.locator("#gone")).to_be_hidden()
    expect(page.locator("#gone")).to_be_visible(timeout=PATIENCE_MS)
    assert "headstart studio" in page.inner_text("#gone")
    page.click("#retry")
    expect(page.locator("#gone")).to_be_visible()
    with serving(tmp_path, port):
        expect(page.locator("#gone")).to_be_hidden(timeout=PATIENCE_MS)
    room.close()


def test_an_open_page_does_not_keep_the_server_from_ending(
    chromium: Browser, tmp_path: Path
) -> None:
    room = chromium.new_context()
    page = room.new_page()
    with serving(tmp_path, free_port()) as studio:
        page.goto(f"{studio.url}/trials")
        page.wait_for_timeout(1000)
        studio.process.terminate()
        assert studio.process.wait(PATIENCE_MS / 1000) in (0, -15)
    room.close()
