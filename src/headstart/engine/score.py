"""Likelihoods of given completions, and generated answers.

Prompts are read in packs, as children of one shared prefix (see `tree`); whatever is asked of
a prompt continues the same pack. Log-probabilities are natural logarithms.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.engine.loss import log_normalizers
from headstart.engine.prefixes import alike
from headstart.engine.reader import AnyTree, plant
from headstart.engine.sizes import sizes_of
from headstart.engine.tree import ROOT, cut

Tokens = tuple[int, ...]

MAX_LOGITS = 96 * 2**20
"""Most logits of one pass: rows times vocabulary."""


@dataclass(frozen=True)
class Pack:
    """Prompts that were read together, ready to be continued."""

    items: list[int]
    """Which prompts."""
    tree: AnyTree
    ends: list[int]
    """The prompts' segments."""
    logits: Tensor
    """[prompts, vocabulary] of the next token."""

    @cached_property
    def norms(self) -> Tensor:
        """[prompts] log-sum-exp of the logits; likelihoods and labels both need it."""
        return log_normalizers(self.logits)


def read_prompts(model: PreTrainedModel, prompts: Sequence[Tokens]) -> Iterator[Pack]:
    """Read prompts pack by pack; each at least one token.

    What all prompts begin with is computed once, and so is what many of them begin with; those
    that share a beginning are read one after the other, shortest first.
    """
    most = sizes_of(model.device)
    for root, members in alike(prompts, most.prompt_tokens):
        base = plant(model, root)
        shortest_first = sorted(members, key=lambda i: len(prompts[i]))
        rests = [prompts[i][len(root) :] for i in shortest_first]
        for part in cut(list(map(len, rests)), most.prompt_tokens, most.prompts):
            chunks = [rests[at] for at in part]
            tree = base.fork()
            lasts = [end - 1 for end in accumulate(map(len, chunks))]
            ends, logits = tree.extend([ROOT] * len(chunks), chunks, lasts)
            yield Pack([shortest_first[at] for at in part], tree, ends, logits)


def most_rows(model: PreTrainedModel) -> int:
    """How many rows of logits one pass may give."""
    return max(1, MAX_LOGITS // int(model.config.get_text_config().vocab_size))


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
    found: list[tuple[float, ...]] = [()] * len(items)
    for pack in read_prompts(model, [p for p, _ in items]):
        values = completion_logprobs(pack, [items[i][1] for i in pack.items])
        for i, logprobs in zip(pack.items, values, strict=True):
            found[i] = logprobs
    return found


def completion_logprobs(pack: Pack, completions: Sequence[Tokens]) -> list[tuple[float, ...]]:
    """Teacher-force one completion for each prompt of the pack."""
    rows = range(len(completions))
    firsts = logprobs_at(pack.logits, pack.norms, rows, [c[0] for c in completions])
    found = [[first] for first in firsts]
    ends = list(pack.ends)
    budget = most_rows(pack.tree.model)
    while open_items := [i for i, c in enumerate(completions) if len(found[i]) < len(c)]:
        chosen: list[int] = []
        chunks: list[Tokens] = []
        targets: list[int] = []
        for i in open_items:
            done, room = len(found[i]), budget - len(targets)
            if room <= 0:
                break
            chunks.append(completions[i][done - 1 : -1][:room])
            targets += completions[i][done:][:room]
            chosen.append(i)
        rows = range(len(targets))
        segments, logits = pack.tree.extend([ends[i] for i in chosen], chunks, rows)
        values = iter(logprobs_at(logits, log_normalizers(logits), rows, targets))
        for i, segment, chunk in zip(chosen, segments, chunks, strict=True):
            found[i] += [next(values) for _ in chunk]
            ends[i] = segment
    return [tuple(values) for values in found]


def logprobs_at(
    logits: Tensor, norms: Tensor, rows: Sequence[int], tokens: Sequence[int]
) -> list[float]:
    """Log-probability of each of `tokens` at the same place of `rows`.

    Args:
        logits: [all rows, vocabulary].
        norms: [all rows] their log-sum-exp.
        rows: indices, repeats allowed.
        tokens: one for each of `rows`.
    """
    at = list(rows)
    return [float(x) for x in (logits[at, list(tokens)].float() - norms[at]).tolist()]


@dataclass(frozen=True)
class Writing:
    """How answers are generated."""

    limit: int
    """Most tokens to write."""
    stops: frozenset[int]
    """Ids that end a row; the stop is the row's last token."""
    enough: Callable[[Tokens], bool] = lambda _: False
    """Called with what a row has written so far; ends the row too."""
    temperature: float = 0.0
    """0 takes the most probable token; above it tokens are drawn."""
    generator: torch.Generator | None = None
    """Draws tokens; needed above temperature 0."""

    def next_tokens(self, logits: Tensor) -> list[int]:
        """One token for each row of [rows, vocabulary]."""
        if self.temperature == 0:
            picked = logits.argmax(1)
        else:
            shares = torch.softmax(logits.float() / self.temperature, 1)
            picked = torch.multinomial(shares, 1, generator=self.generator)[:, 0]
        return [int(x) for x in picked.tolist()]


def generate(model: PreTrainedModel, prompts: Sequence[Tokens], **how: Any) -> list[Tokens]:
    """Continuations of prompts (token ids, at least one each); see `Writing` for the options."""
    writing = Writing(**how)
    written: list[Tokens] = [()] * len(prompts)
    for pack in read_prompts(model, prompts):
        for i, row in zip(pack.items, write(pack, writing), strict=True):
            written[i] = row
    return written


def write(pack: Pack, how: Writing) -> list[Tokens]:
    """Continue every prompt of the pack; a row that has ended costs nothing further."""
    written: list[Tokens] = [()] * len(pack.ends)
    for so_far in writing_on(pack, how):
        written = so_far
    return written


def writing_on(pack: Pack, how: Writing) -> Iterator[list[Tokens]]:
    """The same, told after each token: what every row has written so far.

    Whoever stops asking stops the model: the next token is computed only when it is asked for.
    """
    written: list[Tokens] = [()] * len(pack.ends)
    rows, logits = list(enumerate(pack.ends)), pack.logits
    for _ in range(how.limit):
        following: list[tuple[int, int, int]] = []
        for (i, segment), token in zip(rows, how.next_tokens(logits), strict=True):
            written[i] += (token,)
            if token not in how.stops and not how.enough(written[i]):
                following.append((i, segment, token))
        yield written
        if not following or len(written[following[0][0]]) >= how.limit:
            return
        ends, logits = pack.tree.extend(
            [s for _, s, _ in following], [(t,) for *_, t in following], range(len(following))
        )
        rows = [(i, end) for (i, _, _), end in zip(following, ends, strict=True)]
