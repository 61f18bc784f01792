"""Reinforcement learning: answers are drawn, a reward judges them, the better become likelier."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.rloo_config import RLOOConfig
from trl.trainer.rloo_trainer import RLOOTrainer

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.event import OnEvent, ignore
from headstart.domain.lineage import Lineage, Origin
from headstart.domain.stage import RlPrompt, RlRecipe
from headstart.domain.task import Example, Message
from headstart.domain.value import NotMeasured, Score
from headstart.engine.alignment.answers import Questions, answer_figures, ask, require_kept
from headstart.engine.alignment.finish import Result, publish, reload
from headstart.engine.alignment.pairs import speaking
from headstart.engine.alignment.training import (
    Steady,
    arguments,
    first_mean,
    kept_in,
    last_mean,
    run,
)
from headstart.engine.alignment.watch import Watch
from headstart.engine.alignment.weights import (
    Parent,
    give_heads_a_bias,
    load_parent,
    lora_config,
    merged,
    wrapping,
)
from headstart.engine.alignment.work import WorkFolder, claimed
from headstart.engine.device import Device
from headstart.engine.render import Renderer
from headstart.errors import DataError, StageStopped

Reward = Callable[[Sequence[RlPrompt], Sequence[str]], Sequence[float]]
"""Takes prompts and an answer to each, gives one finite number for each; higher is better."""
LOWER = "use a lower --learning-rate, fewer --steps or a larger --beta, with another --out"
DIVERGENCE_STEPS = 10
"""Steps over which the divergence from the parent is averaged for the gate."""


def rl(
    checkpoint: Checkpoint,
    prompts: Sequence[RlPrompt],
    reward: Reward,
    recipe: RlRecipe,
    out: Path,
    origin: Origin,
    device: Device,
    *,
    keep: Sequence[Example] = (),
    on_event: OnEvent = ignore,
) -> Lineage:
    """Tune `checkpoint` towards answers with a higher reward.

    Every step draws `recipe.generations` answers to each of `recipe.batch_size` prompts. Killed
    at any moment, the same call goes on where it was and draws what it would have drawn.

    Args:
        checkpoint: an instruct checkpoint with a chat template.
        prompts: at least one.
        reward: judges answers; called once a step.
        recipe: see `RlRecipe`.
        out: where the checkpoint will lie; free.
        origin: goes into its lineage.
        device: where to compute.
        keep: prompts with answers that must survive, as the parent gives them.
        on_event: takes progress.

    Raises:
        TemplateMissing: the checkpoint has no chat template.
        DataError: no prompt leaves room for an answer.
        StageStopped: weights are no numbers, or the model diverged too far from the parent, or
            too many of its answers no longer end or are no longer those to keep.
        StoreError: another process is at work there, or the disk cannot be written.
    """
    with claimed(out, origin) as work:
        parent = load_parent(checkpoint, recipe, device)
        renderer, worked_around = speaking(parent)
        fitting, notes = _fitting(renderer, prompts, recipe, parent.loaded.context)
        questions = Questions([renderer.prompt(each.prompt) for each in fitting], keep)
        answered = ask(parent.loaded, questions)
        trainer = _trainer(parent, renderer, fitting, reward, recipe, work, device)
        watch = Watch(kept_in(work))
        history = run(trainer, "rl", work, watch, on_event, losses=False)
        divergence = _divergence(history, recipe)
        figures: dict[str, float | NotMeasured] = {
            "reward_first": first_mean(history, "reward"),
            "reward_last": last_mean(history, "reward"),
            "answer_tokens_first": first_mean(history, "completions/mean_length"),
            "answer_tokens_last": last_mean(history, "completions/mean_length"),
            "cut_off_last": last_mean(history, "completions/clipped_ratio"),
            "divergence": divergence,
            "steps": float(len(history)),
            "prompts": float(len(fitting)),
        }
        _gate(divergence, recipe)
        result = Result(parent, merged(trainer.model), origin, (*worked_around, *notes))
        del trainer

        def measured(folder: Path) -> dict[str, float | NotMeasured | Score]:
            answers = answer_figures(answered, ask(reload(folder, device), questions))
            require_kept(answers, recipe.most_lost, LOWER)
            return figures | answers

        return publish(result, out, work, device, measured, on_event)


def _fitting(
    renderer: Renderer, prompts: Sequence[RlPrompt], recipe: RlRecipe, context: int
) -> tuple[list[RlPrompt], list[str]]:
    most = min(recipe.max_tokens, context) - recipe.max_new_tokens
    found = [each for each in prompts if len(renderer.prompt(each.prompt)) <= most]
    if not found:
        raise DataError(
            f"no prompt leaves room for {recipe.max_new_tokens} new tokens",
            hint="shorten the prompts, or lower --max-new-tokens",
        )
    notes = sorted(renderer.findings)
    if len(found) < len(prompts):
        notes.append(f"{len(prompts) - len(found)} prompts are longer than {most} tokens: left out")
    return found, notes


def _divergence(history: Sequence[dict[str, float]], recipe: RlRecipe) -> float | NotMeasured:
    if not recipe.beta:
        return NotMeasured(why="beta is 0, so the parent is not computed beside the model")
    return float(np.mean([row["kl"] for row in history if "kl" in row][-DIVERGENCE_STEPS:]))


def _gate(divergence: float | NotMeasured, recipe: RlRecipe) -> None:
    if isinstance(divergence, NotMeasured):
        return
    if not math.isfinite(divergence) or divergence > recipe.most_divergence:
        raise StageStopped(
            f"the gate holds it back: the model diverged {divergence:.3f} nats a token from its "
            f"parent, and {recipe.most_divergence:g} are allowed",
            hint=LOWER,
        )


def _trainer(
    parent: Parent,
    renderer: Renderer,
    prompts: Sequence[RlPrompt],
    reward: Reward,
    recipe: RlRecipe,
    work: WorkFolder,
    device: Device,
) -> Any:
    """TRL's trainer over rows that each name a prompt, in the order of the steps."""
    config: Any
    kind: Any
    config, kind = (
        (RLOOConfig, _RlooTrainer) if recipe.algorithm == "rloo" else (GRPOConfig, _GrpoTrainer)
    )
    rows = _rows(len(prompts), recipe)
    whole = recipe.model_copy(update={"batch_size": recipe.batch_size * recipe.generations})
    settings = arguments(
        config,
        whole.model_copy(update={"micro_batch": None}),
        work,
        device,
        recipe.steps,
        num_generations=recipe.generations,
        max_completion_length=recipe.max_new_tokens,
        temperature=recipe.temperature,
        beta=recipe.beta,
        shuffle_dataset=False,
    )
    judge = _Judge(prompts, reward)
    with wrapping(parent.model, recipe):
        trainer = kind(
            model=parent.model,
            reward_funcs=judge.judge,
            args=settings,
            train_dataset=Dataset.from_dict({"prompt": [str(i) for i in rows]}),
            processing_class=parent.tokenizer,
            peft_config=lora_config(parent.model, recipe, ()),
        )
    give_heads_a_bias(trainer.model)
    trainer.ids = {str(i): list(renderer.prompt(each.prompt)) for i, each in enumerate(prompts)}
    return trainer


def _rows(count: int, recipe: RlRecipe) -> list[int]:
    """Which prompt stands where, over all steps: all are seen once before any is seen again."""
    draw = np.random.default_rng(recipe.seed)
    wanted = recipe.steps * recipe.batch_size
    turns = math.ceil(wanted / count)
    return [int(i) for _ in range(turns) for i in draw.permutation(count)][:wanted]


class _Judge:
    """The reward as TRL calls it: prompts come as the numbers our rows name them by."""

    def __init__(self, prompts: Sequence[RlPrompt], reward: Reward) -> None:
        self._prompts, self._reward = prompts, reward

    def judge(self, prompts: Sequence[str], completions: Sequence[str], **_: Any) -> list[float]:
        """One number for each completion.

        Raises:
            DataError: the reward is no finite number.
        """
        asked = [self._prompts[int(i)] for i in prompts]
        values = [float(x) for x in self._reward(asked, list(completions))]
        for value, text in zip(values, completions, strict=True):
            if not math.isfinite(value):
                raise DataError(
                    f"the reward of {text[:60]!r} is {value}", hint="give a finite number"
                )
        return values


class _Drawn(Steady):
    """Prompts are ids already, rendered as in training and trials."""

    probes = False
    ids: dict[str, list[int]]

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [self.ids[i] for i in prompts], None, {}


class _RlooTrainer(_Drawn, RLOOTrainer):
    """REINFORCE with a leave-one-out baseline."""


class _GrpoTrainer(_Drawn, GRPOTrainer):
    """Group-relative policy optimisation."""


def as_reward(score: Callable[[Sequence[Sequence[Message]], Sequence[str]], list[float]]) -> Reward:
    """A reward model's `score` as a reward."""
    return lambda prompts, answers: score([each.prompt for each in prompts], answers)
