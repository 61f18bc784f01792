"""`headstart ifeval score` as a shell calls it."""

import json
from pathlib import Path

import pytest
from command_line import say

ROW = {
    "key": 1,
    "prompt": "Say it without commas in at least two words.",
    "response": "Here it is:\nso, so\nso so",
    "instruction_id_list": ["punctuation:no_comma", "length_constraints:number_words"],
}
KWARGS = {"kwargs": [{"num_words": None}, {"relation": "at least", "num_words": 2}]}


def write(path: Path, *rows: dict[str, object]) -> str:
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return path.name


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_verdicts_by_instruction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "r.jsonl", {**ROW, **KWARGS})
    found = json.loads(say(monkeypatch, capsys, "ifeval", "score", file, "--json").out)
    assert found["schema"] == "headstart.ifeval/1"
    assert [(v["strict"], v["loose"]) for v in found["rows"][0]["verdicts"]] == [
        (False, False),
        (True, True),
    ]
    assert found["prompt_strict"]["mean"] == 0
    assert found["instruction_strict"]["mean"] == 0.5


def test_published_prompts_bring_the_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    responses = write(tmp_path / "r.jsonl", ROW, {**ROW, "prompt": "Another one."})
    prompts = write(tmp_path / "p.jsonl", {**ROW, **KWARGS})
    said = say(monkeypatch, capsys, "ifeval", "score", responses, "--prompts", prompts)
    assert said.code == 0
    assert "punctuation:no_comma" in said.out
    assert "1 rows have no instructions" in said.out


@pytest.mark.parametrize(
    ("row", "fact"),
    [
        (ROW, "no column for the instructions' arguments"),
        ({"prompt": "x", "kwargs": []}, "no column for the responses"),
        ({**ROW, "kwargs": [{}]}, "1 entries for 2 instructions"),
        ({**ROW, "kwargs": "none"}, "is no list"),
    ],
)
def test_bad_files_are_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    row: dict[str, object],
    fact: str,
) -> None:
    said = say(monkeypatch, capsys, "ifeval", "score", write(tmp_path / "r.jsonl", row))
    assert said.code == 2
    assert fact in said.err
    assert "Traceback" not in said.err
