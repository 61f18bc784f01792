import json
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headstart.checkpoints.safetensors_header import read_header
from headstart.errors import CheckpointBroken


def written(path: Path, header: Any, data: bytes = b"") -> Path:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + data)
    return path


def entry(start: int, stop: int, shape: tuple[int, ...] = (2,), dtype: str = "F32") -> Any:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, stop]}


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointBroken) as caught:
        read_header(path)
    assert caught.value.fact.startswith(str(path))
    assert caught.value.hint
    return caught.value.fact


def test_header_tells_names_types_shapes_and_places(tiny_safetensors: bytes, scratch: Path) -> None:
    scratch.write_bytes(tiny_safetensors)
    header = read_header(scratch)
    found = {tensor.name: (tensor.dtype, tensor.shape) for tensor in header.tensors}
    assert found == {"embed": ("F32", (5, 4)), "head": ("F16", (5, 4))}
    assert header.metadata == {"format": "pt"}
    assert header.tensors[0].start == header.data_start
    assert header.tensors[-1].stop == header.file_bytes == len(tiny_safetensors)


def test_values_lie_where_the_header_says(tiny_safetensors: bytes, scratch: Path) -> None:
    scratch.write_bytes(tiny_safetensors)
    embed = next(tensor for tensor in read_header(scratch).tensors if tensor.name == "embed")
    assert struct.unpack_from("<3f", tiny_safetensors, embed.start) == (0.0, 1.0, 2.0)


def test_empty_file_is_named(scratch: Path) -> None:
    scratch.write_bytes(b"")
    assert "empty" in refusal(scratch)


def test_header_longer_than_the_file_is_refused(scratch: Path) -> None:
    scratch.write_bytes(struct.pack("<Q", 5000) + b"{}")
    assert "5,000 bytes in a file of 10" in refusal(scratch)


def test_header_above_the_cap_is_refused_without_reading_it(scratch: Path) -> None:
    scratch.write_bytes(struct.pack("<Q", 2**62) + b"{}")
    assert "at most 16,000,000" in refusal(scratch)


@pytest.mark.parametrize(
    ("header", "data", "words"),
    [
        (b"{nonsense", b"", "no valid JSON"),
        (b"[]", b"", "a JSON list"),
        (b"[" * 100_000, b"", "no valid JSON"),
        (b'{"a":' + b"9" * 5000 + b"}", b"", "no valid JSON"),
        (b'{"\\ud800": {}}', b"", "no valid JSON"),
        (b'{"a": {}, "a": {}}', b"", "stands twice"),
        (b"\xff\xfe{}", b"", "not UTF-8"),
        ({"a": 3}, b"", "dtype, shape and data_offsets"),
        ({"a": entry(0, 8, dtype="F99")}, bytes(8), "unknown dtype 'F99'"),
        ({"a": entry(0, 8, shape=(-2,))}, bytes(8), "the shape [-2]"),
        ({"a": entry(-8, 0)}, bytes(8), "the offsets [-8, 0]"),
        ({"a": entry(8, 0)}, bytes(8), "the offsets [8, 0]"),
        ({"a": entry(0, 8)}, bytes(4), "ends at byte 8 of the data, but the file has only 4"),
        ({"a": entry(0, 8, shape=(3,))}, bytes(8), "occupies 8 bytes"),
        ({"a": entry(0, 8), "b": entry(4, 12)}, bytes(12), "overlap"),
        ({"a": entry(0, 8), "b": entry(12, 20)}, bytes(20), "leave a gap"),
        ({"a": entry(4, 12)}, bytes(12), "4 bytes before the first tensor"),
        ({"a": entry(0, 8)}, bytes(11), "3 bytes at the end"),
        ({"__metadata__": {"a": 1}}, b"", "__metadata__"),
    ],
)
def test_inconsistent_headers_are_refused_with_figures(
    header: Any, data: bytes, words: str, scratch: Path
) -> None:
    assert words in refusal(written(scratch, header, data))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_gives_a_header_or_checkpoint_broken(
    data: st.DataObject, tiny_safetensors: bytes, scratch: Path
) -> None:
    raw = bytearray(tiny_safetensors)
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(0, min(250, len(raw) - 1)))] = data.draw(st.integers(0, 255))
    scratch.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    started = time.process_time()
    try:
        read_header(scratch)
    except CheckpointBroken as error:
        assert error.hint  # noqa: PT017 - either outcome is right
    assert time.process_time() - started < 1
