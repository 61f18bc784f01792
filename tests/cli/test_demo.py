"""`headstart demo` on toy models in the place of the built-in pair, and on the real one."""

import contextlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from command_line import say
from shipped import save_toys, ship

from headstart import builtin
from headstart.cli.demo import demo
from headstart.demo import answers, cast, evidence, trying
from headstart.report.cells import columns

ACTS = ("1. One question, two models", "2. What each of them is", "3. Which of them to fine-tune")
SMALL = (
    (cast, "LIMIT", 4),
    (answers, "LIMIT", 4),
    (evidence, "QUESTIONS", 2),
    (evidence, "DOCUMENTS", 2),
    (trying, "ROWS", 8),
    (trying, "ITEMS", 4),
    (trying, "SEEDS", 1),
)
has_weights = all((builtin.FOLDER / name).is_dir() for name in builtin.CHECKPOINTS)


@dataclass(frozen=True)
class Played:
    """One demo on toys: what it wrote, and its run folder."""

    out: str
    err: str
    run: Path


def play(folder: Path, width: int, **options: Any) -> Played:
    """Run the demo on toys, small, in a terminal of that width."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        ship(folder / "toys", patch)
        patch.setenv("COLUMNS", str(width))
        for room, name, value in SMALL:
            patch.setattr(room, name, value)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            demo(out=folder / "run", device="cpu", **options)
    return Played(out.getvalue(), err.getvalue(), folder / "run")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    save_toys(folder / "toys")
    return folder


@pytest.fixture(scope="module")
def played(folder: Path) -> Played:
    return play(folder, 76)


def test_three_acts_end_with_the_report_and_three_commands(played: Played) -> None:
    places = [played.out.index(act) for act in ACTS]
    assert places == sorted(places)
    ending = played.out[played.out.index("Now yours") :]
    assert str(played.run / "report.md") in ending.replace("\n", "").replace("  ", "")
    assert (played.run / "report.md").is_file()
    commands = [line.strip() for line in ending.splitlines() if line.startswith("    headstart ")]
    assert len(commands) == 3
    assert all("builtin:" not in command for command in commands)


def test_progress_goes_to_stderr_and_stdout_can_be_piped(played: Played) -> None:
    assert "\x1b" not in played.out + played.err
    assert "zero-shot: score" not in played.out
    assert "zero-shot: score" in played.err
    assert max(columns(line) for line in played.out.splitlines()) <= 76


def test_a_second_demo_fits_a_narrow_terminal_and_says_that_its_trials_were_stored(
    played: Played, folder: Path
) -> None:
    again = play(folder, 34)
    assert "zero-shot: score" not in again.err
    assert "Its trials were stored earlier" in again.out
    assert "Its trials were stored earlier" not in played.out
    assert max(columns(line) for line in again.out.splitlines()) <= 34


def test_without_the_weights_the_demo_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ship(tmp_path, monkeypatch)
    said = say(monkeypatch, capsys, "demo")
    assert (said.code, said.out) == (2, "")
    assert "headstart forge builtin" in said.err


@pytest.mark.slow
@pytest.mark.skipif(not has_weights, reason="the weights are not in this checkout")
def test_the_built_in_pair_plays_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = say(monkeypatch, capsys, "demo", "--device", "cpu", "--out", str(tmp_path / "run"))
    assert said.code == 0, said.err
    assert "The answer is right." in said.out
    assert "By itself: it wrote the end" in said.out
    assert "Not by itself" in said.out
    words = " ".join(said.out.split())
    assert "inspect, from files alone, says base instruct" in words
    assert "Pair: verified" in words
    assert "instruct has the better mean" in words
