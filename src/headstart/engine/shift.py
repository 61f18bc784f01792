"""How far an aligned model's own words lie from what its base would have said.

Both models read the aligned model's output once, as token ids and given the same context; at
each position the base ranks the token that was written, and the two distributions are compared
over the whole vocabulary. Generating first and rescoring each position costs a pass a token.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.loss import in_parts
from headstart.engine.prefixes import beginning
from headstart.engine.reader import plant
from headstart.engine.score import Tokens, most_rows
from headstart.engine.sizes import sizes_of
from headstart.engine.tree import ROOT, cut


@dataclass(frozen=True)
class Shift:
    """One position of one output."""

    rank: int
    """Of the written token under the base: 1 where the base would have written it too."""
    kl_bits: float
    """Kullback-Leibler divergence of the base's next-token distribution from the aligned
    model's, exact over the vocabulary."""


def token_shifts(
    aligned: PreTrainedModel, base: PreTrainedModel, items: Sequence[tuple[Tokens, Tokens]]
) -> list[tuple[Shift, ...]]:
    """Rank and divergence at every position of every output.

    Args:
        aligned: wrote the outputs greedily; on its device, in evaluation mode.
        base: of the same vocabulary.
        items: (context ids, output ids), at least one each; both models read these very ids.

    Returns:
        For each item one `Shift` for each output token.

    Raises:
        ValueError: the vocabularies differ in size.

    Source: Lin et al. 2023, arXiv 2312.01552.
    """
    sizes = [int(m.config.get_text_config().vocab_size) for m in (aligned, base)]
    if sizes[0] != sizes[1]:
        raise ValueError(f"vocabularies of {sizes[0]} and {sizes[1]} tokens cannot be compared")
    found: list[tuple[Shift, ...]] = [()] * len(items)
    most_tokens = sizes_of(aligned.device).prompt_tokens
    for part in _parts(items, most_tokens, max(1, most_rows(aligned) // 2)):
        chosen = [items[i] for i in part]
        written = torch.tensor([t for _, output in chosen for t in output], device=aligned.device)
        shifts = compare_logits(replay(aligned, chosen), replay(base, chosen), written)
        for i in part:
            found[i] = tuple(next(shifts) for _ in items[i][1])
    return found


def _parts(items: Sequence[tuple[Tokens, Tokens]], tokens: int, rows: int) -> Iterator[list[int]]:
    """Items read in one pass: few enough tokens, and few enough logits of two models at once."""
    for near in cut([len(context) + len(output) for context, output in items], tokens):
        for part in cut([len(items[i][1]) for i in near], rows):
            yield [near[at] for at in part]


@torch.inference_mode()
def replay(model: PreTrainedModel, items: Sequence[tuple[Tokens, Tokens]]) -> Tensor:
    """[output tokens of all items, vocabulary]: the logits before each output token."""
    root = beginning([context for context, _ in items])
    rests = [context[len(root) :] + output[:-1] for context, output in items]
    keep: list[int] = []
    end = 0
    for rest, (_, output) in zip(rests, items, strict=True):
        end += len(rest)
        keep += range(end - len(output), end)
    return plant(model, root).extend([ROOT] * len(rests), rests, keep)[1]


def compare_logits(aligned: Tensor, base: Tensor, written: Tensor) -> Iterator[Shift]:
    """Row by row of two [rows, vocabulary], a few in float32 at a time."""
    for ours, theirs, tokens in in_parts(aligned, base, written):
        ranks = (theirs > theirs.gather(1, tokens[:, None])).sum(1) + 1
        p, q = ours.float().log_softmax(1), theirs.float().log_softmax(1)
        bits = torch.nn.functional.kl_div(q, p, reduction="none", log_target=True).sum(1)
        for rank, kl in zip(ranks.tolist(), (bits / math.log(2)).tolist(), strict=True):
            yield Shift(int(rank), max(0.0, float(kl)))
