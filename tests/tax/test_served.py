"""Models behind servers: what is sent, what is understood, and what goes wrong."""

from typing import Any

import pytest
from serving import Answer, serve

from headstart.domain.reply import Stop
from headstart.domain.tax import Mode
from headstart.errors import RequestError, ServerError
from headstart.tax.port import Scores
from headstart.tax.served import (
    ScoringServedVoice,
    Served,
    ServedVoice,
    find_served,
    is_served,
    open_served,
)

KEY = "sk-very-secret-key"
MODELS = {"data": [{"id": "org/toy"}, {"id": "other"}]}


class Scripted:
    """Answers each path as told, and remembers what it was sent."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {"models": MODELS, **answers}
        self.sent: list[tuple[str, dict[str, Any] | None, dict[str, str]]] = []

    def __call__(self, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Answer:
        self.sent.append((path, body, headers))
        told = self.answers[path.rsplit("/", 1)[-1] if "chat" not in path else "chat"]
        return told if isinstance(told, tuple) else (200, {}, told)


def served(url: str) -> Served:
    return Served(name="toy", source=url, url=url, model="org/toy")


def chat(text: str | None, finish: str = "stop") -> dict[str, Any]:
    return {"choices": [{"message": {"content": text}, "finish_reason": finish}]}


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("http://localhost:8000/v1", True),
        ("mine=https://example.org/v1#org/model", True),
        ("builtin:base", False),
        ("mine=models/base", False),
        ("two words=http://localhost/v1", False),
        ("http://localhost:8000/v1 extra", False),
    ],
)
def test_only_addresses_are_servers(ref: str, expected: bool) -> None:
    assert is_served(ref) is expected


def test_the_model_is_found_and_named() -> None:
    with serve(Scripted()) as url:
        first = find_served(url)
        named = find_served(f"mine={url}/#other")
    assert (first.name, first.model, first.source) == ("toy", "org/toy", url)
    assert (named.name, named.model, named.url) == ("mine", "other", url)


def test_a_model_that_is_not_served_is_told_with_those_that_are() -> None:
    with serve(Scripted()) as url, pytest.raises(ServerError, match="no model 'gone'") as told:
        find_served(f"{url}#gone")
    assert "org/toy, other" in told.value.hint
    with serve(Scripted(models={"data": []})) as url:
        with pytest.raises(ServerError) as told:
            find_served(url)
        assert find_served(f"{url}#unlisted").model == "unlisted"
    assert "URL#MODEL" in told.value.hint


@pytest.mark.parametrize("address", ["http://me:pass@localhost/v1", "http://localhost/v1?key=abc"])
def test_a_key_in_the_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(RequestError) as told:
        find_served(address)
    assert "pass@" not in str(told.value)
    assert "abc" not in str(told.value)


def test_nobody_there() -> None:
    with serve(Scripted()) as url:
        pass
    with pytest.raises(ServerError, match="does not answer"):
        find_served(url)


def test_requests_go_out_as_the_protocol_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_API_KEY", KEY)
    script = Scripted(chat=chat("Yes.", "length"), completions={"choices": [{"text": " No"}]})
    with serve(script) as url:
        voice = ServedVoice(served(url))
        (said,) = voice.replies(["Hello?"], Mode.TEMPLATE, limit=7, temperature=1.0, seed=5)
        (plain,) = voice.replies(["Hello?"], Mode.RAW, limit=7)
    assert (said.text, said.stop, said.ids) == ("Yes.", Stop.LIMIT, ())
    assert (plain.text, plain.stop) == (" No", Stop.DOCUMENT_END)
    (_, body, headers), (_, raw, _) = script.sent
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert body == {
        "model": "org/toy",
        "messages": [{"role": "user", "content": "Hello?"}],
        "temperature": 1.0,
        "seed": 5,
        "max_tokens": 7,
    }
    assert raw is not None
    assert raw["prompt"] == "Hello?\nAnswer:"


def test_replies_come_back_in_order() -> None:
    def echo(path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> Answer:
        assert body is not None
        return 200, {}, chat(body["messages"][0]["content"].upper())

    asks = [f"ask {i}" for i in range(20)]
    with serve(echo) as url:
        replies = ServedVoice(served(url)).replies(asks, Mode.TEMPLATE, limit=4)
    assert [reply.text for reply in replies] == [ask.upper() for ask in asks]


@pytest.mark.parametrize(
    ("answer", "fact"),
    [
        ((500, {}, {"error": "out of memory"}), "answers 500"),
        ((401, {}, {"error": f"wrong key {KEY}"}), "answers 401"),
        ((429, {}, {"error": f"slow down, {KEY}"}), "answers 429"),
        ((200, {}, b"<html>"), "does not answer"),
        ((200, {}, [1]), "answers with no object"),
        ((200, {}, {"choices": []}), "answers without choices"),
        ((200, {}, chat(None)), "answers without text"),
    ],
)
def test_what_goes_wrong_is_told_and_never_the_key(
    answer: Answer, fact: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with serve(Scripted(chat=answer)) as url, pytest.raises(ServerError, match=fact) as told:
        ServedVoice(served(url)).replies(["Hello?"], Mode.TEMPLATE, limit=4)
    assert told.value.hint
    assert KEY not in str(told.value)


def test_no_redirect_takes_the_key_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    other = Scripted()
    with serve(other) as elsewhere:
        away = (302, {"Location": f"{elsewhere}/models"}, {})
        with serve(Scripted(models=away)) as url, pytest.raises(ServerError, match="302"):
            find_served(url)
    assert other.sent == []


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with serve(Scripted()) as url:
        assert find_served(url).model == "org/toy"


def test_log_probabilities_are_used_where_a_server_tells_them() -> None:
    with serve(Scripted(completions={"choices": [{"text": "x"}]})) as url:
        assert not isinstance(open_served(served(url)), Scores)
    told = {"token_logprobs": [None, -1.0, -2.0, -9.0], "text_offset": [0, 4, 14, 24]}
    with serve(Scripted(completions={"choices": [{"text": "x", "logprobs": told}]})) as url:
        voice = open_served(served(url))
        assert isinstance(voice, ScoringServedVoice)
        # "Where?\nAnswer:" takes 14 letters and " by rivers" ten: only one token is of the answer
        ((value,),) = voice.options([("Where?", ["by rivers"])], Mode.RAW)
    assert value == -2.0
