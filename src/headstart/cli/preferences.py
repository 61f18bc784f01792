"""`headstart forge dpo`, `reward` and `rl`: an instruct model moved by preferences or rewards."""

from typing import Annotated

import typer

from headstart.cli.stage_options import (
    Batch,
    Columns,
    Data,
    Device,
    Epochs,
    Full,
    Keep,
    Longest,
    Lost,
    Micro,
    Out,
    Parent,
    Precision,
    Rank,
    Rate,
    SaveEvery,
    Seed,
    run_stage,
    tuning,
    valid,
)
from headstart.domain.stage import DpoRecipe, RewardRecipe, RlRecipe

_DPO, _REWARD, _RL = DpoRecipe(), RewardRecipe(), RlRecipe()


def dpo(
    checkpoint: Parent,
    data: Data,
    out: Out,
    columns: Columns = "",
    beta: Annotated[float, typer.Option(help="How closely it is held to its parent.")] = _DPO.beta,
    anchor: Annotated[
        float, typer.Option(help="Weight of the chosen answers' likelihood.")
    ] = _DPO.anchor,
    most_fall: Annotated[
        float, typer.Option(help="The gate: nats a token that held-out chosen answers may lose.")
    ] = _DPO.most_fall,
    keep: Keep = None,
    most_lost: Lost = _DPO.most_lost,
    full: Full = False,
    rank: Rank = _DPO.rank,
    learning_rate: Rate = _DPO.learning_rate,
    epochs: Epochs = _DPO.epochs,
    batch: Batch = _DPO.batch_size,
    micro_batch: Micro = None,
    max_tokens: Longest = _DPO.max_tokens,
    save_every: SaveEvery = 0,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Move an instruct model towards chosen answers and away from rejected ones."""
    from headstart.forge import stage_requests as requests
    from headstart.forge import stages

    recipe = valid(
        DpoRecipe,
        beta=beta,
        anchor=anchor,
        most_fall=most_fall,
        most_lost=most_lost,
        **tuning(full, rank, learning_rate, epochs, batch, micro_batch, max_tokens),
        save_every=save_every,
        seed=seed,
    )
    stage = requests.DpoStage(
        place=requests.Place(out=str(out), device=device, precision=precision),
        parent=checkpoint,
        data=data,
        columns=_pairs(columns),
        keep=keep,
        recipe=recipe,
    )
    run_stage(lambda tell: stages.dpo(stage, tell))


def reward(
    checkpoint: Parent,
    data: Data,
    out: Out,
    columns: Columns = "",
    full: Full = False,
    rank: Rank = _REWARD.rank,
    learning_rate: Rate = _REWARD.learning_rate,
    epochs: Epochs = _REWARD.epochs,
    batch: Batch = _REWARD.batch_size,
    micro_batch: Micro = None,
    max_tokens: Longest = _REWARD.max_tokens,
    save_every: SaveEvery = 0,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Train a reward model on chosen and rejected answers, for `headstart forge rl`."""
    from headstart.forge import stage_requests as requests
    from headstart.forge import stages

    recipe = valid(
        RewardRecipe,
        **tuning(full, rank, learning_rate, epochs, batch, micro_batch, max_tokens),
        save_every=save_every,
        seed=seed,
    )
    stage = requests.RewardStage(
        place=requests.Place(out=str(out), device=device, precision=precision),
        parent=checkpoint,
        data=data,
        columns=_pairs(columns),
        recipe=recipe,
    )
    run_stage(lambda tell: stages.reward(stage, tell))


def rl(
    checkpoint: Parent,
    data: Data,
    judge: Annotated[
        str,
        typer.Option(
            "--reward",
            help="A reward model's folder, or module:function of (prompt, completion, row).",
        ),
    ],
    out: Out,
    columns: Columns = "",
    algorithm: Annotated[str, typer.Option(help="rloo or grpo.")] = _RL.algorithm,
    steps: Annotated[int, typer.Option(help="Optimiser steps.")] = _RL.steps,
    prompts: Annotated[int, typer.Option(help="Prompts in one step.")] = _RL.batch_size,
    generations: Annotated[int, typer.Option(help="Answers to each.")] = _RL.generations,
    max_new_tokens: Annotated[int, typer.Option(help="Longest answer.")] = _RL.max_new_tokens,
    temperature: Annotated[float, typer.Option(help="Of drawing answers.")] = _RL.temperature,
    beta: Annotated[float, typer.Option(help="How closely it is held to its parent.")] = _RL.beta,
    most_divergence: Annotated[
        float, typer.Option(help="The gate: nats a token it may diverge from its parent.")
    ] = _RL.most_divergence,
    keep: Keep = None,
    most_lost: Lost = _RL.most_lost,
    full: Full = False,
    rank: Rank = _RL.rank,
    learning_rate: Rate = _RL.learning_rate,
    max_tokens: Longest = _RL.max_tokens,
    save_every: SaveEvery = 0,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Tune an instruct model towards answers that a reward prefers."""
    from headstart.forge import stage_requests as requests
    from headstart.forge import stages
    from headstart.forge.data import parse_names

    recipe = valid(
        RlRecipe,
        algorithm=algorithm,
        steps=steps,
        generations=generations,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        beta=beta,
        most_divergence=most_divergence,
        most_lost=most_lost,
        **tuning(full, rank, learning_rate, 1, prompts, None, max_tokens),
        save_every=save_every,
        seed=seed,
    )
    stage = requests.RlStage(
        place=requests.Place(out=str(out), device=device, precision=precision),
        parent=checkpoint,
        data=data,
        reward=judge,
        columns=parse_names(columns, ("prompt", "messages")),
        keep=keep,
        recipe=recipe,
    )
    run_stage(lambda tell: stages.rl(stage, tell))


def _pairs(columns: str) -> dict[str, str]:
    from headstart.forge.data import parse_names

    return parse_names(columns, ("prompt", "chosen", "rejected"))
