"""`headstart runs`: what was run from here."""

from pathlib import Path
from typing import Annotated

import typer

from headstart.errors import HeadstartError
from headstart.store import RunFolder, list_runs


def runs(
    folder: Annotated[Path, typer.Argument(help="Where run folders lie.")] = Path("headstart-runs"),
) -> None:
    """List run folders with their verdicts."""
    from headstart.report.jsonfile import from_json

    found = list_runs(folder)
    if not found:
        typer.echo(f"no runs in {folder}", err=True)
    for run in found:
        try:
            report = from_json(run.read_text("report.json"), str(run.path))
            screening = " (screening)" if report.verdict.screening else ""
            outcome = f"{report.verdict.outcome.value}: {report.verdict.start}{screening}"
        except HeadstartError:
            outcome = _unfinished(run)
        typer.echo(f"{run.path}  {outcome}")


def _unfinished(run: RunFolder) -> str:
    done = len(list((run.path / "trials").glob("*.json")))
    return f"not finished, {done} trials stored; `headstart choose {run.path}` goes on"
