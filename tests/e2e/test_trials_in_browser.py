"""Trials, live: points come by themselves, a reload takes up the thread, a file shows its mask."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from studio_browser import PATIENCE_MS, Served, until, watched
from studio_scenes import ROWS, get, stored_run


def _hidden(studio: Served, name: str) -> dict[Path, bytes]:
    """A run that goes on: its tuned trials are taken away, to be put back one by one."""
    folder = stored_run(studio.runs, name, finished=False)
    stored = sorted((folder.path / "trials").glob("*tuned*"))
    content = {path: path.read_bytes() for path in stored}
    for path in stored:
        path.unlink()
    return content


def _jobs(studio: Served) -> list[str]:
    return [job["id"] for job in json.loads(get(studio, "/trials.json"))["jobs"]]


def marks(page: Page) -> int:
    return page.locator("#live .chart .mark").count()


def test_points_appear_without_a_reload(page: Page, studio: Served) -> None:
    hidden = _hidden(studio, "pets-live")
    page.goto("/trials/pets-live")
    page.evaluate("window.sameVisit = true")
    before = marks(page)
    for path, content in hidden.items():
        path.write_bytes(content)
    wanted = f"document.querySelectorAll('#live .chart .mark').length > {before}"
    until(page, wanted)
    assert page.evaluate("window.sameVisit") is True


def test_a_reload_in_the_middle_has_no_gap_and_no_duplicate(page: Page, studio: Served) -> None:
    hidden = list(_hidden(studio, "pets-again").items())
    page.goto("/trials/pets-again")
    for path, content in hidden[: len(hidden) // 2]:
        path.write_bytes(content)
    page.reload()
    for path, content in hidden[len(hidden) // 2 :]:
        path.write_bytes(content)
    starts = json.loads(get(studio, "/trials/pets-again.json"))["run"]["starts"]
    points = sum(len(start["curve"]) + 1 for start in starts)
    expect(page.locator("#live .chart .mark")).to_have_count(points, timeout=PATIENCE_MS)


def test_a_failed_trial_is_flagged_and_not_drawn(page: Page, studio: Served) -> None:
    stored_run(studio.runs, "pets-nan", nan=True)
    page.goto("/trials/pets-nan")
    assert "the loss is not a number at step 2" in page.inner_text("#live .problem")
    assert "NaN" not in page.inner_html("#live .chart")


def test_a_dropped_file_shows_its_loss_mask_before_anything_runs(
    page: Page, studio: Served, tmp_path: Path
) -> None:
    data = tmp_path / "mine.jsonl"
    rows = [{"prompt": f"{text} {n}", "completion": label} for n, (text, label) in enumerate(ROWS)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    jobs = _jobs(studio)
    page.goto("/trials/new")
    page.set_input_files("#file", str(data))
    page.wait_for_selector("#mask-title", timeout=PATIENCE_MS)
    trained = page.locator(".mask mark").all_inner_texts()
    assert any(label in "".join(trained) for label in ("complaint", "praise"))
    assert "ferry" not in "".join(trained)
    assert _jobs(studio) == jobs


def test_a_hostile_data_file_stays_text(page: Page, tmp_path: Path) -> None:
    data = tmp_path / "x.csv"
    evil = "<img src=x onerror=alert(1)>"
    data.write_text(
        "prompt,completion\n" + "".join(f"{evil} {n},{evil}{n % 2}\n" for n in range(24))
    )
    page.goto("/trials/new")
    page.set_input_files("#file", str(data))
    page.wait_for_selector("#mask-title", timeout=PATIENCE_MS)
    assert page.locator("main img").count() == 0
    assert "onerror" in page.inner_text("main")


def test_open_parts_and_focus_survive_fresh_points(page: Page, studio: Served) -> None:
    hidden = _hidden(studio, "pets-open")
    page.goto("/trials/pets-open")
    page.click("text=The numbers")
    before = marks(page)
    for path, content in hidden.items():
        path.write_bytes(content)
    until(page, f"document.querySelectorAll('.chart .mark').length > {before}")
    assert page.locator('details[data-key="numbers"]').get_attribute("open") is not None


def test_seven_tabs_hear_of_changes_over_one_connection(chromium: Browser, studio: Served) -> None:
    hidden = _hidden(studio, "pets-tabs")
    with watched(chromium, studio) as found:
        asked: list[str] = []
        found.page.context.on("request", lambda request: asked.append(request.url))
        tabs = [found.page, *(found.page.context.new_page() for _ in range(6))]
        for tab in tabs:
            tab.goto("/trials/pets-tabs")
        before = marks(tabs[0])
        for path, content in hidden.items():
            path.write_bytes(content)
        wanted = f"document.querySelectorAll('.chart .mark').length > {before}"
        for tab in tabs:
            until(tab, wanted)
        assert len([url for url in asked if "/events?" in url]) <= 2
