"""One name for a tensor in Hugging Face folders and GGUF files, and the order of its rows."""

import re
from dataclasses import dataclass

from headstart.checkpoints.weights import Place

_PREFIX = re.compile(
    r"^(?:base_model\.)?(?:(?:model|language_model|transformer|backbone|decoder)\.)+"
)
_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks|block|blk)\.(\d+)\.")
_FROM_GGUF = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_qkv": "self_attn.qkv_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_TABLES_FROM_GGUF = {"token_embd.weight": "embed_tokens.weight", "output.weight": "lm_head.weight"}


@dataclass(frozen=True)
class Matrix:
    """A weight matrix by a name that both forms share."""

    name: str
    """Such as `layers.3.self_attn.q_proj.weight`."""
    module: str
    """The name without the layer."""
    layer: int | None
    """Its block; None for embedding and head."""
    place: Place
    """Where it lies."""


def matrices(places: dict[str, Place], *, gguf: bool) -> dict[str, Matrix]:
    """All tensors of two dimensions or more, by their shared name."""
    found = {}
    for name, place in places.items():
        if len(place.shape) >= 2:
            shared = _from_gguf(name) if gguf else _PREFIX.sub("", name)
            match = _LAYER.search(shared)
            module = _LAYER.sub("", shared, count=1) if match else shared
            layer = int(match[1]) if match else None
            found[shared] = Matrix(shared, module, layer, place)
    return found


def rotated(matrix: Matrix, architecture: str | None) -> bool:
    """Whether llama.cpp stores the rows of this matrix in another order than Hugging Face.

    It does for queries and keys of Llama's network: the halves of each head are interleaved.
    """
    return architecture == "llama" and matrix.module in (
        "self_attn.q_proj.weight",
        "self_attn.k_proj.weight",
    )


def hugging_face_row(row: int, heads: int, rows: int) -> int:
    """The Hugging Face row that llama.cpp keeps at `row` of a matrix with `heads` heads."""
    width = rows // heads
    head, inside = divmod(row, width)
    pair, half = divmod(inside, 2)
    return head * width + half * (width // 2) + pair


def packed_row(row: int, heads: int, rows: int) -> int:
    """The other way round: where llama.cpp keeps a Hugging Face row."""
    width = rows // heads
    head, inside = divmod(row, width)
    half, pair = divmod(inside, width // 2)
    return head * width + 2 * pair + half


def _from_gguf(name: str) -> str:
    if name in _TABLES_FROM_GGUF:
        return _TABLES_FROM_GGUF[name]
    match = re.fullmatch(r"blk\.(\d+)\.(\w+)\.weight", name)
    if match and match[2] in _FROM_GGUF:
        return f"layers.{match[1]}.{_FROM_GGUF[match[2]]}.weight"
    return name
