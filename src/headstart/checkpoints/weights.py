"""Tensors as they lie in safetensors or GGUF files, and a few rows of them at a time as float32.

Everything is read with numpy: no torch, and never a whole large tensor.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from headstart.checkpoints.directory import weight_files
from headstart.checkpoints.files import broken
from headstart.checkpoints.gguf_header import GgufHeader
from headstart.checkpoints.gguf_types import TENSOR_TYPES
from headstart.checkpoints.safetensors_header import read_header

Numbers = NDArray[np.float32]

MAX_TENSORS = 200_000
"""Of one checkpoint; the largest in use have about 90,000."""
_PLAIN = {
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "F64": "<f8",
}
_PACKINGS = {packing.name: packing for packing in TENSOR_TYPES.values()}
_BY_NUMBER = {packing.name: number for number, packing in TENSOR_TYPES.items()}
_INPUT = re.compile(
    r"(?:^|\.)(?:embed_tokens|wte|word_embeddings|tok_embeddings|embed_in|embedding|embeddings"
    r"|token_embd|wordpiece_embeddings|tok_embed)\.weight$"
)
_OUTPUT = re.compile(r"(?:^|\.)(?:lm_head|embed_out|output|output_layer|head)\.weight$")


class CannotRead(ValueError):
    """A packing that is not read here; the message says which."""


@dataclass(frozen=True)
class Place:
    """Where a tensor lies."""

    path: Path
    """The file."""
    name: str
    """The tensor's name there."""
    dtype: str
    """The format's word for its numbers, such as BF16 or Q4_K."""
    shape: tuple[int, ...]
    """Outermost dimension first, in both formats."""
    start: int
    """Bytes before its first."""
    stop: int
    """Bytes up to its last."""

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def rows(self) -> int:
        """Rows when all dimensions but the last are taken as one."""
        return self.numbers // self.width if self.width else 0

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return self.shape[-1] if self.shape else 1


@dataclass(frozen=True)
class Weights:
    """Every tensor of a checkpoint, none of them read."""

    places: dict[str, Place]
    """By name."""
    file_bytes: int
    """Size of all weight files."""
    files: int
    """Number of weight files."""
    packed: dict[str, int] = field(default_factory=dict)
    """Packing to numbers stored so."""

    @property
    def parameters(self) -> int:
        """Numbers in all tensors."""
        return sum(self.packed.values())


def folder_weights(folder: Path) -> Weights:
    """Read the headers of all shards of a Hugging Face folder.

    Raises:
        CheckpointUnsafe: the weights are pickle only.
        CheckpointBroken: missing or damaged files, or more than 200,000 tensors.
    """
    places: dict[str, Place] = {}
    size = count = 0
    for path in weight_files(folder):
        header = read_header(path)
        size, count = size + header.file_bytes, count + 1
        for one in header.tensors:
            if one.name in places:
                raise broken(path, f"tensor {one.name[:80]!r} stands in two shards")
            places[one.name] = Place(path, one.name, one.dtype, one.shape, one.start, one.stop)
        if len(places) > MAX_TENSORS:
            raise broken(path, f"brings the tensors above {MAX_TENSORS:,}")
    return Weights(places, size, count, _packed(places))


def gguf_weights(path: Path, header: GgufHeader) -> Weights:
    """The tensors of a GGUF file whose header was read."""
    places = {
        one.name: Place(path, one.name, one.type_name, one.shape[::-1], one.start, one.stop)
        for one in header.tensors
    }
    return Weights(places, header.file_bytes, 1, _packed(places))


def input_table(weights: Weights) -> Place | None:
    """The embedding: the largest matrix with one of its usual names."""
    return _table(weights, _INPUT)


def output_table(weights: Weights) -> Place | None:
    """The output head; None where the embedding serves as head."""
    return _table(weights, _OUTPUT)


def read_rows(place: Place, rows: Sequence[int]) -> Numbers:
    """Read single rows.

    Args:
        place: a matrix; more dimensions are taken as one but for the last.
        rows: indices below `place.rows`.

    Returns:
        [rows, width] float32.

    Raises:
        CannotRead: numbers packed in a way that is not known here.
        CheckpointBroken: the file ends within the tensor.
    """
    with place.path.open("rb") as file:
        return _unpacked(place, [_raw(place, file, row, 1) for row in rows])


def read_block(place: Place, first: int, rows: int) -> Numbers:
    """Read `rows` rows from `first` on, as `read_rows` does."""
    with place.path.open("rb") as file:
        return _unpacked(place, [_raw(place, file, first, rows)])


def _table(weights: Weights, pattern: re.Pattern[str]) -> Place | None:
    found = [
        place
        for name, place in weights.places.items()
        if pattern.search(name) and len(place.shape) == 2
    ]
    return max(found, key=lambda place: place.shape[0], default=None)


def _packed(places: dict[str, Place]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place in places.values():
        found[place.dtype] = found.get(place.dtype, 0) + place.numbers
    return found


def _row_bytes(place: Place) -> int:
    if place.dtype in _PLAIN:
        return place.width * np.dtype(_PLAIN[place.dtype]).itemsize
    packing = _PACKINGS.get(place.dtype)
    if packing is None or place.width % packing.block:
        raise CannotRead(f"{place.name} is stored as {place.dtype}, which is not read here")
    return place.width // packing.block * packing.block_bytes


def _raw(place: Place, file: Any, first: int, rows: int) -> bytes:
    each = _row_bytes(place)
    file.seek(place.start + first * each)
    found: bytes = file.read(rows * each)
    if first < 0 or first + rows > place.rows or len(found) < rows * each:
        raise broken(place.path, f"ends within tensor {place.name[:80]!r}")
    return found


def _unpacked(place: Place, raw: list[bytes]) -> Numbers:
    joined = np.frombuffer(b"".join(raw), np.uint8)
    if place.dtype not in _PLAIN:
        return _dequantized(place, joined)
    numbers = joined.view(_PLAIN[place.dtype])
    if place.dtype == "BF16":
        wide = numbers.astype(np.uint32)
        wide <<= 16
        numbers = wide.view(np.float32)
    return numbers.astype(np.float32, copy=False).reshape(-1, place.width)


def _dequantized(place: Place, raw: NDArray[np.uint8]) -> Numbers:
    """GGUF's packings by the gguf library, which needs nothing but numpy."""
    import gguf

    kind = gguf.GGMLQuantizationType(_BY_NUMBER[place.dtype])
    try:
        numbers = gguf.dequantize(raw.reshape(-1, _row_bytes(place)), kind)
    except (NotImplementedError, ValueError) as error:
        raise CannotRead(f"{place.name} is stored as {place.dtype}: {error}") from error
    return np.asarray(numbers, np.float32).reshape(-1, place.width)
