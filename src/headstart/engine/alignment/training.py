"""What our stages add to TRL's trainers: order, resumption, and a stop before harm is stored.

Rows come in an order of our own, so that a resumed run sees what an uninterrupted one sees. A
state is stored only after the weights gave a sane loss, and counts only once it is whole.
"""

import contextlib
import copy
import json
import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from transformers import (
    PrinterCallback,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from transformers.trainer import TRAINER_STATE_NAME
from transformers.utils import logging

from headstart.domain.event import Event, OnEvent
from headstart.domain.stage import Tuning
from headstart.engine.alignment.saving import writing
from headstart.engine.alignment.watch import Watch
from headstart.engine.alignment.work import WorkFolder
from headstart.engine.device import Device, deterministic

A = TypeVar("A", bound=TrainingArguments)

STATES = 10
"""How often a stage stores its state, where the recipe does not say."""
CHUNK = 16
"""Batches within which rows are sorted by length, so that little is padded."""
LAST_SHARE = 0.1
"""The share of steps that a figure at the end is averaged over."""


class Steady:
    """Stands before a TRL trainer: watches losses, stores whole states, tells nobody else.

    Set `work` and `watch` before training. With `probes` False a state is stored after a look
    at the weights alone, where computing a loss again would draw new answers.
    """

    work: WorkFolder
    watch: Watch
    probes = True
    _seen: Any = None

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """One forward and backward pass; stops before the weights take in what is no number."""
        loss = super().training_step(model, inputs, num_items_in_batch)  # type: ignore[misc]
        self.watch.require_finite(float(loss), self._step_now)
        self._seen = inputs
        return loss

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: the lineage says where a checkpoint comes from."""

    def require_health(self, model: Any) -> None:
        """Refuse weights that give no sane loss on the rows just seen.

        Raises:
            StageStopped: they do not; nothing was stored.
        """
        with torch.no_grad():
            if self.probes and self._seen is not None:
                before = copy.deepcopy(self._metrics)  # type: ignore[has-type]
                inputs = self._prepare_inputs(dict(self._seen))  # type: ignore[attr-defined]
                with self.compute_loss_context_manager():  # type: ignore[attr-defined]
                    loss = float(self.compute_loss(model, inputs))  # type: ignore[attr-defined]
                self._metrics = before
                self.watch.require_sane(loss, self._step_now)
            else:
                trained = (p for p in model.parameters() if p.requires_grad)
                total = float(sum(p.abs().sum() for p in trained))
                self.watch.require_finite(total, self._step_now)

    @property
    def _step_now(self) -> int:
        return int(self.state.global_step)  # type: ignore[attr-defined]

    def _send_telemetry(self) -> None:
        """None."""

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        self.require_health(model)
        with writing(self.work.path):
            super()._save_checkpoint(model, trial)  # type: ignore[misc]
            self.work.mark_whole(self.work.path / f"checkpoint-{self._step_now}")


class _Teller(TrainerCallback):
    """Progress out, losses to the watch."""

    def __init__(self, stage: str, watch: Watch | None, on_event: OnEvent) -> None:
        self._stage, self._watch, self._on_event = stage, watch, on_event

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> None:
        """Look at the loss of the step just done."""
        del args, control
        if self._watch is not None and logs and "loss" in logs:
            self._watch.see(logs["loss"], state.global_step)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Say how far it is."""
        del args, control
        step, steps = state.global_step, state.max_steps
        self._on_event(Event(stage="forge", message=self._stage, done=step, total=steps))


def arguments(
    kind: Callable[..., A],
    recipe: Tuning,
    work: WorkFolder,
    device: Device,
    steps: int,
    **more: Any,
) -> A:
    """A trainer's settings for `steps` optimiser steps of `recipe`; `more` overrides."""
    micro = recipe.micro_batch or recipe.batch_size
    settings: dict[str, Any] = {
        "output_dir": str(work.path),
        "use_cpu": device.kind == "cpu",
        "bf16": device.dtype is torch.bfloat16,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": recipe.batch_size // micro,
        "num_train_epochs": 1,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": "linear",
        "warmup_steps": math.ceil(steps * recipe.warmup_share),
        "weight_decay": recipe.weight_decay,
        "max_grad_norm": recipe.clip_norm,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "logging_steps": 1,
        "logging_nan_inf_filter": False,
        "save_strategy": "steps",
        "save_steps": recipe.save_every or math.ceil(steps / STATES),
        "save_total_limit": 2,
        "activation_checkpointing": False,
        "train_sampling_strategy": "sequential",
        "dataloader_pin_memory": device.kind == "cuda",
        "report_to": "none",
        "disable_tqdm": True,
    }
    logging.set_verbosity_error()
    built = kind(**(settings | more))
    if built.n_gpu > 1:
        built._n_gpu = 1  # the step's rows are those of the recipe, however many GPUs there are
    return built


def run(
    trainer: Any,
    stage: str,
    work: WorkFolder,
    watch: Watch,
    on_event: OnEvent,
    *,
    losses: bool = True,
) -> list[dict[str, float]]:
    """Train to the end, from the last whole state if there is one.

    Args:
        trainer: a `Steady` TRL trainer.
        stage: what progress calls it.
        work: holds its states.
        watch: looks at each loss, where `losses` are comparable with one another.
        on_event: takes progress.
        losses: whether a rise of the loss means divergence.

    Returns:
        For each step what was logged, those before a resumption included.

    Raises:
        StageStopped: the loss is no number, or rose beyond all noise.
    """
    assert isinstance(trainer, Trainer)
    trainer.remove_callback(PrinterCallback)  # stdout is data
    trainer.add_callback(_Teller(stage, watch if losses else None, on_event))
    trainer.work, trainer.watch = work, watch  # type: ignore[attr-defined]
    state = work.last_state()
    if state is not None:
        on_event(Event(stage="forge", message=f"{stage} goes on from step {_step_of(state)}"))
        for row in _logged(state) if losses else ():
            watch.see(row["loss"], int(row["step"]))
    work.note_progress()
    with deterministic(), _nothing_to_mend():
        trainer.train(resume_from_checkpoint=str(state) if state else None)
        trainer.require_health(trainer.model)  # type: ignore[attr-defined]
    return [row for row in trainer.state.log_history if "loss" in row]


@contextlib.contextmanager
def _nothing_to_mend() -> Iterator[None]:
    """Drop warnings about what users cannot change: a name that transformers gave up, and that
    peft stores whole tables beside adapters where a vocabulary grew.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is_gradient_checkpointing.*", FutureWarning)
        warnings.filterwarnings("ignore", ".*save_embedding_layers.*", UserWarning)
        yield


def training_order(lengths: Sequence[int], batch_size: int, epochs: int, seed: int) -> list[int]:
    """Which row is trained when: each epoch in a new order, rows of like length together.

    Batches are cut from stretches of `CHUNK` batches that are sorted by length, and shuffled
    again; all but the last are full.
    """
    draw = np.random.default_rng(seed)
    rows = [int(i) for _ in range(epochs) for i in draw.permutation(len(lengths))]
    batches: list[list[int]] = []
    for start in range(0, len(rows), CHUNK * batch_size):
        chunk = sorted(rows[start : start + CHUNK * batch_size], key=lengths.__getitem__)
        cut = [chunk[i : i + batch_size] for i in range(0, len(chunk), batch_size)]
        rest = [cut.pop()] if len(cut[-1]) < batch_size else []
        batches += [cut[int(i)] for i in draw.permutation(len(cut))] + rest
    return [row for batch in batches for row in batch]


def last_mean(history: Sequence[dict[str, float]], name: str) -> float:
    """The mean of a logged figure over the last tenth of the steps."""
    values = [row[name] for row in history if name in row]
    return float(np.mean(values[-max(1, round(len(values) * LAST_SHARE)) :]))


def first_mean(history: Sequence[dict[str, float]], name: str) -> float:
    """The mean of a logged figure over the first tenth of the steps."""
    values = [row[name] for row in history if name in row]
    return float(np.mean(values[: max(1, round(len(values) * LAST_SHARE))]))


def kept_in(work: WorkFolder) -> Callable[[], str]:
    """Says what is left when a stage stops."""

    def told() -> str:
        state = work.last_state()
        if state is None:
            return "no state was stored yet, and the parent is as it was"
        return f"the last good checkpoint, of step {_step_of(state)}, is kept in {state}"

    return told


def _logged(state: Path) -> list[dict[str, float]]:
    """What was logged of each step up to a state."""
    told = json.loads((state / TRAINER_STATE_NAME).read_text())["log_history"]
    return [row for row in told if "loss" in row]


def _step_of(state: Path) -> int:
    return int(state.name.rpartition("-")[2])
