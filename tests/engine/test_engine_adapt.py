import warnings
from typing import Any

import pytest
import torch
from plain import FULL, LORA, plain_logits
from tiny import ARCHITECTURES, tiny_model
from transformers import PreTrainedModel

from headstart.engine.adapt import trainable
from headstart.engine.device import Device
from headstart.engine.keeping import plain_copy
from headstart.engine.render import Rendered
from headstart.engine.train import train

CPU = Device("cpu", torch.float32, "a processor")
IDS = (20, 1, 21, 2, 30, 2)
DATA = [Rendered(IDS, (False, False, False, True, True, True))]


def portrait(model: PreTrainedModel) -> dict[str, Any]:
    """All that a later trial could notice."""
    with torch.no_grad():
        logits = plain_logits(model, IDS)
    return {
        "weights": {name: tensor.clone() for name, tensor in model.state_dict().items()},
        "logits": logits,
        "modules": [(name, type(module)) for name, module in model.named_modules()],
        "attributes": sorted(vars(model)),
        "config": model.config.to_dict(),
        "trains": [name for name, weight in model.named_parameters() if weight.requires_grad],
        "hooks": [len(module._forward_hooks) for module in model.modules()],
        "training": [module.training for module in model.modules()],
        "tied": model.get_input_embeddings().weight is model.get_output_embeddings().weight,
    }


def assert_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    weights, logits = before.pop("weights"), before.pop("logits")
    kept = after.pop("weights")
    assert torch.equal(after.pop("logits"), logits)
    assert weights.keys() == kept.keys()
    assert all(torch.equal(weights[name], kept[name]) for name in weights)
    assert before == after


@pytest.mark.parametrize("rows", [(), (1, 2)])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_plain_copy_computes_what_the_tuned_model_does(
    architecture: str, rows: tuple[int, ...]
) -> None:
    model = tiny_model(architecture)
    with trainable(model, LORA, 0, rows, CPU) as tuned:
        train(tuned, DATA, LORA, learning_rate=0.1, seed=0, device=CPU)
        plain = plain_copy(tuned)
        with torch.no_grad():
            wanted = plain_logits(tuned, IDS)
    assert not any("lora" in name or "token_adapter" in name for name in plain.state_dict())
    assert [n for n, _ in plain.named_modules()] == [n for n, _ in model.named_modules()]
    with torch.no_grad():
        torch.testing.assert_close(plain_logits(plain, IDS), wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("rows", [(), (1, 2)])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_model_comes_back_bit_by_bit_after_training(
    architecture: str, rows: tuple[int, ...]
) -> None:
    model = tiny_model(architecture)
    before = portrait(model)
    for _ in range(2):
        with trainable(model, LORA, 0, rows, CPU) as tuned:
            train(tuned, DATA, LORA, learning_rate=0.1, seed=0, device=CPU)
            with torch.no_grad():
                assert not torch.allclose(plain_logits(tuned, IDS), before["logits"], atol=1e-2)
    assert_same(before, portrait(model))


@pytest.mark.parametrize("recipe", [LORA, FULL], ids=lambda recipe: recipe.method)
def test_the_model_comes_back_after_an_exception(recipe: Any) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    model = tiny_model("gpt2")
    before = portrait(model)
    with pytest.raises(KeyboardInterrupt), trainable(model, recipe, 0, (1,), CPU) as tuned:
        train(tuned, DATA, recipe, learning_rate=0.1, seed=0, device=CPU, on_step=stop)
    assert_same(before, portrait(model))


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_full_tuning_works_on_a_copy(architecture: str) -> None:
    model = tiny_model(architecture)
    before = portrait(model)
    with trainable(model, FULL, 0, (), CPU) as tuned:
        train(tuned, DATA, FULL, learning_rate=0.01, seed=0, device=CPU)
        assert all(weight.requires_grad for weight in tuned.parameters())
        with torch.no_grad():
            assert not torch.equal(plain_logits(tuned, IDS), before["logits"])
        assert_same(before, portrait(model))


def test_full_tuning_of_rounded_weights_works_in_float32() -> None:
    model = tiny_model("llama").to(torch.bfloat16)
    with trainable(model, FULL, 0, (), CPU) as tuned:
        assert {weight.dtype for weight in tuned.parameters()} == {torch.float32}
    assert {weight.dtype for weight in model.parameters()} == {torch.bfloat16}


def test_what_is_trained_beside_rounded_weights_is_float32() -> None:
    # bfloat16 steps are coarser than a usual update
    model = tiny_model("llama").to(torch.bfloat16)
    with trainable(model, LORA, 0, (1, 2), CPU) as tuned:
        trained = {n: w.dtype for n, w in tuned.named_parameters() if w.requires_grad}
    assert set(trained.values()) == {torch.float32}, trained


def table(model: torch.nn.Module, side: str) -> torch.Tensor:
    """Embedding or head as the model uses it, every row: [vocabulary, width]."""
    layer = getattr(model, f"get_{side}_embeddings")()
    merge = getattr(layer, "token_adapter", None)
    if merge is None:
        return layer.weight.detach().clone()
    return merge.get_merged_weights(merge.active_adapters).detach().clone()


@pytest.mark.parametrize("architecture", ["llama", "tied-llama", "qwen2", "gemma3", "gpt2"])
def test_only_the_rows_asked_for_change_in_embedding_and_head(architecture: str) -> None:
    model = tiny_model(architecture)
    rows = [1, 2]
    before = {side: table(model, side) for side in ("input", "output")}
    with trainable(model, LORA, 0, rows, CPU) as tuned:
        train(tuned, DATA, LORA, learning_rate=0.1, seed=0, device=CPU)
        after = {side: table(tuned, side) for side in ("input", "output")}
    for side in before:
        changed = (before[side] != after[side]).any(dim=1).nonzero().flatten().tolist()
        assert changed == rows


def test_adapters_stand_on_every_linear_layer_but_the_head() -> None:
    model = tiny_model("llama")
    linear = {n for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)}
    with trainable(model, LORA, 0, (), CPU) as tuned:
        adapted = {n.split(".lora_A")[0] for n, _ in tuned.named_parameters() if ".lora_A" in n}
    assert adapted == linear - {"lm_head"}


def test_an_unequal_layer_layout_raises_no_warning() -> None:
    with warnings.catch_warnings(), trainable(tiny_model("gpt2"), LORA, 0, (), CPU):
        warnings.simplefilter("error")
