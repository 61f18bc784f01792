"""Start the server, say where it is, and open a browser."""

import socket
import sys
import threading
import time
import webbrowser
from pathlib import Path
from types import FrameType

import uvicorn

from headstart.errors import RequestError
from headstart.home import home
from headstart.studio.app import create_app
from headstart.studio.settings import PORT, Settings, make_settings
from headstart.studio.state import Studio

RUNS = Path("headstart-runs")
"""Where runs lie, below the current folder, as for `headstart choose`."""


def serve(host: str = "127.0.0.1", port: int = PORT, *, opens: bool = True) -> None:
    """Serve the studio until it is interrupted.

    Args:
        host: address to listen on; any other than a loopback address demands a token.
        port: port to listen on.
        opens: whether to open a browser.

    Raises:
        RequestError: the address or the port cannot be listened on.
    """
    settings = make_settings(host, port, RUNS.absolute(), home() / "studio")
    listener = _listen(settings)
    print(f"headstart studio: {settings.url}", flush=True)
    print("runs in " + str(settings.runs) + "; Ctrl-C ends it", file=sys.stderr, flush=True)
    server = _Server(
        uvicorn.Config(
            create_app(settings),
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=2,
        )
    )
    if opens:
        threading.Thread(target=_open, args=(server, settings.url), daemon=True).start()
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends its streams before it waits for them to end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A first Ctrl-C, or SIGTERM."""
        state = getattr(self.config.app, "state", None)
        studio = getattr(state, "studio", None)
        if isinstance(studio, Studio):
            studio.hub.close()
            studio.models.hang_up()
            studio.readers.hang_up()
        super().handle_exit(sig, frame)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
    except (OSError, OverflowError) as error:
        found.close()
        raise RequestError(
            f"{settings.host}:{settings.port} cannot be listened on: {error}",
            hint=f"is a studio open there already? Look, or pass --port {settings.port + 1}",
        ) from error
    found.listen(128)
    return found


def _open(server: uvicorn.Server, url: str) -> None:
    while not server.started:
        time.sleep(0.05)
    webbrowser.open(url)
