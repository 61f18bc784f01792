"""Rows padded at their end: the plain way, for architectures that cannot be read in segments.

State-space and recurrent layers, and attention that takes no part in transformers' attention
interface, see a row as one sequence. Here every row is computed whole, beside others of like
length; nothing is kept between calls. Slower by far, and right for any causal model.
"""

import inspect
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.tree import ROOT

BATCH_TOKENS = 2048
"""Tokens of a batch, padding included."""


def padded_logits(
    model: PreTrainedModel, rows: Sequence[Sequence[int]], wanted: Sequence[Sequence[int]]
) -> Tensor:
    """Next-token logits [wanted in all, vocabulary] at positions `wanted[i]` of row i.

    One batch; the caller sees to it that rows are of like length.
    """
    device = model.device
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[row[-1]] * (longest - len(row))] for row in rows], device=device)
    mask = torch.tensor([[1] * len(r) + [0] * (longest - len(r)) for r in rows], device=device)
    arguments: dict[str, object] = {"input_ids": ids, "attention_mask": mask, "use_cache": False}
    first = min(min(positions) for positions in wanted if positions)
    taken = inspect.signature(model.forward).parameters
    if "logits_to_keep" in taken:
        # as indices: a slice of a batch is not contiguous, and its product with the head copies
        # the head once for every row
        arguments["logits_to_keep"] = torch.arange(first, longest, device=device)
    logits = model(**{k: v for k, v in arguments.items() if k in taken}).logits
    skipped = longest - logits.shape[1]
    batch = [i for i, positions in enumerate(wanted) for _ in positions]
    places = [p - skipped for positions in wanted for p in positions]
    return torch.as_tensor(logits[batch, places])


def batches(lengths: Sequence[int], budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Indices of rows to compute together: of like length, at most `budget` tokens padded."""
    batch: list[int] = []
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and (len(batch) + 1) * lengths[i] > budget:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch


class PaddedTree:
    """The face of `tree.Tree`, computed plainly: every segment's whole path at every call."""

    def __init__(self, model: PreTrainedModel, root: Sequence[int] = ()) -> None:
        """Begin after `root`; it may be empty."""
        self.model = model
        self.root = tuple(root)
        self.paths: list[tuple[int, ...]] = []

    def fork(self) -> "PaddedTree":
        """A tree of its own that continues the same root."""
        return PaddedTree(self.model, self.root)

    @torch.inference_mode()
    def extend(
        self,
        parents: Sequence[int],
        chunks: Sequence[Sequence[int]],
        keep: Sequence[int],
        lasting: int | None = None,
    ) -> tuple[list[int], Tensor]:
        """As `tree.Tree.extend`."""
        above = [self.root if p == ROOT else self.paths[p] for p in parents]
        rows = [(*path, *chunk) for path, chunk in zip(above, chunks, strict=True)]
        places = [
            (i, len(path) + j)
            for i, (path, chunk) in enumerate(zip(above, chunks, strict=True))
            for j in range(len(chunk))
        ]
        numbers = range(len(self.paths), len(self.paths) + len(rows))
        self.paths += rows[:lasting]
        return list(numbers), self._logits(rows, [places[k] for k in keep])

    def _logits(self, rows: Sequence[tuple[int, ...]], places: Sequence[tuple[int, int]]) -> Tensor:
        wanted: list[list[int]] = [[] for _ in rows]
        for i, position in places:
            wanted[i].append(position)
        asked = [i for i, positions in enumerate(wanted) if positions]
        found: dict[tuple[int, int], Tensor] = {}
        for batch in batches([len(rows[i]) for i in asked]):
            chosen = [asked[b] for b in batch]
            logits = padded_logits(
                self.model, [rows[i] for i in chosen], [wanted[i] for i in chosen]
            )
            found |= zip([(i, p) for i in chosen for p in wanted[i]], logits, strict=True)
        return torch.stack([found[place] for place in places])
