"""A bounded reader over the bytes of a GGUF file: no figure is trusted before it is checked."""

import mmap
import struct
from pathlib import Path

from headstart.checkpoints.files import broken
from headstart.checkpoints.gguf_types import STRUCT_CODES, GgufType
from headstart.domain.value import Value
from headstart.errors import CheckpointBroken

MAX_STRING_BYTES = 16 * 1024 * 1024
MAX_TEXT_BYTES = 64 * 1024 * 1024
"""Of all texts that are kept; a file full of zeros can claim any number of long ones."""
MAX_ITEMS = 2_000_000
"""Strings walked one by one; the largest vocabularies with merges have about 800,000."""
MAX_ARRAYS = 65_536
"""Arrays inside arrays."""
MAX_NESTING = 4
SHORT_ARRAY = 256
"""Arrays up to this length are read at once; longer ones stay in the file."""
_LENGTH = struct.Struct("<Q")


class GgufArray(Value):
    """A long array left in the file; `gguf_header.read_strings` reads one of strings."""

    item_type: GgufType
    """The type of every item."""
    count: int
    """Items in the array."""
    start: int
    """Bytes from the start of the file to the first item."""
    stop: int
    """Bytes from the start of the file to the byte after the last item."""


class Cursor:
    """Reads values one after another; every read is checked against the end of the file."""

    def __init__(self, path: Path, view: mmap.mmap) -> None:
        self.path = path
        self.view = view
        self.at = 0
        self.end = len(view)
        self._items_left = MAX_ITEMS
        self._arrays_left = MAX_ARRAYS
        self._text_left = MAX_TEXT_BYTES

    def broken(self, what: str) -> CheckpointBroken:
        """Give the error for what was found at the present byte."""
        return broken(self.path, what)

    def number(self, kind: GgufType, what: str) -> int | float:
        """Read one number; `what` names it in the error."""
        code = struct.Struct("<" + STRUCT_CODES[kind])
        value: int | float = code.unpack_from(self.view, self._take(code.size, what))[0]
        return value

    def whole(self, kind: GgufType, what: str) -> int:
        """Read one whole number."""
        return int(self.number(kind, what))

    def raw(self, limit: int, what: str) -> bytes:
        """Read a string's bytes, of which there may be at most `limit`."""
        length = self.whole(GgufType.UINT64, f"the length of {what}")
        if length > limit:
            raise self.broken(f"{what} claims {length:,} bytes; at most {limit:,} are read")
        start = self._take(length, what)
        return self.view[start : start + length]

    def value(self, kind: GgufType, what: str, *, nesting: int = 0) -> object:
        """Read a metadata value: a number, bool, text, tuple, or `GgufArray` for a long array."""
        if kind is GgufType.STRING:
            raw = self.raw(MAX_STRING_BYTES, what)
            self._text_left -= len(raw)
            if self._text_left < 0:
                raise self.broken(
                    f"{what} brings the metadata's texts above {MAX_TEXT_BYTES:,} bytes"
                )
            return raw.decode("utf-8", errors="replace")
        if kind is GgufType.ARRAY:
            return self._array(what, nesting)
        number = self.number(kind, what)
        if kind is not GgufType.BOOL:
            return number
        if number not in (0, 1):
            raise self.broken(f"{what} is a bool with the value {number}")
        return bool(number)

    def kind(self, what: str) -> GgufType:
        """Read the number of a value type."""
        number = self.whole(GgufType.UINT32, f"the type of {what}")
        try:
            return GgufType(number)
        except ValueError as error:
            raise self.broken(f"{what} has the unknown value type {number}") from error

    def _array(self, what: str, nesting: int) -> object:
        if nesting >= MAX_NESTING:
            raise self.broken(f"{what} nests arrays more than {MAX_NESTING} deep")
        kind = self.kind(what)
        count = self.whole(GgufType.UINT64, f"the length of {what}")
        self._admit(kind, count, what)
        if count <= SHORT_ARRAY or kind is GgufType.ARRAY:
            return tuple(self.value(kind, what, nesting=nesting + 1) for _ in range(count))
        start = self.at
        if kind is GgufType.STRING:
            self._skip_strings(count, what)
        else:
            self._take(count * struct.calcsize("<" + STRUCT_CODES[kind]), what)
        return GgufArray(item_type=kind, count=count, start=start, stop=self.at)

    def _admit(self, kind: GgufType, count: int, what: str) -> None:
        smallest = {GgufType.STRING: 8, GgufType.ARRAY: 12}.get(kind)
        each = smallest or struct.calcsize("<" + STRUCT_CODES[kind])
        if count * each > self.end - self.at:
            raise self.broken(
                f"{what} claims {count:,} items; the {self.end - self.at:,} bytes left hold fewer"
            )
        if kind is GgufType.ARRAY:
            self._arrays_left -= count
        if self._arrays_left < 0:
            raise self.broken(f"{what} brings the header above {MAX_ARRAYS:,} nested arrays")
        if smallest:
            self._items_left -= count
        if self._items_left < 0:
            raise self.broken(f"{what} brings the header above {MAX_ITEMS:,} items")

    def _skip_strings(self, count: int, what: str) -> None:
        at, last, view, length = self.at, self.end - 8, self.view, _LENGTH.unpack_from
        for _ in range(count):
            if at > last:
                raise self.broken(f"{what} runs past the end of the file ({self.end:,} bytes)")
            at += 8 + length(view, at)[0]
        self._take(at - self.at, what)

    def _take(self, size: int, what: str) -> int:
        start = self.at
        if size > self.end - start:
            raise self.broken(
                f"{what} runs past the end of the file ({self.end:,} bytes)"
                f" by {size - (self.end - start):,} bytes"
            )
        self.at = start + size
        return start
