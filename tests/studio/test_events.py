"""A browser that comes back misses nothing and sees nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.studio.events import ALL, KEPT, Hub

V = TypeVar("V")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["jobs", "runs", "run:a"]), max_size=40), st.integers(0, 40))
def test_what_came_after_an_id_is_told_once_a_topic(topics: list[str], cut: int) -> None:
    hub = Hub()
    ids = [hub.last_id]
    for topic in topics:
        hub.publish(topic)
        ids.append(hub.last_id)
    cut = min(cut, len(topics))
    told = [one.topic for one in hub.since(ids[cut])]
    assert sorted(told) == sorted(set(topics[cut:]))


def test_an_id_of_another_server_or_one_too_old_refreshes_everything() -> None:
    hub = Hub()
    first = hub.last_id
    for _ in range(KEPT + 1):
        hub.publish("jobs")
    for stale in (first, "", "abc", "0123-7", f"{first.partition('-')[0]}-99999999"):
        assert [one.topic for one in hub.since(stale)] == [ALL]


def test_a_stream_takes_up_where_the_last_one_broke_off() -> None:
    async def both() -> list[bytes]:
        hub = Hub()
        began = hub.last_id
        hub.publish("jobs")
        first = hub.stream(began)
        told = [await change(first)]
        seen = told[0].split(b"\n")[0].removeprefix(b"id: ").decode()
        hub.publish("run:x")
        second = hub.stream(seen)
        told.append(await change(second))
        waiting = asyncio.ensure_future(change(second))
        await asyncio.sleep(0)
        hub.publish("runs")
        told.append(await waiting)
        return told

    told = ran(both())
    assert [line.split(b"data: ")[1].strip() for line in told] == [b"jobs", b"run:x", b"runs"]


def test_a_closed_hub_ends_its_streams() -> None:
    async def count() -> int:
        hub = Hub()
        stream = hub.stream(hub.last_id)
        await anext(stream)
        hub.close()
        return len([part async for part in stream if b"change" in part])

    assert ran(count()) == 0


def ran(coroutine: Coroutine[None, None, V]) -> V:
    """The result, from a thread: a browser under test keeps this one's event loop running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


async def change(stream: AsyncIterator[bytes]) -> bytes:
    """The next change; signs of life are passed over."""
    async for part in stream:
        if b"event: change" in part:
            return part
    raise AssertionError("the stream has ended")
