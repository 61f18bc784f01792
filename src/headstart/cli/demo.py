"""`headstart demo`: the whole idea in three acts, on the built-in pair."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from headstart.cli.progress import Progress
from headstart.cli.screen import screen

if TYPE_CHECKING:
    from headstart.demo.trying import Tried

_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_COMMANDS = (
    ("What two checkpoints are, and whether they are a pair:", "headstart inspect BASE INSTRUCT"),
    ("Which of two to start from:", "headstart choose base=BASE instruct=INSTRUCT --data MINE.csv"),
    ("An instruct model out of a base:", "headstart forge sft BASE --data ROWS.jsonl --out mine"),
)


def demo(
    out: Annotated[
        Path | None, typer.Option(help="Run folder of the third act; resumed if it exists.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
) -> None:
    """Three acts on the built-in pair: what they answer, what they are, which one to fine-tune."""
    began = time.monotonic()
    width, color = screen()
    print("loading the two built-in models", file=sys.stderr, flush=True)
    from headstart.cli.output import card
    from headstart.demo.answers import answers, first_act
    from headstart.demo.cast import gather
    from headstart.demo.evidence import evidence, second_act
    from headstart.demo.trying import third_act, what_is_tried
    from headstart.engine.device import pick_device
    from headstart.report.cells import wrap

    cast = gather(pick_device(device))
    _title("1. One question, two models", width, color=color)
    _show(first_act(answers(cast), width))
    _title("2. What each of them is", width, color=color)
    _show(second_act(evidence(cast), width))
    _title("3. Which of them to fine-tune, measured", width, color=color)
    _show(wrap(what_is_tried(), width))
    progress = Progress()
    try:
        tried = third_act(out, device, progress)
    finally:
        progress.clear()
    _show(["", card(tried.report, tried.folder).rstrip()])
    _title(f"That took {time.monotonic() - began:.0f} s. Now yours", width, color=color)
    _show(_ending(tried, width))


def _title(text: str, width: int, *, color: bool) -> None:
    from headstart.report.cells import wrap

    lines = wrap(text, width)
    _show(["", *(f"{_BOLD}{line}{_PLAIN}" if color else line for line in lines), ""])


def _show(lines: Sequence[str]) -> None:
    # colours were decided before; progress on stderr must not overtake what stands here
    typer.echo("\n".join(lines), color=True)
    sys.stdout.flush()


def _ending(tried: "Tried", width: int) -> list[str]:
    from headstart.cli.output import short_path
    from headstart.report.cells import wrap

    folder = short_path(tried.folder)
    lines = wrap(f"The whole report: {folder}/report.md", width)
    if not tried.trials_run:
        lines += wrap(f"Its trials were stored earlier; without {folder} they run again.", width)
    for what, command in _COMMANDS:
        lines += ["", *wrap(what, width), *wrap(command, width, first="    ", rest="        ")]
    return lines
