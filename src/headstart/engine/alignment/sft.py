"""Supervised tuning: conversations in a chat template, with raw text replayed beside them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from transformers import PreTrainedModel
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from headstart.domain.audit import AuditedBatch
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import OnEvent, ignore
from headstart.domain.lineage import Lineage, Origin
from headstart.domain.stage import SftRecipe
from headstart.domain.task import Example
from headstart.engine.alignment.chat_format import equip
from headstart.engine.alignment.finish import Result, publish, reload, require_alike
from headstart.engine.alignment.measure import mean_loss
from headstart.engine.alignment.training import (
    Steady,
    arguments,
    kept_in,
    last_mean,
    run,
    training_order,
)
from headstart.engine.alignment.watch import Watch
from headstart.engine.alignment.weights import (
    Parent,
    load_parent,
    lora_config,
    merged,
    wrapping,
)
from headstart.engine.alignment.work import WorkFolder, claimed
from headstart.engine.audit import audited, telling
from headstart.engine.device import Device
from headstart.engine.documents import Ids, windows_of
from headstart.engine.lora import quicken
from headstart.engine.norms import quick_norms
from headstart.engine.packs import packs
from headstart.engine.reader import reads_segments
from headstart.engine.render import Rendered, Renderer
from headstart.engine.rotary import quick_rotary
from headstart.engine.token_rows import quicken_rows
from headstart.engine.train import Packing, pack_loss
from headstart.errors import DataError, StageStopped

IGNORED = -100
"""The label of a token that no loss is taken on."""
MEASURED_ROWS = 128
"""Rows of the data whose loss is measured before and after, apart from the trainer."""


def sft(
    checkpoint: Checkpoint,
    conversations: Sequence[Example],
    recipe: SftRecipe,
    out: Path,
    origin: Origin,
    device: Device,
    *,
    replay: Sequence[str] = (),
    check: Callable[[AuditedBatch], object] = lambda _batch: None,
    on_event: OnEvent = ignore,
) -> Lineage:
    """Make an instruct checkpoint out of `checkpoint`.

    The chat template is attached, the loss falls on assistant turns and their ends only, and
    raw documents, if given, are trained beside them on all tokens: each step's loss is the mean
    over the conversations' trained tokens plus `recipe.replay` times the mean over its windows
    of raw text. Killed at any moment, the same call goes on where it was.

    Args:
        checkpoint: base or instruct; whole, no adapter.
        conversations: prompts that are not empty, each with its answer.
        recipe: see `SftRecipe`.
        out: where the checkpoint will lie; free.
        origin: goes into its lineage.
        device: where to compute.
        replay: raw documents; empty for none.
        check: sees the batch as it is fed before the first step, and may raise to stop.
        on_event: takes progress.

    Raises:
        DataError: no conversation fits `recipe.max_tokens` or the model's context.
        CheckpointBroken: the checkpoint is an adapter, or its template refuses the messages.
        StageStopped: the loss is no number or rises, or the result is worse than the parent.
        StoreError: another process is at work there, or the disk cannot be written.
    """
    with claimed(out, origin) as work:
        ready = _prepared(checkpoint, conversations, replay, recipe, device)
        before = mean_loss(ready.parent.loaded, ready.sample)
        trainer = _trainer(ready, recipe, work, device)
        check(_audited(ready.parent, conversations, recipe, trainer))
        with quick_norms(ready.parent.model), quick_rotary(ready.parent.model):
            history = run(trainer, "sft", work, Watch(kept_in(work)), on_event)
        result = Result(ready.parent, merged(trainer.model), origin, ready.notes)
        del trainer
        figures = _figures(ready, history) | {"loss_before": before}

        def measured(folder: Path) -> dict[str, float]:
            loaded = reload(folder, device)
            require_alike(ready.parent, loaded, conversations)
            after = mean_loss(loaded, ready.sample)
            _gate(before, after)
            return figures | {"loss_after": after}

        return publish(result, out, work, device, measured, on_event)


@dataclass(frozen=True)
class _Ready:
    """What training starts from."""

    parent: Parent
    rows: list[Rendered]
    order: list[int]
    """Which row is trained when."""
    windows: Ids
    """[windows, tokens] of raw text; none where nothing is replayed."""
    roles: tuple[int, ...]
    """Ids of the role tokens and the turn end."""
    notes: tuple[str, ...]

    @property
    def sample(self) -> list[Rendered]:
        """Rows to measure on, from all over the data."""
        return self.rows[:: max(1, len(self.rows) // MEASURED_ROWS)][:MEASURED_ROWS]


def _prepared(
    checkpoint: Checkpoint,
    conversations: Sequence[Example],
    replay: Sequence[str],
    recipe: SftRecipe,
    device: Device,
) -> _Ready:
    parent = load_parent(checkpoint, recipe, device)
    windows = _windows(parent, replay, recipe)  # before the eos becomes the turn end
    attached = equip(parent.model, parent.tokenizer, recipe.chat_format)
    rows, notes = conversation_rows(parent, conversations, recipe)
    lengths = [len(row.ids) for row in rows]
    order = training_order(lengths, recipe.batch_size, recipe.epochs, recipe.seed)
    return _Ready(parent, rows, order, windows, attached.roles, (*attached.notes, *notes))


def _figures(ready: _Ready, history: Sequence[dict[str, float]]) -> dict[str, float]:
    trained = sum(sum(ready.rows[i].trained[1:]) for i in ready.order)
    figures = {
        "chat_loss": last_mean(history, "chat_loss"),
        "rows": float(len(ready.rows)),
        "steps": float(len(history)),
        "trained_tokens": float(trained),
    }
    if len(ready.windows):
        figures["replay_loss"] = last_mean(history, "replay_loss")
    return figures


def _gate(before: float, after: float) -> None:
    if not after < before:
        raise StageStopped(
            f"the gate holds it back: its own rows became less likely, {before:.3f} nats a token "
            f"before and {after:.3f} after",
            hint="use a lower --learning-rate with another --out",
        )


def conversation_rows(
    parent: Parent, conversations: Sequence[Example], recipe: SftRecipe
) -> tuple[list[Rendered], list[str]]:
    """Conversations as ids with the assistant's turns marked, and what rendering worked around.

    Raises:
        DataError: none fits.
    """
    most = min(recipe.max_tokens, parent.loaded.context)
    renderer = Renderer(parent.tokenizer, str(parent.tokenizer.chat_template))
    rendered = [renderer.training(example) for example in conversations]
    rows = [row for row in rendered if len(row.ids) <= most and any(row.trained[1:])]
    if not rows:
        raise DataError(
            f"every conversation is longer than {most} tokens",
            hint="shorten the rows, or raise --max-tokens",
        )
    notes = sorted(renderer.findings)
    if len(rows) < len(rendered):
        notes.append(f"{len(rendered) - len(rows)} rows are longer than {most} tokens: left out")
    return rows, notes


def _windows(parent: Parent, replay: Sequence[str], recipe: SftRecipe) -> Ids:
    if not replay or not recipe.replay:
        return np.zeros((0, 0), dtype=np.int64)
    found = windows_of(parent.tokenizer, replay, min(recipe.replay_window, parent.loaded.context))
    if not len(found):
        raise DataError("the replay texts are empty", hint="leave --replay out, or give text")
    return found


def _trainer(ready: _Ready, recipe: SftRecipe, work: WorkFolder, device: Device) -> "_SftTrainer":
    data = Dataset.from_dict(
        {
            "input_ids": [list(row.ids) for row in ready.rows],
            "labels": [labels_of(row) for row in ready.rows],
        }
    )
    steps = math.ceil(len(ready.order) / recipe.batch_size)
    model = ready.parent.model
    with wrapping(model, recipe):
        trainer = _SftTrainer(
            model=model,
            args=arguments(SFTConfig, recipe, work, device, steps, max_length=None, bf16=False),
            train_dataset=data.select(ready.order),
            processing_class=ready.parent.tokenizer,
            peft_config=lora_config(model, recipe, ready.roles),
        )
    quicken(model)
    quicken_rows(model)
    # adapters are computed in the precision of the weights they lie on
    reads_in = device.dtype if recipe.method == "full" else model.dtype
    trainer.inner, trainer.read = model, replace(device, dtype=reads_in)
    trainer.model_accepts_loss_kwargs = True  # so that a step's trained tokens are counted
    trainer.replay = Replay(ready.windows, recipe)
    return trainer


def _audited(
    parent: Parent, conversations: Sequence[Example], recipe: SftRecipe, trainer: "_SftTrainer"
) -> AuditedBatch:
    """Telling rows as the trainer's own collator gives them back, beside their conversations."""
    renderer = Renderer(parent.tokenizer, str(parent.tokenizer.chat_template))
    most = min(recipe.max_tokens, parent.loaded.context)
    kept = [(e, renderer.training(e)) for e in telling(conversations, renderer)]
    fitting = [(e, row) for e, row in kept if len(row.ids) <= most and any(row.trained[1:])]
    batch = trainer.data_collator(
        [{"input_ids": list(row.ids), "labels": labels_of(row)} for _, row in fitting or kept]
    )
    examples = [example for example, _ in fitting or kept]
    return audited(parent.loaded, renderer, examples, rows=rows_of(batch), start="sft")


def labels_of(row: Rendered) -> list[int]:
    """The row's ids where a loss is taken, else `IGNORED`."""
    return [i if trained else IGNORED for i, trained in zip(row.ids, row.trained, strict=True)]


class Replay:
    """Windows of raw text, a few for each step; which ones depends on the step alone."""

    def __init__(self, windows: Ids, recipe: SftRecipe) -> None:
        """Hold `windows` [count, window]; none may be there."""
        self._windows = windows
        self._per_step = recipe.replay_windows
        self._seed = recipe.seed
        self.weight = recipe.replay if len(windows) else 0.0
        """Of the loss on raw text beside the loss on conversations."""

    def at(self, step: int) -> Ids:
        """[windows of a step, window]: all are seen once before any is seen again."""
        count = len(self._windows)
        chosen = []
        for place in range(step * self._per_step, (step + 1) * self._per_step):
            turn, within = divmod(place, count)
            order = np.random.default_rng([self._seed, turn]).permutation(count)
            chosen.append(int(order[within]))
        return self._windows[chosen]


class _Packed(SFTTrainer):
    """TRL's trainer; losses are computed as trials compute them, over nothing but trained tokens.

    They are those of TRL up to rounding, without its passes over padding and whole tables, and
    with a second loss on raw text. Each pack's backward pass follows its forward pass, so that
    one pack at a time is held in memory.
    """

    replay: Replay
    read: Device
    """Where and in which precision losses are computed."""
    inner: PreTrainedModel
    """The model itself, adapters within its layers."""

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """Forward and backward passes of one part of a step's rows; their weighted loss."""
        model.train()
        return self._loss(inputs, num_items_in_batch, learn=True)

    def compute_loss(
        self,
        model: Any,
        inputs: Any,
        return_outputs: bool = False,  # noqa: FBT001, FBT002
        num_items_in_batch: Any = None,
    ) -> Any:
        """The same loss without a backward pass."""
        del model, return_outputs
        with torch.no_grad():
            return self._loss(inputs, num_items_in_batch, learn=False)

    def _loss(self, inputs: Any, items: Any, *, learn: bool) -> torch.Tensor:
        """The conversations' mean loss plus, once a step, the weighted one of raw text."""
        rows = rows_of(inputs)
        count = float(sum(sum(row.trained[1:]) for row in rows) if items is None else items)
        chat = self._summed(rows, 1 / count, learn=learn)
        # the log averages the parts of a step, and they add up
        parts = self.current_gradient_accumulation_steps if learn else 1
        self._metrics["train"]["chat_loss"].append(chat * parts)
        total = chat
        if self.replay.weight and self.accelerator.sync_gradients:
            windows = self.replay.at(self.state.global_step)
            raw = [Rendered(tuple(w), (False,) + (True,) * (len(w) - 1)) for w in windows.tolist()]
            weight = self.replay.weight / (windows.size - len(windows))
            weighted = self._summed(raw, weight, learn=learn)
            self._metrics["train"]["replay_loss"].append(weighted / self.replay.weight)
            total += weighted
        return torch.tensor(total, device=self.args.device)

    def _summed(self, rows: Sequence[Rendered], weight: float, *, learn: bool) -> float:
        """The weighted loss (nats) of the rows' trained tokens; gradients are added to."""
        total = 0.0
        for pack in packs(rows, Packing().tokens, shared=reads_segments(self.inner)):
            with self.read.autocast(self.inner.dtype), pack_loss(self.inner, pack) as summed:
                loss = summed * weight
                if learn:
                    loss.backward()
            total += loss.item()
        return total


class _SftTrainer(Steady, _Packed):
    """TRL's trainer, steadied."""


def rows_of(inputs: Any) -> list[Rendered]:
    """A padded batch as rows again."""
    lengths = inputs["attention_mask"].sum(1).tolist()
    both = zip(inputs["input_ids"].tolist(), inputs["labels"].tolist(), lengths, strict=True)
    return [
        Rendered(tuple(ids[:n]), tuple(label != IGNORED for label in labels[:n]))
        for ids, labels, n in both
    ]
