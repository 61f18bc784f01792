"""Attention over segments: what each may see, gathered into a few dense products.

A pass computes many segments in one row of tokens. Every segment sees the root (a prefix
that all share, computed once), its own path of ancestors, and itself. Instead of one mask
over the whole row, segments of like length form groups, and a group is one batch of products
over exactly the keys its segments may see: nothing is spent on pairs that are masked away.

On processors the products are plain matrix products: torch's fused kernel for processors
reaches a sixth of their speed on bfloat16. On GPUs the fused kernels are the fast ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from headstart.engine.groups import Call, Group, Reading

BLOCK = 256
"""Most query positions of a segment in one product; longer ones are cut into blocks, each
of which reads only the keys before its end."""


def _spread(rows: Tensor, index: Tensor, heads: int, start: int | None = None) -> Tensor:
    """[rows, heads * G, D] at [S, L] -> [heads * S, G * L, D]: one matrix for each key head."""
    count, length = index.shape
    width = rows.shape[-1]
    if start is None:
        picked = rows.index_select(0, index.flatten())
    else:
        picked = rows[start : start + count * length]
    picked = picked.reshape(count, length, heads, -1, width)
    return picked.permute(2, 0, 3, 1, 4).reshape(heads * count, -1, width)


def _collect(spread: Tensor, index: Tensor, heads: int) -> Tensor:
    """The inverse layout: [heads * S, G * L, D] -> [S * L, heads * G, D]."""
    count, length = index.shape
    width = spread.shape[-1]
    apart = spread.view(heads, count, -1, length, width)
    return apart.permute(1, 3, 0, 2, 4).reshape(count * length, -1, width)


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
    trains = call.how.store is None
    parts: list[Tensor] = []
    kept: list[_Kept] = []
    for group in call.how.groups:
        trunk = root if group.rooted else None
        spread = _Kept(
            _spread(q, group.queries, heads, group.start),
            _spread(k, group.keys, heads, group.start if trains else None),
            _spread(v, group.keys, heads, group.start if trains else None),
            None,
        )
        length = group.queries.shape[1]
        if length <= BLOCK:
            shares, _ = _shares(spread, group, trunk, call, 0, length)
            spread.shares = shares
            out = _mix(shares, spread.v, trunk)
        else:
            blocks = []
            for start in range(0, length, BLOCK):
                stop = min(start + BLOCK, length)
                shares, _ = _shares(spread, group, trunk, call, start, stop)
                part = _mix(shares, spread.v, trunk)
                blocks.append(part.view(len(part), -1, stop - start, part.shape[-1]))
            out = torch.cat(blocks, 2)
        parts.append(_collect(out, group.queries, heads))
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

    [key heads * S, G * (stop - start), root + keys before `stop`]; the slope is None without
    a softcap.
    """
    length, total = group.queries.shape[1], group.keys.shape[1]
    end = total - length + stop
    q = _cut(spread.q, length, start, stop)
    k = spread.k[:, :end].transpose(1, 2)
    depth = 0 if root is None else root[0].shape[1]
    heads = len(spread.k) // len(group.keys)
    repeats = spread.q.shape[1] // length
    mask = group.mask(depth, call.window, repeats, heads, q)
    mask = mask.view(len(mask), repeats, length, -1)[:, :, start:stop, : depth + end]
    mask = mask.reshape(len(mask), repeats * (stop - start), depth + end)
    if call.softcap is None and root is None:
        return torch.softmax(torch.baddbmm(mask, q, k, alpha=call.scale), -1), None
    scores = torch.bmm(q, k).mul_(call.scale)
    if root is not None:
        over_root = torch.bmm(q.reshape(heads, -1, q.shape[-1]), root[0].transpose(1, 2))
        over_root = over_root.mul_(call.scale).view(*scores.shape[:2], depth)
        scores = torch.cat([over_root, scores], -1)
    if call.softcap is None:
        return torch.softmax(scores.add_(mask), -1), None
    capped = torch.tanh(scores.div_(call.softcap))
    return torch.softmax(capped * call.softcap + mask, -1), 1 - capped.square()


def _cut(spread: Tensor, length: int, start: int, stop: int) -> Tensor:
    """Query positions `start` to `stop` of [B, G * length, D]."""
    if start == 0 and stop == length:
        return spread
    apart = spread.view(len(spread), -1, length, spread.shape[-1])[:, :, start:stop]
    return apart.reshape(len(spread), -1, spread.shape[-1])


def _mix(shares: Tensor, v: Tensor, root: tuple[Tensor, Tensor] | None) -> Tensor:
    """Values weighted by `shares`: [B, rows, D]."""
    if root is None:
        return torch.bmm(shares, v[:, : shares.shape[2]])
    heads, depth, width = root[1].shape
    out = torch.bmm(shares[..., depth:], v[:, : shares.shape[2] - depth])
    folded = shares.view(heads, -1, shares.shape[2])[..., :depth]
    return out.add_(torch.bmm(folded, root[1]).view(*out.shape[:2], width))


class _Attend(torch.autograd.Function):
    """The pass and its gradients, for rows whose root is computed in the same pass."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, call: Call) -> Tensor:
        """[tokens, heads, width], keys and values with their own number of heads."""
        root = _root_of(k, v, call.how)
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


def _root_of(k: Tensor, v: Tensor, how: Reading) -> tuple[Tensor, Tensor] | None:
    if not how.root:
        return None
    return k[: how.root].transpose(0, 1).contiguous(), v[: how.root].transpose(0, 1).contiguous()


def _group_backward(
    grad: Tensor, group: Group, kept: _Kept, root: tuple[Tensor, Tensor] | None, call: Call
) -> tuple[tuple[Tensor, Tensor, Tensor], list[tuple[Tensor, Tensor]]]:
    """Gradients of a group's rows, and of the root's keys and values where it is seen."""
    heads = len(kept.k) // len(group.keys)
    length = group.queries.shape[1]
    if group.padding is not None:
        rows = grad.index_select(0, group.queries.flatten())
        rows.masked_fill_(group.padding.flatten()[:, None, None], 0)
        local = torch.arange(len(rows), device=rows.device).view_as(group.queries)
        whole = _spread(rows, local, heads)
    else:
        whole = _spread(grad, group.queries, heads, group.start)
    single = kept.shares is not None
    dq = torch.empty_like(kept.q).view(len(kept.q), -1, length, kept.q.shape[-1])
    dk, dv = torch.zeros_like(kept.k), torch.zeros_like(kept.v)
    deep: list[tuple[Tensor, Tensor]] = []
    for start in range(0, length, length if single else BLOCK):
        stop = length if single else min(start + BLOCK, length)
        shares, slope = kept.shares, None
        if shares is None or call.softcap is not None:
            shares, slope = _shares(kept, group, root, call, start, stop)
        out = _cut(whole, length, start, stop)
        q = _cut(kept.q, length, start, stop)
        depth = 0 if root is None else root[0].shape[1]
        end = shares.shape[2] - depth
        d_shares = torch.bmm(out, kept.v[:, :end].transpose(1, 2))
        if root is not None:
            folded = out.reshape(heads, -1, out.shape[-1])
            over_root = torch.bmm(folded, root[1].transpose(1, 2))
            d_shares = torch.cat([over_root.view(*d_shares.shape[:2], depth), d_shares], -1)
        d_scores = torch._softmax_backward_data(d_shares, shares, -1, shares.dtype)
        d_scores = d_scores.mul_(call.scale) if slope is None else d_scores.mul_(slope * call.scale)
        own = d_scores[..., depth:]
        part = torch.bmm(own, kept.k[:, :end])
        dk[:, :end] += torch.bmm(own.transpose(1, 2), q)
        dv[:, :end] += torch.bmm(shares[..., depth:].transpose(1, 2), out)
        if root is not None:
            above = d_scores.view(heads, -1, d_scores.shape[2])[..., :depth]
            part += torch.bmm(above, root[0]).view_as(part)
            below = shares.view(heads, -1, shares.shape[2])[..., :depth]
            deep.append(
                (
                    torch.bmm(above.transpose(1, 2), q.reshape(heads, -1, q.shape[-1])),
                    torch.bmm(below.transpose(1, 2), out.reshape(heads, -1, out.shape[-1])),
                )
            )
        dq[:, :, start:stop] = part.view(len(part), -1, stop - start, part.shape[-1])
    grads = (dq.view_as(kept.q), dk, dv)
    return tuple(_collect(g, group.queries, heads) for g in grads), deep  # type: ignore[return-value]


def attend_fused(q: Tensor, k: Tensor, v: Tensor, call: Call) -> Tensor:
    """The same through torch's fused kernels, gradients by autograd: what is fast on GPUs."""
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
        mask = group.mask(depth, call.window, 1, 1, q)[:, None]
        out = scaled_dot_product_attention(
            own_q,
            own_k,
            own_v,
            attn_mask=mask,
            dropout_p=call.dropout,
            scale=call.scale,
            enable_gqa=q.shape[1] != heads,
        )
        parts.append(out.transpose(1, 2).reshape(count * length, *q.shape[1:]))
    return _in_order(parts, call.how)
