"""Options that the stages of `headstart forge` share, and how a stage is run from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from headstart.cli.progress import Progress
from headstart.domain.event import OnEvent
from headstart.domain.value import Value
from headstart.errors import RequestError

V = TypeVar("V", bound=Value)

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
Columns = Annotated[
    str, typer.Option(help="Map our column names to the file's, such as prompt=question.")
]
Keep = Annotated[
    str | None,
    typer.Option(help="The gate: rows of prompts with answers that the model must still give."),
]
Lost = Annotated[
    float,
    typer.Option(help="The gate: share of answers that may cease to end, or to be those to keep."),
]
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


def tuning(
    full: bool, rank: int, rate: float, epochs: int, batch: int, micro: int | None, longest: int
) -> dict[str, Any]:
    """The settings that every tuning has, as its recipe names them."""
    return {
        "method": method_of(full),
        "rank": rank,
        "alpha": 2 * rank,
        "learning_rate": rate,
        "epochs": epochs,
        "batch_size": batch,
        "micro_batch": micro,
        "max_tokens": longest,
    }


def method_of(full: bool) -> str:
    """How weights are trained, as recipes name it."""
    return "full" if full else "lora"


def valid(kind: type[V], **settings: Any) -> V:
    """The recipe, or what is wrong with it as the user would say it."""
    try:
        return kind(**settings)
    except ValidationError as error:
        first = error.errors()[0]
        name = "-".join(str(part) for part in first["loc"]).replace("_", "-")
        raise RequestError(
            f"{name} {first['input']!r}: {first['msg'].lower()}", hint="see --help"
        ) from error


def run_stage(stage: Callable[[OnEvent], Path]) -> None:
    """Run a stage with progress on stderr, and print the new checkpoint's folder."""
    progress = Progress()
    try:
        folder = stage(progress)
    finally:
        progress.clear()
    typer.echo(folder)
