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
from headstart.engine.graphs import Graphs
from headstart.engine.loss import token_loss
from headstart.engine.packs import lay_out, packs, takes_whole_rows
from headstart.engine.padded import padded_logits
from headstart.engine.reader import reads_segments
from headstart.engine.render import Rendered
from headstart.engine.sizes import PROCESSOR, sizes_of
from headstart.engine.tree import forward

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
    passes = _Passes(model, device, packing)
    optimizer = torch.optim.AdamW(
        passes.weights,
        lr=learning_rate,
        weight_decay=recipe.weight_decay,
        fused=device.kind != "mps",
    )
    batches = list(_batches(len(examples), recipe, seed))
    losses: list[float | None] = []
    tokens, failed = 0, None
    with _training_mode(model, packing):
        for step, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * _schedule(step, len(batches), recipe.warmup_share)
            chosen = [examples[i] for i in batch]
            loss = _step(passes, chosen, optimizer, recipe, packing.tokens)
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
    passes: "_Passes",
    examples: Sequence[Rendered],
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
    budget: int,
) -> float:
    """One optimiser step; gives the batch's mean loss, and skips the update if not finite."""
    passes.clear()
    targets = sum(sum(e.trained[1:]) for e in examples)
    found = [
        passes.backward(pack, targets)
        for pack in packs(examples, budget, shared=reads_segments(passes.model))
    ]
    norm = torch.nn.utils.clip_grad_norm_(passes.weights, recipe.clip_norm)
    total = float(torch.stack(found).sum())
    if math.isfinite(total) and math.isfinite(norm.item()):
        optimizer.step()
        return total
    return math.nan


class _Passes:
    """Forward and backward passes of one training: recorded on a GPU, else computed anew."""

    def __init__(self, model: PreTrainedModel, device: Device, packing: Packing) -> None:
        self.model, self._device = model, device
        self.weights = [p for p in model.parameters() if p.requires_grad]
        fit = takes_whole_rows(model) and reads_segments(model) and not packing.checkpointed
        self._graphs = Graphs(model, device, self.weights) if fit else None

    def clear(self) -> None:
        """Forget all gradients."""
        if self._graphs:
            self._graphs.clear()
        else:
            self.model.zero_grad(set_to_none=True)

    def backward(self, pack: Sequence[Rendered], targets: int) -> Tensor:
        """Add a pack's gradients; its share of the mean loss over a batch's `targets`."""
        if self._graphs:
            return self._graphs.backward(lay_out(pack), targets)
        with self._device.autocast(self.model.dtype), pack_loss(self.model, pack) as summed:
            loss = summed / targets
            loss.backward()
        return loss.detach()


@contextmanager
def pack_loss(model: PreTrainedModel, pack: Sequence[Rendered]) -> Iterator[Tensor]:
    """Summed negative log-likelihood (nats) of the pack's trained tokens, as a scalar tensor.

    Only positions before trained tokens go through the head. The backward pass belongs inside
    the block, since checkpointed layers are computed again in it.
    """
    if not reads_segments(model):
        yield _padded_loss(model, pack)
        return
    sizes = sizes_of(model.device)
    row = lay_out(pack, sizes.row_multiple)
    wanted = len(row.keep)
    vain = -wanted % sizes.logits_multiple
    with reading(model, row.how(model)):
        logits = forward(model, row.ids, row.positions, row.keep + row.keep[-1:] * vain)
        targets = torch.tensor(row.targets + row.targets[-1:] * vain, device=logits.device)
        counted = torch.arange(len(targets), device=logits.device) < wanted
        yield token_loss(logits, targets, counted)


def _padded_loss(model: PreTrainedModel, pack: Sequence[Rendered]) -> Tensor:
    trained = [[i for i in range(1, len(e.ids)) if e.trained[i]] for e in pack]
    logits = padded_logits(model, [e.ids for e in pack], [[i - 1 for i in t] for t in trained])
    targets = [e.ids[i] for e, t in zip(pack, trained, strict=True) for i in t]
    return token_loss(logits, torch.tensor(targets, device=logits.device))


def _divergence(losses: Sequence[float | None]) -> str | None:
    finite = [x for x in losses if x is not None]
    if len(finite) < 10:
        return None
    last = float(np.mean(finite[-max(1, len(finite) // 10) :]))
    if last > finite[0] + DIVERGED_NATS:
        return f"training diverged: loss {finite[0]:.2f} at first, {last:.2f} at the end"
    return None
