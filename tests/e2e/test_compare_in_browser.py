"""Compare, as a person sees it."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect
from studio_browser import PATIENCE_MS, Served, until, watched
from studio_scenes import get

REPLY = "#pane-{} .reply"
STREAMED = "() => [...document.querySelectorAll('.reply')].map((one) => one.textContent.length)"


def run(page: Page, path: str = "/compare") -> None:
    page.goto(path)
    page.click("#run")


def done(page: Page) -> None:
    expect(page.locator("#state")).to_contain_text("Done", timeout=PATIENCE_MS)


def test_the_first_visit_leads_in_two_clicks_to_two_different_answers(page: Page) -> None:
    page.goto("/")
    page.click("text=Ask both the same question")
    page.click("#run")
    done(page)
    base, instruct = (page.inner_text(REPLY.format(pane)) for pane in ("base", "instruct"))
    assert base.strip()
    assert instruct.strip()
    assert base != instruct
    assert "It ended its turn." in page.inner_text("#pane-instruct .why")
    assert page.inner_text("#badge .badge") == "Live"


def test_tokens_grow_in_both_panes_before_either_ends(page: Page) -> None:
    page.goto("/compare?max=200")
    page.evaluate(
        """() => {
             window.grown = [];
             const look = () => window.grown.push(
               [...document.querySelectorAll(".reply")].map((one) => one.textContent.length).concat(
                 [...document.querySelectorAll(".why")].map((one) => one.textContent.length)));
             new MutationObserver(look).observe(document.querySelector(".panes"),
               { childList: true, subtree: true, characterData: true });
           }"""
    )
    page.click("#run")
    done(page)
    seen = page.evaluate("window.grown")
    both = [row for row in seen if row[0] and row[1] and not row[2] and not row[3]]
    assert len(both) > 3


def test_stop_halts_the_computation_within_three_tokens(page: Page) -> None:
    page.goto("/compare?max=512&mode=same-raw")
    page.click("#run")
    until(page, f"({STREAMED})().every((length) => length > 10)")
    page.keyboard.press("Escape")
    done(page)
    told = re.search(r"(\d+) tokens after the stop", page.inner_text("#state"))
    assert told is not None
    assert int(told[1]) <= 3
    assert "You stopped it." in page.inner_text("#pane-base .why") + page.inner_text(
        "#pane-instruct .why"
    )


def test_one_pane_fails_and_the_other_finishes(page: Page) -> None:
    run(page, "/compare?max=16&inst=%2Fno%2Fsuch%2Fmodel")
    done(page)
    assert "/no/such/model" in page.inner_text("#pane-instruct .why")
    assert page.inner_text(REPLY.format("base")).strip()
    assert "tokens" in page.inner_text("#pane-base .why")


def test_a_greedy_run_repeats_and_a_link_brings_it_back(page: Page) -> None:
    run(page, "/compare?max=20&temp=0")
    done(page)
    first = page.inner_text(".panes")
    page.click("#run")
    done(page)
    assert page.inner_text(".panes") == first
    link = page.get_attribute("#link", "href")
    assert link is not None
    page.goto(link)
    assert page.inner_text(".panes") == first
    assert page.inner_text("#badge .badge") == "Recorded"
    assert page.input_value("input[name=max]") == "20"


def test_seeds_repeat_and_differ_above_temperature_zero(page: Page) -> None:
    replies = []
    for seed in (1, 1, 2):
        run(page, f"/compare?max=24&temp=1.2&mode=same-raw&seed={seed}")
        done(page)
        replies.append(page.inner_text(REPLY.format("base")))
    assert replies[0] == replies[1] != replies[2]


def test_the_exact_input_is_there_with_its_markers(page: Page) -> None:
    run(page, "/compare?max=8")
    done(page)
    page.click("#pane-instruct summary")
    markers = page.locator("#pane-instruct .exact .special").all_inner_texts()
    assert markers
    assert page.locator("#pane-base .exact .special").count() <= 1
    assert page.input_value("#prompt") in page.inner_text("#pane-instruct .exact")


def test_the_cursor_walks_the_strip_and_n_goes_to_the_next_shift(
    page: Page, studio: Served
) -> None:
    run(page, "/compare?max=24")
    done(page)
    tokens = page.locator("#tokens .tok")
    page.focus("#tokens")
    page.keyboard.press("Home")
    shifted = [
        i for i, one in enumerate(tokens.all()) if "shifted" in one.get_attribute("class").split()
    ]
    assert shifted
    for wanted in [place for place in shifted if place > 0][:3]:
        page.keyboard.press("n")
        assert page.get_attribute("#tokens", "aria-activedescendant") == f"token-{wanted}"
    page.keyboard.press("ArrowLeft")
    assert page.locator("#cursor table").count() == 2


def test_candidates_are_sorted_probabilities_and_counts_are_the_librarys(
    page: Page, studio: Served
) -> None:
    run(page, "/compare?max=24")
    done(page)
    query = page.url.partition("?")[2]
    strip = json.loads(get(studio, f"/compare.json?{query}"))["compared"]["strip"]
    counted = {"unshifted": 0, "marginal": 0, "shifted": 0}
    for one in strip["positions"]:
        counted[one["drift"]] += 1
        for side in ("base", "instruct"):
            shares = [candidate["probability"] for candidate in one[side]]
            assert shares == sorted(shares, reverse=True)
            assert sum(shares) <= 1 + 1e-6
    assert counted == strip["counts"]
    shown = page.inner_text("#strip .counts")
    assert all(f"{count} {name}" in shown for name, count in counted.items())
    for name, count in counted.items():
        assert page.locator(f"#tokens .tok.{name}").count() == count


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>"]
)
def test_hostile_text_stays_text(chromium: Browser, studio: Served, text: str) -> None:
    with watched(chromium, studio) as found:
        found.page.goto("/compare?max=12&mode=same-raw")
        found.page.fill("#prompt", text)
        found.page.click("#run")
        done(found.page)
        assert found.page.locator("main img, main script:not([type])").count() == 0
        found.page.click("#pane-base summary")
        assert text in found.page.inner_text("#pane-base .exact")
        found.page.reload()
        assert found.page.locator("main img").count() == 0
        assert found.page.input_value("#prompt") == text
