"""A tax run begun on its page, its report as it comes, and its items, in a real browser."""

import pytest
from playwright.sync_api import Page, expect
from studio_browser import PATIENCE_MS, Served
from taxed import stored_tax

pytestmark = pytest.mark.slow


def test_a_run_begins_on_the_page_and_its_report_comes_without_a_reload(page: Page) -> None:
    page.goto("/tax")
    page.get_by_label("Minutes").fill("2")
    page.get_by_label("Most items each").fill("6")
    page.get_by_role("button", name="Measure").click()
    expect(page.locator(".progress .badge")).to_be_visible()
    where = page.url
    expect(page.get_by_role("heading", name="How it was measured")).to_be_visible(
        timeout=3 * PATIENCE_MS
    )
    assert page.url == where
    told = page.request.get(f"{where}.json").json()
    assert [one["name"] for one in told["report"]["checkpoints"]] == ["instruct"]
    assert {tally["measure"] for tally in told["items"]["tallies"]} >= {"accuracy", "over-refusal"}


def test_a_run_is_stopped_on_its_page(page: Page) -> None:
    page.goto("/tax")
    page.get_by_label("Most items each").fill("7")
    page.get_by_role("button", name="Measure").click()
    page.get_by_role("button", name="Stop and keep").click()
    expect(page.locator(".progress .badge")).to_have_text("unfinished")


def test_a_count_leads_to_its_items_by_keyboard_alone(page: Page, studio: Served) -> None:
    stored_tax(studio.runs / "tax-items")
    page.goto("/tax/tax-items")
    told = page.request.get(f"{page.url}.json").json()["items"]
    counts = next(t["counts"] for t in told["tallies"] if t["measure"] == "over-refusal")
    link = page.get_by_role("link", name=f"over-refusal, only base: {counts['base']}")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#shown")).to_contain_text(f"only base right, {counts['base']} items")
    expect(page.locator(".said strong")).to_have_count(min(20, counts["base"]))
    expect(page.locator("a[aria-current=true]")).to_have_text(str(counts["base"]))
