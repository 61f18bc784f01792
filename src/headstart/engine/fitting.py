"""Next-token training on windows of text: the loop of pretraining and of adapting.

A state on disk was proven: it is written once the next batch gave a sane loss, and whole or
not at all. Weights are kept in float32 and computed in the device's precision.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

from headstart.domain.event import Event, OnEvent
from headstart.domain.stage import PretrainRecipe
from headstart.engine.alignment.saving import writing
from headstart.engine.alignment.watch import Watch
from headstart.engine.alignment.work import WorkFolder
from headstart.engine.attention import reading
from headstart.engine.device import Device, deterministic
from headstart.engine.documents import Ids
from headstart.engine.groups import Reading
from headstart.engine.loss import token_loss
from headstart.engine.reader import reads_segments
from headstart.engine.schedule import Schedule
from headstart.engine.sizes import sizes_of
from headstart.engine.tree import NO_PATH, Segment, forward, make_groups, order_of

STATE = "state.pt"
STATES = 20
"""How often a stage stores its state, where the recipe does not say."""
BETAS = (0.9, 0.95)
PASS_LOGITS = 2**28
"""Most logits computed at once: tokens times vocabulary."""
LAST_SHARE = 0.02
"""Share of the steps that the loss at the end is averaged over."""

Loss = Callable[[Ids], Any]
"""A context that gives the summed loss (nats) of windows [rows, window + 1]."""


@dataclass
class Fitted:
    """How a training went."""

    losses: list[float] = field(default_factory=list)
    """Of each step, nats a token."""
    steps_here: int = 0
    """Steps of this process."""
    seconds_here: float = 0.0
    """Time they took."""

    @property
    def last_loss(self) -> float:
        """The mean loss (nats a token) at the end."""
        last = self.losses[-max(1, round(len(self.losses) * LAST_SHARE)) :]
        return sum(last) / len(last)


def fit(
    model: PreTrainedModel,
    schedule: Schedule,
    recipe: PretrainRecipe,
    device: Device,
    work: WorkFolder,
    watch: Watch,
    on_event: OnEvent,
) -> Fitted:
    """Train the trainable weights of `model` in place, from the state in `work` if there is one.

    Args:
        model: on its device, in training mode or not; trainable weights in float32.
        schedule: batches and rates by step.
        recipe: optimiser and how often to store.
        device: where to compute, in which precision.
        work: holds the state.
        watch: stops what diverges.
        on_event: takes progress.

    Raises:
        StageStopped: a loss or a gradient is no number, or the loss rose beyond all noise; the
            state on disk is as it was.
    """
    weights = {name: p for name, p in model.named_parameters() if p.requires_grad}
    optimizers = _optimizers(model, recipe, device)
    fitted = _resumed(work, weights, optimizers, watch, device)
    every = recipe.save_every or max(1, math.ceil(schedule.steps / STATES))
    began, first = time.perf_counter(), len(fitted.losses)
    loss_of = _loss(model, device)
    model.train()
    with deterministic():
        for step in range(first, schedule.steps):
            loss = _gradients(schedule.windows(step), loss_of, model, device)
            norm = float(torch.nn.utils.clip_grad_norm_(weights.values(), recipe.clip_norm))
            watch.see(loss, step + 1)
            watch.require_finite(norm, step + 1)
            if step > first and step % every == 0:
                _store(work, weights, optimizers, fitted)
            for optimizer in optimizers:
                is_muon = isinstance(optimizer, torch.optim.Muon)
                peak = recipe.matrix_rate if is_muon else recipe.learning_rate
                for group in optimizer.param_groups:
                    group["lr"] = peak * schedule.share(step)
                optimizer.step()
            fitted.losses.append(loss)
            on_event(_told(work, step + 1, schedule.steps))
        fitted.steps_here = schedule.steps - first
        fitted.seconds_here = time.perf_counter() - began
        watch.require_sane(_gradients(schedule.windows(0), loss_of, model, device), schedule.steps)
    model.zero_grad(set_to_none=True)
    model.eval()
    return fitted


def _told(work: WorkFolder, done: int, total: int) -> Event:
    name = work.path.name.removesuffix(".work")
    return Event(stage="forge", message=f"training {name}", done=done, total=total)


def _optimizers(
    model: PreTrainedModel, recipe: PretrainRecipe, device: Device
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers where it is asked for, AdamW for all others.

    Tables of tokens have no decay: it would shrink the rows of tokens that the text never holds
    until rounding is all that tells them apart.
    """
    tables = {id(t.weight) for t in (model.get_input_embeddings(), model.get_output_embeddings())}
    trained = [p for p in model.parameters() if p.requires_grad]
    layers = [p for p in trained if p.ndim == 2 and id(p) not in tables and recipe.matrix_rate]
    found: list[torch.optim.Optimizer] = []
    if layers:
        decay = recipe.weight_decay
        found.append(torch.optim.Muon(layers, lr=recipe.matrix_rate, weight_decay=decay))
    muons = {id(p) for p in layers}
    rest = [p for p in trained if id(p) not in muons]
    decayed = [p for p in rest if p.ndim > 1 and id(p) not in tables]
    free = [p for p in rest if p.ndim <= 1 or id(p) in tables]
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": free, "weight_decay": 0.0},
    ]
    found.append(
        torch.optim.AdamW(
            [group for group in groups if group["params"]],
            lr=recipe.learning_rate,
            betas=BETAS,
            fused=device.kind != "mps",
        )
    )
    return found


def _gradients(windows: Ids, loss_of: Loss, model: PreTrainedModel, device: Device) -> float:
    """Mean loss (nats a token) of a batch, with its gradients in place of earlier ones."""
    model.zero_grad(set_to_none=True)
    count, width = len(windows), windows.shape[1] - 1
    vocabulary = int(model.config.get_text_config().vocab_size)
    tokens = min(sizes_of(model.device).window_tokens, PASS_LOGITS // vocabulary)
    rows = max(1, tokens // width)
    total = 0.0
    for start in range(0, count, rows):
        with device.autocast(model.dtype), loss_of(windows[start : start + rows]) as summed:
            loss = summed / (count * width)
            loss.backward()
        total += loss.item()
    return total


def _loss(model: PreTrainedModel, device: Device) -> Loss:
    """How the loss of windows is computed: in segments where the model can be read so."""
    if reads_segments(model):
        return _Segments(model, device).loss
    return _plain_loss(model, device)


class _Segments:
    """Windows as segments of one row, whose layout is made once for each count."""

    def __init__(self, model: PreTrainedModel, device: Device) -> None:
        self._model, self._device = model, torch.device(device.kind)
        self._layouts: dict[tuple[int, int], Reading] = {}

    @contextmanager
    def loss(self, windows: Ids) -> Iterator[Tensor]:
        """The summed loss; the backward pass belongs inside the block."""
        count, width = len(windows), windows.shape[1] - 1
        ids = windows[:, :-1].ravel().tolist()
        with reading(self._model, self._layout(count, width)):
            logits = forward(self._model, ids, list(range(width)) * count, range(count * width))
            targets = torch.from_numpy(windows[:, 1:].ravel()).to(self._device)
            yield token_loss(logits, targets)

    def _layout(self, count: int, width: int) -> Reading:
        if (count, width) not in self._layouts:
            segments = [Segment(i * width, width, 0, NO_PATH) for i in range(count)]
            groups = make_groups(segments, 0, self._device)
            self._layouts[count, width] = Reading(groups, order_of(groups, count * width), 0)
        return self._layouts[count, width]


def _plain_loss(model: PreTrainedModel, device: Device) -> Loss:
    @contextmanager
    def loss(windows: Ids) -> Iterator[Tensor]:
        ids = torch.from_numpy(windows).to(torch.device(device.kind))
        logits = model(input_ids=ids[:, :-1], use_cache=False).logits
        yield cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="sum")

    return loss


def _store(
    work: WorkFolder,
    weights: dict[str, torch.nn.Parameter],
    optimizers: Sequence[torch.optim.Optimizer],
    fitted: Fitted,
) -> None:
    """Write the state whole or not at all."""
    path, scratch = work.path / STATE, work.path / f".{STATE}.{os.getpid()}"
    state = {
        "weights": {name: p.detach() for name, p in weights.items()},
        "optimizers": [optimizer.state_dict() for optimizer in optimizers],
        "losses": fitted.losses,
    }
    with writing(work.path):
        with scratch.open("wb") as handle:
            torch.save(state, handle)
            handle.flush()
            os.fsync(handle.fileno())
        scratch.replace(path)
        work.note_progress()


def _resumed(
    work: WorkFolder,
    weights: dict[str, torch.nn.Parameter],
    optimizers: Sequence[torch.optim.Optimizer],
    watch: Watch,
    device: Device,
) -> Fitted:
    path: Path = work.path / STATE
    if not path.is_file():
        return Fitted()
    state = torch.load(path, map_location=device.kind, weights_only=True)
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(state["weights"][name])
    for optimizer, stored in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(stored)
    for step, loss in enumerate(state["losses"], start=1):
        watch.see(loss, step)
    return Fitted(losses=list(state["losses"]))


def state_step(work: WorkFolder) -> int | None:
    """After how many steps the state on disk was stored; None where there is none."""
    path = work.path / STATE
    if not path.is_file():
        return None
    return len(torch.load(path, map_location="cpu", weights_only=True, mmap=True)["losses"])
