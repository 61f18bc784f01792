"""`headstart tax`: what instruction tuning gave and what it cost."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from headstart.cli.options import seconds
from headstart.cli.progress import Progress
from headstart.domain.tax import TaxRequest


def tax(
    checkpoints: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="BASE INSTRUCT [TUNED...]",
            help="[NAME=]SOURCE each: a model folder, GGUF file, adapter folder, hub id, or an "
            "OpenAI-compatible server as http://HOST:PORT/v1#MODEL. One alone is measured, and "
            "compared with nothing.",
        ),
    ] = None,
    run: Annotated[
        Path | None,
        typer.Option(
            help="A run folder of `choose`: its tuned starts are measured too, each trained again "
            "and kept there; without checkpoints, the run's own come first."
        ),
    ] = None,
    prompts: Annotated[
        str, typer.Option(help="Prompts that ship: own, world (the built-in pair's), or auto.")
    ] = "auto",
    safe: Annotated[
        str | None, typer.Option(help="Requests to answer (XSTest's CSV is read as it is).")
    ] = None,
    unsafe: Annotated[str | None, typer.Option(help="Requests to decline.")] = None,
    ifeval: Annotated[
        str | None, typer.Option(help="Prompts with checkable instructions, as IFEval has them.")
    ] = None,
    mcq: Annotated[
        str | None, typer.Option(help="Multiple choice: MMLU's CSV files, or JSONL.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Raw text of yours, beside ours.")] = None,
    labels: Annotated[
        str | None, typer.Option(help="Replies with human labels, to correct refusal rates.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(help="A chat template to use in place of the shipped one.")
    ] = None,
    n: Annotated[int, typer.Option(min=2, help="Most items behind each measure.")] = 200,
    samples: Annotated[int, typer.Option(min=2, help="Drawn replies to each open request.")] = 10,
    limit: Annotated[
        int, typer.Option(min=1, help="Most tokens of a reply to checkable instructions.")
    ] = 256,
    budget: Annotated[str, typer.Option(help="Time for the run: 90s, 20m, 1h30m.")] = "45m",
    seed: Annotated[int, typer.Option(help="Draws items and samples.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, bfloat16 or float32.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="Run folder; resumed if it exists.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print tax.json to stdout.")] = False,
    as_markdown: Annotated[bool, typer.Option("--md", help="Print tax.md to stdout.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and what that can show.")
    ] = False,
) -> None:
    """What instruction tuning gave and what it cost: nine measures, each with its interval."""
    from headstart.errors import RequestError

    if as_json and as_markdown:
        raise RequestError("--json and --md exclude one another", hint="give one of them")
    if prompts not in ("auto", "own", "world"):
        raise RequestError(f"--prompts {prompts!r} is unknown", hint="use auto, own or world")
    which: Literal["auto", "own", "world"] = (
        "own" if prompts == "own" else "world" if prompts == "world" else "auto"
    )
    named = tuple(checkpoints or ())
    if run is not None:
        named = _with_tuned(named, run)
    request = TaxRequest(
        checkpoints=named,
        prompts=which,
        safe=safe,
        unsafe=unsafe,
        ifeval=ifeval,
        mcq=mcq,
        text=text,
        labels=labels,
        template=template,
        n=n,
        samples=samples,
        limit=limit,
        budget_seconds=seconds(budget),
        seed=seed,
        device=device,
        precision=precision,
    )
    if dry_run:
        _plan(request, as_json=as_json)
    else:
        _run(request, out, as_json=as_json, as_markdown=as_markdown)


def _with_tuned(named: tuple[str, ...], run: Path) -> tuple[str, ...]:
    from headstart.keeping import keep_tuned

    progress = Progress()
    own, tuned = keep_tuned(run, on_event=progress)
    progress.clear()
    return (*(named or own), *tuned)


def _run(request: TaxRequest, out: Path | None, *, as_json: bool, as_markdown: bool) -> None:
    from headstart.cli.screen import screen
    from headstart.report.tax_markdown import tax_markdown
    from headstart.report.tax_terminal import tax_terminal
    from headstart.taxation import measure_tax

    progress = Progress()
    report, folder = measure_tax(request, out=out, on_event=progress)
    progress.clear()
    if as_json:
        typer.echo(report.model_dump_json(indent=1))
    elif as_markdown:
        typer.echo(tax_markdown(report), nl=False)
    else:
        width, color = screen()
        shown = tax_terminal(report, width, color=color, folder=str(folder.path))
        typer.echo(shown, nl=False)


def _plan(request: TaxRequest, *, as_json: bool) -> None:
    from headstart.report.tax_terminal import plan_terminal
    from headstart.taxation import plan_only

    plan = plan_only(request, on_event=Progress())
    typer.echo(plan.model_dump_json(indent=1) + "\n" if as_json else plan_terminal(plan), nl=False)
