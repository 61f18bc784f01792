"""The static site: valid, whole, offline, and legible in both themes."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from site_reading import Reading, read_page

from headstart.errors import StoreError
from headstart.lesson.content import lesson
from headstart.lesson.finding import Found, Gap, Gaps, Pane, Panes
from headstart.lesson.page import STATIC, finding_html, lesson_html
from headstart.lesson.recorded import recorded
from headstart.lesson.static_site import build

TEXT, LARGE = 4.5, 3.0
"""Least contrast of text, and of what is drawn, by WCAG 2.2 AA."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "lesson"
    build(folder)
    return folder


@pytest.fixture(scope="module")
def page(site: Path) -> Reading:
    return read_page((site / "index.html").read_text(encoding="utf-8"))


def test_the_page_is_well_formed_html(page: Reading) -> None:
    assert not page.faults
    assert len(page.ids) == len(set(page.ids))
    assert set(page.labelled) <= set(page.ids)


def test_headings_skip_no_level(page: Reading) -> None:
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(page.headings))


def test_nothing_is_loaded_from_elsewhere_and_every_file_is_there(
    site: Path, page: Reading
) -> None:
    assert page.loads
    assert all((site / name).is_file() for name in page.loads)
    for file in site.iterdir():
        text = file.read_text(encoding="utf-8")
        loading = re.findall(
            r"""(?:@import|url\(|\bimport\b[^;]*?from\s*|\bimport\s*\()\s*['"]?([^'")]+)""", text
        )
        if file.suffix in {".js", ".css"}:
            assert all(name.startswith("./") for name in loading), (file.name, loading)
            assert all((site / name).is_file() for name in loading)


def test_links_lead_to_places_that_exist(site: Path, page: Reading) -> None:
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids
        elif not link.startswith("https://arxiv.org/abs/"):
            assert (site / link).is_file(), link


def test_no_script_or_style_stands_in_the_page_so_a_strict_policy_holds(page: Reading) -> None:
    assert not page.inline_code


def test_every_field_has_a_label(page: Reading) -> None:
    for each in page.fields:
        assert each["inside a label"] or each.get("id") in page.labelled


def test_every_finding_is_readable_without_javascript(site: Path) -> None:
    text = (site / "index.html").read_text(encoding="utf-8")
    for finding in recorded().values():
        assert str(finding_html(finding)) in text
    assert 'class="finding" hidden' not in text
    for question in lesson().check:
        assert text.count(f'name="{question.id}"') == len(question.answers)


def test_every_finding_names_model_seed_and_date(site: Path) -> None:
    for finding in recorded().values():
        shown = str(finding_html(finding))
        assert "<b>Recorded</b>" in shown
        assert f"{finding.model}, seed {finding.seed}, " in shown
        assert finding.date[:4] in shown


def test_building_twice_writes_the_same_and_leaves_other_files_alone(tmp_path: Path) -> None:
    build(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    build(tmp_path)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_written_is_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        build(tmp_path / "file")


def test_no_file_names_a_machine(site: Path) -> None:
    for file in site.iterdir():
        text = file.read_text(encoding="utf-8")
        assert not [place for place in ("/home/", "/root/", "/tmp/", "localhost") if place in text]


def test_what_models_and_names_say_is_text_and_nothing_else() -> None:
    hostile = '</pre><script>alert(1)</script><img src=x onerror="alert(1)">\u202e<|user|>'
    pane = Pane(who=hostile, side="base", read=hostile, wrote=hostile, stop=hostile)
    gap = Gap(label=hostile, mean=0.0, low=0.0, high=0.0, n=1, shown=hostile)
    found = Found(
        sentence=hostile,
        agrees=False,
        outcome="",
        numbers=(),
        drawings=(
            Panes(title=hostile, panes=(pane,)),
            Gaps(title=hostile, left=hostile, right=hostile, rows=(gap,)),
        ),
    )
    finding = next(iter(recorded().values())).model_copy(update={"found": found})
    shown = str(finding_html(finding, live=True))
    reading = read_page(shown)
    assert not reading.faults
    assert not reading.inline_code
    assert not reading.loads
    assert "<script" not in shown
    assert "<img" not in shown
    assert "does not show what the claim says" in shown


def test_a_live_page_has_a_form_for_each_experiment_and_a_recorded_one_has_none() -> None:
    live, still = str(lesson_html(run_url="/lesson/run")), str(lesson_html())
    assert live.count('<form class="live"') == len(lesson().experiments)
    assert 'data-run="/lesson/run"' in live
    assert '<form class="live"' not in still
    assert not read_page(live).faults


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_are_legible(theme: str) -> None:
    colours = themes()[theme]
    for ink, paper, least in (
        ("ink", "paper", TEXT),
        ("ink", "raised", TEXT),
        ("muted", "paper", TEXT),
        ("muted", "raised", TEXT),
        ("muted", "track", TEXT),
        ("accent", "paper", TEXT),
        ("accent", "raised", TEXT),
        ("on-accent", "accent", TEXT),
        ("edge", "paper", LARGE),
        ("base", "track", LARGE),
        ("middle", "track", LARGE),
        ("accent", "track", LARGE),
    ):
        found = contrast(colours[ink], colours[paper])
        assert found >= least, f"{theme}: {ink} on {paper} is {found:.2f}"


def test_each_theme_can_be_chosen_and_the_system_decides_else() -> None:
    """The colours follow `color-scheme`, so that no theme says its colours twice."""
    text = (STATIC / "lesson.css").read_text(encoding="utf-8")
    schemes = dict(re.findall(r"(:root[^{]*?)\s*\{\s*color-scheme: ([a-z ]+);", text))
    assert schemes == {
        ":root": "light dark",
        ':root[data-theme="light"]': "light",
        ':root[data-theme="dark"]': "dark",
    }


def themes() -> dict[str, dict[str, str]]:
    """The colours of each theme, by name, as the style sheet sets them."""
    text = (STATIC / "lesson.css").read_text(encoding="utf-8")
    colour = "(#[0-9a-f]{6})"
    pairs = re.findall(rf"--([\w-]+): light-dark\({colour}, {colour}\);", text)
    return {
        "light": {name: light for name, light, _ in pairs},
        "dark": {name: dark for name, _, dark in pairs},
    }


def contrast(one: str, two: str) -> float:
    """Contrast ratio by WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(two)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
