"""A browser that comes back misses nothing and sees nothing twice."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.studio.events import ALL, KEPT, Hub


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
        told = [await anext(first), await anext(first)]
        seen = told[1].split(b"\n")[0].removeprefix(b"id: ").decode()
        await first.aclose()
        hub.publish("run:x")
        second = hub.stream(seen)
        await anext(second)
        told.append(await anext(second))
        waiting = asyncio.ensure_future(anext(second))
        await asyncio.sleep(0)
        hub.publish("runs")
        told.append(await waiting)
        return told

    told = asyncio.run(both())
    assert [line.split(b"data: ")[1].strip() for line in told[1:]] == [b"jobs", b"run:x", b"runs"]
