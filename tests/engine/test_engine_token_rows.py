"""Trained rows put in their place give what whole tables with those rows give."""

import peft
import pytest
import torch
from tiny import tiny_model

from headstart.engine.adapt import peft_warnings_ignored
from headstart.engine.token_rows import quicken_rows

ROWS = [3, 1, 40]


def adapted(architecture: str) -> peft.PeftModel:
    """LoRA with rows that were moved."""
    model = tiny_model(architecture)
    tables = (model.get_input_embeddings(), model.get_output_embeddings())
    names = [name for name, module in model.named_modules() if module in tables]
    config = peft.LoraConfig(
        r=2,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        trainable_token_indices=dict.fromkeys(names, ROWS),
    )
    torch.manual_seed(0)
    with peft_warnings_ignored():
        whole = peft.get_peft_model(model, config)
    with torch.no_grad():
        for name, weight in whole.named_parameters():
            if "trainable_tokens" in name:
                weight.add_(torch.randn_like(weight))
    return whole


@pytest.mark.parametrize("architecture", ["llama", "tied-llama", "gemma3", "gpt2"])
def test_logits_and_gradients_are_those_of_whole_tables(architecture: str) -> None:
    ids = torch.tensor([[1, 40, 7, 3, 9, 3, 11]])
    found = []
    for quick in (False, True):
        model = adapted(architecture)
        if quick:
            quicken_rows(model)
        logits = model(input_ids=ids).logits
        logits.float().log_softmax(-1)[0, :-1].gather(1, ids[0, 1:, None]).sum().backward()
        gradients = {n: p.grad for n, p in model.named_parameters() if "trainable_tokens" in n}
        found.append((logits.detach(), gradients))
    (plain, theirs), (quick_logits, ours) = found
    assert torch.allclose(plain, quick_logits, atol=1e-5)
    assert theirs
    for name, gradient in theirs.items():
        assert gradient is not None
        assert torch.allclose(gradient, ours[name], atol=1e-4), name


def test_rows_are_merged_as_before() -> None:
    model = adapted("tied-llama")
    moved = next(p for n, p in model.named_parameters() if "trainable_tokens" in n).detach().clone()
    quicken_rows(model)
    table = model.merge_and_unload().get_input_embeddings().weight
    assert torch.equal(table[ROWS], moved)
