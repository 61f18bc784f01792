"""The lesson in a real Chromium: guesses, answers and what is kept of them.

Skipped where no Chromium is installed (Debian: `apt install chromium`); under CI that fails.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from lesson_served import LIVE, Site, serving

from headstart.lesson.content import lesson
from headstart.lesson.recorded import recorded

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
KEY = "headstart.lesson.base-vs-instruct.v1"
PATIENCE_MS = 120_000
"""Machines that test are slow and shared."""
STEPS = len(lesson().experiments) + len(lesson().check)
BLOCKED = """Object.defineProperty(window, "localStorage", {
  get() { throw new DOMException("denied", "SecurityError"); }
});"""

FULL = """Storage.prototype.setItem = () => {
  throw new DOMException("full", "QuotaExceededError");
};"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    program = os.environ.get("HEADSTART_CHROMIUM") or shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: apt install chromium")
        pytest.skip("no chromium here: apt install chromium")
    with sync_api.sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        found = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield found
        found.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found


@contextmanager
def looking(browser: Any, site: Site, **how: Any) -> Iterator[Any]:
    """A page in a context of its own; what it does wrong fails the test."""
    before = how.pop("before", "")
    context = browser.new_context(**{"viewport": {"width": 1100, "height": 900}} | how)
    context.set_default_timeout(PATIENCE_MS)
    if before:
        context.add_init_script(before)
    page, faults = context.new_page(), []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((site.url, "blob:")) else faults.append(asked.url)
        ),
    )
    try:
        yield page
    finally:
        context.close()
    assert not faults


@pytest.fixture
def page(browser: Any, site: Site) -> Iterator[Any]:
    with looking(browser, site) as found:
        found.goto(f"{site.url}/index.html")
        found.wait_for_selector(".lesson.awake")
        yield found


def guess(page: Any, experiment: str, option: str) -> None:
    page.check(f'#{experiment} .guess input[value="{option}"]')


def done(page: Any) -> str:
    return str(page.inner_text(".counted"))


def stored(page: Any) -> dict[str, Any]:
    return dict(json.loads(page.evaluate(f"localStorage.getItem('{KEY}')")))


def test_guesses_and_answers_survive_a_reload_and_count_as_progress(page: Any) -> None:
    assert done(page).startswith(f"0 of {STEPS}")
    guess(page, "knows", "few")
    page.check('[data-question="minus-three"] input[value="unresolved"]')
    page.reload()
    page.wait_for_selector(".lesson.awake")
    assert page.is_checked('#knows .guess input[value="few"]')
    assert page.is_checked('[data-question="minus-three"] input[value="unresolved"]')
    assert done(page).startswith(f"2 of {STEPS}")
    assert page.inner_text(".so-far") == f"2 of {STEPS} done"


def test_a_guess_is_held_against_the_run_that_is_shown(page: Any) -> None:
    outcome = recorded()["knows", ""].found.outcome
    options = {each.id: each.text for each in lesson().experiment("knows").guess.options}
    guess(page, "knows", outcome)
    assert "so it came" in page.inner_text("#knows .told")
    wrong = next(each for each in options if each != outcome)
    guess(page, "knows", wrong)
    told = page.inner_text("#knows .told")
    assert options[wrong] in told
    assert options[outcome] in told


def test_one_choice_is_shown_at_a_time(page: Any) -> None:
    shown = page.locator("#tax .finding:visible")
    assert shown.count() == 1
    page.check('#tax .choices input[value="1000"]')
    assert shown.count() == 1
    assert shown.get_attribute("data-choice") == "1000"


def test_findings_stand_open_until_the_reader_covers_them(page: Any) -> None:
    assert page.locator(".finding:visible").count() == len(lesson().experiments)
    page.check(".covering")
    assert page.locator(".finding:visible").count() == 0
    guess(page, "shift", "few")
    assert page.locator("#shift .finding:visible").count() == 1
    assert page.locator(".finding:visible").count() == 1


def test_an_answer_opens_its_own_explanation_and_no_other(page: Any) -> None:
    for answer in lesson().check[1].answers:
        page.check(f'[data-question="users-turn"] input[value="{answer.id}"]')
        opened = page.locator('[data-question="users-turn"] .because:visible p:visible')
        assert opened.count() == 1
        assert answer.because[:30] in opened.inner_text()
        verdict = page.inner_text('[data-question="users-turn"] > .told')
        assert verdict.startswith("Right" if answer.right else "Not quite")


def test_reset_clears_its_own_key_and_no_other(page: Any) -> None:
    page.evaluate("localStorage.setItem('somebody.else', 'stays')")
    guess(page, "knows", "few")
    page.click(".reset")
    assert page.evaluate(f"localStorage.getItem('{KEY}')") is None
    assert page.evaluate("localStorage.getItem('somebody.else')") == "stays"
    assert not page.is_checked('#knows .guess input[value="few"]')
    assert done(page).startswith("0 of")


def test_what_is_exported_can_be_imported(page: Any, tmp_path: Path) -> None:
    guess(page, "knows", "few")
    page.check(".covering")
    with page.expect_download() as download:
        page.click(".export")
    file = tmp_path / "mine.json"
    download.value.save_as(file)
    page.click(".reset")
    page.set_input_files(".import", str(file))
    page.wait_for_function("document.querySelector('.stored').textContent === 'Imported.'")
    assert page.is_checked('#knows .guess input[value="few"]')
    assert page.is_checked(".covering")


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "null",
        '{"version": 2}',
        '{"version": 1, "guesses": {"knows": 3}}',
        '{"version": 1, "guesses": {"<b>": "few"}}',
        '{"version": 1, "answers": {"__proto__": {"polluted": "yes"}}}',
    ],
)
def test_what_is_no_export_changes_nothing(page: Any, tmp_path: Path, text: str) -> None:
    guess(page, "knows", "few")
    (tmp_path / "bad.json").write_text(text)
    page.set_input_files(".import", str(tmp_path / "bad.json"))
    page.wait_for_function("document.querySelector('.stored').textContent.startsWith('That file')")
    assert page.is_checked('#knows .guess input[value="few"]')
    assert page.evaluate("({}).polluted") is None


@pytest.mark.parametrize("text", ["{broken", "[]", '{"version": 9}', '{"version":1,"runs":[1]}'])
def test_corrupt_storage_is_told_and_begun_anew(browser: Any, site: Site, text: str) -> None:
    setting = f"sessionStorage.seen = 1; localStorage.setItem('{KEY}', {json.dumps(text)});"
    once = f"if (!sessionStorage.seen) {{ {setting} }}"
    with looking(browser, site, before=once) as page:
        page.goto(f"{site.url}/index.html")
        page.wait_for_selector(".lesson.awake")
        assert "could not be read" in page.inner_text(".stored")
        guess(page, "knows", "few")
        assert stored(page)["guesses"] == {"knows": "few"}
        page.reload()
        page.wait_for_selector(".lesson.awake")
        assert page.is_checked('#knows .guess input[value="few"]')


def test_blocked_storage_leaves_everything_working_and_says_so(browser: Any, site: Site) -> None:
    with looking(browser, site, before=BLOCKED) as page:
        page.goto(f"{site.url}/index.html")
        page.wait_for_selector(".lesson.awake")
        assert "keeps nothing" in page.inner_text(".stored")
        guess(page, "knows", "few")
        assert done(page).startswith("1 of")
        page.select_option(".theme select", "dark")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.click(".reset")
        assert done(page).startswith("0 of")


def test_full_storage_is_told_and_the_page_goes_on(browser: Any, site: Site) -> None:
    with looking(browser, site, before=FULL) as page:
        page.goto(f"{site.url}/index.html")
        page.wait_for_selector(".lesson.awake")
        guess(page, "knows", "few")
        assert page.is_checked('#knows .guess input[value="few"]')
        assert "keeps nothing" in page.inner_text(".stored")


def test_two_tabs_keep_in_step(browser: Any, site: Site) -> None:
    with looking(browser, site) as first:
        first.goto(f"{site.url}/index.html")
        second = first.context.new_page()
        second.goto(f"{site.url}/index.html")
        second.wait_for_selector(".lesson.awake")
        first.wait_for_selector(".lesson.awake")
        guess(first, "knows", "few")
        second.wait_for_selector('#knows .guess input[value="few"]:checked')


def test_sliders_name_a_start_with_reasons_and_reset(page: Any) -> None:
    text = page.locator(".advised-text")
    before = text.inner_text()
    page.focus("#slider-talk")
    page.keyboard.press("Home")
    page.focus("#slider-rows")
    page.keyboard.press("End")
    page.focus("#slider-domain")
    page.keyboard.press("End")
    assert text.inner_text().startswith("Start from base")
    assert page.locator(".advised-why li").count() >= 2
    assert page.get_attribute("#slider-talk", "aria-valuetext").startswith("none")
    page.click("text=Reset the sliders")
    page.wait_for_function(
        "told => document.querySelector('.advised-text').textContent === told", arg=before
    )


def test_a_live_run_waits_for_a_guess_and_then_shows_its_own_finding(
    browser: Any, site: Site
) -> None:
    with looking(browser, site) as page:
        page.goto(f"{site.url}/{LIVE}")
        page.wait_for_selector(".lesson.awake")
        run = page.locator("#continues .live button[type=submit]")
        assert run.is_disabled()
        guess(page, "continues", "questions")
        page.check('#continues .choices input[value="shown"]')
        page.fill("#continues .live input", "7")
        run.click()
        page.wait_for_selector("#continues .finding:visible >> text=seed 7")
        badge = page.inner_text("#continues .finding:visible .badge")
        assert badge.startswith("Live")
        assert site.asked[-1] == {"experiment": "continues", "choice": "shown", "seed": 7}
        assert stored(page)["runs"] == {"continues": "7"}
        page.click("#continues .back")
        assert page.inner_text("#continues .finding:visible .badge").startswith("Recorded")
        page.fill("#continues .live input", "13")
        run.click()
        page.wait_for_selector("#continues .state >> text=not installed")


def test_lines_are_read_whole_wherever_their_bytes_are_cut(page: Any) -> None:
    found = page.evaluate(
        """async () => {
          const { lines } = await import("./run.js");
          const told = [{ message: "日本語 🙂 Straße" }, { html: "<p>é</p>" }];
          const text = told.map((each) => JSON.stringify(each)).join("\\n");
          const bytes = new TextEncoder().encode(text);
          const wrong = [];
          for (let at = 0; at <= bytes.length; at++) {
            const body = new ReadableStream({ start(out) {
              out.enqueue(bytes.slice(0, at)); out.enqueue(bytes.slice(at)); out.close();
            } });
            const read = [];
            for await (const line of lines(body)) read.push(line);
            if (JSON.stringify(read) !== JSON.stringify(told)) wrong.push(at);
          }
          return wrong;
        }"""
    )
    assert found == []


def test_without_javascript_all_findings_and_explanations_can_be_read(
    browser: Any, site: Site
) -> None:
    with looking(browser, site, java_script_enabled=False) as page:
        page.goto(f"{site.url}/index.html")
        assert page.locator(".finding:visible").count() == len(recorded())
        answers = sum(len(question.answers) for question in lesson().check)
        assert page.locator(".because summary:visible").count() == answers
        assert page.locator(".controls:visible, .guess:visible, .progress:visible").count() == 0


def test_everything_that_can_be_used_is_reached_by_keyboard(page: Any) -> None:
    wanted = page.evaluate(
        """() => {
          const groups = new Set(), found = [];
          for (const each of document.querySelectorAll("a, button, input, select, summary")) {
            if (!each.checkVisibility() || each.disabled) continue;
            if (each.type === "radio") {
              if (groups.has(each.name)) continue;
              groups.add(each.name);
            }
            found.push(each);
          }
          return found.length;
        }"""
    )
    page.evaluate(
        """() => {
          window.reached = new Set();
          document.addEventListener("focusin", (event) => {
            const it = event.target;
            if (it.matches("a, button, input, select, summary"))
              window.reached.add(it.type === "radio" ? it.name : it);
          });
        }"""
    )
    page.focus("body")
    for _ in range(3 * wanted):
        page.keyboard.press("Tab")
        if page.evaluate("window.reached.size") >= wanted:
            break
    assert page.evaluate("window.reached.size") == wanted


def test_a_guess_can_be_made_by_keyboard_and_focus_is_seen(page: Any) -> None:
    first = page.locator("#knows .guess input").first
    first.focus()
    page.keyboard.press("Space")
    assert first.is_checked()
    page.keyboard.press("ArrowDown")
    assert page.locator("#knows .guess input").nth(1).is_checked()
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(width.removesuffix("px")) >= 2


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", LIVE])
def test_axe_finds_nothing(browser: Any, site: Site, theme: str, name: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with looking(browser, site, color_scheme=theme) as page:
        page.goto(f"{site.url}/{name}")
        page.wait_for_selector(".lesson.awake")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
        found = axe.Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
        assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 360, 1100])
def test_nothing_scrolls_sideways(browser: Any, site: Site, width: int) -> None:
    with looking(browser, site, viewport={"width": width, "height": 800}) as page:
        page.goto(f"{site.url}/{LIVE}")
        page.wait_for_selector(".lesson.awake")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_theme_is_remembered(page: Any) -> None:
    page.select_option(".theme select", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    page.wait_for_selector(".lesson.awake")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.select_option(".theme select", "light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_pages_without_the_lesson_can_tell_the_readers_progress(page: Any) -> None:
    guess(page, "knows", "few")
    guess(page, "shift", "few")
    shown = page.evaluate(
        """async () => {
          const place = document.body.appendChild(document.createElement("span"));
          place.dataset.lessonProgress = "16";
          await import("./progress.js");
          return place.textContent;
        }"""
    )
    assert shown == "2 of 16"
