import json
from pathlib import Path
from typing import Any

import pytest

from headstart.checkpoints.labelled import main, score, verdict_of
from headstart.domain.evidence import Kind

DEV = Path(__file__).parents[3] / "shared" / "data" / "checkpoint_files" / "dev.jsonl"
CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
INSTRUCT: dict[str, Any] = {
    "label": "instruct",
    "template": CHATML,
    "eos": "<|im_end|>",
    "generation_eos": ["<|im_end|>", "<|endoftext|>"],
    "files": {},
}


@pytest.mark.skipif(not DEV.is_file(), reason=f"{DEV} is not here")
def test_no_verdict_on_the_development_rows_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DEV)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["wrong"] == 0
    assert told["right"] + told["abstained"] == told["rows"] == 63
    assert told["leaning_right"] > 2 * told["leaning_wrong"]


@pytest.mark.skipif(not DEV.is_file(), reason=f"{DEV} is not here")
def test_halves_that_are_alike_get_the_same_verdict_and_it_is_none() -> None:
    rows = [json.loads(line) for line in DEV.read_text(encoding="utf-8").splitlines()]
    alike = [row for row in rows if row["template_seen_with_both_labels"]]
    assert alike
    assert {verdict_of(row).kind for row in alike} == {Kind.UNDECIDED}


def test_names_and_labels_are_never_looked_at() -> None:
    named = INSTRUCT | {"id": "x/y-base", "org": "x", "model": "y-base", "label": "base"}
    assert verdict_of(named) == verdict_of(INSTRUCT)
    readme = "---\nbase_model: acme/tiny\nbase_model_relation: finetune\ntags: [chat]\n---\n"
    carded = {"files": {"README.md": readme}, "template": CHATML}
    assert verdict_of(carded) == verdict_of({"files": {}, "template": CHATML})


def test_counts_and_coverage_add_up() -> None:
    silent = {"label": "base", "template": None, "files": {}}
    told = score([INSTRUCT, INSTRUCT | {"label": "base"}, silent, silent | {"label": "instruct"}])
    assert (told["right"], told["wrong"], told["abstained"]) == (1, 1, 2)
    assert (told["leaning_right"], told["leaning_wrong"]) == (1, 1)
    assert told["coverage"] == 0.5


def test_ids_are_resolved_through_the_files() -> None:
    decoder = {"0": {"content": "<|endoftext|>"}, "2": {"content": "<|im_end|>"}}
    texts = {"tokenizer_config.json": json.dumps({"added_tokens_decoder": decoder})}
    row = {"template": CHATML, "eos": "<|endoftext|>", "generation_eos": [2, 0], "files": texts}
    assert verdict_of(row).kind is Kind.INSTRUCT
    assert verdict_of(row | {"files": {}}).kind is Kind.UNDECIDED


def test_generation_config_among_the_files_counts_alike() -> None:
    texts = {"generation_config.json": json.dumps({"eos_token_id": [2, 0]})}
    decoder = {"0": {"content": "<|endoftext|>"}, "2": {"content": "<|im_end|>"}}
    texts["tokenizer_config.json"] = json.dumps({"added_tokens_decoder": decoder})
    assert verdict_of({"template": CHATML, "files": texts}).kind is Kind.INSTRUCT


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"label": "chat"}', '{"label": "base", "files": {"config.json": "["}}']
)
def test_rows_that_cannot_be_read_are_named(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    assert main([str(path)]) == 2
    assert "hint: " in capsys.readouterr().err
    assert main([]) == 2
    assert main([str(tmp_path / "gone")]) == 2
