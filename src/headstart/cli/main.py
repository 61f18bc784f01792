"""The `headstart` program: stdout carries results, stderr progress and errors."""

import signal
import sys
import warnings
from types import FrameType

import typer

from headstart.cli.choose import choose
from headstart.cli.compare import compare
from headstart.cli.demo import demo
from headstart.cli.forge import forge
from headstart.cli.ifeval import ifeval
from headstart.cli.inspection import inspect
from headstart.cli.lesson import lesson
from headstart.cli.refusals import refusals
from headstart.cli.report import report
from headstart.cli.runs import runs
from headstart.cli.studio import studio
from headstart.cli.tax import tax
from headstart.cli.template import app as template
from headstart.errors import HeadstartError, Interrupted
from headstart.version import __version__

INTERRUPTED = 130
FIXABLE = 2

app = typer.Typer(
    name="headstart",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Measure from which checkpoint a fine-tune should start: base or instruct.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _program(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Measure from which checkpoint a fine-tune should start: base or instruct."""
    del version


app.command()(choose)
app.command()(compare)
app.command()(demo)
app.command()(inspect)
app.command()(report)
app.command()(runs)
app.command()(studio)
app.command()(tax)
app.add_typer(forge)
app.add_typer(lesson)
app.add_typer(template)
app.add_typer(refusals, name="refusals")
app.add_typer(ifeval, name="ifeval")


def main() -> None:
    """Run the program; exit 0 done, 2 the user can fix it, 130 interrupted, 1 a bug."""
    signal.signal(signal.SIGINT, _stop_cleanly_once)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    warnings.simplefilter("ignore")
    try:
        app()
    except HeadstartError as error:
        from headstart.report.inert import visible

        # what a file says may be quoted here, terminal commands included
        print(visible(f"error: {error}", keep="\n"), file=sys.stderr)
        sys.exit(FIXABLE)
    except Interrupted:
        sys.exit(_say_stopped())
    except SystemExit as leaving:
        # typer turns Ctrl-C into an exit of its own, without a word
        if leaving.code == INTERRUPTED:
            _say_stopped()
        raise


def _say_stopped() -> int:
    print(
        "stopped; what was finished is stored, and the same command goes on from there",
        file=sys.stderr,
    )
    return INTERRUPTED


def _stop_cleanly_once(_number: int, _frame: FrameType | None) -> None:
    """First Ctrl-C: leave through the usual way out. Second: stop now."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt
