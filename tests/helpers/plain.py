"""What the engine computes cleverly, computed plainly: one unpadded row at a time."""

from collections.abc import Sequence

import torch
from hypothesis import settings
from hypothesis import strategies as st
from tiny import TOKENS, UNUSED
from torch import Tensor
from transformers import PreTrainedModel

from headstart.domain.plan import Recipe
from headstart.engine.render import Rendered

Tokens = tuple[int, ...]

FEW = settings(max_examples=6, derandomize=True, deadline=None, database=None)
"""Enough to vary shapes; each example is a few forward passes."""
FIRST = 3 + len(UNUSED)
"""The first id that is no special token."""
LORA = Recipe(method="lora", rank=4, alpha=8, epochs=2, batch_size=4, max_tokens=64)
FULL = LORA.model_copy(update={"method": "full"})


def tokens(low: int, high: int) -> st.SearchStrategy[Tokens]:
    """Sequences of `low` to `high` ordinary ids."""
    ids = st.integers(FIRST, TOKENS - 1)
    return st.lists(ids, min_size=low, max_size=high).map(tuple)


@st.composite
def prompts(draw: st.DrawFn) -> list[Tokens]:
    """One to four prompts: half the time with a prefix in common, sometimes of one token."""
    head = draw(st.one_of(st.just(()), tokens(1, 12)))
    return [head + draw(tokens(1, 12)) for _ in range(draw(st.integers(1, 4)))]


@st.composite
def examples(draw: st.DrawFn) -> list[Rendered]:
    """One to four training rows with any mask that trains something after the first token."""
    rows = []
    for prompt in draw(prompts()):
        ids = prompt + draw(tokens(1, 8))
        mask = draw(st.lists(st.booleans(), min_size=len(ids), max_size=len(ids)))
        mask[draw(st.integers(1, len(ids) - 1))] = True
        rows.append(Rendered(ids, tuple(mask)))
    return rows


def plain_logits(model: torch.nn.Module, ids: Sequence[int]) -> Tensor:
    """[tokens, vocabulary] of one row by itself, without cache and masks of ours."""
    row = torch.tensor([list(ids)])
    return model(input_ids=row, use_cache=False).logits[0].float()


@torch.no_grad()
def plain_logprobs(model: PreTrainedModel, prompt: Tokens, completion: Tokens) -> list[float]:
    """Log-probability (nats) of each completion token."""
    every = plain_logits(model, prompt + completion).log_softmax(-1)
    return [float(every[len(prompt) - 1 + i, token]) for i, token in enumerate(completion)]


@torch.no_grad()
def plain_greedy(
    model: PreTrainedModel, prompt: Tokens, limit: int, stops: frozenset[int]
) -> Tokens:
    """Most probable token after most probable token, the whole row anew each time."""
    written: Tokens = ()
    while len(written) < limit and not stops & set(written):
        written += (int(plain_logits(model, prompt + written)[-1].argmax()),)
    return written


def plain_loss(model: torch.nn.Module, rows: Sequence[Rendered]) -> Tensor:
    """Summed negative log-likelihood (nats) of the trained tokens after each row's first."""
    total = torch.zeros(())
    for row in rows:
        every = plain_logits(model, row.ids).log_softmax(-1)
        for i in range(1, len(row.ids)):
            if row.trained[i]:
                total = total - every[i - 1, row.ids[i]]
    return total
