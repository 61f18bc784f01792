"""A real process, killed at random moments, comes to the report that an undisturbed one gives."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tiny import save_tiny

pytestmark = pytest.mark.slow

PATIENCE = 300.0
OPTIONS = (
    *("--max-train", "24", "--max-test", "8", "--seeds", "2", "--epochs", "2", "--shots", "2"),
    *("--rank", "4", "--device", "cpu", "--precision", "float32", "--budget", "2h"),
    *("--instruction", ""),
)


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    home = tmp_path_factory.mktemp("kill")
    save_tiny(home / "base", template=None, seed=1)
    save_tiny(home / "instruct", seed=2)
    data = home / "colors.csv"
    lines = (f"{('red', 'blue')[n % 2]} {n},{'ab'[n % 2]}\n" for n in range(60))
    data.write_text("text,label\n" + "".join(lines))
    pair = [f"base={home}/base", f"instruct={home}/instruct"]
    return [sys.executable, "-m", "headstart", "choose", *pair, "--data", str(data), *OPTIONS]


def start(command: list[str], out: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*command, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def finish(command: list[str], out: Path) -> dict[str, Any]:
    with start(command, out) as process:
        _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, told
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    # what the clock decides may differ
    report["cost"] = {"tokens": report["cost"]["tokens"]}
    return report


def stored(out: Path) -> dict[str, tuple[int, int, bytes]]:
    found = {}
    for path in (out / "trials").glob("*.json"):
        told = path.stat()
        found[path.name] = (told.st_ino, told.st_mtime_ns, path.read_bytes())
    return found


def stop(command: list[str], out: Path, number: int, trials: int, later: float) -> tuple[int, str]:
    """Start the run and send it a signal once `trials` are stored, `later` seconds after."""
    with start(command, out) as process:
        until = time.monotonic() + PATIENCE
        while len(stored(out)) < trials:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < until, "the run takes too long"
            time.sleep(0.005)
        time.sleep(later)
        process.send_signal(number)
        _, told = process.communicate(timeout=PATIENCE)
    return process.returncode, told


def test_a_run_killed_three_times_gives_the_report_of_an_undisturbed_one(
    command: list[str], tmp_path: Path
) -> None:
    whole = finish(command, tmp_path / "whole")
    total = len(stored(tmp_path / "whole"))
    assert total >= 18
    dice = random.Random(17)
    moments = sorted(dice.sample(range(1, total - 2), 3))
    cut = tmp_path / "cut"
    for trials in moments:
        before = stored(cut)
        code, _ = stop(command, cut, signal.SIGKILL, trials, dice.uniform(0, 0.1))
        assert code == -signal.SIGKILL
        assert not (cut / "report.json").exists()
        assert before.items() <= stored(cut).items()
    before = stored(cut)
    assert moments[-1] <= len(before) < total
    assert finish(command, cut) == whole
    assert before.items() <= stored(cut).items()
    assert stored(cut).keys() == stored(tmp_path / "whole").keys()


def test_ctrl_c_leaves_with_130_and_a_word_and_the_run_goes_on(
    command: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "stopped"
    code, told = stop(command, out, signal.SIGINT, 2, 0.0)
    assert code == 130, told
    assert "stopped; what was finished is stored" in told
    assert "Traceback" not in told
    before = stored(out)
    assert before
    assert not [p.name for p in out.rglob(".*.json.*")]
    finish(command, out)
    assert before.items() <= stored(out).items()
