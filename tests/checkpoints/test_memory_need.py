from pathlib import Path

import pytest
from synthetic import save, tensors

from headstart.checkpoints.declared import Network
from headstart.checkpoints.memory_need import memory_need
from headstart.checkpoints.opened import open_checkpoint
from headstart.domain.evidence import MemoryNeed
from headstart.domain.value import NotMeasured


def need(folder: Path, tokens: int, rank: int = 16) -> MemoryNeed:
    opened = open_checkpoint(str(save(folder, tensors(trained=True))))
    network = opened.declared.network
    found = memory_need(opened.weights, network, tokens, gguf=False, rank=rank)
    assert isinstance(found, MemoryNeed)
    return found


def test_the_figures_are_those_of_the_formula(tmp_path: Path) -> None:
    parameters = sum(each.size for each in tensors(trained=True).values())
    activations = 10 * (2 * 2 * 64 + 34 * 64 + 6 * 320)
    adapted = 16 * 2 * (4 * (64 + 64) + 2 * (96 + 64))
    found = need(tmp_path, 10)
    assert found.lora_bytes == 2 * parameters + 16 * adapted + activations
    assert found.full_bytes == 16 * parameters + activations


@pytest.mark.parametrize("tokens", [1, 100])
def test_full_takes_more_than_lora_and_more_of_either_takes_more(
    tokens: int, tmp_path: Path
) -> None:
    found = need(tmp_path, tokens)
    assert found.full_bytes > found.lora_bytes
    assert need(tmp_path, tokens + 1).lora_bytes > found.lora_bytes
    assert need(tmp_path, tokens, rank=32).lora_bytes > found.lora_bytes


def test_unknown_shapes_are_not_measured() -> None:
    why = NotMeasured(why="no weights")
    assert memory_need(why, Network(), 10, gguf=False) == why
