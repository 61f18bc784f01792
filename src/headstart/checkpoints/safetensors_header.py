"""Read and check the header of a safetensors file, and nothing behind it.

The format: eight bytes with the header's length (little-endian), the header as
a JSON object, then the tensors' bytes without gaps. Every figure is compared
with the file's size before it is believed.
"""

import math
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

from headstart.checkpoints.files import broken, parse_object
from headstart.domain.value import Value
from headstart.errors import CheckpointBroken

MAX_HEADER_BYTES = 16_000_000
"""The format allows 100 MB; 65,536 tensors take about 8 MB."""
MAX_TENSORS = 65_536
"""Of one file; the largest in use have a few thousand."""
MAX_RANK = 64
MAX_DIMENSION = 2**63 - 1
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64,
    "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
}  # fmt: skip


class StoredTensor(Value):
    """One tensor as the header describes it."""

    name: str
    """The parameter's name."""
    dtype: str
    """The format's own word, such as `BF16`."""
    shape: tuple[int, ...]
    """Outermost dimension first, as torch prints it; empty for a scalar."""
    start: int
    """Bytes from the start of the file to the tensor's first byte."""
    stop: int
    """Bytes from the start of the file to the byte after its last."""


class SafetensorsHeader(Value):
    """What a safetensors file holds, checked against its size."""

    tensors: tuple[StoredTensor, ...]
    """In the order of their bytes."""
    metadata: dict[str, str]
    """The free text under `__metadata__`; empty if there is none."""
    data_start: int
    """Bytes before the first tensor: eight and the header."""
    file_bytes: int
    """Size of the whole file."""


def read_header(path: Path) -> SafetensorsHeader:
    """Read a safetensors header and check it against the file's size.

    Reads at most 16 MB; the tensors' values are not looked at.

    Raises:
        CheckpointBroken: truncated, no JSON, an unknown dtype, or offsets that
            are negative, out of the file, overlapping, gapped, or not the size
            that dtype and shape ask for. The fact names file and figures.
    """
    file_bytes = path.stat().st_size
    if not file_bytes:
        raise broken(path, "the file is empty")
    text, data_start = _header_text(path, file_bytes)
    content = parse_object(path, text)
    metadata = _metadata(path, content.pop("__metadata__", {}))
    if len(content) > MAX_TENSORS:
        raise broken(path, f"describes {len(content):,} tensors; at most {MAX_TENSORS:,} are read")
    room = file_bytes - data_start
    entries = (_tensor(path, name, entry, data_start, room) for name, entry in content.items())
    tensors = sorted(entries, key=lambda tensor: (tensor.start, tensor.stop))
    _check_layout(path, tensors, data_start, file_bytes)
    return SafetensorsHeader(
        tensors=tuple(tensors), metadata=metadata, data_start=data_start, file_bytes=file_bytes
    )


def _header_text(path: Path, file_bytes: int) -> tuple[str, int]:
    with path.open("rb") as file:
        prefix = file.read(8)
        if len(prefix) < 8:
            raise broken(path, f"{file_bytes} bytes, too few for a safetensors header")
        (length,) = struct.unpack("<Q", prefix)
        if length > MAX_HEADER_BYTES:
            raise broken(path, f"claims a header of {length:,} bytes; at most {MAX_HEADER_BYTES:,}")
        if length > file_bytes - 8:
            raise broken(path, f"claims a header of {length:,} bytes in a file of {file_bytes:,}")
        raw = file.read(length)
    try:
        return raw.decode("utf-8"), 8 + len(raw)
    except UnicodeDecodeError as error:
        raise broken(path, f"the header is not UTF-8 (byte {error.start})") from error


def _metadata(path: Path, found: Any) -> dict[str, str]:
    if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
        return found
    raise broken(path, "`__metadata__` is no table of texts")


def _tensor(path: Path, name: str, entry: Any, data_start: int, room: int) -> StoredTensor:
    label = f"tensor {name[:120]!r}"
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise broken(path, f"{label} does not have dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _BITS:
        raise broken(path, f"{label} has the unknown dtype {str(dtype)[:40]!r}")
    if not _counts(shape) or len(shape) > MAX_RANK:
        raise broken(path, f"{label} has the shape {str(shape)[:80]}")
    if not _counts(offsets) or len(offsets) != 2 or offsets[0] > offsets[1]:
        raise broken(path, f"{label} has the offsets {str(offsets)[:80]}")
    start, stop = offsets
    if stop > room:
        raise _beyond_the_end(path, f"{label} ends at byte {stop:,} of the data", room)
    bits = math.prod(shape) * _BITS[dtype]
    if bits != 8 * (stop - start):
        raise broken(
            path, f"{label} ({dtype}, shape {str(shape)[:80]}) occupies {stop - start:,} bytes"
        )
    return StoredTensor(
        name=name,
        dtype=dtype,
        shape=tuple(shape),
        start=data_start + start,
        stop=data_start + stop,
    )


def _beyond_the_end(path: Path, what: str, room: int) -> CheckpointBroken:
    return broken(path, f"{what}, but the file has only {room:,} behind its header")


def _counts(values: Any) -> bool:
    return isinstance(values, list) and all(
        type(value) is int and 0 <= value <= MAX_DIMENSION for value in values
    )


def _check_layout(
    path: Path, tensors: list[StoredTensor], data_start: int, file_bytes: int
) -> None:
    first = tensors[0].start if tensors else file_bytes
    if first != data_start:
        raise broken(path, f"{first - data_start:,} bytes before the first tensor belong to none")
    for before, after in pairwise(tensors):
        if before.stop != after.start:
            fault = "overlap" if before.stop > after.start else "leave a gap"
            raise broken(
                path,
                f"tensors {before.name[:80]!r} and {after.name[:80]!r} {fault}"
                f" (bytes {before.stop:,} and {after.start:,})",
            )
    if tensors and tensors[-1].stop != file_bytes:
        raise broken(
            path, f"{file_bytes - tensors[-1].stop:,} bytes at the end belong to no tensor"
        )
