import re
import unicodedata

import pytest
import report_samples as samples
from report_snapshots import assert_as_stored

from headstart.report.cells import columns
from headstart.report.terminal import terminal

FOLDER = "/home/me/headstart-runs/banking77-1"


@pytest.mark.parametrize("name", samples.ALL)
def test_the_card_is_as_stored(name):
    assert_as_stored(f"{name}.txt", terminal(samples.ALL[name](), 80, folder=FOLDER))


@pytest.mark.parametrize("name", samples.ALL)
@pytest.mark.parametrize("width", [32, 47, 60, 80, 100, 160])
def test_every_line_fits_the_width(name, width):
    card = terminal(samples.ALL[name](), width, folder=FOLDER)
    assert [line for line in card.splitlines() if columns(line) > width] == []


def test_wide_letters_count_double():
    report = samples.two_starts(task="意图分类" * 30, findings=("数据很好。" * 40,))
    assert all(columns(line) <= 60 for line in terminal(report, 60).splitlines())


@pytest.mark.parametrize("name", samples.ALL)
def test_no_line_ends_in_spaces_and_no_character_is_unseen(name):
    card = terminal(samples.ALL[name](), folder="runs/\x1b]0;title\x07")
    assert all(line == line.rstrip() for line in card.splitlines())
    hidden = {"Cc", "Cf", "Zl", "Zp"}
    assert {c for c in card if unicodedata.category(c) in hidden} == {"\n"}


@pytest.mark.parametrize("name", samples.ALL)
def test_color_changes_nothing_but_color(name):
    report = samples.ALL[name]()
    colored = terminal(report, 80, color=True)
    assert re.sub(r"\x1b\[\d+m", "", colored) == terminal(report, 80)
    assert colored != terminal(report, 80)


def test_screening_stands_right_under_the_verdict():
    lines = terminal(samples.screening()).splitlines()
    at = lines.index("Winner: instruct (screening)")
    assert lines[at + 1].startswith("  SCREENING ONLY: 1 seed (at least 3 needed)")


def test_the_next_step_comes_last():
    assert terminal(samples.two_starts()).splitlines()[-1].startswith("Next ")


def test_failures_come_before_other_findings_and_the_rest_is_counted():
    report = samples.failed_trials().model_copy(
        update={"findings": tuple(f"finding {i}" for i in range(9))}
    )
    notes = [line for line in terminal(report, 200).splitlines() if line.startswith("! ")]
    assert notes[0].startswith("! 4 of 28 trials failed; the first, instruct__tuned")
    assert notes[1:] == [f"! finding {i}" for i in range(4)]
    assert "  and 6 more in the report" in terminal(report)


def test_the_folder_is_named_only_where_given():
    assert FOLDER in terminal(samples.two_starts(), folder=FOLDER)
    assert "Files" not in terminal(samples.two_starts())


def test_figures_that_are_absent_are_not_zero():
    card = terminal(samples.failed_trials())
    assert "speed not measured, memory not measured" in card
    assert "base-raw not measured" in card
    assert "Regret: not measured: too few trials finished" in card
