"""Opening a GGUF file without building its vocabulary.

`gguf.GGUFReader` makes several Python objects for every item of every array: 0.7 GB and ten
seconds for a vocabulary of 262,000 tokens, of which a model's config needs nothing but the number.
"""

import contextlib
import functools
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import gguf
import numpy as np
from gguf import GGUFReader, GGUFValueType

MAX_ENTRIES = 65_536
"""Metadata entries, and tensors, of one file; the largest models have a few thousand."""
LONGEST_READ = 4_096
"""Arrays of numbers above this length are stepped over; a config's lists have one per layer."""
MAX_NUMBERS = 65_536
"""Numbers read from all arrays of one file."""
_LENGTH = struct.Struct("<Q")
_LENDING = threading.RLock()


class LeanReader(GGUFReader):
    """A `GGUFReader` that steps over long arrays of numbers and only counts strings.

    In `fields`, an array of n strings is n empty strings, and an array of numbers above
    `LONGEST_READ` is empty; everything else is as its parent gives it.

    Raises (while it opens the file):
        ValueError, LookupError, ArithmeticError, RuntimeError: the file is damaged, cut off, or
            above a limit. OSError: it cannot be read.
    """

    def __init__(self, path: Path | str) -> None:
        self._numbers_left = MAX_NUMBERS
        with Path(path).open("rb") as file:
            tensors, entries = struct.unpack("<8xQQ", file.read(24).ljust(24, b"\0"))
        if max(tensors, entries) > MAX_ENTRIES:
            raise ValueError(f"{tensors:,} tensors and {entries:,} metadata entries are claimed")
        super().__init__(path)
        self._check()

    def _get_field_parts(
        self, orig_offs: int, raw_type: int
    ) -> tuple[int, list[Any], list[int], list[GGUFValueType]]:
        if raw_type != GGUFValueType.ARRAY:
            return super()._get_field_parts(orig_offs, raw_type)
        kind = GGUFValueType(int(self._get(orig_offs, np.uint32)[0]))
        count = int(self._get(orig_offs + 4, np.uint64)[0])
        start = orig_offs + 12
        if kind is GGUFValueType.STRING:
            size = self._strings_bytes(start, count)
            return 12 + size, [b""], [0] * count, [GGUFValueType.ARRAY, kind]
        number = self.gguf_scalar_to_np.get(kind)
        if number is None:
            raise ValueError("the metadata holds an array of arrays")
        size = count * np.dtype(number).itemsize
        if start + size > len(self.data):
            raise ValueError(f"an array of {count:,} numbers runs past the end of the file")
        read = count if count <= LONGEST_READ else 0
        self._numbers_left -= read
        if self._numbers_left < 0:
            raise ValueError(f"the metadata holds more than {MAX_NUMBERS:,} numbers")
        parts = [self._get(start + size // count * at, number) for at in range(read)]
        return 12 + size, parts, list(range(read)), [GGUFValueType.ARRAY, kind]

    def _strings_bytes(self, start: int, count: int) -> int:
        """Bytes of `count` strings, each with its length before it."""
        at, last, length = start, len(self.data) - 8, _LENGTH.unpack_from
        buffer = self.data.data
        for _ in range(count):
            if at > last:
                break
            at += 8 + length(buffer, at)[0]
        else:
            if at <= last + 8:
                return at - start
        raise ValueError(f"an array of {count:,} strings runs past the end of the file")

    def _check(self) -> None:
        """Refuse what would make a model larger than the file has tensors for."""
        if sum(tensor.n_bytes for tensor in self.tensors) > len(self.data):
            raise ValueError("the tensors overlap")
        for name, field in self.fields.items():
            layers = field.contents() if name.endswith(".block_count") else 0
            if not isinstance(layers, int) or layers > len(self.tensors):
                raise ValueError(f"{name} is {layers}, with {len(self.tensors):,} tensors")


@contextlib.contextmanager
def lean_gguf() -> Iterator[None]:
    """Let transformers read GGUF files through `LeanReader`, which it looks up at each call.

    It also builds the table of tensor names once for every submodule of a model; here, once for
    every architecture.
    """
    names = functools.cache(gguf.get_tensor_name_map)
    with _LENDING, mock.patch.multiple(gguf, GGUFReader=LeanReader, get_tensor_name_map=names):
        yield
