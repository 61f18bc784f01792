"""`headstart template` as a shell sees it, and the pre-commit hook that calls it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Said, say
from planted import SOUND, unmarked_chatml
from synthetic import CHATML, TURN_END, save, tensors

from headstart.domain.evidence import LintReport

Call = Callable[..., Said]
HOOKS = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
FAULTY = unmarked_chatml(end="''")
HANGS = "{% for a in range(9999) %}{{ range(99999)|map('string')|list|length }}{% endfor %}"


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    (tmp_path / "sound.jinja").write_text(SOUND)
    (tmp_path / "faulty.jinja").write_text(FAULTY)
    (tmp_path / "hangs.jinja").write_text(HANGS)
    config = {"bos_token": "<s>", "eos_token": "</s>", "chat_template": SOUND}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    named = [{"name": "default", "template": SOUND}, {"name": "rag", "template": FAULTY}]
    (tmp_path / "named.json").write_text(json.dumps({"chat_template": named}))
    (tmp_path / "odd.json").write_text(json.dumps({"chat_template": 3}))
    save(tmp_path / "model", tensors(trained=True), template=CHATML, eos=TURN_END)
    save(tmp_path / "base", tensors(trained=False))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return lambda *words: say(monkeypatch, capsys, "template", *words)


def rules(said: Said) -> list[set[str]]:
    report = LintReport.model_validate_json(said.out)
    return [
        {
            one.rule
            for template in file.templates
            for one in template.findings  # type: ignore[union-attr]
            if one.severity.value != "not measured"
        }
        for file in report.files
    ]


def test_findings_come_with_evidence_and_fix_within_the_width(call: Call) -> None:
    said = call("lint", "faulty.jinja", "--eos", TURN_END)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("faulty.jinja: 1 error, ")
    assert "! error no-turn-end (default): " in said.out
    assert "  fix: write eos_token" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_each_file_has_findings_of_its_own(call: Call) -> None:
    sound, faulty = rules(call("lint", "sound.jinja", "faulty.jinja", "--json"))
    assert "no-turn-end" in faulty - sound
    assert not {"no-turn-end", "no-generation-markers", "no-generation-prompt"} & sound


def test_tokens_come_from_the_file_and_options_go_before(call: Call) -> None:
    (own,) = rules(call("lint", "tokenizer_config.json", "--json"))
    assert "eos-not-turn-end" in own
    for option in ("--eos", "--stop"):
        (given,) = rules(call("lint", "tokenizer_config.json", option, TURN_END, "--json"))
        assert "eos-not-turn-end" not in given


def test_every_named_template_is_linted(call: Call) -> None:
    report = LintReport.model_validate_json(call("lint", "named.json", "--json").out)
    assert [one.name for one in report.files[0].templates] == ["default", "rag"]
    assert "no-turn-end (rag)" in call("lint", "named.json").out


def test_the_use_decides_how_grave_a_finding_is(call: Call) -> None:
    assert "no-generation-markers" in call("lint", "faulty.jinja").out
    assert "no-generation-markers" not in call("lint", "faulty.jinja", "--use", "serving").out


@pytest.mark.parametrize(("file", "code"), [("sound.jinja", 0), ("faulty.jinja", 2)])
def test_fail_on_error_is_for_scripts(call: Call, file: str, code: int) -> None:
    said = call("lint", file, "--fail-on", "error")
    assert said.code == code
    assert ("no-turn-end" in said.err) is (code == 2)


def test_a_checkpoint_is_linted_with_its_own_tokens(call: Call) -> None:
    (found,) = rules(call("lint", "model", "--json"))
    assert "no-generation-markers" in found
    assert "role-markers-in-text" in found
    assert "eos-not-turn-end" not in found


def test_a_checkpoint_without_a_template_is_no_error(call: Call) -> None:
    said = call("lint", "base", "--fail-on", "warning")
    assert (said.code, said.out) == (0, "base: no chat template\n")


def test_a_template_that_hangs_is_told_and_ends(call: Call) -> None:
    said = call("lint", "hangs.jinja", "--fail-on", "error")
    assert said.code == 2
    assert "breaks-limits" in said.err
    fixed = call("fix", "hangs.jinja")
    assert fixed.out.startswith("nothing was found that could be repaired")


def test_a_repair_is_shown_before_and_after_and_then_found_no_more(call: Call) -> None:
    said = call("fix", "faulty.jinja", "--eos", TURN_END, "--out", "mended.jinja")
    assert said.code == 0
    assert said.err == "wrote mended.jinja\n"
    assert "repaired no-turn-end" in said.out
    assert "  before  " in said.out
    assert Path("faulty.jinja").read_text() == FAULTY
    before, after = rules(call("lint", "faulty.jinja", "mended.jinja", "--eos", TURN_END, "--json"))
    assert {"no-turn-end", "no-generation-markers"} <= before
    assert not {"no-turn-end", "no-generation-markers"} & after
    assert after < before


def test_the_template_alone_goes_to_stdout_if_asked(call: Call) -> None:
    said = call("fix", "faulty.jinja", "--eos", TURN_END, "--out", "-")
    assert said.out.startswith("{% for message in messages %}")
    assert "repaired" in said.err
    assert "repaired" not in said.out


def test_a_template_without_faults_is_written_as_it_is(call: Call) -> None:
    assert call("fix", "sound.jinja", "--eos", TURN_END, "--out", "-").out == SOUND


def test_a_checkpoints_template_is_repaired_and_the_checkpoint_left_alone(call: Call) -> None:
    before = Path("model/tokenizer_config.json").read_text()
    said = call("fix", "model", "--out", "mended.jinja")
    assert "repaired no-generation-markers" in said.out
    assert Path("model/tokenizer_config.json").read_text() == before
    assert "{% generation %}" in Path("mended.jinja").read_text()


@pytest.mark.parametrize(
    "words",
    [
        ("lint", "gone.jinja"),
        ("lint", "odd.json"),
        ("lint", "no/checkpoint"),
        ("lint",),
        ("fix", "base"),
        ("fix", "named.json", "--name", "other"),
        ("fix", "sound.jinja", "--out", "no/such/folder/x.jinja"),
        ("lint", "sound.jinja", "--use", "dancing"),
    ],
)
def test_bad_requests_end_with_two_and_a_word(call: Call, words: tuple[str, ...]) -> None:
    said = call(*words)
    assert said.code == 2
    assert said.err
    assert "Traceback" not in said.err


def hook() -> dict[str, str]:
    """The one hook, whose values are plain one-line texts."""
    text = HOOKS.read_text()
    found = dict(re.findall(r"^(?:- |  )(\w+): (.*)$", text, flags=re.MULTILINE))
    assert text.count("- id:") == 1
    return found


def test_the_hook_is_one_that_pre_commit_takes() -> None:
    from pre_commit.clientlib import load_manifest

    (manifest,) = load_manifest(str(HOOKS))
    assert {key: manifest[key] for key in hook()} == hook()


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("chat_template.jinja", True),
        ("models/a/chat_template.jinja", True),
        ("chat_template.json", True),
        ("tokenizer_config.json", True),
        ("additional_chat_templates/rag.jinja", True),
        ("page.jinja", False),
        ("config.json", False),
        ("my_tokenizer_config.json", False),
    ],
)
def test_the_hook_takes_template_files_only(path: str, taken: bool) -> None:
    assert bool(re.search(hook()["files"], path)) is taken


def test_the_hooks_command_fails_on_a_faulty_template_only(call: Call) -> None:
    program, group, *words = hook()["entry"].split()
    assert (program, group) == ("headstart", "template")
    assert call(*words, "sound.jinja", "tokenizer_config.json").code == 0
    assert call(*words, "sound.jinja", "faulty.jinja").code == 2
