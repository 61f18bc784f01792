"""How much is computed at a time: enough to keep a device busy, little enough for its memory."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Sizes:
    """What one pass may hold; changes speed and memory, and results by rounding only."""

    step_tokens: int
    """Tokens of a training pack."""
    prompt_tokens: int
    """Prompt tokens read together."""
    prompts: int
    """Prompts read together."""
    nodes: int
    """Nodes of the label search opened in one pass where there are as many: each costs more than
    a pass of its own would take to start, so every item opens its best one, and several only when
    few items are left."""
    vain_pairs: int
    """Pairs of a query and a key that may be computed in vain to save a group of segments: the
    time that a group of its own takes to dispatch, forward and backward."""
    loss_elements: int
    """Logits made float32 at a time."""
    window_tokens: int
    """Tokens of raw text computed at once, in windows of one length."""
    row_multiple: int
    """Tokens of a pass are made a multiple of this: the library of matrix products writes a program
    for every shape that it meets, which takes as long as some products."""
    logits_multiple: int
    """Wanted logits of a training pass are made a multiple of this, for the same reason."""


PROCESSOR = Sizes(
    step_tokens=2048,
    prompt_tokens=1024,
    prompts=64,
    nodes=48,
    vain_pairs=40_000,
    loss_elements=2**18,
    window_tokens=2048,
    row_multiple=32,
    logits_multiple=8,
)
"""Few enough for the caches; logits of the loss stay in a core's own."""
GPU = Sizes(
    step_tokens=4096,
    prompt_tokens=16384,
    prompts=512,
    nodes=4096,
    vain_pairs=8_000_000,
    loss_elements=2**24,
    window_tokens=32768,
    row_multiple=1,
    logits_multiple=1,
)
"""Many, since every piece of work costs the time to start it."""


def sizes_of(device: torch.device) -> Sizes:
    """What suits `device`."""
    return PROCESSOR if device.type == "cpu" else GPU
