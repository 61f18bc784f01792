"""`headstart tax` and `headstart compare`: what they print, and what they refuse."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Said, say
from tiny import save_tiny

Asked = Callable[..., Said]
SMALL = ("--n", "4", "--samples", "2", "--limit", "8", "--budget", "10h", "--device", "cpu")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("commands")
    save_tiny(room / "base", template=None, seed=1)
    save_tiny(room / "chat", seed=2)
    return room


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], room: Path) -> Asked:
    monkeypatch.chdir(room)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str) -> Said:
        return say(monkeypatch, capsys, *words)

    return run


def test_one_run_in_four_views(asked: Asked) -> None:
    words = ("tax", "base", "chat", *SMALL, "--out", "run")
    shown = asked(*words)
    assert shown.code == 0, shown.err
    assert "headstart: the alignment tax against base" in shown.out
    assert "over-refusal" in shown.out
    assert "run/tax.md" in shown.out
    assert "items can show" not in shown.out
    assert "80% power" in shown.err
    told = json.loads(asked(*words, "--json").out)
    assert told["schema"] == "headstart.tax/1"
    assert [each["name"] for each in told["checkpoints"]] == ["chat"]
    assert asked(*words, "--md").out == Path("run/tax.md").read_text(encoding="utf-8")


def test_one_alone_is_measured_and_compared_with_nothing(asked: Asked) -> None:
    words = ("tax", "chat", *SMALL, "--out", "alone")
    shown = asked(*words)
    assert shown.code == 0, shown.err
    assert "the measures of chat, without a base" in shown.out
    assert "over-refusal" in shown.out
    assert "Holm" not in shown.out
    told = json.loads(asked(*words, "--json").out)
    assert told["base"] is None
    (chat,) = told["checkpoints"]
    assert {line["finding"] for line in chat["lines"]} == {"not measured"}
    assert chat["shift_why"] == "no base was given"


def test_a_dry_run_says_what_would_be_asked(asked: Asked) -> None:
    shown = asked("tax", "base", "chat", *SMALL, "--dry-run", "--out", "dry")
    assert shown.code == 0, shown.err
    assert "can show" in shown.out
    assert not Path("dry").exists()


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("base", "nowhere"), "nothing is there"),
        (("base", "chat", "--prompts", "all"), "'all' is unknown"),
        (("base", "chat", "--budget", "soon"), "is no time"),
        (("base", "chat", "--json", "--md"), "exclude one another"),
        (("base", "chat", "--template", "none.jinja"), "cannot be read"),
        (("base", "chat", "--safe", "none.csv"), "none.csv"),
        (("base", "chat", "--mcq", "empty.jsonl"), "empty.jsonl"),
        (("base", "chat", "--ifeval", "words.jsonl"), "words.jsonl"),
        (("base", "http://127.0.0.1:9/v1"), "does not answer"),
        (("base", "http://me:secret@127.0.0.1:9/v1"), "key or password"),
    ],
)
def test_what_the_user_can_put_right(asked: Asked, words: tuple[str, ...], fact: str) -> None:
    Path("empty.jsonl").write_text("")
    Path("words.jsonl").write_text('{"prompt": "Write."}\n')
    said = asked("tax", *words)
    assert said.code == 2
    assert said.out == ""
    assert fact in said.err
    assert "\nhint: " in said.err
    assert "secret" not in said.err
    assert "Traceback" not in said.err


def test_labels_without_labels_are_refused_before_anything_is_asked(asked: Asked) -> None:
    Path("none.jsonl").write_text('{"completion": "So."}\n')
    said = asked("tax", "base", "chat", *SMALL, "--labels", "none.jsonl", "--out", "unlabelled")
    assert said.code == 2
    assert "holds no label" in said.err
    assert not Path("unlabelled/outputs").exists()


def test_tuned_starts_of_a_run_are_measured_beside_its_checkpoints(asked: Asked) -> None:
    rows = [{"text": f"{('red', 'blue')[n % 2]} {n}", "label": "ab"[n % 2]} for n in range(24)]
    Path("colors.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    sizes = ("--max-train", "8", "--max-test", "4", "--seeds", "1", "--epochs", "1", "--rank", "4")
    ran = asked("choose", "base", "chat", "--data", "colors.jsonl", *sizes, "--out", "tried")
    assert ran.code == 0, ran.err
    shown = asked("tax", "--run", "tried", *SMALL, "--out", "run-tax", "--json")
    assert shown.code == 0, shown.err
    told = json.loads(shown.out)
    assert told["base"] == "base"
    names = [each["name"] for each in told["checkpoints"]]
    assert names == ["chat", "tuned-base-raw", "tuned-chat"]
    for said in (asked("tax", "--run", "nowhere"), asked("tax")):
        assert said.code == 2
        assert "hint: " in said.err


def test_compare_shows_both_and_why_they_stopped(asked: Asked) -> None:
    shown = asked(
        "compare",
        "base",
        "chat",
        "--prompt",
        "Where is my card?",
        *("--limit", "12", "--samples", "3", "--shift", "--top-k", "2", "--input"),
        *("--device", "cpu"),
    )
    assert shown.code == 0, shown.err
    for words in ("<|im_start|>user", "in the chat template", "continues the text", "as base sees"):
        assert words in shown.out
    assert "continuations drawn" in shown.out
    assert "most probable next tokens" in shown.out


@pytest.mark.parametrize(
    ("mode", "base", "chat"),
    [
        ("as-intended", "raw", "template"),
        ("same-raw", "raw", "raw"),
        ("both-template", "template", "template"),
    ],
)
def test_compare_asks_each_as_its_mode_says(asked: Asked, mode: str, base: str, chat: str) -> None:
    shown = asked(
        "compare", "base", "chat", "--prompt", "Hi", "--mode", mode, "--limit", "4", "--json"
    )
    assert shown.code == 0, shown.err
    told = json.loads(shown.out)
    assert told["schema"] == "headstart.compare/1"
    assert (told["base"]["mode"], told["instruct"]["mode"]) == (base, chat)
    assert told["shift"]["why"].startswith("not asked for")
    assert told["instruct"]["input"].startswith("<|im_start|>" if chat == "template" else "Hi")


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (("chat", "base", "--prompt", "Hi"), "has no chat template"),
        (("base", "chat", "--prompt", "  "), "the prompt is empty"),
        (("base", "nowhere", "--prompt", "Hi"), "nothing is there"),
    ],
)
def test_what_compare_refuses(asked: Asked, words: tuple[str, ...], fact: str) -> None:
    said = asked("compare", *words)
    assert said.code == 2
    assert fact in said.err
    assert "\nhint: " in said.err
