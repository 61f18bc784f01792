"""A packed row of token segments that form a tree: one forward pass for many continuations.

A segment sees its ancestors and itself, and its positions continue its parent's. A prompt
prefix that many examples share is one segment, computed once; examples are its children;
the labels tried after each prompt are children of the example. Scores and gradients equal
those of separate padded rows up to rounding, without padding and without repetition.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import DynamicCache, DynamicLayer

from headstart.engine.masks import attention_for

ROOT = -1


@dataclass
class Layout:
    """Where every token of the row sits: positions, segments, and who sees whom."""

    positions: list[int] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    """For each segment the position after its last token."""

    def copy(self) -> "Layout":
        """An independent copy."""
        return Layout(*(list(x) for x in vars(self).values()))

    def add(self, parent: int, length: int) -> int:
        """Append a segment of `length` tokens after segment `parent`; give its number."""
        start = 0 if parent == ROOT else self.ends[parent]
        number = len(self.parents)
        self.positions += range(start, start + length)
        self.segments += [number] * length
        self.parents.append(parent)
        self.ends.append(start + length)
        return number

    def forget(self, segment: int) -> None:
        """Drop `segment` and all that were added after it."""
        tokens = self.segments.index(segment)
        del self.positions[tokens:], self.segments[tokens:]
        del self.parents[segment:], self.ends[segment:]

    def allowed(self, first: int, device: torch.device) -> Tensor:
        """[tokens from `first`, all tokens] bool: ancestors, and earlier tokens of one's own."""
        lineage = torch.zeros(len(self.parents), len(self.parents), dtype=torch.bool)
        for number, parent in enumerate(self.parents):
            if parent != ROOT:
                lineage[number] = lineage[parent]
            lineage[number, number] = True
        segments = torch.tensor(self.segments)
        positions = torch.tensor(self.positions)
        seen = lineage[segments[first:]][:, segments]
        return (seen & (positions[None, :] <= positions[first:, None])).to(device)


class Tree:
    """A row under computation: segments so far, with their keys and values kept."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.layout = Layout()
        self.cache = DynamicCache()

    def fork(self) -> "Tree":
        """A copy that can grow on its own; keys and values computed so far are shared."""
        other = Tree(self.model)
        other.layout = self.layout.copy()
        other.cache = DynamicCache()
        for index, layer in enumerate(self.cache.layers):
            assert isinstance(layer, DynamicLayer)
            assert layer.keys is not None
            assert layer.values is not None
            other.cache.update(layer.keys, layer.values, index)
        return other

    @torch.inference_mode()
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
        first = len(self.layout.positions)
        numbers = [self.layout.add(p, len(c)) for p, c in zip(parents, chunks, strict=True)]
        inputs = row_inputs(self.model, self.layout, [t for c in chunks for t in c], first, keep)
        out = self.model(**inputs, past_key_values=self.cache, use_cache=True)
        if lasting is not None and lasting < len(chunks):
            self.layout.forget(numbers[lasting])
            self.cache.crop(len(self.layout.positions) - self.cache.get_seq_length())
        return numbers, out.logits[0]


def row_inputs(
    model: PreTrainedModel, layout: Layout, ids: Sequence[int], first: int, keep: Sequence[int]
) -> dict[str, Any]:
    """The model's arguments for the tokens from `first` on of a row laid out by `layout`."""
    device = model.device
    positions = torch.tensor(layout.positions, device=device)
    return {
        "input_ids": torch.tensor([list(ids)], device=device),
        "position_ids": positions[None, first:],
        "attention_mask": attention_for(
            model, layout.allowed(first, device), positions[first:], positions
        ),
        "logits_to_keep": torch.tensor(list(keep), device=device, dtype=torch.long),
    }


def log_normalizers(logits: Tensor) -> Tensor:
    """log-sum-exp of each row in float32, a few rows at a time: [rows, vocabulary] -> [rows]."""
    return torch.cat([part.float().logsumexp(1) for part in logits.split(32)])


def shared_prefix(sequences: Sequence[Sequence[int]], limit: int) -> int:
    """How many leading tokens all sequences have in common, at most `limit`."""
    if not sequences:
        return 0
    low, high = min(map(tuple, sequences)), max(map(tuple, sequences))
    length = 0
    for a, b in zip(low, high, strict=False):
        if a != b or length >= limit:
            break
        length += 1
    return length
