"""Read `tokenizer.json` without its merges, which are half of it and say nothing here."""

import re
from pathlib import Path
from typing import Any

from headstart.checkpoints.files import broken, parse_object

MAX_BYTES = 64_000_000
"""The largest in use have near 40 MB."""
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_FLAT = rb'[^"\[\]]++|' + _STRING
_MERGES = re.compile(
    rb'("merges"\s*+:\s*+\[)(?:' + _FLAT + rb"|\[(?:" + _FLAT + rb")*+\])*+\]", re.DOTALL
)
"""The list of merges, each a string or a list of two; possessive, so that it never backtracks."""


def read_tokenizer(path: Path) -> dict[str, Any]:
    """Parse a `tokenizer.json` with an empty list of merges.

    A file of 20 MB takes a sixth of a second and some 80 MB.

    Raises:
        CheckpointBroken: empty, too large, no JSON, or another top level.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise broken(path, f"{size:,} bytes, more than the {MAX_BYTES:,} a tokenizer may have")
    raw = path.read_bytes()
    if not raw.strip():
        raise broken(path, "the file is empty")
    # inside a string both quotes of "merges" would be escaped, so the key cannot be feigned
    short = _MERGES.sub(rb"\1]", raw, count=1)
    del raw
    try:
        text = short.decode("utf-8")
    except UnicodeDecodeError as error:
        raise broken(path, f"not UTF-8 text (byte {error.start})") from error
    del short
    return parse_object(path, text)
