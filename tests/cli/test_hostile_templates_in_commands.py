"""A hostile template inside a checkpoint neither runs, nor holds up what reads the checkpoint."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import hostile
import hostile_commands
import pytest

SECONDS, MEBIBYTES = 5.0, 500

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux enforces every limit that is tested here"
)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    room = tmp_path_factory.mktemp("hostile")
    done = subprocess.run(
        [sys.executable, hostile_commands.__file__, str(room)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", hostile.HOSTILE)
def test_every_command_ends_in_time_without_a_traceback(name: str, told: dict[str, Any]) -> None:
    for command in ("inspect", "fix"):
        took = told[name][command]
        assert took["seconds"] < SECONDS
        assert took["code"] == 0
        assert "Traceback" not in took["err"]


@pytest.mark.parametrize("name", [*hostile.EATERS, *hostile.HANGS])
def test_what_eats_or_hangs_is_an_error_that_says_so(name: str, told: dict[str, Any]) -> None:
    (checkpoint,) = json.loads(told[name]["inspect"]["out"])["checkpoints"]
    (template,) = checkpoint["templates"]
    errors = {one["rule"]: one for one in template["findings"] if one["severity"] == "error"}
    assert errors.keys() & {"breaks-limits", "does-not-render"}
    assert all(one["evidence"] and len(one["evidence"]) < 1_000 for one in errors.values())


@pytest.mark.parametrize("name", hostile.WALKS)
def test_a_walk_is_told_and_quotes_nothing_of_python(name: str, told: dict[str, Any]) -> None:
    (checkpoint,) = json.loads(told[name]["inspect"]["out"])["checkpoints"]
    (template,) = checkpoint["templates"]
    errors = {one["rule"] for one in template["findings"] if one["severity"] == "error"}
    assert errors & {"template-injection", "does-not-render"}
    for inner in ("<module", "<built-in", "<function", "root:", "subprocess.Popen"):
        assert inner not in told[name]["inspect"]["out"]


def test_nothing_is_executed_and_all_stay_under_the_memory_limit(told: dict[str, Any]) -> None:
    assert not told["all"]["canary"]
    assert told["all"]["mebibytes"] < MEBIBYTES


def test_many_hanging_templates_take_no_longer_than_one(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    listed = [
        {"name": name, "template": hostile.HANGS["filters in filters"] + f"{{# {name} #}}"}
        for name in ("default", *map(str, range(30)))
    ]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": listed}))
    took = hostile_commands.run("inspect", str(tmp_path), "--json")
    assert float(str(took["seconds"])) < SECONDS
    (checkpoint,) = json.loads(str(took["out"]))["checkpoints"]
    first, *others = (one["findings"] for one in checkpoint["templates"])
    assert "breaks-limits" in {one["rule"] for one in first}
    assert "took up" in others[-1]["why"]
