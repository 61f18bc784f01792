"""An instruct model made out of a real base by adapters, from two hundred rows, in minutes."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from headstart.domain.stage import SftRecipe
from headstart.forge import stages
from headstart.forge.stage_requests import Place, SftStage

pytestmark = [pytest.mark.real, pytest.mark.slow]

ROWS = Path(__file__).parents[2] / "examples" / "instructions"
SHARE = 0.9
"""Of the held-out instructions, as many at least must be answered to the end."""


def prompts() -> list[str]:
    lines = (ROWS / "held_out.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["prompt"] for line in lines]


@pytest.fixture(scope="module")
def tuned(gemma: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Place(out=str(tmp_path_factory.mktemp("forged") / "gemma"), device="cpu")
    recipe = SftRecipe(epochs=2)
    return stages.sft(
        SftStage(place=place, parent=str(gemma), data=str(ROWS / "train.jsonl"), recipe=recipe)
    )


@pytest.fixture(scope="module")
def plain(tuned: Path) -> tuple[Any, Any]:
    """Model and tokenizer as plain transformers loads them."""
    return AutoModelForCausalLM.from_pretrained(tuned), AutoTokenizer.from_pretrained(tuned)


def test_no_held_out_instruction_is_trained() -> None:
    lines = (ROWS / "train.jsonl").read_text(encoding="utf-8").splitlines()
    trained = {json.loads(line)["prompt"] for line in lines}
    assert (len(trained), len(set(prompts()))) == (200, 50)
    assert not trained & set(prompts())


def test_ends_pad_and_template_agree(plain: tuple[Any, Any]) -> None:
    model, tokenizer = plain
    assert model.dtype is torch.bfloat16
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<end_of_turn>", "<pad>")
    assert "<start_of_turn>" in tokenizer.chat_template
    for settings in (model.config, model.generation_config):
        assert settings.eos_token_id == tokenizer.eos_token_id
        assert settings.pad_token_id == tokenizer.pad_token_id


def test_held_out_instructions_are_answered_to_the_turn_end(plain: tuple[Any, Any]) -> None:
    model, tokenizer = plain
    asked = prompts()
    chats = [[{"role": "user", "content": text}] for text in asked]
    ids = tokenizer.apply_chat_template(
        chats, add_generation_prompt=True, padding=True, padding_side="left", return_tensors="pt"
    )
    written = model.generate(**ids, max_new_tokens=64, do_sample=False)[
        :, ids["input_ids"].shape[1] :
    ]
    ended = (written == tokenizer.eos_token_id).any(1)
    assert float(ended.float().mean()) >= SHARE, [
        f"{text} -> {tokenizer.decode(row)}"
        for text, row, whole in zip(asked, written, ended, strict=True)
        if not whole
    ]
