"""Where the studio listens, who may ask, and where it keeps things."""

import ipaddress
import secrets
from dataclasses import dataclass
from pathlib import Path

PORT = 8421
"""Fixed, since a browser keeps theme and lesson progress by address and port."""


@dataclass(frozen=True)
class Settings:
    """What the server is started with."""

    host: str
    """Address it listens on."""
    port: int
    """Port it listens on."""
    token: str | None
    """Demanded of every browser once; None on a loopback address."""
    runs: Path
    """Run folders lie directly below."""
    scratch: Path
    """Where dropped data files are kept; the studio's own."""

    @property
    def url(self) -> str:
        """What to open in a browser, with the token where one is demanded."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        query = f"/?token={self.token}" if self.token else "/"
        return f"http://{host}:{self.port}{query}"


def make_settings(host: str, port: int, runs: Path, scratch: Path) -> Settings:
    """Settings with a fresh token for any address that other machines may reach."""
    token = None if is_loopback(host) else secrets.token_urlsafe(24)
    return Settings(host, port, token, runs, scratch)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches that address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
