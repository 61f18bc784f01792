"""Token segments that form a tree, computed once each: many continuations of one prefix.

A segment sees the root, its ancestors and itself, and its positions continue its parent's.
The root is a prompt prefix that many examples share; examples are its children; the labels
tried after each prompt are children of the example. Scores and gradients equal those of
separate padded rows up to rounding, without padding and without repetition.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.attention import reading
from headstart.engine.groups import NEVER, Group, Reading, Store
from headstart.engine.sizes import sizes_of

ROOT = -1

Rows = NDArray[np.int64]
NO_PATH: Rows = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Segment:
    """New tokens of one pass: where they lie and what precedes them."""

    first: int
    """Row of its first token in this pass."""
    length: int
    position: int
    """Position of its first token."""
    path: Rows
    """Stored rows of its ancestors, the root's apart."""


def make_groups(segments: Sequence[Segment], offset: int, device: torch.device) -> list[Group]:
    """Segments that see the root, grouped by length so that little is padded.

    Args:
        segments: of one pass.
        offset: stored rows before this pass; keys are counted from the first stored row.
        device: of the model.
    """
    affordable = sizes_of(device).vain_pairs
    ordered = sorted(segments, key=lambda s: (s.length, len(s.path)))
    groups: list[Group] = []
    members: list[Segment] = []
    above = pairs = 0
    for segment in ordered:
        length, path = segment.length, len(segment.path)
        deepest = max(above, path)
        joined = (len(members) + 1) * length * (length + deepest)
        if members and joined - pairs - length * (length + path) > affordable:
            groups.append(_group(members, offset, device))
            members, deepest, joined = [], path, length * (length + path)
        members.append(segment)
        above, pairs = deepest, joined
    groups.append(_group(members, offset, device))
    return groups


def _group(segments: Sequence[Segment], offset: int, device: torch.device) -> Group:
    length = max(s.length for s in segments)
    above = max(len(s.path) for s in segments)
    step = np.arange(length)
    lengths = np.array([s.length for s in segments])
    inside = np.minimum(step, lengths[:, None] - 1)
    queries = np.array([s.first for s in segments])[:, None] + inside
    positions = np.array([s.position for s in segments])[:, None] + inside
    keys = np.zeros((len(segments), above + length), dtype=np.int64)
    key_positions = np.full_like(keys, NEVER)
    for i, segment in enumerate(segments):
        depth = len(segment.path)
        keys[i, above - depth : above] = segment.path
        # positions of ancestors matter to windows only, and they count down without gaps
        key_positions[i, above - depth : above] = segment.position - np.arange(depth, 0, -1)
    keys[:, above:] = offset + queries
    padding = step >= lengths[:, None]
    key_positions[:, above:] = np.where(padding, NEVER, positions)
    queries_, keys_, positions_, key_positions_, padding_ = (
        torch.from_numpy(x).to(device) for x in (queries, keys, positions, key_positions, padding)
    )
    return Group(
        queries_,
        keys_,
        positions_,
        key_positions_,
        rooted=True,
        depth=segments[0].position - len(segments[0].path),
        padding=padding_ if padding.any() else None,
        start=_consecutive(queries, keys),
    )


def _consecutive(queries: Rows, keys: Rows) -> int | None:
    """The first row if rows can be sliced instead of gathered."""
    start = int(queries[0, 0])
    rows = np.arange(start, start + queries.size).reshape(queries.shape)
    return start if np.array_equal(queries, rows) and np.array_equal(keys, rows) else None


def make_root(length: int, device: torch.device) -> Group:
    """The root itself: rows 0 to `length` of its pass, each seeing those before it."""
    rows = torch.arange(length, device=device)[None]
    return Group(rows, rows, rows, rows, rooted=False, depth=0, padding=None, start=0)


def order_of(groups: Sequence[Group], tokens: int) -> Tensor | None:
    """[tokens] where each row of the pass lies in the concatenation of the groups' rows; None
    where they lie in order.
    """
    order = torch.empty(tokens, dtype=torch.long, device=groups[0].queries.device)
    place = 0
    for group in groups:
        rows = group.queries.flatten()
        places = torch.arange(place, place + len(rows), device=rows.device)
        place += len(rows)
        if group.padding is not None:
            real = ~group.padding.flatten()
            rows, places = rows[real], places[real]
        order[rows] = places
    in_order = torch.arange(tokens, device=order.device)
    return None if place == tokens and torch.equal(order, in_order) else order


class Tree:
    """A row under computation: segments so far, with their keys and values kept."""

    def __init__(self, model: PreTrainedModel, root: Sequence[int] = ()) -> None:
        """Begin after `root`, token ids that everything else continues; it may be empty."""
        self.model = model
        self.depth = len(root)
        self.store = Store()
        self.paths: list[Rows] = []
        """Of each segment the stored rows of its ancestors and itself."""
        if root:
            group = make_root(len(root), model.device)
            how = Reading([group], order_of([group], len(root)), 0, self.store, plants=True)
            self._run(how, root, range(len(root)), [0])

    def fork(self) -> "Tree":
        """A tree of its own that continues the same root, computed once for all."""
        other = Tree(self.model)
        other.depth, other.store = self.depth, self.store.fork()
        return other

    def extend(
        self,
        parents: Sequence[int],
        chunks: Sequence[Sequence[int]],
        keep: Sequence[int],
        lasting: int | None = None,
    ) -> tuple[list[int], Tensor]:
        """Compute `chunks[i]` as a child of segment `parents[i]`, all in one pass.

        Args:
            parents: segment numbers, or ROOT.
            chunks: token ids, at least one each.
            keep: indices into the concatenated chunks whose next-token logits are wanted.
            lasting: chunks that later calls may continue; those after it are forgotten.

        Returns:
            The new segments' numbers, and logits [len(keep), vocabulary] in the model's dtype.
        """
        above = [NO_PATH if p == ROOT else self.paths[p] for p in parents]
        segments, row = [], 0
        for path, chunk in zip(above, chunks, strict=True):
            segments.append(Segment(row, len(chunk), self.depth + len(path), path))
            row += len(chunk)
        device = self.model.device
        groups = make_groups(segments, self.store.used, device)
        how = Reading(groups, order_of(groups, row), 0, self.store)
        positions = [s.position + i for s in segments for i in range(s.length)]
        logits = self._run(how, [t for chunk in chunks for t in chunk], positions, keep)
        numbers = range(len(self.paths), len(self.paths) + len(chunks))
        for segment in segments[:lasting]:
            own = np.arange(self.store.used, self.store.used + segment.length)
            self.paths.append(np.concatenate([segment.path, own]))
            self.store.used += segment.length
        return list(numbers), logits

    @torch.inference_mode()
    def _run(
        self, how: Reading, ids: Sequence[int], positions: Sequence[int], keep: Sequence[int]
    ) -> Tensor:
        with reading(self.model, how):
            return forward(self.model, ids, positions, keep)


def forward(
    model: PreTrainedModel, ids: Sequence[int], positions: Sequence[int], keep: Sequence[int]
) -> Tensor:
    """Next-token logits [len(keep), vocabulary] of one row of tokens, at rows `keep` of it."""
    tokens, places, rows = (
        torch.tensor(list(x), device=model.device, dtype=torch.long) for x in (ids, positions, keep)
    )
    return logits_of(model, tokens, places, rows)


def logits_of(model: PreTrainedModel, ids: Tensor, positions: Tensor, keep: Tensor) -> Tensor:
    """`forward` for [tokens], [tokens] and [rows] that lie on the device."""
    out = model(
        input_ids=ids[None],
        position_ids=positions[None],
        logits_to_keep=keep,
        use_cache=False,
    )
    # a view: indexing would write a second array of this size in the backward pass
    return torch.as_tensor(out.logits.flatten(0, 1))


def cut(sizes: Sequence[int], budget: int, most: int | None = None) -> Iterator[list[int]]:
    """Indices of `sizes` in order, cut where a part would exceed `budget`, or `most` members.

    What is larger than the budget is a part of its own.
    """
    part: list[int] = []
    room = budget
    for i, size in enumerate(sizes):
        if part and (size > room or len(part) == most):
            yield part
            part, room = [], budget
        part.append(i)
        room -= size
    if part:
        yield part
