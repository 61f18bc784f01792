"""Recorded findings: one for each experiment and choice, stored in the package."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from headstart.lesson.content import DATA
from headstart.lesson.finding import Finding

FILE = DATA / "findings.json"
"""Written by `headstart lesson record`."""


@cache
def recorded() -> dict[tuple[str, str], Finding]:
    """The findings that ship, by experiment and choice."""
    return read(FILE)


def read(path: Path) -> dict[tuple[str, str], Finding]:
    """Findings from a file, by experiment and choice."""
    found = [Finding.model_validate(each) for each in json.loads(path.read_text(encoding="utf-8"))]
    return {(each.experiment, each.choice): each for each in found}


def write(findings: Sequence[Finding], path: Path) -> None:
    """Store findings as JSON: sorted keys, null and never NaN, one file."""
    rows = [each.model_dump(mode="json") for each in findings]
    text = json.dumps(rows, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
