"""The loop of the model process: one request after the other, stops heard in between."""

import json
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, TextIO

from pydantic import BaseModel

from headstart.errors import HeadstartError
from headstart.studio.lines import Ask, Failed
from headstart.studio.worker.asked import Asked, TrialAsk
from headstart.studio.worker.compare import Bench, compare, warm
from headstart.studio.worker.lesson import experiment
from headstart.studio.worker.preview import preview
from headstart.studio.worker.tried import tried

Request = dict[str, Any]


def serve() -> None:
    """Answer requests until stdin closes."""
    answers = _own_stdout()
    inbox = _Inbox()
    threading.Thread(target=inbox.read, args=(sys.stdin,), daemon=True).start()
    bench = Bench()
    while (request := inbox.next()) is not None:
        asked = inbox.asked(request["id"])
        _answer(request, bench, asked, _sayer(answers, request["id"]))
        _write(answers, request["id"], None)
        inbox.forget(request["id"])


class _Inbox:
    """Requests in their order; a stop overtakes them."""

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._asked: dict[str, Asked] = {}

    def read(self, lines: TextIO) -> None:
        for line in lines:
            request = json.loads(line)
            if request["op"] == "stop":
                self.asked(request["id"]).stop()
            else:
                self.asked(request["id"])
                self._requests.put(request)
        self._requests.put(None)

    def next(self) -> Request | None:
        return self._requests.get()

    def asked(self, name: str) -> Asked:
        return self._asked.setdefault(name, Asked())

    def forget(self, name: str) -> None:
        self._asked.pop(name, None)


def _answer(request: Request, bench: Bench, asked: Asked, say: Callable[[BaseModel], None]) -> None:
    try:
        match request["op"]:
            case "warm":
                warm(bench, request["body"]["refs"])
            case "compare":
                compare(bench, Ask.model_validate(request["body"]), asked, say)
            case "try":
                say(tried(request["body"]["refs"]))
            case "lesson":
                experiment(request["body"], asked, say)
            case "preview":
                say(preview(TrialAsk.model_validate(request["body"])))
    except HeadstartError as error:
        say(Failed(pane="both", fact=error.fact, hint=error.hint))
    except Exception as error:  # noqa: BLE001 - the edge of the process: the next request is served
        traceback.print_exc()
        fact = f"{type(error).__name__}: {error}"
        say(
            Failed(
                pane="both", fact=fact[:400], hint="the terminal of the studio has the traceback"
            )
        )


def _sayer(answers: TextIO, name: str) -> Callable[[BaseModel], None]:
    def say(line: BaseModel) -> None:
        _write(answers, name, line.model_dump_json(by_alias=True))

    return say


def _write(answers: TextIO, name: str, line: str | None) -> None:
    answers.write(f'{{"id": {json.dumps(name)}, "line": {line or "null"}}}\n')
    answers.flush()


def _own_stdout() -> TextIO:
    """Stdout for answers alone: whatever a library prints goes to stderr."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own
