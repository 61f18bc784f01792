"""Runs `headstart inspect` and `template fix` on each hostile template, in one process, and tells
what each took; its memory is then that of the program and of nothing else.
"""

import contextlib
import io
import json
import resource
import sys
from pathlib import Path

import hostile

from headstart.cli.main import main as headstart
from headstart.templates.process import worker


def run(*words: str) -> dict[str, object]:
    """One command: its exit code, what it wrote, and the processor time it took."""
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["headstart", *words]
    code, start = 0, hostile.processor_seconds()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            headstart()
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    seconds = hostile.processor_seconds() - start
    return {"code": code, "out": out.getvalue(), "err": err.getvalue(), "seconds": seconds}


def main(room: Path) -> None:
    """Tell, for each template and command, what became of it, and what the whole took."""
    told: dict[str, object] = {}
    canary = room / "canary"
    for number, (name, template) in enumerate(hostile.HOSTILE.items()):
        folder = room / str(number)
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "llama"}')
        text = template.replace(hostile.TOUCH, str(canary))
        (folder / "chat_template.jinja").write_text(text)
        told[name] = {
            "inspect": run("inspect", str(folder), "--json"),
            "fix": run("template", "fix", str(folder / "chat_template.jinja"), "--out", "-"),
        }
    worker().close()
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    told["all"] = {
        "mebibytes": hostile.own_mebibytes() + child,
        "canary": canary.exists(),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
