"""Models, as a person asks about them."""

from pathlib import Path

from playwright.sync_api import Page
from studio_browser import PATIENCE_MS
from synthetic import CHATML, save, tensors

EVIL = "<img src=x onerror=alert(1)>"


def ask(page: Page, ref: str, button: str = "Inspect") -> None:
    page.goto("/")
    page.fill("input[name=a]", ref)
    page.click(f"button:text-is('{button}')")


def test_base_and_instruct_get_the_right_verdict_with_evidence(page: Page) -> None:
    for ref, wanted in (
        ("builtin:base", "a base model"),
        ("builtin:instruct", "an instruct model"),
    ):
        ask(page, ref)
        assert wanted in page.inner_text("#found")
        page.click("details.evidence summary")
        assert page.locator("details.evidence tbody tr").count() > 5


def test_a_conflict_is_shown(page: Page, tmp_path: Path) -> None:
    save(tmp_path / "odd", tensors(trained=False), template=CHATML)
    ask(page, str(tmp_path / "odd"))
    assert "was not trained for" in page.inner_text(".conflict")


def test_a_bad_path_is_an_error_beside_the_input_that_keeps_it(page: Page) -> None:
    ask(page, "/no/such/model")
    assert page.input_value("input[name=a]") == "/no/such/model"
    assert "/no/such/model" in page.inner_text(".problem")
    assert page.get_attribute("input[name=a]", "aria-describedby") == "problem"


def test_a_hostile_name_and_template_stay_text(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / EVIL
    save(folder, tensors(trained=True), template=CHATML + "{#" + EVIL + "#}")
    ask(page, str(folder))
    assert page.locator("main img").count() == 0
    assert "onerror" in page.inner_text("#found")


def test_trying_what_a_model_does_shows_up_as_evidence(page: Page) -> None:
    ask(page, "builtin:instruct", "Also try what it does")
    page.wait_for_selector("details.evidence", timeout=PATIENCE_MS)
    page.click("details.evidence summary")
    row = page.locator("details.evidence tr", has_text="behaviour")
    assert "not measured" not in row.first.inner_text()
