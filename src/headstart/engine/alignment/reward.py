"""A reward model: the parent's layers with one number at the end of a conversation."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel
from trl.trainer.reward_config import RewardConfig
from trl.trainer.reward_trainer import RewardTrainer, suppress_seqcls_warning

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import OnEvent, ignore
from headstart.domain.lineage import Lineage, Origin
from headstart.domain.stage import Preference, RewardRecipe
from headstart.domain.task import Message
from headstart.domain.value import Score
from headstart.engine.alignment.chat_format import fit_rows, name_ends
from headstart.engine.alignment.finish import Result, publish
from headstart.engine.alignment.measure import Pair, mean_score, share
from headstart.engine.alignment.pairs import pair_data, pair_figures
from headstart.engine.alignment.training import (
    Steady,
    arguments,
    kept_in,
    run,
    training_order,
)
from headstart.engine.alignment.watch import Watch
from headstart.engine.alignment.weights import (
    Parent,
    lora_config,
    merged,
    wrapping,
)
from headstart.engine.alignment.work import WorkFolder, claimed
from headstart.engine.device import Device, deterministic
from headstart.engine.render import Renderer
from headstart.errors import CheckpointBroken, first_line

Tokens = tuple[int, ...]
ROWS = 32
"""Conversations scored at once."""


def reward(
    checkpoint: Checkpoint,
    preferences: Sequence[Preference],
    recipe: RewardRecipe,
    out: Path,
    origin: Origin,
    device: Device,
    *,
    on_event: OnEvent = ignore,
) -> Lineage:
    """Train a reward model on preferences; the checkpoint is a sequence classifier of one label.

    Killed at any moment, the same call goes on where it was.

    Args:
        checkpoint: an instruct checkpoint with a chat template.
        preferences: pairs of at least two prompts.
        recipe: see `RewardRecipe`.
        out: where the reward model will lie; free.
        origin: goes into its lineage.
        device: where to compute.
        on_event: takes progress.

    Raises:
        TemplateMissing: the checkpoint has no chat template.
        DataError: fewer than two pairs fit.
        CheckpointBroken: its architecture has no classifier in transformers.
        StageStopped: the loss is no number or rises.
        StoreError: another process is at work there, or the disk cannot be written.
    """
    with claimed(out, origin) as work:
        data = pair_data(checkpoint, preferences, recipe, device)
        parent, held = _with_score(data.parent, recipe, device), data.held
        trainer = _trainer(parent, data.trained, recipe, work, device)
        watch = Watch(kept_in(work))
        history = run(trainer, "reward", work, watch, on_event)
        figures = pair_figures(history, data.trained)
        result = Result(parent, merged(trainer.model), origin, data.notes)
        del trainer

        def measured(folder: Path) -> dict[str, float | Score]:
            model = RewardModel(folder, device)
            chosen = model.score_ids([p.prompt + p.chosen for p in held])
            rejected = model.score_ids([p.prompt + p.rejected for p in held])
            both = list(zip(chosen, rejected, strict=True))
            return figures | {
                "pair_accuracy": share([c > r for c, r in both]),
                "margin": mean_score([c - r for c, r in both]),
            }

        return publish(result, out, work, device, measured, on_event)


class RewardModel:
    """A reward model from its folder, ready to score."""

    def __init__(self, folder: Path, device: Device) -> None:
        """Load it.

        Raises:
            CheckpointBroken: it is no sequence classifier of one label with a chat template.
        """
        try:
            self.model = AutoModelForSequenceClassification.from_pretrained(
                folder, dtype=device.dtype, use_safetensors=True, local_files_only=True
            )
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (ValueError, KeyError, RuntimeError, OSError) as error:
            raise _no_reward_model(folder, first_line(error)) from error
        architecture = (self.model.config.architectures or [""])[0]
        if self.model.config.num_labels != 1 or "SequenceClassification" not in architecture:
            raise _no_reward_model(folder, f"its architecture is {architecture}")
        if self._tokenizer.chat_template is None:
            raise _no_reward_model(folder, "it has no chat template")
        self._device = device
        self._renderer = Renderer(self._tokenizer, str(self._tokenizer.chat_template))
        self.model.to(torch.device(device.kind))
        self.model.eval().requires_grad_(requires_grad=False)

    def score(self, prompts: Sequence[Sequence[Message]], answers: Sequence[str]) -> list[float]:
        """One number for each answer; higher is better."""
        rows = zip(prompts, answers, strict=True)
        return self.score_ids(
            [self._renderer.prompt(p) + self._renderer.completion(a) for p, a in rows]
        )

    def score_ids(self, rows: Sequence[Tokens]) -> list[float]:
        """The same for whole conversations in ids of its own tokenizer."""
        found: list[float] = []
        with deterministic(), torch.inference_mode():
            for start in range(0, len(rows), ROWS):
                found += self._batch(rows[start : start + ROWS])
        return found

    def _batch(self, rows: Sequence[Tokens]) -> list[float]:
        width, pad = max(map(len, rows)), int(self._tokenizer.pad_token_id)
        ids = torch.tensor([list(row) + [pad] * (width - len(row)) for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
        kind = self._device.kind
        out = self.model(input_ids=ids.to(kind), attention_mask=mask.to(kind), use_cache=False)
        return [float(x) for x in out.logits[:, 0].float().tolist()]


def _no_reward_model(folder: Path, why: str) -> CheckpointBroken:
    return CheckpointBroken(
        f"{folder} is no reward model: {why}", hint="make one with headstart forge reward"
    )


def _with_score(parent: Parent, recipe: RewardRecipe, device: Device) -> Parent:
    """The same parent, its head replaced by one row of weights drawn from the seed."""
    torch.manual_seed(recipe.seed)
    try:
        with suppress_seqcls_warning():
            model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
                parent.folder,
                num_labels=1,
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
            )
    except (ValueError, KeyError) as error:
        raise CheckpointBroken(
            f"{parent.folder.name} cannot be made a reward model: {first_line(error)}",
            hint="transformers has no sequence classifier of this architecture",
        ) from error
    fit_rows(model, parent.tokenizer)
    name_ends(model, parent.tokenizer)
    model.to(torch.device(device.kind))  # type: ignore[arg-type]
    return replace(parent, loaded=replace(parent.loaded, model=model))


def _trainer(
    parent: Parent, pairs: Sequence[Pair], recipe: RewardRecipe, work: WorkFolder, device: Device
) -> "_RewardTrainer":
    lengths = [2 * len(p.prompt) + len(p.chosen) + len(p.rejected) for p in pairs]
    order = training_order(lengths, recipe.batch_size, recipe.epochs, recipe.seed)
    data = Dataset.from_dict(
        {
            "chosen_ids": [list(p.prompt + p.chosen) for p in pairs],
            "rejected_ids": [list(p.prompt + p.rejected) for p in pairs],
        }
    )
    steps = math.ceil(len(order) / recipe.batch_size)
    with wrapping(parent.model, recipe):
        return _RewardTrainer(
            model=parent.model,
            args=arguments(RewardConfig, recipe, work, device, steps, max_length=None),
            train_dataset=data.select(order),
            processing_class=parent.tokenizer,
            peft_config=lora_config(parent.model, recipe, (), task="SEQ_CLS"),
        )


class _RewardTrainer(Steady, RewardTrainer):
    """TRL's trainer, steadied."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset
