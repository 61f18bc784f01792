"""What `choose` looks at before it spends compute: kinds, templates, and the real batches."""

import json
from pathlib import Path
from typing import Any

import pytest
from tiny import CHATML, save_tiny, spread_words, tiny_model, tiny_tokenizer
from tokenizers import processors

from headstart.choose import choose, plan_only
from headstart.domain.plan import Format, Request
from headstart.errors import AuditFailed

SMALL: dict[str, Any] = {
    "max_train": 8,
    "max_test": 4,
    "seeds": 1,
    "epochs": 1,
    "shots": 1,
    "rank": 4,
    "device": "cpu",
    "precision": "float32",
    "budget_seconds": 3600.0,
    "instruction": "",
}
BOS = "<|unused_0|>"


@pytest.fixture
def data(tmp_path: Path) -> str:
    rows = [{"prompt": f"{n} + 1", "completion": str(n + 1)} for n in range(24)]
    (tmp_path / "d.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(tmp_path / "d.jsonl")


def begun(folder: Path, template: str) -> Path:
    """A checkpoint whose tokenizer has a begin token, and writes it before texts."""
    save_tiny(folder, template=None)
    tokenizer = tiny_tokenizer(template)
    tokenizer.bos_token = BOS
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", special_tokens=[(BOS, 3)]
    )
    tokenizer.save_pretrained(folder)
    return folder


def test_a_batch_that_would_waste_the_run_stops_it_with_the_fix(data: str, tmp_path: Path) -> None:
    twice = begun(tmp_path / "twice", "{{ bos_token }}{{ bos_token }}" + CHATML)
    with pytest.raises(AuditFailed, match="two begin tokens") as caught:
        choose(str(twice), data=data, out=tmp_path / "run", **SMALL)
    assert "template fix" in caught.value.hint
    assert not list((tmp_path / "run").rglob("*.json"))


def test_its_sound_twin_runs(data: str, tmp_path: Path) -> None:
    once = begun(tmp_path / "once", "{{ bos_token }}" + CHATML)
    plan = plan_only(Request(checkpoints=(str(once),), data=data, **SMALL))
    (view,) = plan.views.values()
    # the text that is asked for later would get a second one if it were tokenised carelessly
    assert any("tokenised again" in finding for finding in view.findings)


def test_a_base_with_a_template_is_tried_as_a_base(data: str, tmp_path: Path) -> None:
    spread_words(tiny_model("llama")).save_pretrained(tmp_path / "base")
    tiny_tokenizer(CHATML).save_pretrained(tmp_path / "base")
    plan = plan_only(Request(checkpoints=(str(tmp_path / "base"),), data=data, **SMALL))
    (start,) = plan.starts
    assert (start.name, start.format) == ("base-raw", Format.RAW)
    assert "never trained in the chat template" in start.rule
    assert any("ships a chat template" in finding for finding in plan.findings)


def test_a_hostile_template_is_never_rendered_outside_the_sandbox(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = CHATML + "{{ messages.__class__ }}"
    save_tiny(tmp_path / "bad", template=hostile)

    def rendered(*_args: object, **_options: object) -> str:
        raise AssertionError("the template was rendered by transformers")

    monkeypatch.setattr("headstart.engine.render.Renderer._apply", rendered)
    with pytest.raises(AuditFailed, match="not safe to use"):
        plan_only(Request(checkpoints=(str(tmp_path / "bad"),), data=data, **SMALL))
