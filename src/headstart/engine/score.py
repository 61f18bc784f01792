"""Likelihoods of given completions, the best of many labels, and generated answers.

All three read prompts as children of one shared prefix (see `tree`), in packs of a token
budget, and give plain floats and ids. Log-probabilities are natural logarithms.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.tree import ROOT, Tree, log_normalizers, shared_prefix

Tokens = tuple[int, ...]

PACK_TOKENS = 768
GENERATED_PACK_TOKENS = 2048
"""Steps of generation cost nearly the same for few rows as for many, so packs are larger."""
MAX_LOGITS = 96 * 2**20


def _packs(prompts: Sequence[Tokens], extra: int, budget: int) -> Iterator[tuple[list[int], int]]:
    """Indices of prompts for each pack, shortest first, and the prefix all prompts share."""
    prefix = shared_prefix(prompts, min(map(len, prompts)) - 1)
    order = sorted(range(len(prompts)), key=lambda i: (len(prompts[i]), i))
    pack: list[int] = []
    room = 0
    for i in order:
        size = len(prompts[i]) - prefix + extra
        if pack and room + size > budget:
            yield pack, prefix
            pack, room = [], 0
        pack.append(i)
        room += size
    if pack:
        yield pack, prefix


def grow_prompts(
    model: PreTrainedModel, prompts: Sequence[Tokens], extra: int, budget: int = PACK_TOKENS
) -> Iterator[tuple[list[int], Tree, list[int], Tensor]]:
    """For each pack: item indices, the tree, the prompts' segments, next-token logits."""
    base: Tree | None = None
    for pack, prefix in _packs(prompts, extra, budget):
        if base is None:
            base = Tree(model)
            if prefix:
                base.extend([ROOT], [prompts[pack[0]][:prefix]], [0])
        tree = base.fork()
        rests = [prompts[i][prefix:] for i in pack]
        keep, end = [], 0
        for rest in rests:
            end += len(rest)
            keep.append(end - 1)
        parent = 0 if prefix else ROOT
        segments, logits = tree.extend([parent] * len(rests), rests, keep)
        yield pack, tree, segments, logits


def likelihoods(
    model: PreTrainedModel, items: Sequence[tuple[Tokens, Tokens]]
) -> list[tuple[float, ...]]:
    """Log-probability of every completion token given its prompt and what precedes it.

    Args:
        model: on its device, in evaluation mode.
        items: (prompt ids, completion ids), each at least one token.

    Returns:
        For each item one log-probability (nats, at most 0) for each completion token.
    """
    found: list[list[float]] = [[] for _ in items]
    longest = max(len(completion) for _, completion in items)
    for pack, tree, segments, logits in grow_prompts(model, [p for p, _ in items], longest):
        firsts = _logprobs(logits, [items[i][1][0] for i in pack])
        for i, first in zip(pack, firsts, strict=True):
            found[i].append(first)
        _follow(tree, dict(zip(pack, segments, strict=True)), items, found)
    return [tuple(values) for values in found]


def _follow(
    tree: Tree,
    ends: dict[int, int],
    items: Sequence[tuple[Tokens, Tokens]],
    found: list[list[float]],
) -> None:
    """Teacher-force the completions of one pack, a bounded number of positions a pass."""
    budget = max(1, MAX_LOGITS // tree.model.config.get_text_config().vocab_size)
    while open_items := [i for i in ends if len(found[i]) < len(items[i][1])]:
        chosen: list[int] = []
        chunks: list[Tokens] = []
        targets: list[int] = []
        for i in open_items:
            done = len(found[i])
            room = budget - len(targets)
            if room <= 0:
                break
            chunks.append(items[i][1][done - 1 : -1][:room])
            targets += items[i][1][done:][:room]
            chosen.append(i)
        segments, logits = tree.extend([ends[i] for i in chosen], chunks, range(len(targets)))
        values = iter(_logprobs(logits, targets))
        for i, segment, chunk in zip(chosen, segments, chunks, strict=True):
            found[i] += [next(values) for _ in chunk]
            ends[i] = segment


def _logprobs(logits: Tensor, targets: Sequence[int]) -> list[float]:
    wanted = torch.tensor(list(targets), device=logits.device)
    picked = logits.gather(1, wanted[:, None])[:, 0].float() - log_normalizers(logits)
    return [float(x) for x in picked]


def generate(
    model: PreTrainedModel,
    prompts: Sequence[Tokens],
    *,
    limit: int,
    stops: frozenset[int],
    enough: Callable[[Tokens], bool] = lambda _: False,
) -> list[Tokens]:
    """Greedy continuations; a row ends at a stop token, when `enough` says so, or at `limit`.

    Args:
        model: on its device, in evaluation mode.
        prompts: token ids, at least one each.
        limit: most tokens to write.
        stops: ids that end a row; the stop is the row's last token.
        enough: called with what a row has written so far.
    """
    written: list[Tokens] = [()] * len(prompts)
    for pack, tree, segments, logits in grow_prompts(model, prompts, limit, GENERATED_PACK_TOKENS):
        rows = list(zip(pack, segments, strict=True))
        for _ in range(limit):
            following: list[tuple[int, int, int]] = []
            for (i, segment), token in zip(rows, logits.argmax(1).tolist(), strict=True):
                written[i] += (token,)
                if token not in stops and not enough(written[i]):
                    following.append((i, segment, token))
            if not following or len(written[following[0][0]]) >= limit:
                break
            ends, logits = tree.extend(
                [s for _, s, _ in following],
                [(t,) for _, _, t in following],
                range(len(following)),
            )
            rows = [(i, end) for (i, _, _), end in zip(following, ends, strict=True)]
    return written
