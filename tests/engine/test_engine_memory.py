import contextlib

import pytest
import torch
from plain import LORA
from tiny import tiny_model
from transformers import AutoModelForCausalLM

from headstart.engine import memory
from headstart.engine.adapt import trainable
from headstart.engine.device import Device
from headstart.engine.memory import fit_packing
from headstart.engine.render import Rendered
from headstart.engine.train import Packing
from headstart.errors import RequestError

CPU = Device("cpu", torch.float32, "a processor")
ROWS = [
    Rendered(tuple(range(20, 20 + n)), tuple(i >= n // 2 for i in range(n))) for n in (6, 200, 40)
]


def fitted(limit: int | None, monkeypatch: pytest.MonkeyPatch) -> Packing:
    monkeypatch.setattr(memory, "_in_use", lambda _: 0)
    config = tiny_model("llama").config
    config.num_hidden_layers = 12
    deep = AutoModelForCausalLM.from_config(config).requires_grad_(requires_grad=False)
    with trainable(deep, LORA, 0, (), CPU) as model:
        return fit_packing(model, ROWS, limit, CPU)


def test_without_a_limit_packs_are_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fitted(None, monkeypatch) == fitted(2**40, monkeypatch) == Packing()


def test_a_tighter_limit_gives_smaller_packs_then_checkpoints_then_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[Packing] = []
    limit = 2**25
    with contextlib.suppress(RequestError):
        while True:
            seen.append(fitted(limit, monkeypatch))
            limit = limit * 9 // 10
    with pytest.raises(RequestError, match=r"longest row \(200 tokens\)"):
        fitted(limit, monkeypatch)
    sizes = [p.tokens for p in seen if not p.checkpointed]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) > 1
    assert min(p.tokens for p in seen) < 1024
    assert seen[-1].checkpointed
    assert [p.checkpointed for p in seen] == sorted(p.checkpointed for p in seen)


def test_what_is_in_use_already_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        trainable(tiny_model("llama"), LORA, 0, (), CPU) as model,
        pytest.raises(RequestError, match=r"leaves 0\.0 GiB"),
    ):
        fit_packing(model, ROWS, 2**20, CPU)
