"""Seconds from `headstart studio` to two different answers on the screen: two clicks in Chromium.

    python benchmarks/studio_first.py

Starts a studio of its own three times, opens the first page in an empty browser, presses "Ask both
the same question" and "Run", and prints, as JSON, the medians. The browser is started before the
clock is. Take it on an idle machine.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from playwright.sync_api import Browser, expect, sync_playwright

PORT = 8458
URL = f"http://127.0.0.1:{PORT}"
TIMES = 3
PATIENCE_MS = 600_000


def main() -> None:
    """Measure and print."""
    with sync_playwright() as playwright:
        args = ["--no-sandbox"] if os.geteuid() == 0 else []
        program = os.environ.get("HEADSTART_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=args)
        found = [once(browser) for _ in range(TIMES)]
        browser.close()
    served, insight = (statistics.median(each) for each in zip(*found, strict=True))
    told = {"page_seconds": served, "insight_seconds": insight, "clicks": 2, "n": TIMES}
    print(json.dumps({**told, "load_average": os.getloadavg()[0]}))


def once(browser: Browser) -> tuple[float, float]:
    """Seconds to the first page, and to both answers."""
    with tempfile.TemporaryDirectory() as room:
        began = time.perf_counter()
        words = [sys.executable, "-m", "headstart", "studio", "--no-open", "--port", str(PORT)]
        server = subprocess.Popen(words, cwd=room, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            server.stdout.readline()  # the address, printed once the port is listened on
            context = browser.new_context(base_url=URL)
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            page.goto("/")
            served = time.perf_counter() - began
            page.click("text=Ask both the same question")
            page.click("#run")
            expect(page.locator("#pane-instruct .why")).not_to_be_empty(timeout=PATIENCE_MS)
            expect(page.locator("#pane-base .reply")).not_to_be_empty(timeout=PATIENCE_MS)
            insight = time.perf_counter() - began
            context.close()
        finally:
            server.terminate()
            server.wait()
    return round(served, 2), round(insight, 2)


if __name__ == "__main__":
    main()
