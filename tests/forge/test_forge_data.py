"""Reading the user's data for the stages, and rewards of the user's own."""

import json
from pathlib import Path

import pytest

from headstart.domain.stage import RlPrompt
from headstart.domain.task import Message
from headstart.errors import CheckpointError, DataError, RequestError
from headstart.forge.data import (
    digest,
    expand,
    parse_names,
    read_conversations,
    read_documents,
    read_preferences,
    read_prompts,
)
from headstart.forge.rewards import find_reward

U, A = "user", "assistant"


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def lines(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_conversations_come_in_every_layout(tmp_path: Path) -> None:
    chat = lines(tmp_path / "a.jsonl", {"messages": [turn(U, "Hi"), turn(A, "Hello")]})
    (tmp_path / "b.csv").write_text("question,answer\nHi,Hello\n,nobody asked\n")
    for path, columns in (
        (chat, {}),
        (str(tmp_path / "b.csv"), {"prompt": "question", "completion": "answer"}),
    ):
        (found,) = read_conversations(path, columns)
        assert [m.content for m in found.prompt] == ["Hi"]
        assert found.completion == "Hello"


def test_raw_text_is_no_conversation(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"text": "Once."})
    with pytest.raises(DataError, match="raw text") as told:
        read_conversations(path, {})
    assert "adapt" in told.value.hint


def test_preferences_come_as_texts_turns_or_whole_conversations(tmp_path: Path) -> None:
    start = [turn("system", "Be kind."), turn(U, "Hi")]
    rows = {
        "texts": {"prompt": "Hi", "chosen": "Hello", "rejected": "What?"},
        "turns": {"prompt": start, "chosen": [turn(A, "Hello")], "rejected": [turn(A, "What?")]},
        "whole": {"chosen": [*start, turn(A, "Hello")], "rejected": [*start, turn(A, "What?")]},
    }
    for name, row in rows.items():
        (found,) = read_preferences(lines(tmp_path / f"{name}.jsonl", row), {})
        assert (found.chosen, found.rejected) == ("Hello", "What?"), name
        assert found.prompt[-1] == Message(role="user", content="Hi")


def test_preferences_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Hi", "chosen": "Hello", "rejected": "Hello "},
        {"prompt": "Hi", "chosen": "", "rejected": "What?"},
        {"prompt": "Hi", "chosen": "Hello", "rejected": "What?"},
    ]
    assert len(read_preferences(lines(tmp_path / "a.jsonl", *rows), {})) == 1
    with pytest.raises(DataError, match="two different answers"):
        read_preferences(lines(tmp_path / "b.jsonl", *rows[:2]), {})


def test_conversations_that_differ_before_the_answer_are_told_with_their_line(
    tmp_path: Path,
) -> None:
    row = {"chosen": [turn(U, "Hi"), turn(A, "a")], "rejected": [turn(U, "Ho"), turn(A, "b")]}
    with pytest.raises(DataError, match=r"a\.jsonl, line 1: .* differ"):
        read_preferences(lines(tmp_path / "a.jsonl", row), {})


def test_missing_columns_are_told_with_those_there(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"prompt": "Hi", "good": "a", "rejected": "b"})
    with pytest.raises(DataError, match="no column 'chosen'; it has 'prompt', 'good'"):
        read_preferences(path, {})
    assert read_preferences(path, {"chosen": "good"})[0].chosen == "a"


def test_prompts_keep_their_rows(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"prompt": "2+2", "answer": 4}, {"prompt": " ", "answer": 0})
    (found,) = read_prompts(path, {})
    assert found == RlPrompt(
        prompt=(Message(role="user", content="2+2"),), row={"prompt": "2+2", "answer": 4}
    )


def test_the_last_answer_of_messages_is_not_part_of_the_prompt(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"messages": [turn(U, "Hi"), turn(A, "Hello")]})
    (found,) = read_prompts(path, {})
    assert [m.content for m in found.prompt] == ["Hi"]


@pytest.mark.parametrize(
    "cell", [[turn(U, "Hi")], '[{"from": "human", "value": "Hi"}]', [turn(U, "Hi"), turn(A, "Yo")]]
)
def test_messages_may_end_with_the_user(cell: object, tmp_path: Path) -> None:
    (found,) = read_prompts(lines(tmp_path / "a.jsonl", {"messages": cell}), {})
    assert found.prompt == (Message(role="user", content="Hi"),)


def test_messages_that_are_no_conversation_are_told_with_their_line(tmp_path: Path) -> None:
    path = lines(tmp_path / "a.jsonl", {"messages": [turn(U, "Hi")]}, {"messages": "Hi"})
    with pytest.raises(DataError, match=r"a\.jsonl, line 2, column 'messages': not a JSON list"):
        read_prompts(path, {})


def test_documents_come_from_plain_files_and_rows_in_order(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("second\n")
    (tmp_path / "a.txt").write_text("first\n")
    rows = lines(tmp_path / "c.jsonl", {"text": "third"}, {"text": "fourth"})
    found = list(read_documents([str(tmp_path / "*.txt"), rows]))
    assert found == ["first\n", "second\n", "third", "fourth"]


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b"])
def test_what_is_no_text_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.txt"):
        list(read_documents([str(tmp_path / "a.txt")]))


def test_a_pattern_that_matches_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        expand([str(tmp_path / "*.txt")])


def test_digests_follow_content_and_order_not_names(tmp_path: Path) -> None:
    for name, content in (("a", "1"), ("b", "2"), ("c", "1")):
        (tmp_path / name).write_text(content)
    a, b, c = (tmp_path / name for name in "abc")
    assert digest([a, b]) == digest([c, b])
    assert digest([a, b]) != digest([b, a])


def test_names_of_columns_are_parsed() -> None:
    assert parse_names("prompt=q, chosen = good", ("prompt", "chosen")) == {
        "prompt": "q",
        "chosen": "good",
    }
    for wrong in ("prompt", "other=q", "prompt=a,prompt=b", "prompt="):
        with pytest.raises(RequestError, match="--columns"):
            parse_names(wrong, ("prompt", "chosen"))


PROMPTS = [RlPrompt(prompt=(Message(role="user", content="Hi"),), row={"wanted": 5})]


def test_a_function_of_ones_own_sees_prompt_answer_and_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_reward_one.py").write_text(
        "def judge(prompt, completion, row):\n"
        "    assert prompt == 'Hi'\n"
        "    return -abs(len(completion) - row['wanted'])\n"
    )
    source = find_reward("my_reward_one:judge")
    assert source.function is not None
    assert source.function(PROMPTS, ["abc"]) == [-2.0]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("return 'good'", "no finite number"),
        ("return float('inf')", "no finite number"),
        ("return 1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_function_that_fails_is_told_with_its_answer(
    body: str, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"my_reward_{abs(hash(body)) % 10**6}"
    (tmp_path / f"{name}.py").write_text(f"def judge(prompt, completion, row):\n    {body}\n")
    source = find_reward(f"{name}:judge")
    assert source.function is not None
    with pytest.raises(DataError, match=wanted):
        source.function(PROMPTS, ["abc"])


@pytest.mark.parametrize("name", ["nothing", "no_such_module:f", "json:no_such_function"])
def test_a_reward_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(RequestError, match="--reward"):
        find_reward(name)


def test_a_folder_that_is_no_checkpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        find_reward(str(tmp_path))
