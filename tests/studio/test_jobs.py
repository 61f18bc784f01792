"""One heavy job at a time, in a queue that is seen."""

import time
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from headstart.domain.plan import Request
from headstart.studio.jobs import State
from headstart.studio.state import Studio

SECONDS = 60.0


def studio_of(client: TestClient) -> Studio:
    found = client.app.state.studio  # type: ignore[attr-defined]
    assert isinstance(found, Studio)
    return found


def add(client: TestClient, data: str, out: Path | None) -> str:
    """Queue trials on the server's own thread."""
    assert client.portal is not None
    request = Request(checkpoints=("builtin:base",), data=data)
    return client.portal.call(lambda: studio_of(client).jobs.add(data, request, out).id)


def until(client: TestClient, job: str, wanted: Callable[[State], bool]) -> State:
    began = time.monotonic()
    while time.monotonic() - began < SECONDS:
        found = studio_of(client).jobs.get(job)
        assert found is not None
        if wanted(found.state):
            return found.state
        time.sleep(0.02)
    raise AssertionError(f"{job} did not get there: {found}")


def test_jobs_run_one_at_a_time_and_a_stop_keeps(client: TestClient, tmp_path: Path) -> None:
    long = add(client, "long.csv", tmp_path / "runs" / "a")
    next_one = add(client, "short.csv", tmp_path / "runs" / "b")
    until(client, long, lambda state: state is State.RUNNING)
    listed = client.get("/trials.json").json()["jobs"]
    assert [(job["state"], job["before"]) for job in listed] == [("running", 0), ("queued", 1)]
    assert client.get("/health").json()["jobs"] == 2
    assert client.post(f"/jobs/{long}/stop").headers["location"] == "/trials/a"
    assert until(client, long, lambda state: state is not State.STOPPING) is State.STOPPED
    assert until(client, next_one, lambda state: state not in (State.QUEUED, State.RUNNING)) is (
        State.DONE
    )


def test_the_same_run_is_not_queued_twice(client: TestClient, tmp_path: Path) -> None:
    first = add(client, "long.csv", tmp_path / "runs" / "a")
    assert add(client, "long.csv", tmp_path / "runs" / "a") == first
    client.post(f"/jobs/{first}/stop")
    until(client, first, lambda state: state is State.STOPPED)


def test_what_goes_wrong_is_told_and_the_queue_goes_on(client: TestClient, tmp_path: Path) -> None:
    broken = add(client, "broken.csv", tmp_path / "runs" / "a")
    gone = add(client, "gone.csv", tmp_path / "runs" / "b")
    until(client, gone, lambda state: state is State.FAILED)
    views = {job["id"]: job for job in client.get("/trials.json").json()["jobs"]}
    assert views[broken]["error"]["fact"] == "broken.csv: row 3 is empty"
    assert "without a word" in views[gone]["error"]["fact"]
    assert "row 3 is empty" in client.get("/trials/a").text


def test_a_job_that_nobody_has_is_no_page(client: TestClient) -> None:
    assert client.post("/jobs/trials-99/stop").status_code == 404
