"""What tests of the forge start from: a toy base, a few conversations, preferences and texts."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from tiny import save_tiny

from headstart.checkpoints.resolve import resolve
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.lineage import Origin, StageName
from headstart.domain.stage import Preference
from headstart.domain.task import Example, Message
from headstart.engine.device import Device

CPU = Device("cpu", torch.float32, "a processor")
ASKED = (
    ("My card has not arrived yet.", "It is on its way."),
    ("What is the capital of France?", "The capital of France is Paris."),
    ("Is it still pending?", "Yes, it is still pending."),
    ("Answer with a name.", "Paris."),
    ("Top up?", "The top up has arrived."),
    ("What else is there?", "Nothing else."),
)
DOCUMENTS = (
    "My card has not arrived yet, and the top up is still pending.",
    "What is the capital of France? The capital of France is Paris. " * 3,
    "Answer with the name of the category, and with nothing else. " * 2,
)
LONG = {"max_tokens": 256}


def base(folder: Path, architecture: str = "llama") -> Checkpoint:
    """A toy base checkpoint without a chat template."""
    save_tiny(folder, architecture, template=None)
    return resolve(str(folder))


def user(text: str) -> Message:
    return Message(role="user", content=text)


def conversations(times: int = 4) -> list[Example]:
    """Short conversations, some of two turns."""
    single = [
        Example(id=f"train:{i}", prompt=(user(asked),), completion=answer, group="")
        for i, (asked, answer) in enumerate(ASKED)
    ]
    first, second = ASKED[:2]
    reply = Message(role="assistant", content=first[1])
    double = Example(
        id="train:9",
        prompt=(user(first[0]), reply, user(second[0])),
        completion=second[1],
        group="",
    )
    return [*single, double] * times


def preferences(times: int = 4) -> list[Preference]:
    """Polite answers are preferred to bare ones."""
    return [
        Preference(
            prompt=(user(f"{asked} {n}"),), chosen=f"{answer} Anything else?", rejected=answer
        )
        for n in range(times)
        for asked, answer in ASKED
    ]


def taught(times: int = 4) -> list[Preference]:
    """What the conversations teach is preferred to the same words in a wrong order."""
    return [
        Preference(
            prompt=(user(asked),),
            chosen=answer,
            rejected=" ".join(reversed(answer.split())) + " no",
        )
        for asked, answer in ASKED
    ] * times


def origin(stage: StageName = "sft", **changes: Any) -> Origin:
    """Where a stage of a test says it comes from."""
    told: dict[str, Any] = {
        "stage": stage,
        "parent": "base",
        "parent_fingerprint": "0",
        "recipe": {},
        "data": ("rows",),
        "data_sha256": "0",
        "seed": 0,
    }
    return Origin(**(told | changes))


class Killed(BaseException):
    """Stands for a kill: nothing between catches it."""


def killed_at(step: int) -> Any:
    """An `on_event` that ends the run when it has done `step` steps."""

    def tell(event: Any) -> None:
        if event.total and event.done == step and "collecting" not in event.message:
            raise Killed

    return tell


COMMAND = (sys.executable, "-c", "from headstart.cli.forge import forge; forge()")
"""`headstart forge` in a process of its own."""


def kill_when(ready: Callable[[], bool], words: Sequence[str], folder: Path) -> None:
    """Run `headstart forge WORDS` in `folder`, and kill it once `ready`, or when it ended."""
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None and not ready():
            time.sleep(0.02)
        process.kill()


def forge_whole(words: Sequence[str], folder: Path) -> str:
    """Run `headstart forge WORDS` in `folder` to its end; what it wrote to stdout."""
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
