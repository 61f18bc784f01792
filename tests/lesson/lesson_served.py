"""The lesson's site on loopback, and pages that are watched while a browser looks at them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from headstart.lesson.content import lesson
from headstart.lesson.page import finding_html, lesson_html, site_page
from headstart.lesson.recorded import recorded
from headstart.lesson.static_site import build

LIVE = "live.html"
"""The same page with live runs, answered by `Handler.do_POST`."""


@dataclass
class Site:
    """A site that is served."""

    url: str
    folder: Path
    asked: list[dict[str, object]] = field(default_factory=list)


class Handler(SimpleHTTPRequestHandler):
    """Files, and a stand-in for the studio's live runs."""

    def __init__(self, *given: object, site: Site) -> None:
        self.site = site
        super().__init__(*given, directory=str(site.folder))  # type: ignore[arg-type]

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        wanted = json.loads(self.rfile.read(size))
        self.site.asked.append(wanted)
        self.send_response(200)
        self.end_headers()
        name, choice = wanted["experiment"], wanted["choice"]
        if wanted["seed"] == 13:
            self._write({"error": "the built-in pair is not installed; install headstart again"})
            return
        first = lesson().experiment(name).choice_ids[0]
        finding = recorded()[name, choice or first].model_copy(update={"seed": wanted["seed"]})
        self._write({"message": "asking 日本 🙂", "done": 0, "total": 1})
        self._write({"html": str(finding_html(finding, live=True))})

    def _write(self, line: dict[str, object]) -> None:
        self.wfile.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    """Build the site and serve it on a free port."""
    build(folder)
    live = site_page(lesson().title, lesson_html(run_url="/run"))
    (folder / LIVE).write_text(live, encoding="utf-8")
    site = Site("", folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, site=site))
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
