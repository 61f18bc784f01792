"""Where checkpoints and templates meet: tokens from files, and one stretch of time for all."""

import json
from pathlib import Path
from typing import Any

import pytest
from planted import SOUND
from synthetic import CHATML, END, TURN_END, save, tensors, write

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.declared_files import declare
from headstart.checkpoints.opened import open_checkpoint
from headstart.checkpoints.small_files import given_files
from headstart.domain.template import Severity, TemplateSource
from headstart.domain.value import NotMeasured
from headstart.errors import CheckpointBroken, CheckpointMissing
from headstart.preflight import Given, TemplateLint, marks_of, templates_at
from headstart.templates.marks import Marks
from headstart.templates.subject import NotRendered

BEGINS = {"single": [{"SpecialToken": {"id": END}}, {"Sequence": {"id": "A"}}]}
BARE = {"single": [{"Sequence": {"id": "A"}}]}


def declared(tokenizer: dict[str, Any] | None = None, **config: Any) -> Declared:
    texts = {"tokenizer_config.json": json.dumps(config)}
    if tokenizer is not None:
        texts["tokenizer.json"] = json.dumps(tokenizer)
    return declare(given_files(texts))


def found(folder: Path, lint: TemplateLint | None = None) -> dict[str, Severity]:
    opened = open_checkpoint(str(folder)).declared
    assert opened.template is not None
    told = (lint or TemplateLint()).template(opened.template, opened)
    assert not isinstance(told, NotMeasured)
    return {one.rule: one.severity for one in told}


@pytest.mark.parametrize(
    ("files", "adds"),
    [
        (declared({"post_processor": BEGINS}), True),
        (declared({"post_processor": {"processors": [{"type": "ByteLevel"}, BEGINS]}}), True),
        (declared({"post_processor": BARE}), False),
        (declared({"post_processor": None}), None),
        (declared(), None),
        (declared(add_bos_token=True), True),
        (declared({"post_processor": BARE}, add_bos_token=False), False),
        (declared({"post_processor": BARE}, add_bos_token=True), None),
        (declared({"post_processor": [3]}, add_bos_token="yes"), None),
    ],
)
def test_whether_a_bos_is_added_is_read_from_the_files_that_say_so(
    files: Declared, adds: bool | None
) -> None:
    assert files.adds_bos is adds


def test_a_double_bos_is_found_without_the_real_tokenizer(tmp_path: Path) -> None:
    folder = save(tmp_path, tensors(trained=True), template="{{ bos_token }}" + SOUND, eos=TURN_END)
    config = json.loads((folder / "tokenizer_config.json").read_text())
    write(folder / "tokenizer_config.json", config | {"bos_token": END, "add_bos_token": True})
    assert found(folder)["double-bos"] is Severity.WARNING
    write(folder / "tokenizer_config.json", config | {"bos_token": END, "add_bos_token": False})
    assert "double-bos" not in found(folder)
    write(folder / "tokenizer_config.json", config | {"bos_token": END})
    assert found(folder)["double-bos"] is Severity.NOT_MEASURED


def test_pad_and_quoted_markers_are_looked_at_without_the_real_tokenizer(tmp_path: Path) -> None:
    folder = save(tmp_path, tensors(trained=True), template=CHATML, eos=TURN_END)
    assert "pad-is-turn-end" not in found(folder)
    assert found(folder)["role-markers-in-text"] is Severity.INFO
    config = json.loads((folder / "tokenizer_config.json").read_text())
    write(folder / "tokenizer_config.json", config | {"pad_token": TURN_END})
    assert found(folder)["pad-is-turn-end"] is Severity.WARNING


def test_a_tokenizer_without_bos_is_not_an_unknown_one(tmp_path: Path) -> None:
    folder = save(tmp_path, tensors(trained=True), template="{{ bos_token }}" * 2 + SOUND)
    assert "double-bos" not in found(folder)


def test_marks_cut_a_text_at_its_special_tokens_the_longest_first() -> None:
    marks = Marks({"<a>": 1, "<a><b>": 2, "": 9}, 1, 2, None, adds_bos=True)
    assert marks.encode("x<a><b><a>", add_special_tokens=False) == [-1 - ord("x"), 2, 1]
    assert marks.encode("", add_special_tokens=True) == [1]
    with pytest.raises(NotRendered, match="BOS"):
        Marks({}, 1, 2, None, adds_bos=None).encode("x", add_special_tokens=True)
    with pytest.raises(NotRendered, match="too many"):
        Marks({str(n): n for n in range(300)}, 1, 2, None, adds_bos=True).encode(
            "a" * 1_000_000, add_special_tokens=False
        )


def test_templates_share_one_stretch_of_time(tmp_path: Path) -> None:
    folder = save(tmp_path, None, template=CHATML)
    opened = open_checkpoint(str(folder)).declared
    lint = TemplateLint(seconds=0.0)
    template = TemplateSource(text=CHATML)
    for told in (
        lint.template(template, opened),
        lint.together([template, TemplateSource(source="other", text=SOUND)]),
    ):
        assert isinstance(told, NotMeasured)
        assert "took up" in told.why
    assert lint.together([template]) == ()


def test_tokens_that_are_given_go_before_the_files(tmp_path: Path) -> None:
    folder = save(tmp_path, None, template=CHATML)
    assert "eos-not-turn-end" in found(folder)
    assert "eos-not-turn-end" not in found(folder, TemplateLint(given=Given(eos=TURN_END)))


def test_a_checkpoint_without_special_tokens_has_no_marks() -> None:
    assert marks_of(Declared()) is None


def test_a_template_file_is_read_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "a.jinja").write_text(SOUND + "\n")
    assert templates_at(str(tmp_path / "a.jinja")).templates[0].text == SOUND + "\n"
    with pytest.raises(CheckpointMissing):
        templates_at(str(tmp_path / "b.jinja"))
    (tmp_path / "large.jinja").write_bytes(b"a" * 16_000_001)
    with pytest.raises(CheckpointBroken, match="no chat template"):
        templates_at(str(tmp_path / "large.jinja"))
