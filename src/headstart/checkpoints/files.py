"""Bounded reading of a checkpoint's small files, and the errors they give."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from headstart.errors import CheckpointBroken

COPY_AGAIN = "the copy is damaged or unfinished: download or copy the file again"
MAX_JSON_BYTES = 256 * 1024 * 1024
"""The largest tokenizer files in use are near 40 MB."""
MAX_CONTAINERS = 1_000_000
MAX_VALUES = 3_000_000
"""Of one JSON file: each costs up to 250 bytes of memory, however few it takes in the file. The
largest tokenizers have some 500,000, their merges left out."""
VOLATILE_KEYS = frozenset(
    {
        "_name_or_path",
        "name_or_path",
        "transformers_version",
        "_commit_hash",
        "_attn_implementation",
    }
)
"""Keys of a config that record where and by what it was written, not what the model is."""


def broken(path: Path, what: str, *, hint: str = COPY_AGAIN) -> CheckpointBroken:
    """Give the error for a file that cannot be what it claims; the fact begins with its path."""
    return CheckpointBroken(f"{path}: {what}", hint=hint)


def read_text(path: Path) -> str:
    """Read a UTF-8 text file of at most 256 MB.

    Raises:
        CheckpointBroken: too large, or not UTF-8.
    """
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        raise broken(path, f"{size:,} bytes, more than the {MAX_JSON_BYTES:,} a text file may have")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise broken(path, f"not UTF-8 text (byte {error.start})") from error


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file whose top level is an object.

    Raises:
        CheckpointBroken: empty, no JSON, nested too deeply, or another top level.
    """
    text = read_text(path)
    if not text.strip():
        raise broken(path, "the file is empty")
    return parse_object(path, text)


def parse_object(path: Path, text: str) -> dict[str, Any]:
    """Parse JSON text that was read from `path` and must be an object.

    Raises:
        CheckpointBroken: no JSON, nested too deeply, repeated keys, too many values, or another
            top level.
    """
    if text.count("{") + text.count("[") > MAX_CONTAINERS or text.count(",") > MAX_VALUES:
        raise broken(path, f"more than {MAX_CONTAINERS:,} lists or {MAX_VALUES:,} values")
    try:
        content = json.loads(text, object_pairs_hook=_without_repeats)
        if "\\ud" in text or "\\uD" in text:  # half a surrogate pair cannot be written as UTF-8
            json.dumps(content, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise broken(path, f"no valid JSON ({error})") from error
    if not isinstance(content, dict):
        raise broken(path, f"holds a JSON {type(content).__name__}, not an object")
    return content


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        (repeated, _), *_ = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"key {repeated[:80]!r} stands twice")
    return content


def canonical(content: dict[str, Any]) -> bytes:
    """Write a JSON object in one fixed form, without the keys that do not define the model."""
    kept = {key: value for key, value in content.items() if key not in VOLATILE_KEYS}
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode("utf-8")
