"""The compare page's server half: links, the stream, stopping."""

import json
import threading
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from studio_rooms import lines

from headstart.studio.lines import Ask, CompareMode
from headstart.studio.pages import canonical

ASK = {"base": "builtin:base", "inst": "builtin:instruct", "prompt": "Hello"}
RUN = {"id": "0123456789abcdef", "ask": ASK}

asks = st.builds(
    Ask,
    base=st.just("builtin:base"),
    inst=st.sampled_from(["builtin:instruct", "x=/models/y z"]),
    prompt=st.text(min_size=1, max_size=40).filter(str.strip),
    mode=st.sampled_from(CompareMode),
    seed=st.integers(0, 2**31 - 1),
    temp=st.floats(0, 2),
    max=st.integers(1, 512),
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=30,
    deadline=None,
)
@given(asks)
def test_a_link_restores_everything(client: TestClient, ask: Ask) -> None:
    query = ask.model_dump(mode="json")
    found = client.get("/compare.json", params=query).json()
    assert found["ask"] == json.loads(canonical(ask))
    assert found["error"] is None


def test_the_first_visit_is_filled_in(client: TestClient) -> None:
    found = client.get("/compare.json").json()
    assert (found["ask"]["base"], found["ask"]["inst"]) == ("builtin:base", "builtin:instruct")
    assert found["ask"]["prompt"] == found["examples"][0]


def test_a_link_out_of_range_says_so_and_keeps_the_page(client: TestClient) -> None:
    page = client.get("/compare", params={"max": "9999"})
    assert page.status_code == 200
    assert "less than or equal to 512" in page.text


def test_a_stream_is_one_json_text_a_line_and_is_remembered(client: TestClient) -> None:
    answer = client.post("/compare/run", json=RUN)
    assert answer.headers["content-type"] == "application/x-ndjson"
    told = lines(answer.text)
    assert [line["type"] for line in told] == ["token", "token", "token", "done"]
    kept = client.get("/compare.json", params=ASK).json()["compared"]
    assert [piece["text"] for piece in kept["sides"]["base"]["pieces"]] == ["é"] * 3
    assert client.get("/compare.json", params={**ASK, "seed": 1}).json()["compared"] is None


def test_a_stop_ends_a_reply_that_would_not_end(client: TestClient) -> None:
    run = {"id": "feedfacefeedface", "ask": {**ASK, "prompt": "forever"}}

    def stop() -> None:
        time.sleep(0.5)
        assert client.post("/compare/stop", json={"id": run["id"]}).status_code == 204

    thread = threading.Thread(target=stop)
    thread.start()
    told = lines(client.post("/compare/run", json=run).text)
    thread.join()
    assert told[-1]["type"] == "done"


def test_a_model_process_that_dies_is_told_and_replaced(client: TestClient) -> None:
    dead = {"id": "deadbeefdeadbeef", "ask": {**ASK, "prompt": "die"}}
    (told,) = lines(client.post("/compare/run", json=dead).text)
    assert (told["type"], told["pane"]) == ("failed", "both")
    assert lines(client.post("/compare/run", json=RUN).text)[-1]["type"] == "done"


def test_a_request_that_makes_no_sense_is_refused(client: TestClient) -> None:
    for body in (b"", b"{", b"[]", json.dumps({**RUN, "id": "../x"}).encode()):
        answer = client.post("/compare/run", content=body)
        assert answer.status_code == 422
    huge = json.dumps({**RUN, "ask": {**ASK, "prompt": "x" * 30_000}})
    assert client.post("/compare/run", content=huge).status_code == 422
    assert client.post("/compare/run", content=b"x" * (2 << 20)).status_code == 422
