import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headstart.checkpoints.gguf_cursor import GgufArray
from headstart.checkpoints.gguf_header import read_gguf, read_strings
from headstart.errors import CheckpointBroken


def refusal(path: Path, raw: bytes) -> str:
    path.write_bytes(raw)
    with pytest.raises(CheckpointBroken) as caught:
        read_gguf(path)
    assert caught.value.fact.startswith(str(path))
    assert caught.value.hint
    return caught.value.fact


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def head(metadata: bytes = b"", entries: int = 0, tensors: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, entries) + metadata


def tensor(name: str, shape: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + sizes + struct.pack("<IQ", kind, offset)


def test_header_tells_metadata_and_tensors(tiny_gguf: bytes, scratch: Path) -> None:
    scratch.write_bytes(tiny_gguf)
    header = read_gguf(scratch)
    assert header.version == 3
    assert header.text("general.architecture") == "llama"
    assert header.metadata["test.flag"] is True
    assert header.metadata["test.double"] == 0.5
    assert header.metadata["test.small"] == -3
    assert header.metadata["test.nested"] == ((1, 2), (3,))
    found = {one.name: (one.type_name, one.shape) for one in header.tensors}
    assert found == {
        "token_embd.weight": ("F32", (32, 2)),
        "output.weight": ("Q8_0", (32, 2)),
    }
    embedding = header.tensors[0]
    assert struct.unpack_from("<3f", tiny_gguf, embedding.start) == (0.0, 1.0, 2.0)


def test_long_arrays_stay_in_the_file_and_can_be_read(
    make_gguf: Callable[..., Path],
) -> None:
    tokens = [f"t{number}" for number in range(1000)]
    path = make_gguf(tokens=tokens)
    header = read_gguf(path)
    array = header.metadata["tokenizer.ggml.tokens"]
    assert isinstance(array, GgufArray)
    assert read_strings(path, array) == [token.encode() for token in tokens]
    assert read_strings(path, header.metadata["test.numbers"]) is None
    assert read_strings(path, None) is None


def test_alignment_of_the_metadata_is_obeyed(make_gguf: Callable[..., Path]) -> None:
    metadata = text("general.alignment") + struct.pack("<II", 4, 64)
    raw = head(metadata, 1, 1) + tensor("a", (1,))
    padded = raw.ljust(-(-len(raw) // 64) * 64, b"\0")
    path = make_gguf()
    path.write_bytes(padded + bytes(4))
    assert read_gguf(path).tensors[0].start == len(padded)


def test_tensor_data_cut_off_is_told_with_both_sizes(tiny_gguf: bytes, scratch: Path) -> None:
    fact = refusal(scratch, tiny_gguf[:-40])
    assert "ends at byte" in fact
    assert f"only {len(tiny_gguf) - 40:,}" in fact


def metadata(kind: int, rest: bytes) -> bytes:
    return head(text("k") + struct.pack("<I", kind) + rest, 1)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "empty"),
        (b"GGML" + bytes(40), "begins with b'GGML'"),
        (b"GG", "begins with b'GG'"),
        (b"GGUF", "the version runs past the end"),
        (head(version=1), "GGUF version 1; 2 and 3 are read"),
        (head(version=0x03000000), "big-endian"),
        (head(entries=2**60), "metadata entries in 24 bytes"),
        (head(tensors=2**60), "tensors in 24 bytes"),
        (metadata(99, bytes(8)), "unknown value type 99"),
        (metadata(7, b"\x02"), "bool with the value 2"),
        (metadata(8, struct.pack("<Q", 2**40) + bytes(8)), "at most 16,777,216"),
        (metadata(8, struct.pack("<Q", 500) + bytes(8)), "runs past the end"),
        (metadata(9, struct.pack("<IQ", 4, 2**61)), "the 0 bytes left hold fewer"),
        (metadata(9, struct.pack("<IQ", 8, 2**50) + bytes(90)), "hold fewer"),
        (metadata(9, struct.pack("<IQ", 8, 300) + b"\xff" * 3000), "runs past the end"),
        (metadata(9, struct.pack("<IQ", 9, 1) * 8 + bytes(99)), "more than 4 deep"),
        (head((text("k") + struct.pack("<IB", 0, 1)) * 2, 2), "stands twice"),
        (head(text("general.alignment") + struct.pack("<II", 4, 24), 1), "no power of two"),
        (head(tensors=1) + tensor("a", (1,) * 5), "claims 5 dimensions"),
        (head(tensors=1) + tensor("a", (1,), kind=77), "unknown type 77"),
        (head(tensors=1) + tensor("a", (1,), offset=3), "not at a multiple of 32"),
        (head(tensors=1) + tensor("a", (33,), kind=8), "no whole number of Q8_0 blocks"),
        (head(tensors=1) + tensor("a", (2**62, 2**62)), "ends at byte"),
        (head(tensors=2) + tensor("a", (1,)) * 2 + bytes(99), "one name"),
        (head(tensors=2) + tensor("a", (1,)) + tensor("b", (1,)) + bytes(99), "overlap"),
    ],
)
def test_hostile_headers_are_refused_with_figures(raw: bytes, words: str, scratch: Path) -> None:
    assert words in refusal(scratch, raw)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_gives_a_header_or_checkpoint_broken(
    data: st.DataObject, tiny_gguf: bytes, scratch: Path
) -> None:
    raw = bytearray(tiny_gguf)
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    scratch.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    started = time.process_time()
    try:
        header = read_gguf(scratch)
        read_strings(scratch, header.metadata.get("tokenizer.ggml.tokens"))
    except CheckpointBroken as error:
        assert error.hint  # noqa: PT017 - either outcome is right
    assert time.process_time() - started < 1
