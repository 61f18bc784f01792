"""Who may ask the studio, and what its answers forbid."""

from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.testclient import TestClient
from studio_rooms import HOST, ORIGIN, asked, settings

from headstart.studio import trials_page
from headstart.studio.guard import HEADERS, refusal
from headstart.studio.lesson_page import PATH as LESSON
from headstart.studio.pages import PAGES, STATIC

OURS = settings(Path("/nowhere"))
ELSEWHERE = settings(Path("/nowhere"), host="192.0.2.7")


def refused(method: str = "GET", **headers: str) -> bool:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return refusal(OURS, method, Headers(named)) is not None


def test_our_own_names_are_let_in() -> None:
    for host in (HOST, "localhost:8421", "[::1]:8421"):
        assert not refused(host=host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8421",
        "127.0.0.1.evil.example:8421",
        "localhost.evil.example:8421",
        "127.0.0.1",
        "127.0.0.1:80",
        "127.0.0.2:8422",
        "",
        ":8421",
        "127.0.0.1:8421@evil.example",
    ],
)
def test_a_foreign_host_is_refused(host: str) -> None:
    assert refused(host=host)


@hypothesis.settings(deadline=None)
@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=40))
def test_no_other_text_passes_for_our_host(host: str) -> None:
    names = ("127.0.0.1", "localhost", "[::1]", "::1")
    assert refused(host=host) or host.lower() in {f"{name}:8421" for name in names}


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:8421", "http://127.0.0.1:9000", ""]
)
def test_a_foreign_origin_changes_nothing(origin: str) -> None:
    assert refused("POST", host=HOST, origin=origin)
    assert refused("POST", host=HOST)
    assert not refused("POST", host=HOST, origin=ORIGIN)
    assert refused("POST", host=HOST, origin=ORIGIN, sec_fetch_site="cross-site")


def test_a_name_pointed_here_does_not_pass_on_another_address() -> None:
    assert refusal(ELSEWHERE, "GET", Headers({"host": "evil.example:8421"})) is not None
    assert refusal(ELSEWHERE, "GET", Headers({"host": "192.0.2.7:8421"})) is None


def test_every_answer_carries_the_strict_headers(client: TestClient) -> None:
    paths = [path for path, _ in PAGES if path != LESSON]  # its policy has a test of its own
    for path in (*paths, "/nothing", "/static/app.js", "/health", "/models.json"):
        answer = client.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    policy = HEADERS["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_page_that_fails_says_so_and_keeps_the_headers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a secret of the traceback")

    monkeypatch.setattr(trials_page, "rows", fail)
    with asked(settings(tmp_path)) as client:
        client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
        answer = client.get("/trials")
        assert answer.status_code == 500
        assert "this page failed" in answer.text
        assert "secret" not in answer.text
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_a_link_from_another_site_opens_only_after_a_click(client: TestClient) -> None:
    answer = client.get("/?a=builtin%3Abase", headers={"sec-fetch-site": "cross-site"})
    assert "One question first" in answer.text
    assert "/?a=builtin%3Abase" in answer.text
    assert "verdict" not in answer.text


def test_another_address_demands_the_token_once(tmp_path: Path) -> None:
    found = settings(tmp_path, host="192.0.2.7")
    assert found.token is not None
    with asked(found) as client:
        client.headers["host"] = "192.0.2.7:8421"
        assert client.get("/").status_code == 401
        assert client.get("/?token=wrong").status_code == 401
        traded = client.get(f"/compare?max=9&token={found.token}")
        assert (traded.status_code, traded.headers["location"]) == (303, "/compare?max=9")
        assert "HttpOnly" in traded.headers["set-cookie"]
        cookie = traded.headers["set-cookie"].partition(";")[0]
        assert client.get("/", headers={"cookie": cookie}).status_code == 200
        assert client.get("/", headers={"cookie": cookie[:-1]}).status_code == 401


def test_a_token_never_redirects_to_another_server(tmp_path: Path) -> None:
    found = settings(tmp_path, host="192.0.2.7")
    with asked(found) as client:
        client.headers["host"] = "192.0.2.7:8421"
        answer = client.get(f"//evil.example/?token={found.token}")
        assert not answer.headers.get("location", "/").startswith("//")


def test_static_files_are_those_of_the_package_and_no_others(client: TestClient) -> None:
    for path in STATIC.iterdir():
        assert client.get(f"/static/{path.name}").status_code == 200
    for path in ("..%2fapp.py", "%2e%2e/app.py", "..%5capp.py", "%2fetc%2fpasswd", "."):
        assert client.get(f"/static/{path}").status_code in (404, 405)


def test_no_page_names_another_server() -> None:
    texts = [path.read_text() for path in (*STATIC.iterdir(), *STATIC.parent.glob("templates/*"))]
    for text in texts:
        found = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert "http://" not in found
        assert "https://" not in found
        assert " style=" not in found
        assert " onclick=" not in found
        assert "innerHTML" not in found
