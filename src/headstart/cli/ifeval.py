"""`headstart ifeval`: checkable instructions, for anyone's responses."""

from pathlib import Path
from typing import Annotated

import typer

ifeval = typer.Typer(no_args_is_help=True, help="Check which instructions responses follow.")


@ifeval.callback()
def _ifeval() -> None:
    """Check which instructions responses follow."""


@ifeval.command()
def score(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="JSONL with `prompt`, `response`, `instruction_id_list`, `kwargs` as published.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Every verdict as JSON.")] = False,
    prompts: Annotated[
        Path | None,
        typer.Option(help="The published prompts, for rows without `kwargs`; matched by prompt."),
    ] = None,
) -> None:
    """Strict and loose verdict on each instruction, and the shares followed."""
    from headstart.report.ifeval_view import ifeval_table
    from headstart.tax.ifeval import score_ifeval
    from headstart.tax.stored import read_stored

    rows, notes = read_stored(file)
    published = read_stored(prompts)[0] if prompts else None
    found = score_ifeval(rows, notes, published)
    typer.echo(found.model_dump_json(indent=1) if as_json else ifeval_table(found), nl=as_json)
