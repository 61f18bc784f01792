"""Experiments in a process of its own: `python -m headstart.lesson.experiments.worker`.

Reads one request a line on stdin, `{"experiment", "choice", "seed"}`, and writes lines of JSON on
stdout: `{"message", "done", "total"}` for progress, then `{"html"}` with the finding drawn, or
`{"error"}` with a sentence. The checkpoints are loaded with the first request and kept. To cancel
a run, end the process: nothing of it is stored.
"""

import json
import os
import sys
from typing import Any, TextIO

from pydantic import Field, ValidationError

from headstart.domain.event import Event
from headstart.domain.value import Value
from headstart.engine.device import pick_device
from headstart.errors import HeadstartError
from headstart.lesson.experiments.cast import Cast, gather
from headstart.lesson.experiments.running import run
from headstart.lesson.page import finding_html

GENTLE = 5
"""Niceness, so that pages answer while an experiment runs."""


class Ask(Value):
    """A run that is asked for."""

    experiment: str = Field(max_length=64)
    """The experiment's id."""
    choice: str = Field(default="", max_length=64)
    """The value of what it varies; empty takes the first."""
    seed: int = Field(default=0, ge=0, le=999_999)
    """Draws prompts, continuations and rows."""


def main() -> None:
    """Answer stdin line by line until it ends."""
    os.nice(GENTLE)
    # libraries that print must not come between the lines
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(sys.stdin, out)


def serve(asked: TextIO, out: TextIO) -> None:
    """Answer each line of `asked` with lines on `out`."""
    cast: Cast | None = None

    def write(line: dict[str, Any]) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    def told(event: Event) -> None:
        write({"message": event.message, "done": event.done, "total": event.total})

    for line in asked:
        try:
            ask = Ask.model_validate_json(line)
            if cast is None:
                write({"message": "loading the built-in pair", "done": 0, "total": 0})
                cast = gather(pick_device("cpu"))
            found = run(ask.experiment, cast, choice=ask.choice, seed=ask.seed, on_event=told)
            write({"html": str(finding_html(found, live=True))})
        except HeadstartError as error:
            write({"error": f"{error.fact}; {error.hint}"})
        except ValidationError as error:
            first = error.errors()[0]
            write({"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"})


if __name__ == "__main__":
    main()
