"""`headstart report`: draw a finished run again."""

from pathlib import Path
from typing import Annotated

import typer

from headstart.errors import RequestError
from headstart.store import RunFolder


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="report.json as it is stored.")] = False,
    as_markdown: Annotated[
        bool, typer.Option("--md", help="The whole report as Markdown.")
    ] = False,
) -> None:
    """Draw the report of a run folder again: card, Markdown or JSON."""
    from headstart.cli.output import card
    from headstart.report.jsonfile import from_json, to_json
    from headstart.report.markdown import markdown

    if as_json and as_markdown:
        raise RequestError("--json and --md exclude one another", hint="give one of them")
    folder = RunFolder(run.expanduser().absolute())
    stored = from_json(folder.read_text("report.json"), str(run / "report.json"))
    if as_json:
        text = to_json(stored)
    else:
        text = markdown(stored) if as_markdown else card(stored, folder.path)
    typer.echo(text, nl=False)
