import json
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from plain import plain_logits
from tiny import ARCHITECTURES, CONTEXT, END, save_tiny, tiny_model, tiny_tokenizer
from transformers import AutoModelForCausalLM

from headstart.checkpoints.resolve import resolve
from headstart.domain.checkpoint import Form
from headstart.engine.adapt import peft_warnings_ignored
from headstart.engine.device import Device
from headstart.engine.load import load
from headstart.errors import CheckpointBroken

CPU = Device("cpu", torch.float32, "a processor")
IDS = (20, 21, 22, 23)


def logits(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return plain_logits(model, IDS)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_loaded_is_what_was_saved(architecture: str, tmp_path: Path) -> None:
    loaded = load(resolve(str(save_tiny(tmp_path, architecture))), CPU)
    assert torch.equal(logits(loaded.model), logits(tiny_model(architecture)))
    assert not loaded.model.training
    assert not any(weight.requires_grad for weight in loaded.model.parameters())
    assert loaded.tokenizer.get_vocab() == tiny_tokenizer().get_vocab()
    assert loaded.stops == {0}
    assert loaded.context == CONTEXT


def test_weights_come_in_the_device_s_precision(tmp_path: Path) -> None:
    rounded = Device("cpu", torch.bfloat16, "a processor")
    loaded = load(resolve(str(save_tiny(tmp_path))), rounded)
    assert {weight.dtype for weight in loaded.model.parameters()} == {torch.bfloat16}


def test_every_end_that_the_checkpoint_names_is_a_stop(tmp_path: Path) -> None:
    save_tiny(tmp_path)
    (tmp_path / "generation_config.json").write_text(json.dumps({"eos_token_id": [2, 7]}))
    assert load(resolve(str(tmp_path)), CPU).stops == {0, 2, 7}


def test_an_adapter_is_merged_into_its_parent(tmp_path: Path) -> None:
    parent = save_tiny(tmp_path / "parent")
    model = AutoModelForCausalLM.from_pretrained(parent)
    config = LoraConfig(
        r=4, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False
    )
    with peft_warnings_ignored():
        tuned = get_peft_model(model, config)
    tuned.save_pretrained(tmp_path / "adapter")
    checkpoint = resolve(str(tmp_path / "adapter"))
    assert checkpoint.form is Form.ADAPTER
    loaded = load(checkpoint, CPU)
    torch.testing.assert_close(logits(loaded.model), logits(tuned.eval()), atol=1e-4, rtol=1e-4)
    assert (logits(loaded.model) - logits(tiny_model("llama"))).abs().max() > 0.1
    assert not any("lora" in name for name, _ in loaded.model.named_modules())


def test_an_unknown_architecture_is_refused_with_its_place(tmp_path: Path) -> None:
    save_tiny(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config |= {"model_type": "nonesuch", "architectures": ["NonesuchForCausalLM"]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointBroken, match="nonesuch"):
        load(resolve(str(tmp_path)), CPU)


def test_the_end_of_text_survives_saving(tmp_path: Path) -> None:
    assert load(resolve(str(save_tiny(tmp_path))), CPU).tokenizer.eos_token == END
