"""What holds for every page, in a real browser."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from studio_browser import Served, watched
from studio_scenes import PAGES, address, prepared

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
THEMES = ("light", "dark")


@pytest.fixture(scope="module", autouse=True)
def _prepared(studio: Served) -> None:
    prepared(studio)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(chromium: Browser, studio: Served, name: str, theme: str) -> None:
    with watched(chromium, studio, color_scheme=theme) as found:
        found.page.goto(address(name))
        for part in found.page.locator("details").all():
            part.evaluate("one => { one.open = true; }")
        results = Axe().run(found.page, options=WCAG)
        told = [
            (one["id"], one["nodes"][0]["html"][:160]) for one in results.response["violations"]
        ]
        assert not told


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways_on_a_phone(chromium: Browser, studio: Served, name: str) -> None:
    with watched(chromium, studio, viewport={"width": 360, "height": 740}) as found:
        found.page.goto(address(name))
        for part in found.page.locator("details").all():
            part.evaluate("one => { one.open = true; }")
        wide = found.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360


@pytest.mark.parametrize("name", PAGES)
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(page: Page, name: str) -> None:
    page.goto(address(name))
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(
                "a[href], button, input, textarea, select, summary")]
             .filter((one) => !one.disabled && one.checkVisibility() && one.type !== "radio")
             .length"""
    )
    seen, unmarked = set(), []
    for _ in range(wanted + 12):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
                 const one = document.activeElement;
                 if (!one || one === document.body) return null;
                 const pick = one.closest(".pick");
                 const around = pick ? pick.querySelector(".button") : one;
                 const style = getComputedStyle(around);
                 const all = [...document.querySelectorAll("*")];
                 return [all.indexOf(one), one.outerHTML.slice(0, 80),
                         style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0];
               }"""
        )
        if found is None:
            break
        seen.add(found[0])
        if not found[2]:
            unmarked.append(found[1])
    assert len(seen) >= wanted
    assert not unmarked


@pytest.mark.parametrize("name", PAGES)
def test_page_and_twin_say_the_same(page: Page, name: str) -> None:
    page.goto(address(name))
    twin = page.locator('link[rel="alternate"]').get_attribute("href")
    assert twin is not None
    answer = page.request.get(twin)
    assert answer.ok
    told = answer.json()
    text = page.inner_text("body")
    for wanted in PAGES[name].shown(told):
        assert wanted in text
    assert json.dumps(told, sort_keys=True)
    assert "NaN" not in answer.text()


def test_less_motion_is_honoured(chromium: Browser, studio: Served) -> None:
    with watched(chromium, studio, reduced_motion="reduce") as found:
        found.page.goto("/compare")
        moving = found.page.evaluate(
            """() => [...document.querySelectorAll("*")].filter((one) => {
                 const style = getComputedStyle(one);
                 return style.animationName !== "none" || style.transitionDuration !== "0s"
                     || style.scrollBehavior === "smooth";
               }).length"""
        )
        assert moving == 0


def test_a_chosen_theme_outlives_a_reload(page: Page) -> None:
    page.goto("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.select_option("#theme", "dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark != light
    page.select_option("#theme", "system")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_the_page_works_where_storage_is_blocked(chromium: Browser, studio: Served) -> None:
    with watched(chromium, studio) as found:
        found.page.add_init_script(
            "Object.defineProperty(window, 'localStorage', "
            "{ get() { throw new Error('blocked'); } })"
        )
        found.page.goto("/")
        found.page.select_option("#theme", "dark")
        assert found.page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_header_tells_how_far_the_reader_is_in_the_lesson(page: Page) -> None:
    page.goto("/")
    place = page.locator("[data-lesson-progress]")
    steps = place.get_attribute("data-lesson-progress")
    expect(place).to_be_empty()
    page.evaluate(
        """localStorage.setItem("headstart.lesson.base-vs-instruct.v1",
             JSON.stringify({version: 1, guesses: {knows: "few"}, answers: {}, runs: {}}))"""
    )
    page.goto("/compare")
    expect(place).to_have_text(f"1 of {steps}")
