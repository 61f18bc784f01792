"""`headstart forge builtin` and `evaluate`: the pair that ships, made again and measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headstart.cli.progress import Progress
from headstart.errors import RequestError

if TYPE_CHECKING:
    from headstart.domain.checkpoint import Checkpoint

Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Precision = Annotated[str, typer.Option(help="auto, bfloat16 or float32.")]


def builtin(
    out: Annotated[Path, typer.Option(help="Folder for the checkpoints, one folder each.")],
    seed: Annotated[
        int, typer.Option(help="Of the land, its texts and all training; 0 makes what ships.")
    ] = 0,
    device: Device = "auto",
) -> None:
    """Make the built-in pair from nothing: base, sft, instruct, and one RL run on top.

    Prints the folders in the order they are made. What is there already is not made again.
    """
    from headstart.forge.builtin import BuiltinRecipe, build

    progress = Progress()
    try:
        made = build(out, BuiltinRecipe(seed=seed), device=device, on_event=progress)
    finally:
        progress.clear()
    for folder in (made.base, made.sft, made.instruct, made.rl):
        typer.echo(folder)


def evaluate(
    checkpoints: Annotated[
        list[str],
        typer.Argument(
            metavar="BASE [MORE...] INSTRUCT",
            help="Checkpoints forged from the built-in world, in the order they were made.",
        ),
    ],
    count: Annotated[int, typer.Option(min=1, help="Held-out prompts behind each figure.")] = 200,
    world: Annotated[
        int | None, typer.Option(help="Seed of their land; default: what the base's lineage says.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws the prompts.")] = 0,
    device: Device = "auto",
    precision: Precision = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
) -> None:
    """Measure what a pair forged from the built-in world must show, goals met or missed."""
    if len(checkpoints) < 2:
        raise RequestError(
            "one checkpoint is given", hint="headstart forge evaluate BASE [MORE...] INSTRUCT"
        )
    from headstart.checkpoints.resolve import resolve_all
    from headstart.cli.output import evaluation_text
    from headstart.engine.device import pick_device
    from headstart.forge.evaluate import evaluate as measure
    from headstart.forge.world.facts import make_world

    progress = Progress()
    found = resolve_all(checkpoints)
    land = make_world(_land(found[0]) if world is None else world)
    try:
        measured = measure(
            found, land, pick_device(device, precision), count=count, seed=seed, on_event=progress
        )
    finally:
        progress.clear()
    typer.echo(evaluation_text(measured, as_json=as_json), nl=False)


def _land(base: "Checkpoint") -> int:
    """The seed that a pretrained checkpoint's lineage tells; else that of what ships."""
    from headstart.engine.alignment.saving import read_lineage

    lineage = read_lineage(Path(base.path)) if Path(base.path).is_dir() else None
    return lineage.seed if lineage is not None and lineage.stage == "pretrain" else 0
