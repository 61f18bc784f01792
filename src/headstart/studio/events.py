"""What changed, as one stream of events that a browser can take up again where it left off.

An event names a topic (`jobs`, `runs`, `run:NAME`) and says nothing else: pages fetch anew what
they show, so that an event seen twice or late does no harm.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

KEPT = 512
"""Events kept for browsers that come back."""
BEAT_SECONDS = 10.0
"""A sign of life after so long a silence."""
ALL = "all"
"""The topic that concerns every page: too much was missed to tell."""


@dataclass(frozen=True)
class Change:
    """One event."""

    number: int
    """Counted from 1."""
    topic: str
    """What changed."""


class Hub:
    """Takes changes and gives them to every stream."""

    def __init__(self) -> None:
        # a browser may come back with an id of an earlier server
        self._boot = secrets.token_hex(4)
        self._kept: deque[Change] = deque(maxlen=KEPT)
        self._count = 0
        self._changed = asyncio.Event()
        self._closed = False

    def close(self) -> None:
        """End every stream: the server is about to go."""
        self._closed = True
        self._changed.set()

    @property
    def last_id(self) -> str:
        """Of the newest event; a page carries it, so that nothing is missed after it was drawn."""
        return f"{self._boot}-{self._count}"

    def publish(self, topic: str) -> None:
        """Tell everyone that `topic` changed; called on the server's own thread."""
        self._count += 1
        self._kept.append(Change(self._count, topic))
        self._changed.set()
        self._changed = asyncio.Event()

    def since(self, last_id: str) -> list[Change]:
        """What came after an id, one change a topic; `ALL` where that cannot be told."""
        boot, _, number = last_id.partition("-")
        seen = int(number) if boot == self._boot and number.isdecimal() else -1
        if seen > self._count or seen < self._count - len(self._kept):
            return [Change(self._count, ALL)]
        latest = {one.topic: one for one in self._kept if one.number > seen}
        return sorted(latest.values(), key=lambda one: one.number)

    async def stream(self, last_id: str) -> AsyncIterator[bytes]:
        """Server-sent events after `last_id`, until the hub is closed."""
        yield b"retry: 1000\n\n"
        while not self._closed:
            changed = self._changed
            for one in self.since(last_id):
                last_id = f"{self._boot}-{one.number}"
                yield f"id: {last_id}\nevent: change\ndata: {one.topic}\n\n".encode()
            try:
                await asyncio.wait_for(changed.wait(), BEAT_SECONDS)
            except TimeoutError:
                yield f"id: {self.last_id}\nevent: beat\ndata:\n\n".encode()
