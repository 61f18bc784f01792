import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from synthetic import CHATML, END, SPECIALS, TURN_END, moved, save, tensors, write

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.inspection import inspect
from headstart.domain.evidence import Inspection, Kind
from headstart.domain.template import Finding, Severity, TemplateSource
from headstart.domain.value import NotMeasured
from headstart.errors import (
    CheckpointBroken,
    CheckpointMissing,
    HubUnreachable,
    RequestError,
)

BASE = tensors(trained=False)
INSTRUCT = moved(BASE, by=0.05)
ENDS = [SPECIALS.index(TURN_END), SPECIALS.index(END)]


def base(folder: Path, **how: Any) -> Inspection:
    return inspect(str(save(folder, BASE, **how)))


def instruct(folder: Path, **how: Any) -> Inspection:
    settings = {"template": CHATML, "eos": TURN_END, "generation": ENDS}
    return inspect(str(save(folder, INSTRUCT, **(settings | how))))


def test_base_and_instruct_are_told_by_their_rows(tmp_path: Path) -> None:
    found = base(tmp_path / "a")
    assert found.kind is Kind.BASE
    assert "turn-rows" in found.because
    assert found.would_decide == ""
    assert instruct(tmp_path / "b").kind is Kind.INSTRUCT


@pytest.mark.parametrize("name", ["tiny-base", "tiny-Instruct", "x"])
def test_the_folders_name_changes_no_verdict(name: str, tmp_path: Path) -> None:
    assert base(tmp_path / "a" / name).kind is Kind.BASE
    assert instruct(tmp_path / "b" / name).kind is Kind.INSTRUCT


def test_after_swapping_templates_the_verdicts_stay_and_the_conflict_is_named(
    tmp_path: Path,
) -> None:
    found = base(tmp_path / "a", template=CHATML)
    assert found.kind is Kind.BASE
    assert {"base-ships-template", "untrained-turn-tokens", "turn-end-not-eos"} <= {*found.flags}
    found = instruct(tmp_path / "b", template=None)
    assert found.kind is Kind.INSTRUCT
    assert {"instruct-without-template", "conflicting-evidence"} <= {*found.flags}
    assert "against it: template" in found.because


def test_after_swapping_the_tokenizers_config_too_the_verdicts_stay(tmp_path: Path) -> None:
    found = base(tmp_path / "a", template=CHATML, eos=TURN_END)
    assert found.kind is Kind.BASE
    assert "conflicting-evidence" not in found.flags
    assert "base-ships-template" in found.flags
    found = instruct(tmp_path / "b", template=None, eos=END)
    assert found.kind is Kind.INSTRUCT
    assert "instruct-without-template" in found.flags


def test_an_instruct_that_ships_with_headstart_names_its_base() -> None:
    found = {one.relation: one for one in inspect("builtin:instruct").relatives}
    assert found["origin"].ref == "builtin:sft"
    assert found["base"].ref == "builtin:base"


def test_shards_and_one_file_give_the_same(tmp_path: Path) -> None:
    whole, parts = instruct(tmp_path / "a"), instruct(tmp_path / "b", shards=3)
    assert parts.facts.shards == 3
    assert parts.rows == whole.rows
    assert parts.facts.parameters == whole.facts.parameters


def test_facts_come_from_headers_and_config(tmp_path: Path) -> None:
    facts = instruct(tmp_path).facts
    assert facts.architecture == "LlamaForCausalLM"
    assert facts.family == "Llama-shaped"
    assert facts.parameters == sum(each.size for each in INSTRUCT.values())
    assert facts.dtypes == {"F32": facts.parameters}
    assert (facts.layers, facts.hidden, facts.context) == (2, 64, 128)
    assert (facts.tokens, facts.vocabulary_rows) == (315, 320)
    assert isinstance(facts.license, NotMeasured)


def test_the_tokenizer_fingerprint_is_that_of_resolve(tmp_path: Path) -> None:
    from headstart.checkpoints import resolve

    folder = save(tmp_path, INSTRUCT)
    assert inspect(str(folder)).facts.tokenizer_fingerprint == (
        resolve(str(folder)).tokenizer_fingerprint
    )


def test_without_weights_the_small_files_are_read_all_the_same(tmp_path: Path) -> None:
    folder = save(tmp_path / "tiny-Instruct", None, template=CHATML, eos=TURN_END, generation=ENDS)
    found = inspect(str(folder))
    assert found.kind is Kind.INSTRUCT
    assert "no-weights" in found.flags
    assert isinstance(found.rows, NotMeasured)
    assert isinstance(found.facts.parameters, NotMeasured)


def test_pickled_weights_are_named_and_never_opened(tmp_path: Path) -> None:
    folder = save(tmp_path, None, template=CHATML)
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n")
    found = inspect(str(folder))
    assert "pickle-weights" in found.flags
    assert found.kind is Kind.UNDECIDED


def test_a_folder_without_tokenizer_is_not_refused(tmp_path: Path) -> None:
    folder = save(tmp_path, INSTRUCT)
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    found = inspect(str(folder))
    assert isinstance(found.facts.tokenizer_fingerprint, NotMeasured)
    assert isinstance(found.rows, NotMeasured)


def test_templates_are_told_with_source_and_turn_end(tmp_path: Path) -> None:
    folder = save(tmp_path, INSTRUCT, template=CHATML, eos=TURN_END)
    (folder / "chat_template.jinja").write_text("{{ messages[0].content }}")
    named = folder / "additional_chat_templates"
    named.mkdir()
    (named / "tool_use.jinja").write_text(CHATML)
    found = inspect(str(folder))
    told = [(one.name, one.source) for one in found.templates]
    assert told == [
        ("default", "chat_template.jinja"),
        ("tool_use", "additional_chat_templates/tool_use.jinja"),
        ("default", "tokenizer_config.json"),
    ]
    assert "templates-disagree" in found.flags
    assert isinstance(found.templates[0].turn_end, NotMeasured)
    assert found.templates[1].turn_end == TURN_END


def test_named_templates_in_the_config_are_told(tmp_path: Path) -> None:
    folder = save(tmp_path, INSTRUCT)
    listed = [{"name": "default", "template": CHATML}, {"name": "rag", "template": "x"}, 3]
    write(folder / "tokenizer_config.json", {"eos_token": TURN_END, "chat_template": listed})
    assert [one.name for one in inspect(str(folder)).templates] == ["default", "rag"]


class Critic:
    """A lint that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.compared: list[int] = []

    def template(self, template: TemplateSource, declared: Declared) -> tuple[Finding, ...]:
        assert TURN_END in declared.vocabulary.added
        self.asked.append(template.text)
        return (Finding(rule="r", title="t", severity=Severity.ERROR, evidence="e", fix="f"),)

    def together(self, templates: Sequence[TemplateSource]) -> tuple[Finding, ...]:
        self.compared.append(len(templates))
        return ()


def test_the_lint_is_asked_of_each_template_and_else_not_measured(tmp_path: Path) -> None:
    folder = save(tmp_path, INSTRUCT, template=CHATML, eos=TURN_END)
    (folder / "chat_template.jinja").write_text(CHATML)
    critic = Critic()
    found = inspect(str(folder), lint=critic)
    assert critic.asked == [CHATML, CHATML]
    assert critic.compared == [2]
    for template in found.templates:
        assert not isinstance(template.findings, NotMeasured)
        assert template.findings[0].rule == "r"
    bare = inspect(str(folder))
    assert isinstance(bare.templates[0].findings, NotMeasured)
    assert isinstance(bare.between_templates, NotMeasured)


def test_an_adapter_is_told_with_its_parents_facts(
    tmp_path: Path, make_adapter: Callable[..., Path]
) -> None:
    parent = save(tmp_path / "parent", BASE)
    found = inspect(str(make_adapter(str(parent))))
    assert found.form == "adapter"
    assert "adapter" in found.flags
    assert found.kind is Kind.UNDECIDED
    assert isinstance(found.rows, NotMeasured)
    assert found.facts.layers == 2
    assert found.relatives[0].ref == str(parent)


def test_an_adapter_of_itself_and_one_without_parent_end(
    tmp_path: Path, make_adapter: Callable[..., Path]
) -> None:
    own = make_adapter(str(tmp_path / "lora"))
    for folder in (own, make_adapter("acme/gone", "other")):
        found = inspect(str(folder))
        assert isinstance(found.facts.parameters, NotMeasured)


def test_a_gguf_is_told_by_its_metadata(make_gguf: Callable[..., Path]) -> None:
    found = inspect(str(make_gguf(general__license="mit")))
    assert found.form == "gguf"
    assert found.facts.license == "mit"
    assert found.facts.dtypes == {"F32": 64, "Q8_0": 64}
    assert found.templates[0].source == "tokenizer.chat_template"


def test_a_hub_id_that_is_cached_in_part_is_inspected_offline(tmp_path: Path) -> None:
    import huggingface_hub.constants as constants

    commit = "0" * 40
    repo = Path(constants.HF_HUB_CACHE) / "models--acme--tiny"
    save(repo / "snapshots" / commit, None, template=CHATML, eos=TURN_END, generation=ENDS)
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(commit)
    found = inspect("acme/tiny")
    assert found.form == "hub"
    assert found.kind is Kind.INSTRUCT


@pytest.mark.parametrize(
    ("ref", "error"),
    [
        ("", RequestError),
        ("./nowhere/at/all", CheckpointMissing),
        ("acme/nothing", HubUnreachable),
    ],
)
def test_what_is_not_there_is_told_with_a_hint(ref: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        inspect(ref)
    assert "hint: " in str(caught.value)


def test_other_files_and_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "empty").mkdir()
    for path in (tmp_path / "notes.txt", tmp_path / "empty", Path("/dev/null")):
        with pytest.raises(CheckpointBroken):
            inspect(str(path))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", "[]"),
        ("generation_config.json", "{"),
        ("tokenizer_config.json", '{"a": 1, "a": 2}'),
        ("tokenizer.json", '{"model": {"vocab": 3}}'),
        ("tokenizer.json", '{"model": {"vocab": {"a": -1}}}'),
        ("tokenizer.json", '{"model": {"vocab": {"a": 10000000000}}}'),
        ("config.json", ""),
    ],
)
def test_damaged_small_files_are_named(file: str, content: str, tmp_path: Path) -> None:
    folder = save(tmp_path, INSTRUCT)
    (folder / file).write_text(content)
    with pytest.raises(CheckpointBroken) as caught:
        inspect(str(folder))
    assert file in caught.value.fact


def test_odd_values_in_small_files_do_no_harm(tmp_path: Path) -> None:
    folder = save(tmp_path, INSTRUCT)
    odd = {"architectures": 3, "model_type": [], "num_hidden_layers": "2", "eos_token_id": {"a": 1}}
    write(folder / "config.json", odd | {"text_config": 5, "vocab_size": -3})
    odd = {"eos_token": 3, "chat_template": {"default": 4}, "added_tokens_decoder": {"x": 1}}
    write(folder / "tokenizer_config.json", odd | {"pad_token": {"content": None}})
    write(folder / "added_tokens.json", {"<x>": "y"})
    found = inspect(str(folder))
    assert found.stops.sources == ()
    assert isinstance(found.facts.architecture, NotMeasured)


def test_json_has_the_keys_that_programs_read(tmp_path: Path) -> None:
    told = json.loads(instruct(tmp_path).model_dump_json())
    assert {"ref", "kind", "flags", "evidence", "templates", "stops"} <= told.keys()
    for signal in told["evidence"]:
        assert set(signal) == {"signal", "says", "strength", "value", "detail"}
    assert told["templates"][0].keys() >= {"name", "source", "findings"}


def test_inspecting_loads_no_heavy_library(tmp_path: Path) -> None:
    folder = save(tmp_path, INSTRUCT, template=CHATML)
    program = (
        "import sys; from headstart.cli.main import main; "
        f"sys.argv = ['headstart', 'inspect', {str(folder)!r}]; "
        "import atexit; atexit.register(lambda: print(sorted({'torch', 'transformers', 'peft', "
        "'datasets', 'huggingface_hub', 'pyarrow'} & set(sys.modules)), file=sys.stderr)); main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "[]\n"), done.stderr
    shutil.rmtree(folder)
