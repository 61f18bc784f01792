"""Keep training within a memory limit by smaller packs, then by checkpointed layers.

What a step keeps for its gradients is counted on one real example; it grows with the tokens of
a pack. The optimiser sees the same steps whatever is chosen here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.device import Device, peak_memory_bytes
from headstart.engine.render import Rendered
from headstart.engine.sizes import sizes_of
from headstart.engine.train import Packing, pack_loss
from headstart.errors import RequestError

LEAST_TOKENS = 128
RESERVE = 0.1
"""Share of the limit left to allocators, which keep what was freed."""


def fit_packing(
    model: PreTrainedModel, examples: Sequence[Rendered], limit: int | None, device: Device
) -> Packing:
    """The fastest packing whose steps stay within `limit`.

    Args:
        model: trainable, on its device.
        examples: what will be trained on; the longest decides.
        limit: most bytes of the process (of the GPU, where one computes); None for no limit
            beyond the GPU's own.
        device: where to compute.

    Raises:
        RequestError: not even one example at a time with checkpointed layers fits.
    """
    most_tokens = sizes_of(model.device).step_tokens
    if limit is None and device.kind == "cuda":
        limit = torch.cuda.get_device_properties(model.device).total_memory
    if limit is None:
        return Packing(most_tokens)
    longest = max(examples, key=lambda e: len(e.ids))
    room = limit * (1 - RESERVE) - _in_use(device) - _optimizer_bytes(model)
    needs: list[float] = []
    for checkpointed in (False, True):
        if checkpointed and not model.supports_gradient_checkpointing:
            break
        per_token = _bytes_of_step(model, longest, device, checkpointed=checkpointed) / len(
            longest.ids
        )
        tokens = most_tokens
        while tokens > max(LEAST_TOKENS, len(longest.ids)) and tokens * per_token > room:
            tokens //= 2
        needs.append(max(tokens, len(longest.ids)) * per_token)
        if needs[-1] <= room:
            return Packing(tokens, checkpointed)
    raise RequestError(
        f"the memory limit of {limit / 2**30:.1f} GiB leaves {max(0, room) / 2**30:.1f} GiB for "
        f"a training step, which needs {min(needs) / 2**30:.1f} GiB for the longest row "
        f"({len(longest.ids)} tokens)",
        hint="raise --memory, or shorten the rows",
    )


def _bytes_of_step(
    model: PreTrainedModel, example: Rendered, device: Device, *, checkpointed: bool
) -> float:
    """Bytes kept for the gradients of one example, and those that come and go with them."""
    sizes: dict[int, int] = {}
    weights = {w.untyped_storage().data_ptr() for w in model.parameters()}

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            sizes[storage.data_ptr()] = max(sizes.get(storage.data_ptr(), 0), storage.nbytes())
        return tensor

    def same(held: Any) -> Any:
        return held

    with (
        torch.autograd.graph.saved_tensors_hooks(count, same),
        device.autocast(model.dtype),
        pack_loss(model, [example]),
    ):
        kept = sum(sizes.values())
    logits = max(sizes.values(), default=0)
    layers = int(model.config.get_text_config().num_hidden_layers)
    if not checkpointed:
        return 1.1 * kept + logits
    # what stays is each layer's input; one layer at a time is computed again
    rows = len(example.ids) * int(model.config.get_text_config().hidden_size)
    return 2 * logits + layers * rows * model.dtype.itemsize + 2 * (kept - logits) / layers


def _optimizer_bytes(model: PreTrainedModel) -> int:
    """AdamW's two moments and the gradient of every trained weight."""
    return sum(3 * w.nbytes for w in model.parameters() if w.requires_grad)


def _in_use(device: Device) -> int:
    """Bytes held now: of the GPU, or the process's resident set."""
    if device.kind == "cuda":
        return int(torch.cuda.memory_allocated())
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * 4096
    return peak_memory_bytes(device)
