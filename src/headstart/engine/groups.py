"""What the segments of one pass attend to: groups of like length, and what was kept before."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

NEVER = 2**30
"""The position of a key that pads: after every query."""

EVEN = 32
"""Scores lie in rows of a multiple of this many: a softmax over bfloat16 rows of another length
takes two to five times as long on processors."""


def even(width: int) -> int:
    """The next width that is a multiple of `EVEN`."""
    return -(-width // EVEN) * EVEN


@dataclass
class Group:
    """Segments of like length.

    `S` segments of `L` new tokens each, with `K` keys beyond the root of which the last `L`
    are the new tokens themselves. Shorter ones repeat their last token at the end, and have
    keys that nobody sees between root and path.
    """

    queries: Tensor
    """[S, L] rows of this pass."""
    keys: Tensor
    """[S, K] rows of all that was computed after the root, or of this pass in training."""
    query_positions: Tensor
    """[S, L]."""
    key_positions: Tensor
    """[S, K]; NEVER where padded."""
    rooted: bool
    """Whether the segments see the root."""
    depth: int
    """Position at which the root ends."""
    padding: Tensor | None
    """[S, L] bool: queries that only repeat; None where there are none."""
    start: int | None = None
    """The first row, where the queries are consecutive rows in order and the keys are the same;
    None where they must be gathered."""
    masks: dict[object, Tensor] = field(default_factory=dict)
    """Masks made so far, by what they depend on."""

    def mask(
        self,
        root: int,
        window: int | None,
        rows: tuple[int, int],
        repeats: int,
        heads: int,
        like: Tensor,
    ) -> Tensor:
        """For query positions `rows` = (start, stop) and the keys before the stop, additive.

        [heads * S or 1, repeats * (stop - start), even(root + keys)]: 0 where seen, else -inf.
        """
        key = (root, window, rows, repeats, heads, like.dtype)
        if key not in self.masks:
            start, stop = rows
            seen = self.seen(root, window)
            end = seen.shape[2] - seen.shape[1] + stop
            seen = seen[:, start:stop, :end]
            shape = (len(seen), stop - start, even(end))
            mask = torch.full(shape, float("-inf"), dtype=like.dtype, device=like.device)
            mask[:, :, :end].masked_fill_(seen, 0)
            self.masks[key] = mask.repeat(heads if len(mask) > 1 else 1, repeats, 1)
        return self.masks[key]

    def mask_beyond(self, window: int | None, heads: int, dtype: torch.dtype) -> Tensor:
        """For the keys beyond the root, additive: [heads * S or 1, 1, L, K], 0 where seen."""
        key = ("beyond", window, heads, dtype)
        if key not in self.masks:
            seen = self.seen(0, window)[:, None]
            mask = torch.zeros(seen.shape, dtype=dtype, device=seen.device)
            mask.masked_fill_(~seen, float("-inf"))
            self.masks[key] = mask.repeat(heads if len(mask) > 1 else 1, 1, 1, 1)
        return self.masks[key]

    def sees_all(self, root: int, window: int | None) -> bool:
        """Whether every query sees all of the last `root` tokens of the root."""
        key = ("all", root, window)
        if key not in self.masks:
            self.masks[key] = self.seen(root, window)[:, :, :root].all().cpu()
        return bool(self.masks[key])

    def seen(self, root: int, window: int | None) -> Tensor:
        """Which of the last `root` tokens of the root, and of the keys, each query sees.

        [S or 1, L, root + K] bool; 1 where all segments agree.
        """
        key = (root, window)
        if key not in self.masks:
            queries, keys = self.query_positions, self.key_positions
            if bool((queries == queries[:1]).all()) and bool((keys == keys[:1]).all()):
                queries, keys = queries[:1], keys[:1]
            first = torch.arange(self.depth - root, self.depth, device=keys.device)
            first = first.expand(len(keys), root)
            back = queries[:, :, None] - torch.cat([first, keys], 1)[:, None, :]
            self.masks[key] = (back >= 0) & (back < window) if window else back >= 0
        return self.masks[key]


@dataclass
class Reading:
    """One pass: its groups, where their rows go, and what was computed before."""

    groups: list[Group]
    order: Tensor | None
    """[tokens of the pass] positions in the concatenation of all groups' rows; None where they
    are in order already."""
    root: int
    """Length of the root; 0 for none."""
    store: "Store | None" = None
    """Keys and values of earlier passes; None where the root is in this pass (training)."""
    plants: bool = False
    """Whether this pass computes the root that later passes share."""


@dataclass
class Whole:
    """One pass of training as one product under a mask over the whole row: what GPUs are fast at.

    Work is spent on pairs that are masked away, but it takes a few steps to start, whatever the
    segments are, and always the same ones.
    """

    owners: Tensor
    """[tokens] which segment each token is of: 0 the root, which all see; negative for padding."""
    positions: Tensor
    """[tokens] within the sequence."""
    masks: dict[object, Tensor] = field(default_factory=dict)
    """Made so far in this pass, by window and precision."""

    def mask(self, window: int | None, dtype: torch.dtype) -> Tensor:
        """[1, 1, tokens, tokens], additive: 0 where seen, else -inf."""
        key = (window, dtype)
        if key not in self.masks:
            own, place = self.owners, self.positions
            same = (own[:, None] == own) | ((own == 0) & (own[:, None] > 0))
            back = place[:, None] - place
            seen = same & (back >= 0)
            if window:
                seen &= back < window
            never = torch.full((), float("-inf"), dtype=dtype, device=own.device)
            self.masks[key] = torch.where(seen, torch.zeros_like(never), never)[None, None]
        return self.masks[key]


def as_root(keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
    """[root, key heads, width] as [key heads, root, width] each."""
    return keys.transpose(0, 1).contiguous(), values.transpose(0, 1).contiguous()


def reached(root: tuple[Tensor, Tensor], window: int | None) -> tuple[Tensor, Tensor]:
    """The end of a root [key heads, root, width] that a window after it reaches."""
    if not window:
        return root
    start = max(0, root[0].shape[1] - window + 1)
    return root[0][:, start:], root[1][:, start:]


class Store:
    """Keys and values of every layer: the root's apart, the rest in growing rows."""

    def __init__(self) -> None:
        self.roots: dict[int, tuple[Tensor, Tensor]] = {}
        """By layer: [key heads, root, width] each."""
        self.rows: dict[int, Tensor] = {}
        """By layer: [2, room, key heads, width]."""
        self.used = 0

    def fork(self) -> "Store":
        """A store with the same root and nothing else."""
        other = Store()
        other.roots = self.roots
        return other

    def add(self, layer: int, keys: Tensor, values: Tensor) -> Tensor:
        """Write rows after those in use; give all rows in use and the new ones."""
        end = self.used + len(keys)
        rows = self.rows.get(layer)
        if rows is None or rows.shape[1] < end:
            room = max(end, 2 * (0 if rows is None else rows.shape[1]), 1024)
            larger = keys.new_empty(2, room, *keys.shape[1:])
            if rows is not None:
                larger[:, : self.used] = rows[:, : self.used]
            self.rows[layer] = rows = larger
        rows[0, self.used : end] = keys
        rows[1, self.used : end] = values
        return rows[:, :end]


@dataclass(frozen=True)
class Asked:
    """What one layer asks for."""

    scale: float
    dropout: float
    window: int | None
    softcap: float | None


@dataclass(frozen=True)
class Call(Asked):
    """The same of a pass in groups."""

    how: Reading
