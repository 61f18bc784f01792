"""Attention over segments: what each may see, gathered into a few dense products.

A pass computes many segments in one row of tokens. Every segment sees the root (a prefix
that all share, computed once), its own path of ancestors, and itself. Instead of one mask
over the whole row, segments of like length form groups, and a group is one batch of products
over exactly the keys its segments may see: nothing is spent on pairs that are masked away.

On processors the products are plain matrix products: torch's fused kernel for processors
reaches a sixth of their speed on bfloat16. On GPUs a whole row goes through one fused kernel.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from headstart.engine.groups import Asked, Call, Group, Reading, Whole, as_root, even

BLOCK = 256
"""Most query positions of a segment in one product; longer ones are cut into blocks, each
of which reads only the keys before its end."""


def lay_by_head(
    rows: Tensor, index: Tensor, heads: int, start: int | None = None, spare: int = 0
) -> Tensor:
    """[rows, heads * G, D] at [S, L] -> [heads * S, G * L + spare, D]: a matrix for each key head.

    Spare rows are zeros.
    """
    count, length = index.shape
    width = rows.shape[-1]
    if start is None:
        picked = rows.index_select(0, index.flatten())
    else:
        picked = rows[start : start + count * length]
    picked = picked.reshape(count, length, heads, -1, width).permute(2, 0, 3, 1, 4)
    if not spare:
        return picked.reshape(heads * count, -1, width)
    out = picked.new_empty(heads, count, length + spare, width)
    out[:, :, :length] = picked[:, :, 0]
    out[:, :, length:] = 0
    return out.flatten(0, 1)


def lay_by_token(spread: Tensor, index: Tensor, heads: int) -> Tensor:
    """The inverse layout: [heads * S, G * L, D] -> [S * L, heads * G, D]."""
    count, length = index.shape
    width = spread.shape[-1]
    apart = spread.reshape(heads, count, -1, length, width)
    return apart.permute(1, 3, 0, 2, 4).reshape(count * length, -1, width)


def _blocks(length: int) -> Iterator[tuple[int, int]]:
    """Where each block of query positions begins and ends."""
    for start in range(0, length, BLOCK):
        yield start, min(start + BLOCK, length)


def _in_order(parts: Sequence[Tensor], how: Reading) -> Tensor:
    """The groups' rows as the rows of the pass."""
    rows = parts[0] if len(parts) == 1 else torch.cat(list(parts))
    return rows if how.order is None else rows.index_select(0, how.order)


@dataclass
class _Kept:
    """What the backward pass of one group needs."""

    q: Tensor
    k: Tensor
    v: Tensor
    shares: Tensor | None
    """Attention probabilities; None where they are cheaper to compute again than to keep."""


def attend(
    q: Tensor, k: Tensor, v: Tensor, root: tuple[Tensor, Tensor] | None, call: Call
) -> tuple[Tensor, list[_Kept]]:
    """[tokens, heads, width] of the pass, and what backward needs of each group."""
    heads = k.shape[1]
    parts: list[Tensor] = []
    kept: list[_Kept] = []
    for group in call.how.groups:
        trunk = root if group.rooted else None
        total = (0 if trunk is None else trunk[0].shape[1]) + group.keys.shape[1]
        spare = even(total) - total
        spread = _Kept(
            lay_by_head(q, group.queries, heads, group.start),
            lay_by_head(k, group.keys, heads, group.start, spare),
            lay_by_head(v, group.keys, heads, group.start, spare),
            None,
        )
        length = group.queries.shape[1]
        blocks: list[Tensor] = []
        for start, stop in _blocks(length):
            shares, _ = _shares(spread, group, trunk, call, start, stop)
            part = _mix(shares, spread.v, trunk and trunk[1])
            blocks.append(part.view(len(part), -1, stop - start, part.shape[-1]))
            spread.shares = shares if length <= BLOCK else None
        out = blocks[0] if len(blocks) == 1 else torch.cat(blocks, 2)
        parts.append(lay_by_token(out, group.queries, heads))
        kept.append(spread)
    return _in_order(parts, call.how), kept


def _shares(
    spread: _Kept,
    group: Group,
    root: tuple[Tensor, Tensor] | None,
    call: Call,
    start: int,
    stop: int,
) -> tuple[Tensor, Tensor | None]:
    """Attention probabilities of query positions `start` to `stop`, and the cap's slope.

    [key heads * S, G * (stop - start), even(root + keys before `stop`)]; the slope is None
    without a softcap.
    """
    length = group.queries.shape[1]
    q = _cut(spread.q, length, start, stop)
    depth = 0 if root is None else root[0].shape[1]
    heads = len(spread.k) // len(group.keys)
    repeats = spread.q.shape[1] // length
    mask = group.mask(depth, call.window, (start, stop), repeats, heads, q)
    k = spread.k[:, : mask.shape[2] - depth]
    if call.softcap is None:
        if root is None or group.sees_all(depth, call.window):
            scores = torch.baddbmm(mask[:, :, depth:], q, k.transpose(1, 2), alpha=call.scale)
            if root is not None:
                scores = torch.cat([_over(q, root[0], call.scale, scores), scores], 2)
        else:
            scores = _against(q, k, root[0]).mul_(call.scale).add_(mask)
        return torch.softmax(scores, -1), None
    scores = _against(q, k, root and root[0]).mul_(call.scale)
    capped = torch.tanh(scores.div_(call.softcap))
    return torch.softmax(capped * call.softcap + mask, -1), 1 - capped.square()


def _cut(spread: Tensor, length: int, start: int, stop: int) -> Tensor:
    """Query positions `start` to `stop` of [B, G * length, D]."""
    if start == 0 and stop == length:
        return spread
    apart = spread.view(len(spread), -1, length, spread.shape[-1])[:, :, start:stop]
    return apart.reshape(len(spread), -1, spread.shape[-1])


def _against(x: Tensor, own: Tensor, root: Tensor | None) -> Tensor:
    """Products of x [B, rows, D] with the root [heads, depth, D] and own [B, keys, D].

    [B, rows, depth + keys].
    """
    scores = torch.bmm(x, own.transpose(1, 2))
    return scores if root is None else torch.cat([_over(x, root, 1.0, scores), scores], -1)


def _over(x: Tensor, root: Tensor, scale: float, like: Tensor) -> Tensor:
    """Products of x [B, rows, D] with the root [heads, depth, D], scaled: [B, rows, depth].

    The root is multiplied once for all of a head's segments.
    """
    folded = x.reshape(len(root), -1, x.shape[-1])
    nothing = like.new_zeros(1, 1, 1)
    products = torch.baddbmm(nothing, folded, root.transpose(1, 2), beta=0, alpha=scale)
    return products.view(*like.shape[:2], -1)


def _mix(weights: Tensor, own: Tensor, root: Tensor | None) -> Tensor:
    """The root's and own rows, weighted by [B, rows, depth + keys]: [B, rows, D]."""
    depth = 0 if root is None else root.shape[1]
    out = torch.bmm(weights[..., depth:], own[:, : weights.shape[2] - depth])
    if root is None:
        return out
    return out.add_(torch.bmm(_over_root(weights, root), root).view_as(out))


def _gathered(weights: Tensor, x: Tensor, root: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """What `_mix` gives back to own rows [B, keys, D] and to the root, from x [B, rows, D]."""
    if root is None:
        return torch.bmm(weights.transpose(1, 2), x), None
    own = torch.bmm(weights[..., root.shape[1] :].transpose(1, 2), x)
    folded = x.reshape(len(root), -1, x.shape[-1])
    return own, torch.bmm(_over_root(weights, root).transpose(1, 2), folded)


def _over_root(weights: Tensor, root: Tensor) -> Tensor:
    """The root's part of [B, rows, depth + keys], for all of a head's segments together."""
    return weights.view(len(root), -1, weights.shape[2])[..., : root.shape[1]]


class _Attend(torch.autograd.Function):
    """The pass and its gradients, for rows whose root is computed in the same pass."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, call: Call) -> Tensor:
        """[tokens, heads, width], keys and values with their own number of heads."""
        depth = call.how.root
        root = as_root(k[:depth], v[:depth]) if depth else None
        out, kept = attend(q, k, v, root, call)
        # through here, and not as attributes: gradient checkpointing counts on it
        tensors = [x for spread in kept for x in (spread.q, spread.k, spread.v, spread.shares)]
        ctx.save_for_backward(*(root or (None, None)), *tensors)
        ctx.call = call
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Gradients of the three inputs."""
        how: Reading = ctx.call.how
        root_k, root_v, *tensors = ctx.saved_tensors
        spreads = [_Kept(*tensors[i : i + 4]) for i in range(0, len(tensors), 4)]
        sums: tuple[list[Tensor], ...] = ([], [], [])
        deep: list[tuple[Tensor, Tensor]] = []
        for group, kept in zip(how.groups, spreads, strict=True):
            root = (root_k, root_v) if group.rooted and how.root else None
            grads, below = _group_backward(grad, group, kept, root, ctx.call)
            for rows, part in zip(sums, grads, strict=True):
                rows.append(part)
            deep += below
        dq, dk, dv = (_in_order(rows, how) for rows in sums)
        for k_part, v_part in deep:
            dk[: how.root] += k_part.transpose(0, 1)
            dv[: how.root] += v_part.transpose(0, 1)
        return dq, dk, dv, None


def attend_trainable(q: Tensor, k: Tensor, v: Tensor, call: Call) -> Tensor:
    """`attend` with gradients, for rows whose root is computed in the same pass."""
    return torch.as_tensor(_Attend.apply(q, k, v, call))  # type: ignore[no-untyped-call]


def _group_backward(
    grad: Tensor, group: Group, kept: _Kept, root: tuple[Tensor, Tensor] | None, call: Call
) -> tuple[tuple[Tensor, Tensor, Tensor], list[tuple[Tensor, Tensor]]]:
    """Gradients of a group's rows, and of the root's keys and values where it is seen."""
    heads = len(kept.k) // len(group.keys)
    length = group.queries.shape[1]
    root_k, root_v = root or (None, None)
    depth = 0 if root_k is None else root_k.shape[1]
    whole = _spread_gradient(grad, group, heads)
    dq = torch.empty_like(kept.q).view(len(kept.q), -1, length, kept.q.shape[-1])
    dk, dv = torch.zeros_like(kept.k), torch.zeros_like(kept.v)
    deep: list[tuple[Tensor, Tensor]] = []
    for start, stop in _blocks(length):
        shares, slope = kept.shares, None
        if shares is None or call.softcap is not None:
            shares, slope = _shares(kept, group, root, call, start, stop)
        out = _cut(whole, length, start, stop)
        q = _cut(kept.q, length, start, stop)
        end = shares.shape[2] - depth
        d_shares = _against(out, kept.v[:, :end], root_v)
        d_scores = torch._softmax_backward_data(d_shares, shares, -1, shares.dtype)
        if slope is not None:
            d_scores = d_scores.mul_(slope)
        part = _mix(d_scores, kept.k, root_k).mul_(call.scale)
        dq[:, :, start:stop] = part.view(len(part), -1, stop - start, part.shape[-1])
        # the scale goes to the smaller factor: scores are the largest arrays of all
        own_k, below_k = _gathered(d_scores, q * call.scale, root_k)
        own_v, below_v = _gathered(shares, out, root_v)
        dk[:, :end] += own_k
        dv[:, :end] += own_v
        if below_k is not None and below_v is not None:
            deep.append((below_k, below_v))
    own = group.keys.shape[1]
    grads = (dq.view_as(kept.q), dk[:, :own], dv[:, :own])
    return tuple(lay_by_token(g, group.queries, heads) for g in grads), deep  # type: ignore[return-value]


def _spread_gradient(grad: Tensor, group: Group, heads: int) -> Tensor:
    """The gradient of a group's output, as its queries lie; none comes from padding."""
    if group.padding is None:
        return lay_by_head(grad, group.queries, heads, group.start)
    rows = grad.index_select(0, group.queries.flatten())
    rows.masked_fill_(group.padding.flatten()[:, None, None], 0)
    return lay_by_head(rows, group.queries, heads, 0)


def attend_whole(q: Tensor, k: Tensor, v: Tensor, how: Whole, asked: Asked) -> Tensor:
    """All segments in one product under one mask, gradients by autograd: what is fast on GPUs."""
    repeats = q.shape[1] // k.shape[1]
    if repeats > 1:
        # the kernels that take both a mask and fewer key heads are the slow ones
        k, v = (x.repeat_interleave(repeats, 1) for x in (k, v))
    q, k, v = (x.transpose(0, 1)[None] for x in (q, k, v))
    mask = how.mask(asked.window, q.dtype)
    out = scaled_dot_product_attention(
        q, k, v, attn_mask=mask, dropout_p=asked.dropout, scale=asked.scale
    )
    return out[0].transpose(0, 1)


def attend_fused(q: Tensor, k: Tensor, v: Tensor, call: Call) -> Tensor:
    """The same through torch's fused kernels, which know dropout; gradients by autograd."""
    heads = k.shape[1]
    parts: list[Tensor] = []
    root = call.how.root
    for group in call.how.groups:
        count, length = group.queries.shape
        own_q, own_k, own_v = (
            x.index_select(0, index.flatten()).view(*index.shape, *x.shape[1:]).transpose(1, 2)
            for x, index in ((q, group.queries), (k, group.keys), (v, group.keys))
        )
        depth = root if group.rooted else 0
        if depth:
            own_k, own_v = (
                torch.cat([x[:root].transpose(0, 1).expand(count, -1, -1, -1), own], 2)
                for x, own in ((k, own_k), (v, own_v))
            )
        seen = group.seen(depth, call.window)[:, None]
        out = scaled_dot_product_attention(
            own_q,
            own_k,
            own_v,
            attn_mask=seen,
            dropout_p=call.dropout,
            scale=call.scale,
            enable_gqa=q.shape[1] != heads,
        )
        parts.append(out.transpose(1, 2).reshape(count * length, *q.shape[1:]))
    return _in_order(parts, call.how)
