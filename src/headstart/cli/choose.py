"""`headstart choose`: the measured verdict."""

from pathlib import Path
from typing import Annotated

import typer

from headstart.cli.options import listed, seconds, size_in_bytes
from headstart.cli.progress import Progress
from headstart.domain.plan import Plan, Request
from headstart.errors import RequestError
from headstart.store import RunFolder

_BESIDE_A_RUN = ("checkpoints", "as_json", "dry_run")


def choose(
    context: typer.Context,
    checkpoints: Annotated[
        list[str],
        typer.Argument(
            metavar="CHECKPOINT...",
            help="[NAME=]SOURCE: a model folder, GGUF file, adapter folder, hub id\\[@revision] or "
            "builtin:NAME; or one run folder, to resume it.",
        ),
    ],
    data: Annotated[
        str | None,
        typer.Option(
            help="JSONL, JSON, CSV, TSV or Parquet file, datasets folder, hub id, or "
            "builtin:task/NAME."
        ),
    ] = None,
    test: Annotated[str | None, typer.Option(help="Test data; without it, rows are split.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="Map columns: prompt=question,completion=answer.")
    ] = None,
    instruction: Annotated[
        str | None, typer.Option(help="Task instruction put before each prompt.")
    ] = None,
    system: Annotated[str, typer.Option(help="System message.")] = "",
    metric: Annotated[
        str | None, typer.Option(help="Metric that decides: a name, or module:function.")
    ] = None,
    starts: Annotated[
        list[str] | None,
        typer.Option(help="NAME:chat|raw|borrowed, comma-separated; default: each its own."),
    ] = None,
    default: Annotated[
        str | None, typer.Option(help="Start to take on a tie; default: the first in chat format.")
    ] = None,
    budget: Annotated[str, typer.Option(help="Time for the run: 90s, 20m, 1h30m.")] = "20m",
    max_train: Annotated[int | None, typer.Option(help="Most training rows.")] = None,
    max_test: Annotated[int, typer.Option(help="Most test items.")] = 400,
    seeds: Annotated[int, typer.Option(help="Seeds at each training size.")] = 3,
    margin: Annotated[
        float, typer.Option(help="Difference that does not matter (0.01: one point).")
    ] = 0.01,
    full: Annotated[bool, typer.Option("--full", help="Train all weights, not LoRA.")] = False,
    rank: Annotated[int, typer.Option(help="LoRA rank.")] = 16,
    epochs: Annotated[int, typer.Option(help="Passes over the rows.")] = 3,
    shots: Annotated[int, typer.Option(help="Examples in the few-shot baseline.")] = 8,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, bfloat16 or float32.")] = "auto",
    memory: Annotated[
        str | None, typer.Option(help="Most memory for training: 4GiB, 800MiB; default: no limit.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Decides the split and the order of rows.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Run folder; resumed if it exists.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json to stdout.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would run and what it takes.")
    ] = False,
) -> None:
    """Try each start on your data and say from which to fine-tune, and how sure that is."""
    resumed = _resumed(checkpoints, data)
    if resumed is not None:
        _refuse_changes(context, checkpoints[0])
        request, out = resumed.request, Path(checkpoints[0])
    elif data is None:
        raise RequestError("--data is missing", hint="headstart choose BASE INSTRUCT --data FILE")
    else:
        from headstart.checkpoints.refs import absolute, absolute_ref
        from headstart.tasks.columns import parse_columns

        request = Request(
            checkpoints=tuple(absolute_ref(typed) for typed in checkpoints),
            data=absolute(data),
            test=absolute(test) if test else None,
            columns=parse_columns(columns) if columns else {},
            instruction=instruction,
            system=system,
            metric=metric,
            starts=listed(starts or []),
            default=default,
            budget_seconds=seconds(budget),
            max_train=max_train,
            max_test=max_test,
            seeds=seeds,
            margin=margin,
            full=full,
            rank=rank,
            epochs=epochs,
            shots=shots,
            device=device,
            precision=precision,
            memory_bytes=size_in_bytes(memory) if memory else None,
            seed=seed,
        )
    _run(request, out, as_json=as_json, dry_run=dry_run)


def _run(request: Request, out: Path | None, *, as_json: bool, dry_run: bool) -> None:
    from headstart.choose import plan_only, run
    from headstart.cli.output import card, plan_text
    from headstart.report.jsonfile import to_json

    progress = Progress()
    if dry_run:
        plan = plan_only(request, on_event=progress)
        typer.echo(plan.model_dump_json(indent=2) if as_json else plan_text(plan))
        return
    report, folder = run(request, out=out, on_event=progress)
    progress.clear()
    typer.echo(to_json(report) if as_json else card(report, folder.path), nl=False)


def _resumed(checkpoints: list[str], data: str | None) -> Plan | None:
    """The plan of a run folder that was named instead of checkpoints."""
    if data is not None or len(checkpoints) != 1:
        return None
    folder = RunFolder(Path(checkpoints[0]))
    return folder.plan()


def _refuse_changes(context: typer.Context, run: str) -> None:
    """A stored run keeps its request: an option beside it would be dropped without a word."""
    for option in context.params:
        source = context.get_parameter_source(option)
        if source and source.name == "COMMANDLINE" and option not in _BESIDE_A_RUN:
            raise RequestError(
                f"--{option.replace('_', '-')} is given, and {run} holds a run with its own",
                hint="leave it out to resume; for another run give checkpoints, --data and --out",
            )
