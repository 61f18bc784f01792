"""One sha256 for what defines a checkpoint, whatever its folder is called."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

READ_IN_FULL_BYTES = 2 * 1024**3
"""Weights up to this size are hashed byte by byte (one to five seconds at the limit)."""
EDGE_BYTES = 1024 * 1024
BLOCK_BYTES = 64 * 1024
BLOCKS = 64
_STEP = 4 * 1024 * 1024


def weights_digest(files: Sequence[tuple[Path, int]]) -> str:
    """Fingerprint weight files in the order given, each with the length of its header in bytes.

    The files' names do not enter.

    Up to 2 GB in all, every byte is hashed. Above that a file stands for itself
    by its size, its whole header, its first and last megabyte of data and 64
    evenly spaced blocks of 64 KB.

    Limits: above 2 GB, a change that touches none of the samples goes
    unnoticed. Training, merging and requantising change every block.
    """
    full = sum(path.stat().st_size for path, _ in files) <= READ_IN_FULL_BYTES
    digests = [_file_digest(path, head, full=full) for path, head in files]
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def combined(parts: Mapping[str, str]) -> str:
    """Fold named fingerprints into one; the order in which they are given does not matter."""
    return hashlib.sha256(json.dumps(dict(parts), sort_keys=True).encode()).hexdigest()


def _file_digest(path: Path, head: int, *, full: bool) -> str:
    size = path.stat().st_size
    digest = hashlib.sha256(f"{size}\0{'full' if full else 'sampled'}\0".encode())
    with path.open("rb") as file:
        for start, stop in [(0, size)] if full else _samples(head, size):
            file.seek(start)
            for at in range(start, stop, _STEP):
                digest.update(file.read(min(_STEP, stop - at)))
    return digest.hexdigest()


def _samples(head: int, size: int) -> list[tuple[int, int]]:
    data = size - head
    starts = [head + data * number // BLOCKS for number in range(BLOCKS)]
    edges = [(0, min(size, head + EDGE_BYTES)), (max(0, size - EDGE_BYTES), size)]
    return edges + [(start, min(size, start + BLOCK_BYTES)) for start in starts]
