"""Attention without gradients through torch's flash kernel for processors.

It never writes scores to memory. With tile instructions (AMX) that makes it faster than plain
products wherever many keys are read; on other processors it is several times slower.
"""

import torch
from torch import Tensor

from headstart.engine.groups import Call, Group
from headstart.engine.products import lay_by_head, lay_by_token

LONG = 256
"""Keys from which on scores are worth not writing down."""
WIDE = 128
"""Widest heads that gain: the wider they are, the more the products take beside the scores."""

Root = tuple[Tensor, Tensor]
"""Keys and values [key heads, root, width] that a pass has in common."""


def is_faster(q: Tensor, root: Root | None, call: Call) -> bool:
    """Whether `attend_flash` computes this pass, and in less time than plain products."""
    depth = 0 if root is None else root[0].shape[1]
    return (
        q.dtype == torch.bfloat16
        and q.shape[-1] <= WIDE
        and depth + max(group.keys.shape[1] for group in call.how.groups) >= LONG
        and has_tiles(q.device)
        and fits(root, call)
    )


def fits(root: Root | None, call: Call) -> bool:
    """Whether `attend_flash` computes this pass: no softcap, and no key of the root masked."""
    depth = 0 if root is None else root[0].shape[1]
    return call.softcap is None and (
        not depth or all(group.sees_all(depth, call.window) for group in call.how.groups)
    )


def has_tiles(device: torch.device) -> bool:
    """Whether products on `device` use a processor's tile instructions."""
    return device.type == "cpu" and bool(torch.cpu._is_amx_tile_supported())


def attend_flash(q: Tensor, k: Tensor, v: Tensor, root: Root | None, call: Call) -> Tensor:
    """[tokens, heads, width] of a pass whose segments all see the whole root.

    The root is read by all tokens at once and the rest by groups; the two are mixed by their
    sums of exponentials.

    Args:
        q: [tokens, heads, width].
        k: [rows of the groups' keys, key heads, width].
        v: as `k`.
        root: None where there is none.
        call: one that `fits`; dropout is not applied.
    """
    outs, sums = zip(*(_own(q, k, v, group, call) for group in call.how.groups), strict=True)
    out, own = torch.cat(outs), torch.cat(sums)
    if call.how.order is not None:
        out, own = out[call.how.order], own[call.how.order]
    if root is None:
        return out
    heads = k.shape[1]
    apart = q.reshape(len(q), heads, -1, q.shape[-1]).permute(1, 2, 0, 3)
    deep, below = _flash(apart, _repeated(root[0], apart), _repeated(root[1], apart), call, None)
    share = torch.sigmoid(own - below.permute(2, 0, 1).reshape_as(own))
    return deep.permute(2, 0, 1, 3).reshape_as(out).lerp(out, share[..., None].to(out.dtype))


def _own(q: Tensor, k: Tensor, v: Tensor, group: Group, call: Call) -> tuple[Tensor, Tensor]:
    """What a group finds beyond the root: [S * L, heads, width] and log-sums [S * L, heads]."""
    heads, length = k.shape[1], group.queries.shape[1]
    rows = lay_by_head(q, group.queries, heads, group.start)
    apart = rows.view(len(rows), -1, length, rows.shape[-1])
    own_k, own_v = (
        _repeated(lay_by_head(x, group.keys, heads, group.start), apart) for x in (k, v)
    )
    out, sums = _flash(apart, own_k, own_v, call, group.mask_beyond(call.window, heads, q.dtype))
    found = (lay_by_token(x.flatten(1, 2), group.queries, heads) for x in (out, sums[..., None]))
    return next(found), next(found)[..., 0]


def _repeated(x: Tensor, like: Tensor) -> Tensor:
    """[B, K, width] for each of the queries' G heads, in the same memory: [B, G, K, width]."""
    return x[:, None].expand(-1, like.shape[1], -1, -1)


def _flash(
    q: Tensor, k: Tensor, v: Tensor, call: Call, mask: Tensor | None
) -> tuple[Tensor, Tensor]:
    """[B, G, L, width], and the log-sums of exponentials [B, G, L] in float32."""
    out, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        q, k, v, 0.0, is_causal=False, attn_mask=mask, scale=call.scale
    )
    return out, sums
