import pytest
import torch

from headstart.engine.device import deterministic, peak_memory_bytes, pick_device
from headstart.errors import RequestError


def test_a_device_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(RequestError, match="abacus") as caught:
        pick_device("abacus")
    assert "cpu" in caught.value.hint


def test_a_precision_that_is_not_known_is_refused() -> None:
    with pytest.raises(RequestError, match="int3"):
        pick_device("cpu", "int3")


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_precision_and_label_are_as_asked(name: str) -> None:
    device = pick_device("cpu", name)
    assert device.dtype_name == name
    assert device.label
    assert peak_memory_bytes(device) > 2**20


def test_weights_of_any_precision_are_multiplied_in_the_device_s() -> None:
    for name in ("float32", "bfloat16"):
        device = pick_device("cpu", name)
        for weights in {device.dtype, torch.float32}:
            with device.autocast(weights):
                product = torch.ones(2, 2, dtype=weights) @ torch.ones(2, 2, dtype=weights)
            assert product.dtype == device.dtype


@pytest.mark.parametrize("before", [True, False])
def test_determinism_is_for_the_block_alone(before: bool) -> None:
    torch.use_deterministic_algorithms(before)
    try:
        with deterministic():
            assert torch.are_deterministic_algorithms_enabled()
        assert torch.are_deterministic_algorithms_enabled() == before
    finally:
        torch.use_deterministic_algorithms(mode=False)
