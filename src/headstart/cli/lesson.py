"""`headstart lesson`: the lesson as a static site, and its findings recorded anew."""

from pathlib import Path
from typing import Annotated

import typer

from headstart.cli.progress import Progress

lesson = typer.Typer(
    name="lesson", no_args_is_help=True, help="Base against instruct, as a lesson of experiments."
)


@lesson.command()
def build(
    out: Annotated[Path, typer.Option(help="Folder for the site; made where it is missing.")],
) -> None:
    """Write the lesson with its recorded findings as files for any web server.

    Prints the page. Nothing on it asks for anything beyond the folder.
    """
    from headstart.lesson.static_site import build as write

    typer.echo(write(out)[0])


@lesson.command()
def record(
    out: Annotated[
        Path | None, typer.Option(help="File for the findings; default: the package's own.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of every experiment.")] = 0,
) -> None:
    """Run every experiment on the built-in pair and store what was found, in about 2 minutes.

    Prints each finding's sentence. Nothing is stored unless all of them ran.
    """
    from headstart.lesson.experiments.recording import record as run_all
    from headstart.lesson.recorded import FILE

    path, progress = out or FILE, Progress()
    try:
        findings = run_all(seed, progress, path)
    finally:
        progress.clear()
    for each in findings:
        agrees = "" if each.found.agrees else "  [contradicts the claim]"
        name = f"{each.experiment} {each.choice}".strip()
        typer.echo(f"{name} ({each.cpu_seconds:.1f} s): {each.found.sentence}{agrees}")
