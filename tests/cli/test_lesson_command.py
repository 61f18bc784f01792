"""`headstart lesson build` and `record` as a shell calls them."""

from pathlib import Path

import pytest
from command_line import say


def test_build_prints_the_page_and_writes_all_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said = say(monkeypatch, capsys, "lesson", "build", "--out", "site")
    assert (said.code, said.out, said.err) == (0, "site/index.html\n", "")
    assert {"index.html", "lesson.css", "lesson.js", "findings.json"} <= {
        each.name for each in (tmp_path / "site").iterdir()
    }


def test_a_place_that_cannot_be_written_is_said_in_two_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    said = say(monkeypatch, capsys, "lesson", "build", "--out", str(tmp_path / "file" / "site"))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert "\nhint: " in said.err


@pytest.mark.parametrize("place", ["nowhere/findings.json", "."])
def test_recording_refuses_a_bad_place_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said = say(monkeypatch, capsys, "lesson", "record", "--out", place)
    assert (said.code, said.out) == (2, "")
    assert f"error: {place} cannot be written" in said.err
