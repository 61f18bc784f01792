"""How fast the studio answers, and how much memory it keeps, while two jobs run.

    python benchmarks/studio_load.py --minutes 30

Starts a studio of its own in a temporary folder, trials of a built-in task, and one comparison
after the other; seven listeners hold the stream of changes as seven tabs without a leader would.
Then visits every page in turn and prints, as JSON, median and 95th percentile of the time to the
last byte, and the resident memory of the server at each minute. Take it on an idle machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlencode

PORT = 8457
URL = f"http://127.0.0.1:{PORT}"
PAGES = (
    "/",
    "/?a=builtin%3Abase&b=builtin%3Ainstruct",
    "/compare",
    "/tax",
    "/trials",
    "/trials/new?data=builtin%3Atask%2Ftopics",
)
ASK = {"base": "builtin:base", "inst": "builtin:instruct", "prompt": "Tell me.", "max": 256}
TRIALS = {"data": "builtin:task/topics", "minutes": "60", "seeds": "5"}


def main() -> None:
    """Visit, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as room:
        words = [sys.executable, "-m", "headstart", "studio", "--no-open", "--port", str(PORT)]
        server = subprocess.Popen(words, cwd=room, stdout=subprocess.DEVNULL)
        try:
            wait()
            print(json.dumps(measured(server, asked.minutes), indent=1))
        finally:
            server.terminate()
            server.wait()


def measured(server: "subprocess.Popen[bytes]", minutes: float) -> dict[str, object]:
    """Times of all visits in milliseconds, and memory minute by minute in MiB."""
    run = started()
    stopped = threading.Event()
    for _ in range(7):
        threading.Thread(target=listen, args=(stopped,), daemon=True).start()
    threading.Thread(target=compare, args=(stopped,), daemon=True).start()
    times: list[float] = []
    memory = [resident(server.pid)]
    began = marked = time.monotonic()
    while time.monotonic() - began < 60 * minutes:
        for page in (*PAGES, run):
            asked = time.perf_counter()
            get(page)
            times.append(1000 * (time.perf_counter() - asked))
            time.sleep(0.1)
        if time.monotonic() - marked > 60:
            marked = time.monotonic()
            memory.append(resident(server.pid))
    stopped.set()
    ordered = sorted(times)
    return {
        "visits": len(times),
        "median_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(0.95 * len(ordered))], 1),
        "load_average": os.getloadavg()[0],
        "memory_mib": [round(each, 1) for each in memory],
    }


def started() -> str:
    """Trials of a built-in task, begun by the form; gives their page."""
    request = urllib.request.Request(
        f"{URL}/trials/start", urlencode(TRIALS).encode(), {"origin": URL}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=600) as answer:
        return str(answer.url).removeprefix(URL)


def compare(stopped: threading.Event) -> None:
    """One comparison after the other."""
    while not stopped.is_set():
        body = json.dumps({"id": str(uuid.uuid4()), "ask": ASK}).encode()
        request = urllib.request.Request(f"{URL}/compare/run", body, {"origin": URL}, method="POST")
        with urllib.request.urlopen(request, timeout=600) as answer:
            answer.read()


def listen(stopped: threading.Event) -> None:
    """Hold a stream of changes open."""
    with urllib.request.urlopen(f"{URL}/events?after=", timeout=600) as answer:
        while not stopped.is_set():
            answer.readline()


def resident(process: int) -> float:
    """Resident memory in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def get(path: str) -> bytes:
    """A page, whole."""
    with urllib.request.urlopen(URL + path, timeout=600) as answer:
        return bytes(answer.read())


def wait() -> None:
    """Until the server answers."""
    for _ in range(1200):
        try:
            get("/health")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the studio did not begin to serve")


if __name__ == "__main__":
    main()
