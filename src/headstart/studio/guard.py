"""Who may ask: Host, Origin, token; and the headers that keep a page to itself.

A page of another site can make a browser send requests to this machine, and a name under its
control can be pointed here. So Host must name this server, whatever changes anything must come
from a page of this server (Origin), and a link from elsewhere opens only after a click.
"""

import ipaddress
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headstart.studio.pages import link_page, refusal_page
from headstart.studio.settings import Settings, is_loopback

COOKIE = "headstart-token"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types headstart",
    )
)
"""Nothing from elsewhere, no inline script or style, no text that becomes markup."""
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_SAFE = ("GET", "HEAD")


class Guard:
    """Asks every request who it is before the application sees it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, refuse it, or trade its token for a cookie."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        closed = _with_headers(send)
        headers = Headers(scope=scope)
        reason = refusal(self._settings, str(scope["method"]), headers)
        if reason is not None:
            await refusal_page(403, reason)(scope, receive, closed)
            return
        if self._settings.token is not None and not _shown(headers, self._settings.token):
            await self._at_the_door(scope, receive, closed)
            return
        if _from_elsewhere(headers) and not scope["path"].startswith("/static/"):
            await link_page(_target(scope))(scope, receive, closed)
            return
        await self._app(scope, receive, closed)

    async def _at_the_door(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The token in the address becomes a cookie, so that no link carries it on."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get("token", "")
        token = self._settings.token or ""
        if scope["method"] not in _SAFE or not secrets.compare_digest(
            given.encode("utf-8", "replace"), token.encode()
        ):
            why = "this address asks for the token that `headstart studio` printed"
            await refusal_page(401, why)(scope, receive, send)
            return
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        cookie = f"{COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/"
        location = f"{_local(scope['path'])}{'?' + rest if rest else ''}"
        start = {
            "type": "http.response.start",
            "status": 303,
            "headers": [(b"location", location.encode()), (b"set-cookie", cookie.encode())],
        }
        await send(start)
        await send({"type": "http.response.body", "body": b""})


def refusal(settings: Settings, method: str, headers: Headers) -> str | None:
    """Why a request is refused for where it comes from; None where it may go on."""
    host = headers.get("host", "")
    if len(headers.getlist("host")) != 1 or not _names_us(settings, host):
        return "the request names another host than this server"
    if method in _SAFE:
        return None
    if headers.get("origin") != f"http://{host}":
        return "the request comes from a page of another site"
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return "the request comes from a page of another site"
    return None


def _names_us(settings: Settings, host: str) -> bool:
    name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not name:
        name, port = host, ""
    if (port or "80") != str(settings.port):
        return False
    bare = name.removeprefix("[").removesuffix("]").lower()
    if is_loopback(settings.host):
        return bare in ("127.0.0.1", "localhost", "::1", settings.host)
    if bare in (settings.host.lower(), "localhost", socket.gethostname().lower()):
        return True
    try:
        # a foreign name can be pointed here, a bare address cannot
        ipaddress.ip_address(bare)
    except ValueError:
        return False
    return True


def _shown(headers: Headers, token: str) -> bool:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return False
    given = found.value if found is not None else ""
    return secrets.compare_digest(given.encode("utf-8", "replace"), token.encode())


def _from_elsewhere(headers: Headers) -> bool:
    return headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")


def _target(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{_local(scope['path'])}{'?' + query if query else ''}"


def _local(path: str) -> str:
    """A path of this server: two slashes at its begin would name another."""
    return "/" + path.lstrip("/\\")


def _with_headers(send: Send) -> Send:
    async def closed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in (*HEADERS.items(), ("cache-control", "no-store")):
                headers.setdefault(name, value)
        await send(message)

    return closed
