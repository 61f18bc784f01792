"""The third act: which of the two a fine-tune should start from, by `headstart choose`."""

from dataclasses import dataclass
from pathlib import Path

from headstart.choose import run
from headstart.demo.cast import BASE, INSTRUCT
from headstart.domain.event import Event, OnEvent
from headstart.domain.plan import Request
from headstart.domain.report import Report
from headstart.forge.task_source import OPENING
from headstart.forge.world.user_tasks import TASKS

TASK = "topics"
ROWS = 64
ITEMS = 200
SEEDS = 3
BUDGET_SECONDS = 100.0


@dataclass(frozen=True)
class Tried:
    """What came of the trials."""

    report: Report
    """With the verdict."""
    folder: Path
    """Holds the report and every trial."""
    trials_run: int
    """Trials run now; 0 where an earlier run had stored all of them."""


def third_act(out: Path | None, device: str, on_event: OnEvent) -> Tried:
    """Run the trials of one task and judge them.

    Args:
        out: run folder; None names one below the current folder. What it holds is not run again.
        device: auto, cpu, cuda or mps.
        on_event: takes progress.
    """
    request = Request(
        checkpoints=(BASE, INSTRUCT),
        data=OPENING + TASK,
        max_train=ROWS,
        max_test=ITEMS,
        seeds=SEEDS,
        budget_seconds=BUDGET_SECONDS,
        device=device,
    )
    run_now = 0

    def count(event: Event) -> None:
        nonlocal run_now
        run_now += event.stage == "stored"
        on_event(event)

    report, folder = run(request, out=out, on_event=count)
    return Tried(report, folder.path, run_now)


def what_is_tried() -> str:
    """The task in one sentence, and the command that does the same."""
    return (
        f"The task: {TASKS[TASK]}. The same as: headstart choose {BASE} {INSTRUCT} "
        f"--data {OPENING}{TASK} --max-train {ROWS} --max-test {ITEMS} "
        f"--budget {BUDGET_SECONDS:.0f}s"
    )
