from collections.abc import Callable

import pytest
import torch
from peft import LoraConfig, get_peft_model
from plain import plain_logits
from tiny import ARCHITECTURES, tiny_model

from headstart.engine.adapt import peft_warnings_ignored
from headstart.engine.lora import quicken

IDS = (20, 21, 22, 23, 24)


def adapted(architecture: str, **options: object) -> torch.nn.Module:
    torch.manual_seed(0)
    config = LoraConfig(
        r=4,
        lora_alpha=12,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        init_lora_weights=False,
        **options,
    )
    with peft_warnings_ignored():
        return get_peft_model(tiny_model(architecture), config).eval()


def results(model: torch.nn.Module) -> tuple[torch.Tensor, list[torch.Tensor]]:
    logits = plain_logits(model, IDS)
    weights = [p for p in model.parameters() if p.requires_grad]
    loss = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(IDS[1:]))
    return logits.detach(), list(torch.autograd.grad(loss, weights))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_ours_gives_what_peft_gives(architecture: str) -> None:
    model = adapted(architecture)
    logits, gradients = results(model)
    quicken(model)
    quick_logits, quick_gradients = results(model)
    torch.testing.assert_close(quick_logits, logits, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(quick_gradients, gradients, rtol=1e-3, atol=1e-5)


def attention_of(model: torch.nn.Module) -> torch.nn.Module:
    return next(m for m in model.modules() if hasattr(m, "k_proj"))


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_layers_that_read_the_same_are_multiplied_once(architecture: str) -> None:
    model = adapted(architecture)
    layers = [getattr(attention_of(model), f"{x}_proj") for x in "qkv"]
    x = torch.randn(5, layers[0].in_features)
    before = [layer.get_base_layer().weight.clone() for layer in layers]
    wanted = [layer(x) for layer in layers]
    quicken(model)
    with torch.profiler.profile() as profile:
        made = [layer(x) for layer in layers]
    products = {e.key: e.count for e in profile.key_averages() if "mm" in e.key}
    torch.testing.assert_close(made, wanted)
    assert products["aten::addmm_"] == 1
    for layer, weight in zip(layers, before, strict=True):
        assert torch.equal(layer.get_base_layer().weight, weight)


def test_a_layer_that_reads_something_else_is_computed_by_itself() -> None:
    model = adapted("llama")
    query, key, value = (getattr(attention_of(model), f"{x}_proj") for x in "qkv")
    x, y = torch.randn(2, 5, query.in_features)
    wanted = [query(x), key(y), value(x), key(x), key(x * 2)]
    quicken(model)
    made = [query(x), key(y), value(x), key(x)]
    query(x)
    x *= 2  # written over between two layers
    torch.testing.assert_close([*made, key(x)], wanted)


def test_weights_that_were_moved_or_first_used_in_inference_are_found_again() -> None:
    model = adapted("llama")
    logits, gradients = results(model)
    quicken(model)
    with torch.inference_mode():
        plain_logits(model, IDS)
    torch.testing.assert_close(results(model)[1], gradients, rtol=1e-3, atol=1e-5)
    weight = attention_of(model).k_proj.get_base_layer().weight
    weight.data = weight.data.clone() * 0
    changed, _ = results(model)
    assert not torch.allclose(changed, logits)


def second_adapter(model: torch.nn.Module) -> None:
    config = LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False)
    with peft_warnings_ignored():
        model.add_adapter("second", config)
    model.base_model.set_adapter(["default", "second"])


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"use_dora": True}, None),
        ({}, second_adapter),
    ],
)
def test_what_is_not_plain_lora_stays_with_peft(
    options: dict[str, object], change: Callable[[torch.nn.Module], None] | None
) -> None:
    model = adapted("llama", **options)
    if change:
        change(model)
    logits, _ = results(model)
    quicken(model)
    assert torch.equal(results(model)[0], logits)


def test_dropout_stays_with_peft() -> None:
    model = adapted("llama", lora_dropout=0.5).train()
    quicken(model)
    assert not torch.equal(plain_logits(model, IDS), plain_logits(model, IDS))
