"""A studio in a room of its own, asked without a network; and runs to look at."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from headstart.studio import jobs, link
from headstart.studio.app import create_app
from headstart.studio.settings import Settings, make_settings

HOST = "127.0.0.1:8421"
ORIGIN = f"http://{HOST}"

MODELS = """
import json, sys, threading, queue
inbox, stopped = queue.SimpleQueue(), set()
def read():
    for line in sys.stdin:
        request = json.loads(line)
        stopped.add(request["id"]) if request["op"] == "stop" else inbox.put(request)
    inbox.put(None)
threading.Thread(target=read, daemon=True).start()
def say(name, line):
    print(json.dumps({"id": name, "line": line}), flush=True)
while (request := inbox.get()) is not None:
    name, sent = request["id"], 0
    if request["body"].get("prompt") == "die":
        sys.exit(1)
    forever = request["body"].get("prompt") == "forever"
    while name not in stopped and (forever or sent < 3):
        say(name, {"type": "token", "pane": "base", "text": "\\u00e9", "special": False})
        sent += 1
    say(name, {"type": "done", "computed": {"base": sent}, "after_stop": None, "seconds": 0.1})
    say(name, None)
"""
"""A model process that writes the same letter without any model."""

HEAVY = """
import json, signal, sys, time
going = True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
ask = json.loads(sys.stdin.readline())
def say(line):
    print(json.dumps(line), flush=True)
def event(message, done=0, total=0):
    say({"event": {"stage": "trials", "message": message, "done": done, "total": total}})
data = ask["request"].get("data", "")
event("began " + data)
if data == "broken.csv":
    say({"error": {"fact": "broken.csv: row 3 is empty", "hint": "fill it"}})
elif data == "gone.csv":
    sys.exit(1)
else:
    while data == "long.csv" and going:
        time.sleep(0.01)
    say({"report": True} if going else {"stopped": True})
"""
"""A process of trials that trains nothing."""


def settings(room: Path, host: str = "127.0.0.1") -> Settings:
    return make_settings(host, 8421, room / "runs", room / "scratch")


@contextmanager
def asked(found: Settings) -> Iterator[TestClient]:
    """A client that asks as a page of the studio would."""
    headers = {"origin": ORIGIN, "host": HOST}
    app = create_app(found, warm=False)
    with TestClient(app, base_url=ORIGIN, headers=headers, follow_redirects=False) as client:
        yield client


def without_models(room: Path, patch: pytest.MonkeyPatch) -> None:
    """Programs without models in the place of those with."""
    for module, text in ((link, MODELS), (jobs, HEAVY)):
        path = room / f"{module.__name__.rpartition('.')[2]}.py"
        path.write_text(text)
        patch.setattr(module, "COMMAND", (sys.executable, str(path)))


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line]
