"""Checkpoints behind an OpenAI-compatible server: vLLM, llama.cpp, Ollama, transformers.

    [name=]http://HOST:PORT/v1[#MODEL]

Only the standard library is used. The key comes from `HEADSTART_API_KEY`, else `OPENAI_API_KEY`;
it goes into the request's header and nowhere else.
"""

import http.client
import json
import math
import os
import re
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from headstart.domain.reply import Reply, Stop
from headstart.domain.tax import Mode
from headstart.errors import RequestError, ServerError, first_line

KEYS = ("HEADSTART_API_KEY", "OPENAI_API_KEY")
ANSWER = "\nAnswer:"
"""What follows a request in plain text, as with loaded checkpoints."""
WAIT_SECONDS = 600.0
AT_ONCE = 4
"""Requests under way at a time."""
_SERVED = re.compile(
    r"(?:(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)=)?(?P<url>https?://[^#\s]+)(?:#(?P<model>.+))?"
)


@dataclass(frozen=True)
class Served:
    """A model behind a server."""

    name: str
    """As reports call it."""
    source: str
    """What the user typed, without the name."""
    url: str
    """Up to and with `/v1`, without a slash at the end."""
    model: str
    """What the server calls it."""


def is_served(ref: str) -> bool:
    """Whether a reference names a server."""
    return _SERVED.fullmatch(ref) is not None


def find_served(ref: str) -> Served:
    """Look at the server and find out what it serves.

    Raises:
        RequestError: the address holds a password.
        ServerError: nothing answers there, or it serves no such model.
    """
    match = _SERVED.fullmatch(ref)
    if match is None:
        raise RequestError(f"{ref!r} is no server", hint="write [NAME=]http://HOST:PORT/v1[#MODEL]")
    url = match["url"].rstrip("/")
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query:
        raise RequestError(
            "the server's address holds a key or password",
            hint=f"leave it out, and set {KEYS[0]} in the environment",
        )
    served = [str(each.get("id")) for each in _get(f"{url}/models").get("data", [])]
    model = match["model"] or next(iter(served), None)
    if model is None or (served and model not in served):
        raise ServerError(
            f"{url} serves no model {model!r}",
            hint="it serves " + ", ".join(served) if served else "name one: URL#MODEL",
        )
    name = match["name"] or re.sub(r"[^\w.-]+", "-", model.split("/")[-1])
    return Served(
        name=name,
        source=match.group()[len(match["name"] or "") :].lstrip("="),
        url=url,
        model=model,
    )


class ServedVoice:
    """A served model that writes: in its own template, or as plain text."""

    def __init__(self, served: Served) -> None:
        self._served = served

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Chat completions are the server's own template; completions are plain text."""
        return tuple(Mode)

    def replies(
        self,
        asks: Sequence[str],
        mode: Mode,
        *,
        limit: int,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Reply]:
        """One reply to each request; token ids are not told.

        Raises:
            ServerError: a request fails.
        """

        def one(number: int) -> Reply:
            drawn = {"temperature": temperature, "seed": seed + number, "max_tokens": limit}
            return self._reply(asks[number], mode, drawn)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(one, range(len(asks))))

    def _reply(self, ask: str, mode: Mode, how: Mapping[str, object]) -> Reply:
        if mode is Mode.TEMPLATE:
            messages = [{"role": "user", "content": ask}]
            choice = self._post("chat/completions", {"messages": messages, **how})
            text, end = (choice.get("message") or {}).get("content"), Stop.TURN_END
        else:
            choice = self._post("completions", {"prompt": ask + ANSWER, **how})
            text, end = choice.get("text"), Stop.DOCUMENT_END
        if not isinstance(text, str):
            raise ServerError(
                f"{self._served.url} answers without text", hint="see what the server logs"
            )
        return Reply((), text, Stop.LIMIT if choice.get("finish_reason") == "length" else end)

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """The first choice of what the server answers."""
        found = _send(f"{self._served.url}/{path}", {"model": self._served.model, **body})
        choices = found.get("choices")
        if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
            raise ServerError(
                f"{self._served.url}/{path} answers without choices",
                hint="is it an OpenAI-compatible server?",
            )
        return choices[0]


class ScoringServedVoice(ServedVoice):
    """A served model that also repeats a text with the log-probability of each token."""

    def options(
        self, items: Sequence[tuple[str, Sequence[str]]], mode: Mode
    ) -> list[tuple[float, ...]]:
        """Log-probability of each option's text as the answer, as plain text only."""
        assert mode is Mode.RAW
        flat = [(ask + ANSWER, f" {option}") for ask, options in items for option in options]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = iter(list(pool.map(lambda pair: self._logprob(*pair), flat)))
        return [tuple(next(found) for _ in options) for _, options in items]

    def bits(self, texts: Sequence[str], mode: Mode) -> list[float]:
        """Bits of each passage but its first token, of which servers do not tell."""
        assert mode is Mode.RAW
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda text: self._logprob("", text), texts))
        return [-value / math.log(2) for value in found]

    def _logprob(self, before: str, text: str) -> float:
        body = {
            "prompt": before + text,
            "max_tokens": 1,
            "temperature": 0.0,
            "echo": True,
            "logprobs": 1,
        }
        told = self._post("completions", body).get("logprobs") or {}
        values, starts = told.get("token_logprobs") or [], told.get("text_offset") or []
        end = len(before + text)
        kept = [
            float(value)
            for value, start in zip(values, starts, strict=False)
            if value is not None and len(before) <= start < end
        ]
        if not kept:
            raise ServerError(
                f"{self._served.url} tells no log-probabilities", hint="leave multiple choice out"
            )
        return sum(kept)


def open_served(served: Served) -> ServedVoice:
    """The served model; one that tells log-probabilities of given text where the server does."""
    voice = ScoringServedVoice(served)
    try:
        voice.bits(["The river runs to the sea."], Mode.RAW)
    except ServerError:
        return ServedVoice(served)
    return voice


def _get(url: str) -> dict[str, Any]:
    return _answer(urllib.request.Request(url, headers=_headers()), url)  # noqa: S310


def _send(url: str, body: Mapping[str, object]) -> dict[str, Any]:
    data = json.dumps(body).encode()
    headers = {**_headers(), "Content-Type": "application/json"}
    return _answer(urllib.request.Request(url, data=data, headers=headers), url)  # noqa: S310


def _answer(request: urllib.request.Request, url: str) -> dict[str, Any]:
    """What the server answers, as an object; headers never reach a message."""
    try:
        with _opener(url).open(request, timeout=WAIT_SECONDS) as answer:
            found = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        said = _without_key(error.read(2000).decode(errors="replace"))
        hint = f"set {KEYS[0]}" if error.code in (401, 403) else f"it says: {said[:200]!r}"
        raise ServerError(f"{url} answers {error.code}", hint=hint) from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise ServerError(
            f"{url} does not answer: {first_line(error)}", hint="check that the server runs"
        ) from error
    if not isinstance(found, dict):
        raise ServerError(f"{url} answers with no object", hint="is it OpenAI-compatible?")
    return found


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the key would go with it, to whoever is named."""

    def redirect_request(self, *_args: object) -> None:
        """Refuse."""


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Proxies are for other machines."""
    local = urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
    proxies = [urllib.request.ProxyHandler({})] if local else []
    return urllib.request.build_opener(_Stay, *proxies)


def _key() -> str | None:
    return next((os.environ[name] for name in KEYS if os.environ.get(name)), None)


def _without_key(text: str) -> str:
    key = _key()
    return text.replace(key, "***") if key else text


def _headers() -> dict[str, str]:
    key = _key()
    return {"Authorization": f"Bearer {key}"} if key else {}
