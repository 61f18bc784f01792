"""`headstart compare`: two checkpoints side by side on one prompt."""

import sys
from shutil import get_terminal_size
from typing import Annotated

import typer

from headstart.domain.comparison import CompareMode

_UP, _WIPE = "\x1b[{}A", "\x1b[J"


def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="[NAME=]SOURCE of the base.")],
    instruct: Annotated[
        str, typer.Argument(metavar="INSTRUCT", help="[NAME=]SOURCE of the other one.")
    ],
    prompt: Annotated[str, typer.Option(help="What to say to both.")],
    mode: Annotated[CompareMode, typer.Option(help="How each is asked.")] = CompareMode.AS_INTENDED,
    limit: Annotated[int, typer.Option(min=1, help="Most tokens of each reply.")] = 96,
    samples: Annotated[
        int, typer.Option(min=0, help="Draw so many continuations and tell them apart.")
    ] = 0,
    shift: Annotated[
        bool, typer.Option("--shift", help="Show INSTRUCT's words as BASE sees them.")
    ] = False,
    top_k: Annotated[
        int, typer.Option("--top-k", min=0, help="Show so many next tokens of each.")
    ] = 0,
    show_input: Annotated[
        bool, typer.Option("--input", help="Show the exact text each is given.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Draws continuations.")] = 0,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, bfloat16 or float32.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Ask base and instruct the same thing and see what each makes of it, and why it stopped."""
    from headstart.cli.screen import screen
    from headstart.comparison import compare as run
    from headstart.report.compare_view import compare_view

    width, color = screen()
    stream = None if as_json or not sys.stdout.isatty() else _Stream(width)
    found = run(
        base,
        instruct,
        prompt,
        mode=mode,
        limit=limit,
        samples=samples,
        top_k=top_k,
        shift=shift,
        seed=seed,
        device=device,
        precision=precision,
        on_text=stream,
    )
    if stream is not None:
        stream.wipe()
    if as_json:
        typer.echo(found.model_dump_json(indent=1))
    else:
        typer.echo(compare_view(found, width, color=color, show_input=show_input), nl=False)


class _Stream:
    """Draws both texts again with each token; wiped when all is there."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._texts = ["", ""]
        self._lines = 0

    def __call__(self, place: int, text: str) -> None:
        from headstart.report.compare_view import columns
        from headstart.report.inert import visible

        self._texts[place] = text
        shown = columns(
            [[visible(line) for line in each.strip("\n").split("\n")] for each in self._texts],
            self._width,
        )
        # what has scrolled off the screen cannot be taken back
        shown = shown[-max(1, get_terminal_size().lines - 2) :]
        self.wipe()
        print("\n".join(shown), flush=True)
        self._lines = len(shown)

    def wipe(self) -> None:
        """Take back what was drawn."""
        if self._lines:
            print(_UP.format(self._lines) + _WIPE, end="", flush=True)
        self._lines = 0
