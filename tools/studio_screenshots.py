"""Pictures of every page of a running studio: light, dark, and 360 pixels wide.

    headstart studio --no-open &
    python tools/studio_screenshots.py --out pictures [--url http://127.0.0.1:8421] [--only NAME]

Takes Debian's chromium, or the one that HEADSTART_CHROMIUM names. Runs of the folder where the
studio was started are taken as they are; the comparison is run here.
"""

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

PAIR = "a=builtin%3Abase&b=builtin%3Ainstruct"
PATHS = {
    "first": "/",
    "models": f"/?{PAIR}",
    "compare": "/compare?max=48",
    "trials": "/trials",
    "new-trials": "/trials/new?data=builtin%3Atask%2Ftopics",
    "lesson": "/lesson/base-vs-instruct",
    "tax": "/tax",
}
LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
}
PATIENCE_MS = 600_000


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8421")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--look", action="append", default=[], choices=list(LOOKS))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    program = os.environ.get("HEADSTART_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        args = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(
            executable_path=program, args=args, timeout=PATIENCE_MS
        )
        for look in asked.look or list(LOOKS):
            take(browser, asked.url, asked.out, look, asked.only)
        browser.close()


def take(browser: Browser, url: str, out: Path, look: str, only: list[str]) -> None:
    """Every page in one look; pages that this studio has not are left out."""
    room = browser.new_context(base_url=url, **LOOKS[look])
    room.set_default_timeout(PATIENCE_MS)
    page = room.new_page()
    for name, path in PATHS.items() if not only else [(n, PATHS[n]) for n in only if n in PATHS]:
        answer = page.goto(path)
        if answer is None or not answer.ok:
            continue
        if name == "compare":
            page.click("#run")
            # the page's policy forbids text that is evaluated, which waiting for a function takes
            expect(page.locator("#state")).to_contain_text("Done", timeout=PATIENCE_MS)
        shoot(page, out / f"{name}-{look}.png")
        if name == "trials":
            newest(page, "#runs-title ~ .scroll a", out / f"run-{look}.png")
        if name == "tax":
            newest(page, "#live h2 a", out / f"tax-run-{look}.png")
    room.close()


def newest(page: Page, links: str, path: Path) -> None:
    """The newest run of a list."""
    first = page.locator(links).first
    if first.count():
        first.click()
        page.wait_for_selector("#live h1")
        shoot(page, path)


def shoot(page: Page, path: Path) -> None:
    """The whole page."""
    page.screenshot(path=path, full_page=True)
    print(path, flush=True)


if __name__ == "__main__":
    main()
