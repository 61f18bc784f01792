"""Expected views, kept as files; `REWRITE_SNAPSHOTS=1 pytest tests/report` draws them anew."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"


def assert_as_stored(name, text):
    path = FOLDER / name
    if os.environ.get("REWRITE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8"), f"{name}: look at the change, then rewrite it"
