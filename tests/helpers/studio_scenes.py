"""Pages of the studio worth looking at, and what must be there for them."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from taxed import stored_tax
from toy_trials import Bench, toy_plan, toy_task

from headstart.report.build import build_report
from headstart.report.jsonfile import to_json
from headstart.store import RunFolder

PAIR = {"a": "builtin:base", "b": "builtin:instruct"}
ASK = {"base": "builtin:base", "inst": "builtin:instruct", "max": "24"}
ROWS = [("the ferry is late again", "complaint"), ("what a lovely harbour", "praise")] * 12


class Place(Protocol):
    """A studio that runs."""

    url: str
    runs: Path


@dataclass(frozen=True)
class Scene:
    """A page."""

    path: str
    """Its address."""
    shown: Callable[[Any], list[str]]
    """From its JSON twin: what the page must say as well."""


def _models(told: Any) -> list[str]:
    return [row["name"] for row in told["rows"]] + [row["verdict"] for row in told["rows"]]


def _run(told: Any) -> list[str]:
    return [told["headline"], told["finding"]]


PAGES: dict[str, Scene] = {
    "first visit": Scene("/", lambda _: ["No model at hand?"]),
    "models": Scene(f"/?{urlencode(PAIR)}", _models),
    "bad path": Scene("/?a=%2Fno%2Fsuch%2Fmodel", lambda told: [told["error"]["fact"]]),
    "compare": Scene("/compare", lambda told: told["examples"]),
    "compared": Scene(
        f"/compare?{urlencode(ASK)}", lambda told: [told["compared"]["strip"]["finding"]]
    ),
    "trials": Scene("/trials", lambda told: [run["id"] for run in told["runs"]]),
    "finished run": Scene("/trials/pets-finished", _run),
    "failed trials": Scene(
        "/trials/pets-failed", lambda told: [one["key"] for one in told["failed"]]
    ),
    "unfinished run": Scene("/trials/pets-unfinished", _run),
    "taxes": Scene(
        "/tax", lambda told: [line for run in told["runs"] for line in run["headlines"]]
    ),
    "tax": Scene(
        "/tax/tax-finished",
        lambda told: [
            told["report"]["checkpoints"][0]["headline"],
            *(row["prompt"] for row in told["items"]["rows"]),
        ],
    ),
    "tax under way": Scene(
        "/tax/tax-unfinished",
        lambda told: [f"{told['stored']} of {len(told['plan']['jobs'])} parts are stored"],
    ),
    "new trials": Scene("/trials/new", lambda told: ["New trials"]),
    "loss mask": Scene(
        "/trials/new?data=builtin%3Atask%2Ftopics",
        lambda told: [told["preview"]["task"], *(s["name"] for s in told["preview"]["starts"])],
    ),
}
"""Every kind of page that the studio has."""


def address(name: str) -> str:
    """The path of a page."""
    return PAGES[name].path


def prepared(studio: Place) -> None:
    """Runs to look at, a bad path that was asked for, and a comparison that has run."""
    for name in ("finished", "failed", "unfinished"):
        stored_run(studio.runs, f"pets-{name}", finished=name != "unfinished", nan=name == "failed")
    for name in ("finished", "unfinished"):
        stored_tax(studio.runs / f"tax-{name}", finished=name == "finished")
    post(studio, "/models", urlencode({"a": "/no/such/model"}).encode())
    prompt = json.loads(get(studio, f"/compare.json?{urlencode(ASK)}"))["ask"]
    post(studio, "/compare/run", json.dumps({"id": "0123456789abcdef", "ask": prompt}).encode())


def get(studio: Place, path: str) -> bytes:
    with urlopen(f"{studio.url}{path}", timeout=600) as answer:
        return bytes(answer.read())


def post(studio: Place, path: str, body: bytes) -> bytes:
    """Send as a page of the studio would."""
    request = Request(f"{studio.url}{path}", body, {"origin": studio.url}, method="POST")
    with urlopen(request, timeout=600) as answer:
        return bytes(answer.read())


def stored_run(runs: Path, name: str, *, finished: bool = True, nan: bool = False) -> RunFolder:
    """A run folder with the trials of a toy; `nan` has one start's highest rate fail."""
    folder = RunFolder(runs / name)
    if folder.path.exists():
        shutil.rmtree(folder.path)
    task = toy_task()
    plan = toy_plan(task)
    bench = Bench(task, plan, folder)
    if nan:
        bench.fails = lambda start, rate: (
            "the loss is not a number at step 2" if start == "base-raw" and rate > 5e-4 else None
        )
    runner = bench.runner()
    folder.save_plan(plan)
    trials = runner.run()
    if finished:
        folder.save_text("report.json", to_json(build_report(plan, task, trials, ())))
    return folder


def run_path(name: str) -> str:
    """The address of a run."""
    return f"/trials/{quote(name)}"
