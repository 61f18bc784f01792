"""`headstart inspect` as a shell sees it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Said, say
from synthetic import CHATML, END, SPECIALS, TURN_END, moved, save, tensors
from tiny import save_tiny

from headstart.domain.kinship import InspectReport

Call = Callable[..., Said]
ENDS = [SPECIALS.index(TURN_END), SPECIALS.index(END)]
BASE = tensors(trained=False)


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    save(tmp_path / "base", BASE)
    save(tmp_path / "chat", moved(BASE, by=0.05), template=CHATML, eos=TURN_END, generation=ENDS)
    save(tmp_path / "sick", moved(BASE, by=0.05), template=CHATML, eos=TURN_END, generation=[0])
    rows = [{"text": f"{TURN_END} is a token", "label": "a"}, {"text": "plain", "label": "b"}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: say(monkeypatch, capsys, "inspect", *words)


def test_the_card_names_verdict_reason_and_what_was_not_measured(call: Call) -> None:
    said = call("chat")
    assert (said.code, said.err) == (0, "")
    first, second, *_ = said.out.splitlines()
    assert first == "chat: instruct"
    assert second.startswith("  by turn-rows: ")
    assert "not measured" in said.out
    assert "behaviour (it takes --deep)" in " ".join(said.out.split())
    assert max(map(len, said.out.splitlines())) <= 80
    assert "\x1b" not in said.out


def test_json_is_the_schema_and_one_checkpoint_has_no_pair(call: Call) -> None:
    told = json.loads(call("chat", "--json").out)
    assert told["pair"] is None
    report = InspectReport.model_validate(told)
    assert report.checkpoints[0].kind.value == "instruct"
    assert set(told) == {"checkpoints", "pair"}


def test_two_checkpoints_are_compared(call: Call) -> None:
    told = json.loads(call("b=base", "i=chat", "--json").out)
    assert [one["name"] for one in told["checkpoints"]] == ["b", "i"]
    assert told["pair"]["kinship"] == "verified"
    assert (told["pair"]["base"], told["pair"]["instruct"]) == ("b=base", "i=chat")
    card = call("base", "chat").out
    assert "pair: verified" in card


def test_markdown_is_inert_and_whole(call: Call) -> None:
    said = call("base", "chat", "--md")
    assert said.out.startswith("# base: base\n")
    assert "# Pair: verified" in said.out
    assert "<|im_end|>" not in said.out


@pytest.mark.parametrize(("name", "code"), [("chat", 0), ("sick", 2)])
def test_fail_on_error_is_an_exit_code_and_still_prints(call: Call, name: str, code: int) -> None:
    said = call(name, "--fail-on", "error")
    assert said.code == code
    assert said.out.startswith(f"{name}: ")
    assert ("turn-end-not-eos" in said.err) is (code == 2)
    assert call(name).code == 0


def test_templates_are_linted_for_the_use_that_is_asked_for(call: Call) -> None:
    def told(*words: str) -> dict[str, str]:
        (one,) = json.loads(call("chat", "--json", *words).out)["checkpoints"]
        return {f["rule"]: f["severity"] for f in one["templates"][0]["findings"]}

    assert told()["no-generation-markers"] == "warning"
    assert "no-generation-markers" not in told("--use", "serving")
    assert told("--use", "serving")["list-content-garbled"] == "warning"
    assert not any(severity == "error" for severity in told().values())


def test_a_base_without_a_template_has_nothing_to_lint(call: Call) -> None:
    assert call("base", "--fail-on", "error").code == 0
    (one,) = json.loads(call("base", "--json").out)["checkpoints"]
    assert (one["templates"], one["between_templates"]) == ([], [])


def test_templates_in_two_places_are_compared_by_what_they_render(call: Call) -> None:
    Path("chat/chat_template.jinja").write_text(CHATML.replace("<|im_end|>", "</s>"))
    (one,) = json.loads(call("chat", "--json").out)["checkpoints"]
    assert [f["rule"] for f in one["between_templates"]] == ["sources-disagree"]
    assert "templates-disagree" in one["flags"]
    assert "sources-disagree" in call("chat").out


def test_data_is_seen_through_each_tokenizer(call: Call, tmp_path: Path) -> None:
    save_tiny(tmp_path / "tiny")
    (one,) = json.loads(call("tiny", "--data", "rows.jsonl", "--json").out)["checkpoints"]
    data = one["data"]
    assert (data["rows"], data["special_rows"]) == (2, 1)
    assert data["specials"] == [TURN_END]
    assert data["over_context"] == 0.0
    assert 0 < data["tokens_per_byte"] <= 1
    assert 0 < data["memory"]["lora_bytes"] < data["memory"]["full_bytes"]
    card = " ".join(call("tiny", "--data", "rows.jsonl").out.split())
    assert f"in 1 row: {TURN_END}" in card


def test_two_checkpoints_stand_side_by_side_in_markdown(call: Call, tmp_path: Path) -> None:
    save_tiny(tmp_path / "tiny")
    page = call("tiny", "base", "--data", "rows.jsonl", "--md").out.partition("# Side by side")[2]
    for name in ("license", "tokenizer", "context", "size", "tokens per byte", "memory to tune"):
        assert f"| {name} |" in page


def test_two_checkpoints_stand_side_by_side_on_the_card_where_data_is_given(
    call: Call, tmp_path: Path
) -> None:
    save_tiny(tmp_path / "tiny")
    card = call("tiny", "base", "--data", "rows.jsonl").out
    block = card.partition("side by side")[2].partition("\n\n")[0]
    for name in ("license", "context", "size", "tokens per byte", "memory to tune"):
        assert f"\n{name}" in block
    assert "not measured" in block
    assert max(map(len, card.splitlines())) <= 80
    assert "side by side" not in call("base", "chat").out


def test_each_flag_says_what_it_means(call: Call) -> None:
    Path("base/chat_template.jinja").write_text(CHATML)
    card = " ".join(call("base").out.split())
    assert "! base-ships-template: a base checkpoint that ships a chat template" in card


def test_what_an_error_quotes_cannot_steer_the_terminal(call: Call) -> None:
    said = call("builtin:x\x1b[31m")
    assert said.code == 2
    assert "\x1b" not in said.err
    assert "\\x1b[31m" in said.err


def test_a_tokenizer_that_cannot_be_loaded_is_told(call: Call) -> None:
    (one,) = json.loads(call("base", "--data", "rows.jsonl", "--json").out)["checkpoints"]
    assert "tokenizer" in one["data"]["why"]


def test_a_built_in_task_is_data_too(call: Call, tmp_path: Path) -> None:
    save_tiny(tmp_path / "tiny")
    said = call("tiny", "--data", "builtin:task/nothing")
    assert said.code == 2
    assert "built in are" in said.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("base", "chat", "sick"),
        ("base", "--json", "--md"),
        ("base", "--columns", "a=b"),
        ("nowhere",),
        ("base", "--data", "gone.jsonl"),
        ("base", "--fail-on", "nothing"),
    ],
)
def test_bad_requests_end_with_two_and_a_word(call: Call, words: tuple[str, ...]) -> None:
    said = call(*words)
    assert said.code == 2
    assert said.err
    assert "Traceback" not in said.err
