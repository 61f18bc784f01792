"""`headstart forge`: an instruct model out of a base one, stage by stage."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from headstart.cli.forge_builtin import builtin, evaluate
from headstart.cli.progress import Progress
from headstart.domain.event import OnEvent
from headstart.domain.stage import (
    AdaptRecipe,
    DpoRecipe,
    ModelShape,
    PretrainRecipe,
    RewardRecipe,
    RlRecipe,
    SftRecipe,
)
from headstart.domain.value import Value
from headstart.errors import RequestError

V = TypeVar("V", bound=Value)

forge = typer.Typer(
    name="forge",
    no_args_is_help=True,
    help="Make an instruct model out of a base model: each stage gives a checkpoint with its "
    "lineage. A stage that was stopped goes on when its command is repeated.",
)

Parent = Annotated[
    str,
    typer.Argument(metavar="CHECKPOINT", help="A model folder, GGUF file, hub id or builtin:NAME."),
]
Out = Annotated[Path, typer.Option(help="Folder of the new checkpoint.")]
Text = Annotated[
    list[str],
    typer.Option(help="Raw text: .txt and .md files, or rows with a column text; repeatable."),
]
Data = Annotated[str, typer.Option(help="JSONL, JSON, CSV, TSV or Parquet file.")]
Columns = Annotated[str, typer.Option(help="Map columns: prompt=question,completion=answer.")]
Full = Annotated[bool, typer.Option("--full", help="Train all weights, not LoRA.")]
Rank = Annotated[int, typer.Option(help="LoRA rank.")]
Rate = Annotated[float, typer.Option("--learning-rate", help="Peak learning rate.")]
Epochs = Annotated[int, typer.Option(help="Passes over the data.")]
Batch = Annotated[int, typer.Option(help="Rows in one optimiser step.")]
Micro = Annotated[int | None, typer.Option(help="Rows computed at once, to save memory.")]
Longest = Annotated[int, typer.Option("--max-tokens", help="Longer rows are left out.")]
SaveEvery = Annotated[int, typer.Option(help="Steps between stored states; 0 chooses.")]
Seed = Annotated[int, typer.Option(help="Orders the data and draws what is drawn.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Precision = Annotated[str, typer.Option(help="auto, bfloat16 or float32.")]

_PRETRAIN, _ADAPT, _SFT = PretrainRecipe(), AdaptRecipe(), SftRecipe()
_DPO, _REWARD, _RL, _SHAPE = DpoRecipe(), RewardRecipe(), RlRecipe(), ModelShape()


@forge.command()
def pretrain(
    text: Text,
    out: Out,
    hidden: Annotated[int, typer.Option(help="Width.")] = _SHAPE.hidden,
    layers: Annotated[int, typer.Option(help="Layers.")] = _SHAPE.layers,
    heads: Annotated[int, typer.Option(help="Attention heads.")] = _SHAPE.heads,
    feed_forward: Annotated[
        int, typer.Option(help="Width of the feed-forward layers.")
    ] = _SHAPE.feed_forward,
    vocabulary: Annotated[int, typer.Option(help="Tokens of the tokenizer.")] = _SHAPE.vocabulary,
    context: Annotated[int, typer.Option(help="Longest sequence in tokens.")] = _SHAPE.context,
    tokens: Annotated[int, typer.Option(help="Most tokens of text.")] = _PRETRAIN.tokens,
    epochs: Epochs = _PRETRAIN.epochs,
    batch: Annotated[int, typer.Option(help="Windows in one step.")] = _PRETRAIN.batch_windows,
    learning_rate: Rate = _PRETRAIN.learning_rate,
    save_every: SaveEvery = 0,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Train a small Llama-architecture base model and its tokenizer from raw text."""
    from headstart.forge import stage_requests as requests
    from headstart.forge import stages

    shape = _valid(
        ModelShape,
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        context=context,
    )
    recipe = _valid(
        PretrainRecipe,
        tokens=tokens,
        epochs=epochs,
        batch_windows=batch,
        learning_rate=learning_rate,
        save_every=save_every,
        seed=seed,
    )
    place = requests.Place(out=str(out), device=device, precision=precision)
    stage = requests.PretrainStage(place=place, text=tuple(text), shape=shape, recipe=recipe)
    _run(lambda tell: stages.pretrain(stage, tell))


@forge.command()
def adapt(
    checkpoint: Parent,
    text: Text,
    out: Out,
    full: Full = False,
    rank: Rank = _ADAPT.rank,
    tokens: Annotated[int, typer.Option(help="Most tokens of text.")] = _ADAPT.tokens,
    epochs: Epochs = _ADAPT.epochs,
    batch: Annotated[int, typer.Option(help="Windows in one step.")] = _ADAPT.batch_windows,
    learning_rate: Rate = _ADAPT.learning_rate,
    save_every: SaveEvery = 0,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Continue a model's pretraining on raw text of your domain."""
    from headstart.forge import stage_requests as requests
    from headstart.forge import stages

    recipe = _valid(
        AdaptRecipe,
        method=_method(full),
        rank=rank,
        alpha=2 * rank,
        tokens=tokens,
        epochs=epochs,
        batch_windows=batch,
        learning_rate=learning_rate,
        save_every=save_every,
        seed=seed,
    )
    place = requests.Place(out=str(out), device=device, precision=precision)
    stage = requests.AdaptStage(place=place, parent=checkpoint, text=tuple(text), recipe=recipe)
    _run(lambda tell: stages.adapt(stage, tell))


@forge.command()
def sft(
    checkpoint: Parent,
    data: Data,
    out: Out,
    columns: Columns = "",
    replay: Annotated[
        list[str] | None,
        typer.Option(help="Raw text trained beside the conversations; repeatable."),
    ] = None,
    replay_weight: Annotated[float, typer.Option(help="Weight of its loss.")] = _SFT.replay,
    chat_format: Annotated[
        str, typer.Option("--format", help="auto, roles, chatml, gemma or llama-3.")
    ] = "auto",
    full: Full = False,
    rank: Rank = _SFT.rank,
    learning_rate: Rate = _SFT.learning_rate,
    epochs: Epochs = _SFT.epochs,
    batch: Batch = _SFT.batch_size,
    micro_batch: Micro = None,
    max_tokens: Longest = _SFT.max_tokens,
    save_every: SaveEvery = 0,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Tune on conversations: a chat template, and loss on the assistant's turns and their ends."""
    from headstart.forge import stage_requests as requests
    from headstart.forge import stages
    from headstart.tasks.columns import parse_columns

    recipe = _valid(
        SftRecipe,
        replay=replay_weight,
        chat_format=chat_format,
        **_tuning(full, rank, learning_rate, epochs, batch, micro_batch, max_tokens),
        save_every=save_every,
        seed=seed,
    )
    stage = requests.SftStage(
        place=requests.Place(out=str(out), device=device, precision=precision),
        parent=checkpoint,
        data=data,
        columns=parse_columns(columns),
        replay=tuple(replay or ()),
        recipe=recipe,
    )
    _run(lambda tell: stages.sft(stage, tell))


@forge.command()
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

    recipe = _valid(
        DpoRecipe,
        beta=beta,
        anchor=anchor,
        most_fall=most_fall,
        **_tuning(full, rank, learning_rate, epochs, batch, micro_batch, max_tokens),
        save_every=save_every,
        seed=seed,
    )
    stage = requests.DpoStage(
        place=requests.Place(out=str(out), device=device, precision=precision),
        parent=checkpoint,
        data=data,
        columns=_pairs(columns),
        recipe=recipe,
    )
    _run(lambda tell: stages.dpo(stage, tell))


@forge.command()
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

    recipe = _valid(
        RewardRecipe,
        **_tuning(full, rank, learning_rate, epochs, batch, micro_batch, max_tokens),
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
    _run(lambda tell: stages.reward(stage, tell))


@forge.command()
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

    recipe = _valid(
        RlRecipe,
        algorithm=algorithm,
        steps=steps,
        generations=generations,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        beta=beta,
        most_divergence=most_divergence,
        **_tuning(full, rank, learning_rate, 1, prompts, None, max_tokens),
        save_every=save_every,
        seed=seed,
    )
    stage = requests.RlStage(
        place=requests.Place(out=str(out), device=device, precision=precision),
        parent=checkpoint,
        data=data,
        reward=judge,
        columns=parse_names(columns, ("prompt", "messages")),
        recipe=recipe,
    )
    _run(lambda tell: stages.rl(stage, tell))


forge.command()(builtin)
forge.command()(evaluate)


def _tuning(
    full: bool, rank: int, rate: float, epochs: int, batch: int, micro: int | None, longest: int
) -> dict[str, Any]:
    return {
        "method": _method(full),
        "rank": rank,
        "alpha": 2 * rank,
        "learning_rate": rate,
        "epochs": epochs,
        "batch_size": batch,
        "micro_batch": micro,
        "max_tokens": longest,
    }


def _method(full: bool) -> str:
    return "full" if full else "lora"


def _pairs(columns: str) -> dict[str, str]:
    from headstart.forge.data import parse_names

    return parse_names(columns, ("prompt", "chosen", "rejected"))


def _valid(kind: type[V], **settings: Any) -> V:
    """The recipe, or what is wrong with it as the user would say it."""
    try:
        return kind(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        name = "-".join(str(part) for part in first["loc"]).replace("_", "-")
        raise RequestError(
            f"{name} {first['input']!r}: {first['msg'].lower()}", hint="see --help"
        ) from error


def _run(stage: Callable[[OnEvent], Path]) -> None:
    progress = Progress()
    try:
        folder = stage(progress)
    finally:
        progress.clear()
    typer.echo(folder)
