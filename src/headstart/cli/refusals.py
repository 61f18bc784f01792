"""`headstart refusals`: the refusal detector for anyone's data."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from headstart.domain.refusals import RefusalScores

refusals = typer.Typer(
    no_args_is_help=True, help="Tell refusals from answers, without asking another model."
)


@refusals.callback()
def _refusals() -> None:
    """Tell refusals from answers, without asking another model."""


@refusals.command()
def score(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="JSONL, JSON, CSV or TSV with `prompt`, `completion`, and human labels if any.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Every row and figure as JSON.")] = False,
    rows: Annotated[bool, typer.Option("--rows", help="Show each reply's class and cue.")] = False,
    doubtful: Annotated[
        Path | None,
        typer.Option(help="Write the doubtful replies to this JSONL file, for labels by hand."),
    ] = None,
) -> None:
    """Class of each reply, the cue that tells it, and the agreement with human labels."""
    from headstart.report.refusal_view import refusal_table
    from headstart.tax.refusal_scores import score_refusals
    from headstart.tax.stored import read_stored

    read, notes = read_stored(file)
    found = score_refusals(read, notes)
    if doubtful is not None:
        _export(found, doubtful, [dict(row.cells) for row in read.rows])
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        typer.echo(refusal_table(found, rows=rows), nl=False)


def _export(found: "RefusalScores", path: Path, cells: list[dict[str, object]]) -> None:
    import json

    from headstart.errors import DataError

    chosen = [c for c, each in zip(cells, found.rows, strict=True) if each.doubtful]
    lines = [json.dumps({**row, "label": None}, ensure_ascii=True) for row in chosen]
    try:
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"{path} cannot be written: {error.strerror}", hint="give another file"
        ) from error
    typer.echo(f"{len(lines)} doubtful replies written to {path}", err=True)
