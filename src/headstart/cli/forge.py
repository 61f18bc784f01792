"""`headstart forge`: an instruct model out of a base one, stage by stage."""

from typing import Annotated

import typer

from headstart.cli.forge_builtin import builtin, evaluate
from headstart.cli.preferences import dpo, reward, rl
from headstart.cli.stage_options import (
    Batch,
    Columns,
    Data,
    Device,
    Epochs,
    Full,
    Longest,
    Micro,
    Out,
    Parent,
    Precision,
    Rank,
    Rate,
    SaveEvery,
    Seed,
    Text,
    method_of,
    run_stage,
    tuning,
    valid,
)
from headstart.domain.stage import AdaptRecipe, ModelShape, PretrainRecipe, SftRecipe

forge = typer.Typer(
    name="forge",
    no_args_is_help=True,
    help="Make an instruct model out of a base model: each stage gives a checkpoint with its "
    "lineage. A stage that was stopped goes on when its command is repeated.",
)

_PRETRAIN, _ADAPT, _SFT, _SHAPE = PretrainRecipe(), AdaptRecipe(), SftRecipe(), ModelShape()


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
    matrix_rate: Annotated[
        float, typer.Option(help="Peak rate of Muon for the layers' matrices; 0 for AdamW alone.")
    ] = _PRETRAIN.matrix_rate,
    save_every: SaveEvery = 0,
    seed: Seed = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Train a small Llama-architecture base model and its tokenizer from raw text."""
    from headstart.forge import stage_requests as requests
    from headstart.forge import stages

    shape = valid(
        ModelShape,
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        vocabulary=vocabulary,
        context=context,
    )
    recipe = valid(
        PretrainRecipe,
        tokens=tokens,
        epochs=epochs,
        batch_windows=batch,
        learning_rate=learning_rate,
        matrix_rate=matrix_rate,
        save_every=save_every,
        seed=seed,
    )
    place = requests.Place(out=str(out), device=device, precision=precision)
    stage = requests.PretrainStage(place=place, text=tuple(text), shape=shape, recipe=recipe)
    run_stage(lambda tell: stages.pretrain(stage, tell))


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

    recipe = valid(
        AdaptRecipe,
        method=method_of(full),
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
    run_stage(lambda tell: stages.adapt(stage, tell))


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

    recipe = valid(
        SftRecipe,
        replay=replay_weight,
        chat_format=chat_format,
        **tuning(full, rank, learning_rate, epochs, batch, micro_batch, max_tokens),
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
    run_stage(lambda tell: stages.sft(stage, tell))


forge.command()(dpo)
forge.command()(reward)
forge.command()(rl)
forge.command()(builtin)
forge.command()(evaluate)
