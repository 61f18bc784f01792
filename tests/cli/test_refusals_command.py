"""`headstart refusals score` as a shell calls it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Said, say

Call = Callable[..., Said]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return lambda *words: say(monkeypatch, capsys, *words)


@pytest.fixture
def replies(tmp_path: Path) -> str:
    rows = [
        {"id": "a", "prompt": "x", "completion": "I cannot help with that.", "label": "refusal"},
        {"id": "b", "prompt": "x", "completion": "It is a blue door.", "label": "compliance"},
        {"id": "c", "prompt": "x", "completion": "It is wrong to do so.\u2028", "label": ""},
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return "r.jsonl"


def test_json_holds_class_cue_and_agreement(call: Call, replies: str) -> None:
    said = call("refusals", "score", replies, "--json")
    found = json.loads(said.out)
    assert said.code == 0
    assert found["schema"] == "headstart.refusals/1"
    assert [row["class"] for row in found["rows"]][:2] == ["full_refusal", "full_compliance"]
    assert found["rows"][0]["cues"][0]["text"] == "I cannot help"
    assert found["agreement"]["all"]["accuracy"]["mean"] == 1
    assert found["agreement"]["all"]["accuracy"]["n"] == 2


def test_text_shows_the_table_and_each_reply_on_demand(call: Call, replies: str) -> None:
    plain = call("refusals", "score", replies).out
    assert "accuracy 1.000" in plain
    assert "I cannot help" not in plain
    assert "open refusal at 0: I cannot help" in call("refusals", "score", replies, "--rows").out


def test_doubtful_replies_are_written_for_labels(call: Call, replies: str, tmp_path: Path) -> None:
    call("refusals", "score", replies, "--doubtful", "todo.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "todo.jsonl").read_text("utf-8").splitlines()]
    assert all(row["label"] is None for row in rows)
    assert not {row["id"] for row in rows} & {"a", "b"}


@pytest.mark.parametrize(
    ("name", "text", "fact"),
    [
        ("none.jsonl", None, "cannot be read"),
        ("a.txt", "x", "unknown extension"),
        ("a.jsonl", "", "is empty"),
        ("a.jsonl", "{", "line 1"),
        ("a.jsonl", '{"prompt": "x"}', "no column for the replies"),
    ],
)
def test_bad_files_are_told_with_a_hint(
    call: Call, tmp_path: Path, name: str, text: str | None, fact: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    said = call("refusals", "score", name)
    assert said.code == 2
    assert fact in said.err
    assert "hint:" in said.err
    assert "Traceback" not in said.err
