"""Read and check the header of a GGUF file: its metadata and where its tensors lie.

The format: magic, version, counts, key-value metadata, tensor descriptions,
padding, tensor data; all little-endian here. A vocabulary of 262,000 tokens
takes a fraction of a second, since long arrays are walked but not built.
"""

import math
import mmap
import struct
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from headstart.checkpoints.files import broken
from headstart.checkpoints.gguf_cursor import Cursor, GgufArray
from headstart.checkpoints.gguf_types import TENSOR_TYPES, GgufType
from headstart.domain.value import Value

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_METADATA = 65_536
MAX_TENSORS = 65_536
"""The largest in use have a few thousand."""
MAX_KEY_BYTES = 65_535
MAX_DIMENSIONS = 4
MAX_HEADER_BYTES = 1 << 30
_DEFAULT_ALIGNMENT = 32
_MAX_ALIGNMENT = 1 << 20


class GgufTensor(Value):
    """One tensor as the header describes it."""

    name: str
    """llama.cpp's name, such as `blk.0.attn_q.weight`."""
    type_name: str
    """How its numbers are packed, such as `Q4_K`."""
    shape: tuple[int, ...]
    """Innermost dimension first, as stored: the reverse of torch's order."""
    start: int
    """Bytes from the start of the file to the tensor's first byte."""
    stop: int
    """Bytes from the start of the file to the byte after its last."""


class GgufHeader(Value):
    """What a GGUF file holds, checked against its size."""

    version: int
    """2 or 3."""
    metadata: Mapping[str, object]
    """Numbers, bools, texts, tuples, and `GgufArray` for arrays of more than 256 items."""
    tensors: tuple[GgufTensor, ...]
    """In the order of the file's list."""
    data_start: int
    """Bytes before the first tensor."""
    file_bytes: int
    """Size of the whole file."""

    def text(self, key: str) -> str | None:
        """Give a metadata text, or None where it is absent or no text."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else None


def read_gguf(path: Path) -> GgufHeader:
    """Read a GGUF header and check every tensor against the file's size.

    Tensor data is not looked at. At most 1 GB of header, 2 million strings and
    65,536 tensors are accepted.

    Raises:
        CheckpointBroken: bad magic, an unsupported version, counts that the
            file cannot hold, or tensors that overlap or lie beyond its end.
    """
    file_bytes = path.stat().st_size
    if not file_bytes:
        raise broken(path, "the file is empty")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        cursor = Cursor(path, view)
        version, tensor_count, metadata_count = _counts(cursor)
        metadata = _metadata(cursor, metadata_count)
        alignment = _alignment(cursor, metadata)
        described = [_description(cursor) for _ in range(tensor_count)]
        data_start = math.ceil(cursor.at / alignment) * alignment
    if data_start > MAX_HEADER_BYTES:
        raise broken(path, f"a header of {data_start:,} bytes; at most {MAX_HEADER_BYTES:,}")
    tensors = tuple(_placed(path, one, data_start, alignment, file_bytes) for one in described)
    _check_layout(path, tensors)
    return GgufHeader(
        version=version,
        metadata=metadata,
        tensors=tensors,
        data_start=data_start,
        file_bytes=file_bytes,
    )


def read_strings(path: Path, array: object) -> list[bytes] | None:
    """Read an array of strings from the file whose header `array` came from.

    Gives None where `array` is no array of strings (absent, or of numbers).
    """
    if isinstance(array, tuple):
        texts = [item.encode("utf-8") for item in array if isinstance(item, str)]
        return texts if len(texts) == len(array) else None
    if not isinstance(array, GgufArray) or array.item_type is not GgufType.STRING:
        return None
    with path.open("rb") as file:
        file.seek(array.start)
        raw = file.read(array.stop - array.start)
    strings, at, length = [], 0, struct.Struct("<Q").unpack_from
    for _ in range(array.count):
        stop = at + 8 + length(raw, at)[0]
        strings.append(raw[at + 8 : stop])
        at = stop
    return strings


def _counts(cursor: Cursor) -> tuple[int, int, int]:
    magic = cursor.view[:4]
    if magic != MAGIC:
        raise cursor.broken(f"begins with {magic!r}, not with {MAGIC!r}: no GGUF file")
    cursor.at = 4
    version = cursor.whole(GgufType.UINT32, "the version")
    if version not in VERSIONS:
        big_endian = int.from_bytes(version.to_bytes(4, "little"), "big") in VERSIONS
        raise broken(
            cursor.path,
            "a big-endian GGUF" if big_endian else f"GGUF version {version}; 2 and 3 are read",
            hint="convert the model anew with a current llama.cpp",
        )
    tensors = cursor.whole(GgufType.UINT64, "the tensor count")
    metadata = cursor.whole(GgufType.UINT64, "the metadata count")
    if metadata > MAX_METADATA or metadata * 13 > cursor.end:
        raise cursor.broken(f"claims {metadata:,} metadata entries in {cursor.end:,} bytes")
    if tensors > MAX_TENSORS or tensors * 24 > cursor.end:
        raise cursor.broken(f"claims {tensors:,} tensors in {cursor.end:,} bytes")
    return version, tensors, metadata


def _metadata(cursor: Cursor, count: int) -> dict[str, object]:
    metadata: dict[str, object] = {}
    for _ in range(count):
        key = _name(cursor, "a metadata key")
        if key in metadata:
            raise cursor.broken(f"metadata key {key[:80]!r} stands twice")
        label = f"metadata {key[:80]!r}"
        metadata[key] = cursor.value(cursor.kind(label), label)
    return metadata


def _name(cursor: Cursor, what: str) -> str:
    try:
        return cursor.raw(MAX_KEY_BYTES, what).decode("utf-8")
    except UnicodeDecodeError as error:
        raise cursor.broken(f"{what} is not UTF-8") from error


def _alignment(cursor: Cursor, metadata: Mapping[str, object]) -> int:
    found = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    if type(found) is int and 0 < found <= _MAX_ALIGNMENT and found & (found - 1) == 0:
        return found
    raise cursor.broken(f"general.alignment is {str(found)[:40]}, no power of two")


def _description(cursor: Cursor) -> tuple[str, tuple[int, ...], int, int]:
    name = _name(cursor, "a tensor name")
    label = f"tensor {name[:80]!r}"
    rank = cursor.whole(GgufType.UINT32, f"the rank of {label}")
    if rank > MAX_DIMENSIONS:
        raise cursor.broken(f"{label} claims {rank:,} dimensions; at most {MAX_DIMENSIONS}")
    shape = tuple(cursor.whole(GgufType.UINT64, f"the shape of {label}") for _ in range(rank))
    number = cursor.whole(GgufType.UINT32, f"the type of {label}")
    return name, shape, number, cursor.whole(GgufType.UINT64, f"the offset of {label}")


def _placed(
    path: Path,
    described: tuple[str, tuple[int, ...], int, int],
    data_start: int,
    alignment: int,
    file_bytes: int,
) -> GgufTensor:
    name, shape, number, offset = described
    label = f"tensor {name[:80]!r}"
    packing = TENSOR_TYPES.get(number)
    if packing is None:
        raise broken(
            path,
            f"{label} has the unknown type {number}",
            hint="use a common type such as F16, Q8_0 or Q4_K_M, or copy the file again",
        )
    if offset % alignment:
        raise broken(path, f"{label} starts at {offset:,}, not at a multiple of {alignment}")
    row = shape[0] if shape else 1
    if row % packing.block:
        raise broken(path, f"{label}: a row of {row:,} is no whole number of {packing.name} blocks")
    start = data_start + offset
    stop = start + math.prod(shape) // packing.block * packing.block_bytes
    if stop > file_bytes:
        raise broken(path, f"{label} ends at byte {stop:,}, but the file has only {file_bytes:,}")
    return GgufTensor(name=name, type_name=packing.name, shape=shape, start=start, stop=stop)


def _check_layout(path: Path, tensors: tuple[GgufTensor, ...]) -> None:
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise broken(path, "two tensors have one name")
    filled = (tensor for tensor in tensors if tensor.stop > tensor.start)
    for before, after in pairwise(sorted(filled, key=lambda tensor: tensor.start)):
        if before.stop > after.start:
            raise broken(path, f"tensors {before.name[:80]!r} and {after.name[:80]!r} overlap")
