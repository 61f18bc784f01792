"""The commands over one finished run of a toy checkpoint."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Said, say
from tiny import save_tiny

from headstart.domain.plan import Plan
from headstart.domain.report import Report

Call = Callable[..., Said]
OPTIONS = (
    *("--max-train", "8", "--max-test", "4", "--seeds", "1", "--epochs", "1", "--shots", "1"),
    *("--rank", "4", "--device", "cpu", "--precision", "float32", "--instruction", ""),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkpoint and a data file."""
    folder = tmp_path_factory.mktemp("home")
    save_tiny(folder / "instruct")
    lines = (f"{('red', 'blue')[n % 2]} {n},{'ab'[n % 2]}\n" for n in range(30))
    (folder / "colors.csv").write_text("text,label\n" + "".join(lines))
    return folder


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    monkeypatch.chdir(home)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: say(monkeypatch, capsys, *words)


@pytest.fixture
def finished(call: Call, home: Path) -> Path:
    """The run folder; made by the first test that asks, found again by the others."""
    folder = home / "runs" / "one"
    if not folder.exists():
        said = call("choose", "instruct", "--data", "colors.csv", *OPTIONS, "--out", "runs/one")
        assert said.code == 0, said.err
    return folder


def snapshot(folder: Path) -> dict[str, int]:
    return {str(p): p.stat().st_mtime_ns for p in (folder / "trials").iterdir()}


def test_the_card_goes_to_stdout_and_progress_to_stderr(call: Call, home: Path) -> None:
    said = call("choose", "instruct", "--data", "colors.csv", *OPTIONS, "--out", "runs/card")
    assert said.code == 0, said.err
    assert "colors" in said.out
    assert "runs/card" in said.out
    assert "loading and timing instruct" in said.err
    assert "instruct zero-shot: score" in said.err
    assert "loading" not in said.out
    assert "\x1b" not in said.out + said.err


def test_json_is_all_that_stdout_gets(call: Call, finished: Path) -> None:
    words = ("choose", "instruct", "--data", "colors.csv", *OPTIONS, "--out", "runs/one")
    said = call(*words, "--json")
    assert said.code == 0
    assert said.out == (finished / "report.json").read_text()
    Report.model_validate_json(said.out)


def test_a_report_is_drawn_again_in_every_form(call: Call, finished: Path) -> None:
    assert call("report", "runs/one", "--md").out == (finished / "report.md").read_text()
    assert call("report", "runs/one", "--json").out == (finished / "report.json").read_text()
    card = call("report", str(finished))
    assert (card.code, card.err) == (0, "")
    assert call("choose", "runs/one").out == card.out


def test_a_run_folder_is_all_it_takes_to_resume_from_anywhere(
    call: Call, finished: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (finished / "report.json").unlink()
    keys = sorted((finished / "trials").iterdir())
    keys[-1].unlink()
    before = snapshot(finished)
    monkeypatch.chdir(tmp_path)
    said = call("choose", str(finished), "--json")
    assert said.code == 0, said.err
    assert json.loads(said.out) == json.loads((finished / "report.json").read_text())
    assert sorted((finished / "trials").iterdir()) == keys
    assert before.items() <= snapshot(finished).items()
    assert list(tmp_path.iterdir()) == []


def test_runs_lists_verdicts_and_what_is_not_finished(call: Call, finished: Path) -> None:
    half = finished.parent / "half"
    (half / "trials").mkdir(parents=True)
    (half / "plan.json").write_text((finished / "plan.json").read_text())
    report = Report.model_validate_json((finished / "report.json").read_text())
    said = call("runs", "runs")
    assert said.code == 0
    lines = {Path(line.split()[0]).name: line for line in said.out.splitlines()}
    assert f"{report.verdict.outcome.value}: {report.verdict.start}" in lines["one"]
    assert "not finished, 0 trials stored; `headstart choose runs/half` goes on" in lines["half"]
    empty = call("runs", "nowhere")
    assert (empty.code, empty.out, empty.err) == (0, "", "no runs in nowhere\n")


def test_a_dry_run_tells_the_plan_and_writes_nothing(
    call: Call, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("choose", str(home / "instruct"), "--data", str(home / "colors.csv"), *OPTIONS)
    said = call(*words, "--dry-run")
    assert said.code == 0, said.err
    rows = {line.split()[0] for line in said.out.splitlines()}
    assert {"task", "data", "starts", "trials", "estimate", "can"} <= rows
    plan = Plan.model_validate_json(call(*words, "--dry-run", "--json").out)
    assert plan.rungs[-1] == 8
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_of_a_stored_run_changes_nothing(call: Call, finished: Path) -> None:
    before = snapshot(finished)
    plan = (finished / "plan.json").read_bytes()
    assert call("choose", "runs/one", "--dry-run").code == 0
    assert (finished / "plan.json").read_bytes() == plan
    assert snapshot(finished) == before
