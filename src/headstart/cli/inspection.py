"""`headstart inspect`: what a checkpoint is, and whether two are a pair."""

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headstart.cli.screen import screen
from headstart.domain.template import Use
from headstart.errors import RequestError

if TYPE_CHECKING:
    from headstart.checkpoints.opened import Opened
    from headstart.domain.evidence import TextFigures
    from headstart.domain.kinship import InspectReport
    from headstart.domain.template import Finding
    from headstart.domain.value import NotMeasured

FAILED = 2


class FailOn(StrEnum):
    """From which severity on findings make the program fail."""

    ERROR = "error"
    WARNING = "warning"


def inspect(
    checkpoints: Annotated[
        list[str],
        typer.Argument(
            metavar="CHECKPOINT [CHECKPOINT]",
            help="[NAME=]SOURCE: a model folder, GGUF file, adapter folder, hub id\\[@revision] or "
            "builtin:NAME; two to ask whether they are a pair.",
        ),
    ],
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Also try what it does: loads the weights, up to minutes."),
    ] = False,
    data: Annotated[
        str | None, typer.Option(help="Your data, to count tokens and estimate memory.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Map columns: prompt=question,completion=answer.")
    ] = None,
    device: Annotated[str, typer.Option(help="For --deep: auto, cpu, cuda or mps.")] = "auto",
    use: Annotated[
        Use, typer.Option(help="What chat templates are linted for: training or serving.")
    ] = Use.TRAINING,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with 2 if a finding is this grave or graver."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--md", help="All of it as Markdown.")] = False,
) -> None:
    """Say what a checkpoint is (base, instruct or undecided), from evidence, without loading it."""
    if as_json and as_markdown:
        raise RequestError("--json and --md exclude one another", hint="give one of them")
    if len(checkpoints) > 2:
        raise RequestError(
            f"{len(checkpoints)} checkpoints are given", hint="one, or two to compare as a pair"
        )
    if columns and data is None:
        raise RequestError("--columns is given without --data", hint="add --data FILE")
    report = _report(checkpoints, deep=deep, data=data, columns=columns, device=device, use=use)
    typer.echo(_shown(report, as_json=as_json, as_markdown=as_markdown), nl=False)
    fail(_findings(report), fail_on)


def _report(
    refs: Sequence[str],
    *,
    deep: bool,
    data: str | None,
    columns: str | None,
    device: str,
    use: Use,
) -> "InspectReport":
    from headstart.checkpoints.inspection import inspect as inspect_one
    from headstart.checkpoints.inspection import inspect_pair
    from headstart.domain.kinship import InspectReport
    from headstart.preflight import TemplateLint, behaviour_on

    behaviour = behaviour_on(device, _tell) if deep else None
    figures = _figures(data, columns) if data is not None else None
    lint = TemplateLint(use)
    found = tuple(inspect_one(ref, lint=lint, behaviour=behaviour, data=figures) for ref in refs)
    pair = inspect_pair(found[0], found[1]) if len(found) == 2 else None
    return InspectReport(checkpoints=found, pair=pair)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _figures(data: str, columns: str | None) -> "Callable[[Opened], TextFigures | NotMeasured]":
    from functools import partial

    from headstart.builtin import is_builtin
    from headstart.forge.task_source import builtin_rows
    from headstart.preflight import figures_of
    from headstart.tasks.columns import find_layout, parse_columns
    from headstart.tasks.examples import to_examples
    from headstart.tasks.read import read_rows

    rows = read_rows(Path(data).expanduser(), builtin_rows if is_builtin(data) else None)
    layout = find_layout(rows, parse_columns(columns) if columns else {})
    texts = [
        "\n".join([*(message.content for message in one.prompt), one.completion])
        for one in to_examples(rows, layout, "data")
    ]

    return partial(figures_of, texts)


def _shown(report: "InspectReport", *, as_json: bool, as_markdown: bool) -> str:
    if as_json:
        return report.model_dump_json(indent=2) + "\n"
    if as_markdown:
        from headstart.report.inspect_markdown import inspection_markdown

        return inspection_markdown(report)
    from headstart.report.inspect_terminal import inspection_card

    width, color = screen()
    return inspection_card(report, width, color=color)


def _findings(report: "InspectReport") -> "list[tuple[str, Finding]]":
    from headstart.report.inspect_figures import findings

    return [
        (f"{found.name}, {where}", one)
        for found in report.checkpoints
        for where, one in findings(found)
    ]


def fail(found: "Sequence[tuple[str, Finding]]", fail_on: FailOn | None) -> None:
    """Exit with 2 and a line on stderr where findings are as grave as asked for."""
    if fail_on is None:
        return
    from headstart.report.figures import counted

    grave = {FailOn.ERROR: ("error",), FailOn.WARNING: ("error", "warning")}[fail_on]
    told = [
        f"{one.severity.value} {one.rule} ({where})"
        for where, one in found
        if one.severity.value in grave
    ]
    if told:
        print(f"error: {counted(len(told), 'finding')}: {', '.join(told[:8])}", file=sys.stderr)
        print("hint: --json gives each with its evidence and its fix", file=sys.stderr)
        raise typer.Exit(FAILED)
