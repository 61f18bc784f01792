"""How often the small files decide rightly: `python -m headstart.checkpoints.labelled FILE`.

FILE holds one JSON object a line. Looked at are `template`, `bos`, `eos`, `pad`, `generation_eos`
(texts or ids, one or a list) and `files` (texts by file name); `label` is compared with the
verdict. Names are never looked at. One JSON line is printed.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.declared_files import ROLES, declare
from headstart.checkpoints.kind import Verdict, decide
from headstart.checkpoints.signals import file_signals
from headstart.checkpoints.small_files import given_files
from headstart.domain.evidence import Kind, StopSource
from headstart.domain.template import TemplateSource
from headstart.errors import DataError, HeadstartError

GIVEN = "tokenizer_config.json"
"""Where a row's own template and tokens count as having stood, if its files do not say."""


def declared_row(row: Mapping[str, Any]) -> Declared:
    """What one row declares: its files, and its fields where no file says the same.

    Raises:
        CheckpointBroken: one of its files is no JSON object.
    """
    found = row.get("files")
    files = found if isinstance(found, dict) else {}
    declared = declare(given_files({k: v for k, v in files.items() if isinstance(v, str)}))
    card = replace(declared.card, names=(), tags=(), base_models=(), relation=None)
    template = row.get("template")
    if declared.template is None and isinstance(template, str) and template.strip():
        source = TemplateSource(source=GIVEN, text=template)
        declared = replace(declared, templates=(source, *declared.templates))
    stops = [*declared.stops]
    for role in ROLES:
        if not any(s.role == role and s.source == GIVEN for s in stops):
            stops += _stop(declared, GIVEN, role, row.get(role))
    if not any(s.source == "generation_config.json" and s.role == "eos" for s in stops):
        stops += _stop(declared, "generation_config.json", "eos", row.get("generation_eos"))
    return replace(declared, stops=tuple(stops), card=card)


def verdict_of(row: Mapping[str, Any]) -> Verdict:
    """The verdict over a row's small files.

    Raises:
        CheckpointBroken: one of its files is no JSON object.
    """
    return decide(file_signals(declared_row(row)))


def score(rows: Sequence[Mapping[str, Any]]) -> dict[str, int | float]:
    """Count right, wrong and abstained verdicts, and how often the leaning is right.

    Raises:
        CheckpointBroken: a row's file is no JSON object.
        DataError: a row has no label.
    """
    counts = {"right": 0, "wrong": 0, "abstained": 0, "leaning_right": 0, "leaning_wrong": 0}
    for number, row in enumerate(rows, start=1):
        label = row.get("label")
        if label not in (Kind.BASE, Kind.INSTRUCT):
            raise DataError(f"row {number}: label {label!r}", hint="write base or instruct")
        found = verdict_of(row)
        if found.kind is not Kind.UNDECIDED:
            counts["right" if found.kind == label else "wrong"] += 1
            continue
        counts["abstained"] += 1
        if found.leaning is not Kind.UNDECIDED:
            counts["leaning_right" if found.leaning == label else "leaning_wrong"] += 1
    decided = counts["right"] + counts["wrong"]
    return {**counts, "rows": len(rows), "coverage": decided / len(rows) if rows else 0.0}


def _stop(declared: Declared, source: str, role: Any, found: Any) -> list[StopSource]:
    """A place's tokens, given as texts or ids."""
    listed = found if isinstance(found, list) else [found]
    texts = [one for one in listed if isinstance(one, str) and one]
    ids = [one for one in listed if type(one) is int]
    known = declared.vocabulary
    texts += [text for text in map(known.text, ids) if text is not None]
    ids += [number for number in map(known.id, texts) if number is not None]
    if not texts and not ids:
        return []
    unique = tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(texts))
    return [StopSource(source=source, role=role, ids=unique[0], tokens=unique[1])]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read the file's objects.

    Raises:
        DataError: it cannot be read, or a line is no JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}", hint="give a JSONL file") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DataError(f"{path}, line {number}: {error}", hint="one object a line") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}, line {number}: no JSON object", hint="one object a line")
        rows.append(row)
    return rows


def main(arguments: Sequence[str]) -> int:
    """Print the counts as one JSON line; 0, or 2 with the reason on stderr."""
    try:
        if len(arguments) != 1:
            raise DataError(
                f"one file is needed, not {len(arguments)}",
                hint="python -m headstart.checkpoints.labelled FILE",
            )
        print(json.dumps(score(read_rows(Path(arguments[0])))))
    except HeadstartError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
