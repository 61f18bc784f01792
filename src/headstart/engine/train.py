"""The one training path: packed rows, loss on the completion's tokens, AdamW.

Every optimiser step sees `batch_size` examples; the loss is the mean over their trained
tokens, whatever packs they are computed in. A prefix that a pack shares is computed once.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from headstart.domain.plan import Recipe
from headstart.domain.trial import Training
from headstart.engine.attention import reading
from headstart.engine.device import Device
from headstart.engine.groups import Reading
from headstart.engine.loss import token_loss
from headstart.engine.padded import padded_logits
from headstart.engine.reader import reads_segments
from headstart.engine.render import Rendered
from headstart.engine.sizes import PROCESSOR
from headstart.engine.tree import (
    NO_PATH,
    Segment,
    cut,
    forward,
    make_groups,
    make_root,
    order_of,
    shared_prefix,
)

DIVERGED_NATS = 1.0
"""A run whose last tenth of losses lies this far above its first loss has diverged."""


@dataclass(frozen=True)
class Packing:
    """How the examples of one step are computed together."""

    tokens: int = PROCESSOR.step_tokens
    """Of one pack, about: enough to keep matrix products busy, few enough for the caches."""
    checkpointed: bool = False
    """Whether layers are computed twice to keep less in memory between."""


def train(
    model: PreTrainedModel,
    examples: Sequence[Rendered],
    recipe: Recipe,
    *,
    learning_rate: float,
    seed: int,
    device: Device,
    packing: Packing = Packing(),
    on_step: Callable[[int, int], None] = lambda _done, _total: None,
) -> Training:
    """Train `model`'s trainable weights in place.

    Args:
        model: with at least one trainable weight.
        examples: one or more, each with at least one trained token after its first.
        recipe: epochs, batch size, schedule.
        learning_rate: peak rate.
        seed: shuffles the examples anew each epoch.
        device: where to compute.
        packing: how a step is cut; changes memory and speed, and results by rounding only.
        on_step: called after each step with steps done and in all; may raise to stop.

    Returns:
        Losses of each step; `failed` names a loss that is not finite, or divergence.
    """
    began = time.perf_counter()
    weights = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        weights, lr=learning_rate, weight_decay=recipe.weight_decay, fused=device.kind != "mps"
    )
    batches = list(_batches(len(examples), recipe, seed))
    losses: list[float | None] = []
    tokens, failed = 0, None
    with _training_mode(model, packing):
        for step, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * _schedule(step, len(batches), recipe.warmup_share)
            chosen = [examples[i] for i in batch]
            loss = _step(model, chosen, weights, optimizer, recipe, device, packing)
            tokens += sum(len(e.ids) for e in chosen)
            losses.append(loss if math.isfinite(loss) else None)
            if losses[-1] is None:
                failed = f"the loss was not finite at step {step + 1} of {len(batches)}"
                break
            on_step(step + 1, len(batches))
    return Training(
        failed=failed or _divergence(losses),
        losses=tuple(losses),
        tokens=tokens,
        seconds=time.perf_counter() - began,
    )


@contextmanager
def _training_mode(model: PreTrainedModel, packing: Packing) -> Iterator[None]:
    """Dropout and checkpoints as training wants them; off again even if it is interrupted."""
    model.train()
    if packing.checkpointed:
        model.activation_checkpointing_enable({"use_reentrant": False})
    try:
        yield
    finally:
        if packing.checkpointed:
            model.activation_checkpointing_disable()
        model.eval()


def _batches(count: int, recipe: Recipe, seed: int) -> Iterator[list[int]]:
    order = np.random.default_rng(seed)
    for _ in range(recipe.epochs):
        shuffled = order.permutation(count).tolist()
        for start in range(0, count, recipe.batch_size):
            yield shuffled[start : start + recipe.batch_size]


def _schedule(step: int, total: int, warmup_share: float) -> float:
    """Linear rise, then linear fall to zero; never zero at a step that is taken."""
    warm = max(1, round(total * warmup_share))
    if step < warm:
        return (step + 1) / warm
    return (total - step) / max(1, total - warm)


def _step(
    model: PreTrainedModel,
    examples: Sequence[Rendered],
    weights: Sequence[Tensor],
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
    device: Device,
    packing: Packing,
) -> float:
    """One optimiser step; gives the batch's mean loss, and skips the update if not finite."""
    optimizer.zero_grad(set_to_none=True)
    targets = sum(sum(e.trained[1:]) for e in examples)
    total = 0.0
    for pack in packs(examples, packing.tokens, shared=reads_segments(model)):
        with device.autocast(model.dtype), pack_loss(model, pack) as summed:
            loss = summed / targets
            loss.backward()
        total += loss.item()
    norm = torch.nn.utils.clip_grad_norm_(weights, recipe.clip_norm)
    if math.isfinite(total) and math.isfinite(norm.item()):
        optimizer.step()
        return total
    return math.nan


def packs(
    examples: Sequence[Rendered], budget: int, *, shared: bool = True
) -> Iterator[list[Rendered]]:
    """Cut a batch into packs of about `budget` tokens, examples of like length together.

    Where beginnings are `shared`, what all examples begin with is computed once a pack, so it
    counts once.
    """
    common = _common(examples) if shared else 0
    ordered = sorted(examples, key=lambda e: len(e.ids))
    for part in cut([len(e.ids) - common for e in ordered], budget - common):
        yield [ordered[at] for at in part]


def _common(examples: Sequence[Rendered]) -> int:
    """Tokens that all examples begin with, up to where the first is trained."""
    return shared_prefix([e.ids for e in examples], min(_first_trained(e) for e in examples) - 1)


def _first_trained(example: Rendered) -> int:
    return example.trained.index(True, 1)


@contextmanager
def pack_loss(model: PreTrainedModel, pack: Sequence[Rendered]) -> Iterator[Tensor]:
    """Summed negative log-likelihood (nats) of the pack's trained tokens, as a scalar tensor.

    Only positions before trained tokens go through the head. The backward pass belongs inside
    the block, since checkpointed layers are computed again in it.
    """
    if not reads_segments(model):
        yield _padded_loss(model, pack)
        return
    row = lay_out(pack)
    with reading(model, row.how(model.device)):
        logits = forward(model, row.ids, row.positions, row.keep)
        yield token_loss(logits, torch.tensor(row.targets, device=logits.device))


def _padded_loss(model: PreTrainedModel, pack: Sequence[Rendered]) -> Tensor:
    trained = [[i for i in range(1, len(e.ids)) if e.trained[i]] for e in pack]
    logits = padded_logits(model, [e.ids for e in pack], [[i - 1 for i in t] for t in trained])
    targets = [e.ids[i] for e, t in zip(pack, trained, strict=True) for i in t]
    return token_loss(logits, torch.tensor(targets, device=logits.device))


@dataclass
class Row:
    """A pack as one row of tokens: the prefix all examples share, then what follows it."""

    prefix: int
    ids: list[int]
    positions: list[int]
    segments: list[Segment]
    keep: list[int]
    """Rows whose next-token logits are wanted."""
    targets: list[int]
    """The tokens that follow them."""

    def how(self, device: torch.device) -> Reading:
        """What each segment attends to."""
        groups = make_groups(self.segments, 0, device)
        if self.prefix:
            groups.insert(0, make_root(self.prefix, device))
        return Reading(groups, order_of(groups, len(self.ids)), self.prefix)


def lay_out(pack: Sequence[Rendered]) -> Row:
    """Lay the pack's examples behind their common prefix; the loss never falls within it."""
    prefix = _common(pack)
    row = Row(prefix, list(pack[0].ids[:prefix]), list(range(prefix)), [], [], [])
    for example in pack:
        # nothing is predicted from the last trained token or from what follows it
        end = max(i for i, trained in enumerate(example.trained) if trained)
        first, length = len(row.ids), end - prefix
        row.segments.append(Segment(first, length, prefix, NO_PATH))
        row.ids += example.ids[prefix:end]
        row.positions += range(prefix, end)
        for position in range(1, len(example.ids)):
            if example.trained[position]:
                row.keep.append(first - prefix + position - 1)
                row.targets.append(example.ids[position])
    return row


def _divergence(losses: Sequence[float | None]) -> str | None:
    finite = [x for x in losses if x is not None]
    if len(finite) < 10:
        return None
    last = float(np.mean(finite[-max(1, len(finite) // 10) :]))
    if last > finite[0] + DIVERGED_NATS:
        return f"training diverged: loss {finite[0]:.2f} at first, {last:.2f} at the end"
    return None
