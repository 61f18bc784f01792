"""What tuning takes, from shapes alone.

Activations of one row with checkpointed layers: each layer's input in bfloat16, one whole layer of
34 bytes a token and channel, and the logits with their softmax. Weights in bfloat16; AdamW's two
moments in float32; in full training float32 master weights and bfloat16 gradients as well.

Source: Korthikanti et al. 2022 (arXiv 2205.05198) for the 34 bytes.
"""

from headstart.checkpoints.declared import Network
from headstart.checkpoints.tensor_names import matrices
from headstart.checkpoints.weights import Weights, input_table
from headstart.domain.evidence import MemoryNeed
from headstart.domain.value import NotMeasured

RANK = 16
_LORA = 4 + 4 + 8
"""Bytes of an adapter's number: float32 weight, gradient, two moments."""
_FULL = 2 + 2 + 4 + 8
"""Bytes of a trained number: weight, gradient, master weight, two moments."""
_LAYER = 34
_LOGIT = 2 + 4
"""Bytes of a logit: bfloat16, and its float32 log-probability."""


def memory_need(
    weights: Weights | NotMeasured, network: Network, tokens: int, *, gguf: bool, rank: int = RANK
) -> MemoryNeed | NotMeasured:
    """Estimate the bytes that LoRA and full training take at rows of `tokens` tokens.

    Limits: frameworks add buffers and fragments, commonly a tenth to a fifth; tied heads and
    experts that are not routed to count as if they were used.
    """
    if isinstance(weights, NotMeasured):
        return weights
    table = input_table(weights)
    layers, hidden = network.layers, network.hidden
    if table is None or layers is None or hidden is None:
        return NotMeasured(why="layers, width or vocabulary are not known")
    activations = tokens * (2 * layers * hidden + _LAYER * hidden + _LOGIT * table.rows)
    adapted = 0
    for one in matrices(weights.places, gguf=gguf).values():
        if one.layer is not None:
            rows, width = one.place.shape[-2:]
            adapted += rank * (rows + width) * (one.place.numbers // max(1, rows * width))
    return MemoryNeed(
        lora_bytes=2 * weights.parameters + _LORA * adapted + activations,
        full_bytes=_FULL * weights.parameters + activations,
        rank=rank,
        tokens=tokens,
    )
