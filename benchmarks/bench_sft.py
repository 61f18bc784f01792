"""The peer's side of the training benchmarks: TRL's SFTTrainer on ids and masks we give it.

It gets the same examples in the same batches, the same first adapter weights, AdamW settings
and learning rates. It is not handicapped: no gradient checkpointing, no logging, no workers, no
evaluation, no cache, its own default (fused) AdamW, padding only to each batch's longest row,
and whichever of `SETTINGS` and their variants is the fastest. Packing is off, since it would
change the steps, and so is `torch.compile`, which would compile anew for every batch shape.
"""

import gc
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from huggingface_hub import constants
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from transformers.utils import logging

from bench_data import LEARNING_RATE, SEED, Run
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.plan import Recipe
from headstart.engine.adapt import peft_warnings_ignored
from headstart.engine.dense import dense_copy
from headstart.engine.device import Device
from headstart.engine.render import Rendered

try:
    from trl import SFTConfig, SFTTrainer
except ModuleNotFoundError as missing:
    raise SystemExit(
        "error: trl, which this benchmark compares with, is not installed\n"
        "hint: pip install -e '.[dev]' -c constraints.txt"
    ) from missing

IGNORED = -100


@dataclass(frozen=True)
class Setting:
    """A precision the peer can be run in."""

    name: str
    weights: torch.dtype
    """Of the frozen model."""
    autocast: bool
    """`bf16=True`: products in bfloat16."""
    light_adapters: bool = False
    """Adapters and their AdamW state in the weights' dtype instead of peft's float32."""
    padding_free: bool = False
    """A batch as one row without padding, kept apart by positions and mask."""
    eager: bool = False
    """Attention in plain products; transformers takes torch's fused kernel otherwise."""

    @property
    def label(self) -> str:
        """For tables."""
        named = (", no padding" * self.padding_free) + (", eager attention" * self.eager)
        return self.name + named

    @property
    def variants(self) -> tuple["Setting", ...]:
        """Ways to compute the same in the same precision: the others are tried on the fastest."""
        return (
            self,
            replace(self, padding_free=True),
            replace(self, eager=True),
            replace(self, padding_free=True, eager=True),
        )


FLOAT32 = Setting("float32", torch.float32, autocast=False)
SETTINGS = (
    Setting("bfloat16 throughout", torch.bfloat16, autocast=False, light_adapters=True),
    Setting("bfloat16 weights", torch.bfloat16, autocast=False),
    Setting("bfloat16 weights, autocast", torch.bfloat16, autocast=True),  # trl's default
    Setting("float32 weights, bfloat16 autocast", torch.float32, autocast=True),
    FLOAT32,
)


class Peer:
    """The trainer, on one checkpoint; each run has a model of its own, loaded afresh."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._folder = dense_copy(checkpoint)

    def run(
        self,
        rows: Sequence[Rendered],
        wanted: Recipe,
        setting: Setting,
        start: dict[str, Tensor],
        device: Device,
    ) -> Run:
        """One epoch over `rows` from the adapter weights `start`."""
        model = adapted(self._folder, wanted, setting, start)
        return run_peer(model, self._folder, rows, wanted, setting, device)


def run_peer(
    model: PeftModel,
    folder: Path,
    rows: Sequence[Rendered],
    recipe: Recipe,
    setting: Setting,
    device: Device,
) -> Run:
    """Train on `rows` for one epoch, in the order in which ours does.

    Args:
        model: from `adapted`; not to be used again.
        folder: of the dense checkpoint, for its tokenizer.
        rows: as many as fill whole batches.
        recipe: as for our side, with one epoch.
        setting: with which `model` was made.
        device: where to train.
    """
    assert recipe.epochs == 1
    assert len(rows) % recipe.batch_size == 0
    constants.HF_HUB_DISABLE_TELEMETRY = True  # trl reports every trainer to its makers
    order = np.random.default_rng(SEED).permutation(len(rows))
    clock = _Clock()
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = _Recorded(
            warmup_share=recipe.warmup_share,
            model=model,
            args=settings(recipe, setting, scratch, device),
            train_dataset=dataset([rows[i] for i in order]),
            processing_class=AutoTokenizer.from_pretrained(folder, local_files_only=True),
            callbacks=[clock],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
    return Run(
        seconds=tuple(b - a for a, b in pairwise(clock.stamps)),
        losses=tuple(loss.item() for loss in trainer.losses),
    )


def adapted(
    folder: Path, recipe: Recipe, setting: Setting, start: dict[str, Tensor] | None = None
) -> PeftModel:
    """The checkpoint as plain transformers loads it, with adapters.

    Args:
        folder: of the dense checkpoint.
        recipe: rank and alpha.
        setting: precision.
        start: first adapter weights by parameter name; drawn anew where not given.
    """
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    gc.collect()  # trainers refer to themselves, and hold the model of the run before
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=setting.weights,
        attn_implementation="eager" if setting.eager else "sdpa",
        use_safetensors=True,
        local_files_only=True,
    )
    config = LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    with peft_warnings_ignored():
        wrapped = get_peft_model(model, config, autocast_adapter_dtype=not setting.light_adapters)
    assert isinstance(wrapped, PeftModel)
    if start is None:
        return wrapped
    own = {n: p for n, p in wrapped.get_base_model().named_parameters() if p.requires_grad}
    if own.keys() != start.keys():
        odd = sorted(own.keys() ^ start.keys())[:3]
        raise RuntimeError(f"the two sides adapt different weights, such as {', '.join(odd)}")
    with torch.no_grad():
        for name, weight in own.items():
            weight.copy_(start[name].to(weight.device))
    return wrapped


def settings(recipe: Recipe, setting: Setting, scratch: str, device: Device) -> SFTConfig:
    """What the trainer is told."""
    return SFTConfig(
        output_dir=scratch,
        use_cpu=device.kind == "cpu",
        seed=SEED,
        bf16=setting.autocast,
        padding_free=setting.padding_free,
        per_device_train_batch_size=recipe.batch_size,
        num_train_epochs=recipe.epochs,
        learning_rate=LEARNING_RATE,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.clip_norm,
        train_sampling_strategy="sequential",
        dataset_kwargs={"skip_prepare_dataset": True},
        max_length=None,
        packing=False,
        gradient_checkpointing=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
        logging_strategy="no",
        save_strategy="no",
        eval_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )


def dataset(rows: Sequence[Rendered]) -> Dataset:
    """Ids, and labels that are ignored where the loss is not taken."""
    return Dataset.from_dict(
        {
            "input_ids": [list(row.ids) for row in rows],
            "labels": [
                [i if trained else IGNORED for i, trained in zip(r.ids, r.trained, strict=True)]
                for r in rows
            ],
        }
    )


class _Recorded(SFTTrainer):  # type: ignore[misc]
    """SFTTrainer with our schedule, keeping each step's loss."""

    def __init__(self, *, warmup_share: float, **options: Any) -> None:
        super().__init__(**options)
        self.losses: list[Tensor] = []
        self._warmup_share = warmup_share

    def training_step(self, *arguments: Any, **options: Any) -> Tensor:
        loss: Tensor = super().training_step(*arguments, **options)
        self.losses.append(loss)
        return loss

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> LambdaLR:
        warm = max(1, round(num_training_steps * self._warmup_share))

        def share(step: int) -> float:
            if step < warm:
                return (step + 1) / warm
            return (num_training_steps - step) / max(1, num_training_steps - warm)

        self.lr_scheduler = LambdaLR(optimizer or self.optimizer, share)
        return self.lr_scheduler


class _Clock(TrainerCallback):
    """Stamps when training begins and after each optimiser step, once a GPU has done it."""

    def __init__(self) -> None:
        self.stamps: list[float] = []

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self._stamp()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        self._stamp()

    def _stamp(self) -> None:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        self.stamps.append(time.perf_counter())
