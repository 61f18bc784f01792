import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import hostile
import pytest

from headstart.templates.process import worker
from headstart.templates.sandbox import Call, render, render_all

MOST_SECONDS = 5.0
MOST_MEBIBYTES = 500
HELLO = [{"role": "user", "content": "hello"}]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux enforces every limit that is tested here"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What became of every hostile template, in a process of its own to measure its memory."""
    canary = tmp_path_factory.mktemp("hostile") / "canary"
    done = subprocess.run(
        [sys.executable, hostile.__file__, str(canary)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_a_hostile_template_ends_soon(name: str, told: dict[str, Any]) -> None:
    assert told[name]["seconds"] < MOST_SECONDS


@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_the_next_template_renders_as_if_nothing_had_been(name: str, told: dict[str, Any]) -> None:
    assert told[name]["after"] == "hello"


def test_all_together_stay_under_the_memory_limit(told: dict[str, Any]) -> None:
    assert told["all"]["mebibytes"] < MOST_MEBIBYTES
    assert told["all"]["own mebibytes"] < MOST_MEBIBYTES


def test_nothing_is_executed(told: dict[str, Any]) -> None:
    assert not told["all"]["canary"]


@pytest.mark.parametrize("name", hostile.WALKS)
def test_a_walk_reaches_nothing(name: str, told: dict[str, Any]) -> None:
    assert told[name]["kind"] in {"TemplateUnsafe", "TemplateFailed", "text"}
    for inner in ("<class", "<module", "<built-in", "<function", "root:", "subprocess"):
        assert told[name]["kind"] != "text" or inner not in told[name]["says"]


@pytest.mark.parametrize("name", [*hostile.EATERS, *hostile.HANGS])
def test_what_eats_or_hangs_is_stopped_with_a_clear_message(
    name: str, told: dict[str, Any]
) -> None:
    assert told[name]["kind"] in {"TemplateOverrun", "TemplateBroken", "TemplateFailed"}
    assert "hint: " in told[name]["says"]
    assert len(told[name]["says"]) < 1_000


def test_a_killed_process_is_replaced() -> None:
    assert render("{{ messages[0].content }}", HELLO).text == "hello"
    process = worker()._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert render("{{ messages[0].content }}", HELLO).text == "hello"


def test_one_process_serves_many_templates() -> None:
    render("a", HELLO)
    first = worker()._process
    for number in range(20):
        assert render(f"{number}", HELLO).text == str(number)
    assert worker()._process is first


def test_the_process_holds_no_secret_and_no_file() -> None:
    render("a", HELLO)
    process = worker()._process
    assert process is not None
    folder = Path(f"/proc/{process.pid}")
    assert folder.joinpath("environ").read_bytes().strip(b"\0") in {b"", b"LC_CTYPE=C.UTF-8"}
    assert len(list(folder.joinpath("fd").iterdir())) == 3


def test_after_an_overrun_the_rest_of_the_batch_is_not_tried() -> None:
    slow = "{% for a in range(9999) %}{{ range(99999)|map('string')|list|length }}{% endfor %}"
    start = time.process_time()
    outcomes = render_all(slow, [Call(HELLO)] * 25).outcomes
    assert len(outcomes) == 25
    assert {type(one).__name__ for one in outcomes} == {"TemplateOverrun"}
    assert time.process_time() - start < MOST_SECONDS
