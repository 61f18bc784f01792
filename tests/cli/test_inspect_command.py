"""`headstart inspect` as a shell sees it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Said, say
from synthetic import CHATML, END, SPECIALS, TURN_END, moved, save, tensors

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


def test_data_gives_figures_for_each_checkpoint(call: Call) -> None:
    told = json.loads(call("base", "chat", "--data", "rows.jsonl", "--json").out)
    for one in told["checkpoints"]:
        data = one["data"]
        if "why" in data:  # the toy tokenizer is none that transformers loads
            assert "tokenizer" in data["why"]
        else:
            assert data["rows"] == 2


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
