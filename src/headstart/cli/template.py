"""`headstart template`: lint chat templates, and repair what can be repaired."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headstart.cli.inspection import FailOn, fail
from headstart.cli.screen import screen
from headstart.domain.template import TemplateSource, Use
from headstart.errors import RequestError

if TYPE_CHECKING:
    from headstart.checkpoints.declared import Declared

app = typer.Typer(
    name="template",
    no_args_is_help=True,
    help="Lint chat templates, and repair what can be repaired.",
)
STDOUT = "-"

Bos = Annotated[str | None, typer.Option(help="The token that begins texts; default: the files'.")]
Eos = Annotated[str | None, typer.Option(help="The tokenizer's end token; default: the files'.")]
Stops = Annotated[
    list[str] | None,
    typer.Option("--stop", help="A token at which generation stops; may be repeated."),
]


@app.command()
def lint(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="A template (.jinja), a JSON file with `chat_template`, or a checkpoint.",
        ),
    ],
    bos: Bos = None,
    eos: Eos = None,
    stop: Stops = None,
    use: Annotated[Use, typer.Option(help="What for: training or serving.")] = Use.TRAINING,
    fail_on: Annotated[
        FailOn | None,
        typer.Option("--fail-on", help="Exit with 2 if a finding is this grave or graver."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it as JSON.")] = False,
) -> None:
    """Say what is wrong with chat templates, by what they render in a sandbox."""
    from headstart.domain.evidence import LintReport
    from headstart.preflight import Given, TemplateLint, lint_file, templates_at
    from headstart.report.lint_terminal import lint_card, template_findings

    given = Given(bos, eos, tuple(stop or ()))
    found = [(ref, templates_at(ref)) for ref in files]
    report = LintReport(
        files=tuple(lint_file(ref, one, TemplateLint(use, given)) for ref, one in found)
    )
    if as_json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        width, color = screen()
        typer.echo(lint_card(report, width, color=color), nl=False)
    fail([one for file in report.files for one in template_findings(file)], fail_on)


@app.command()
def fix(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A template (.jinja), a JSON file with `chat_template`, or a checkpoint.",
        ),
    ],
    out: Annotated[
        str | None,
        typer.Option(help="Write the template there, repaired or not; - for stdout."),
    ] = None,
    name: Annotated[str, typer.Option(help="Which of several named templates.")] = "default",
    bos: Bos = None,
    eos: Eos = None,
    stop: Stops = None,
) -> None:
    """Repair double BOS, generation prompt, turn end and generation tags, with proof.

    Each repair is rendered and linted again before it counts. The file itself stays as it is.
    """
    from headstart.preflight import Given, fix_template, templates_at
    from headstart.report.lint_terminal import fix_card

    declared = templates_at(source)
    fixed = fix_template(
        _named(declared, source, name), declared, Given(bos, eos, tuple(stop or ()))
    )
    width, color = screen()
    card = fix_card(fixed, width, color=color)
    if out == STDOUT:
        typer.echo(card, nl=False, err=True)
        typer.echo(fixed.template.text, nl=False)
        return
    typer.echo(card, nl=False)
    if out is not None:
        _write(Path(out).expanduser(), fixed.template.text)


def _named(declared: "Declared", source: str, name: str) -> TemplateSource:
    found = next((one for one in declared.templates if one.name == name), None)
    if found is None:
        names = ", ".join(dict.fromkeys(one.name for one in declared.templates))
        raise RequestError(
            f"{source} has no chat template named {name}",
            hint=f"--name takes one of {names}" if names else "there is no template to repair",
        )
    return found


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RequestError(
            f"{path} cannot be written: {error.strerror or error}", hint="give --out another path"
        ) from error
    print(f"wrote {path}", file=sys.stderr)
