"""The studio's end of the model process: one request after the other, each stoppable.

The process is started on the first request and again after it died. Lines of JSON go in and come
out; see `headstart.studio.worker`.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

Line = dict[str, Any]
COMMAND = (sys.executable, "-m", "headstart.studio.worker")
MOST_LINE = 64 << 20
"""Bytes of one line: a long reply with the candidates of each token."""
DIED: Line = {
    "type": "failed",
    "pane": "both",
    "fact": "the process that runs the models has ended",
    "hint": "the machine may have run out of memory; ask again with a smaller model",
}


class ModelProcess:
    """Runs `python -m headstart.studio.worker` and talks to it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[str, asyncio.Queue[Line | None]] = {}
        self._turn = asyncio.Lock()
        self._numbers = count(1)
        self.waiting = 0
        """Requests that are running or wait for their turn."""

    async def ask(self, operation: str, body: Line, name: str = "") -> AsyncIterator[Line]:
        """Lines of the answer; a request that must wait is told so first.

        Whoever leaves before the end stops the request.

        Args:
            operation: `warm`, `compare` or `preview`.
            body: its fields.
            name: by which `stop` knows it.
        """
        key = name or f"r{next(self._numbers)}"
        self.waiting += 1
        try:
            if self._turn.locked():
                yield {"type": "waiting", "before": self.waiting - 1}
            async with self._turn:
                async for line in self._answer(key, operation, body):
                    yield line
        finally:
            self.waiting -= 1

    def stop(self, name: str) -> None:
        """Have a request end before its next token; nothing happens where it has ended."""
        if name in self._answers:
            self._send({"op": "stop", "id": name})

    def hang_up(self) -> None:
        """End every answer where it is: the server is about to go."""
        for lines in self._answers.values():
            lines.put_nowait(None)

    async def close(self) -> None:
        """End the process."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            await self._process.wait()
        if self._reader is not None:
            await self._reader

    async def _answer(self, key: str, operation: str, body: Line) -> AsyncIterator[Line]:
        lines: asyncio.Queue[Line | None] = asyncio.Queue()
        self._answers[key] = lines
        ended = False
        try:
            await self._start()
            self._send({"op": operation, "id": key, "body": body})
            while (line := await lines.get()) is not None:
                yield line
            ended = True
        finally:
            self._answers.pop(key, None)
            if not ended:
                # nothing may be awaited here: whoever listened is gone
                self._send({"op": "stop", "id": key})

    async def _start(self) -> None:
        if self._process is not None and self._process.returncode is None:
            return
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C in the terminal is the server's to answer
            limit=MOST_LINE,
        )
        self._reader = asyncio.create_task(self._read(self._process))

    def _send(self, line: Line) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(json.dumps(line).encode() + b"\n")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            line = json.loads(raw)
            lines = self._answers.get(line["id"])
            if lines is not None:
                lines.put_nowait(line["line"])
        await process.wait()
        for lines in self._answers.values():
            lines.put_nowait(DIED)
            lines.put_nowait(None)
