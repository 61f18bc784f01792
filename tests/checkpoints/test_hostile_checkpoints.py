"""Headers and small files made to exhaust: each is opened in a process of its own."""

import json
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from measured import run_measured

SECONDS, MEGABYTES = 5.0, 500


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(metadata: bytes = b"", entries: int = 0, tensors: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, entries) + metadata


def tensor(name: str, shape: tuple[int, ...], offset: int = 0) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + sizes + struct.pack("<IQ", 0, offset)


def safetensors(path: Path, header: bytes, length: int | None = None, size: int = 0) -> Path:
    path.mkdir()
    (path / "config.json").write_text('{"model_type": "llama"}')
    file = path / "model.safetensors"
    file.write_bytes(struct.pack("<Q", len(header) if length is None else length) + header)
    if size:
        os.truncate(file, size)
    return path


def file(path: Path, raw: bytes, size: int = 0) -> Path:
    path = path.with_suffix(".gguf")
    path.write_bytes(raw)
    if size:
        os.truncate(path, size)
    return path


def small(path: Path, name: str, raw: bytes) -> Path:
    path.mkdir()
    (path / "config.json").write_text('{"model_type": "llama"}')
    (path / name).write_bytes(raw)
    return path


def entry(start: int, stop: int, shape: list[int]) -> dict[str, object]:
    return {"dtype": "U8", "shape": shape, "data_offsets": [start, stop]}


def header(**entries: dict[str, object]) -> bytes:
    return json.dumps(entries).encode()


def array(kind: int, count: int) -> bytes:
    return struct.pack("<IIQ", 9, kind, count)


HUGE = 2**62
CASES: dict[str, Callable[[Path], Path]] = {
    "header length beyond everything": lambda p: safetensors(p, b"{}", HUGE),
    "header length as long as a sparse file": lambda p: safetensors(p, b"{}", 10**11, 10**11 + 8),
    "header of zeros": lambda p: safetensors(p, b"", 15_000_000, 15_000_008),
    "overlapping offsets": lambda p: safetensors(
        p, header(a=entry(0, 8, [8]), b=entry(4, 12, [8])) + bytes(12)
    ),
    "negative shape": lambda p: safetensors(p, header(a=entry(0, 8, [-8]))),
    "negative offsets": lambda p: safetensors(p, header(a=entry(-8, 0, [8]))),
    "shape that overflows": lambda p: safetensors(p, header(a=entry(0, 8, [HUGE] * 60))),
    "a thousand dimensions": lambda p: safetensors(p, header(a=entry(0, 1, [1] * 1000))),
    "too many tensors": lambda p: safetensors(
        p, json.dumps({str(n): entry(0, 0, [0]) for n in range(200_000)}).encode()
    ),
    "lists in a header": lambda p: safetensors(p, b'{"a":[' + b"[]," * 5_000_000 + b"[]]}"),
    "objects in a header": lambda p: safetensors(p, b'{"a":[' + b'{"":0},' * 990_000 + b"{}]}"),
    "numbers in a header": lambda p: safetensors(p, b'{"a":[' + b"99999," * 2_600_000 + b"1]}"),
    "nesting in a header": lambda p: safetensors(p, b"[" * 1_000_000),
    "digits in a header": lambda p: safetensors(p, b'{"a":' + b"9" * 1_000_000 + b"}"),
    "metadata count": lambda p: file(p, gguf(entries=HUGE)),
    "tensor count": lambda p: file(p, gguf(tensors=HUGE)),
    "tensor count in a sparse file": lambda p: file(p, gguf(tensors=60_000), 10**10),
    "text length": lambda p: file(p, gguf(text("k") + struct.pack("<IQ", 8, HUGE), 1), 10**10),
    "long texts": lambda p: file(
        p,
        gguf(
            b"".join(
                text(f"k{n}") + struct.pack("<IQ", 8, 16_000_000) + bytes(16_000_000)
                for n in range(6)
            ),
            6,
        ),
    ),
    "array count": lambda p: file(p, gguf(text("k") + array(8, HUGE), 1), 10**10),
    "array of zeros": lambda p: file(p, gguf(text("k") + array(8, 10**8), 1), 10**10),
    "arrays in an array": lambda p: file(p, gguf(text("k") + array(9, 8_000_000), 1), 10**9),
    "alignment": lambda p: file(
        p, gguf(text("general.alignment") + struct.pack("<II", 4, 2**31), 1, 0), 10**9
    ),
    "gguf shape that overflows": lambda p: file(
        p, gguf(tensors=1) + tensor("a", (HUGE, HUGE, HUGE, HUGE))
    ),
    "gguf offsets that overlap": lambda p: file(
        p, gguf(tensors=2) + tensor("a", (64,)) + tensor("b", (64,)) + bytes(999)
    ),
    "layer count": lambda p: file(
        p,
        gguf(
            text("general.architecture")
            + struct.pack("<I", 8)
            + text("llama")
            + text("llama.block_count")
            + struct.pack("<IQ", 10, HUGE),
            2,
        ),
    ),
    "config of lists": lambda p: small(p, "config.json", b'{"a":[' + b"[]," * 3_000_000 + b"1]}"),
    "tokenizer of nothing": lambda p: small(p, "tokenizer.json", b"[" * 60_000_000),
    "tokenizer with one high id": lambda p: small(
        p, "tokenizer.json", b'{"model": {"vocab": {"a": 900000000000}}}'
    ),
    "index of shards that are not there": lambda p: small(
        p,
        "model.safetensors.index.json",
        json.dumps({"weight_map": {str(n): f"{n}.safetensors" for n in range(200_000)}}).encode(),
    ),
    "index that leaves the folder": lambda p: small(
        p, "model.safetensors.index.json", b'{"weight_map": {"a": "../../etc/passwd.safetensors"}}'
    ),
    "template of brackets": lambda p: small(
        p, "chat_template.jinja", b"{{ " + b"(" * 150_000 + b" }}"
    ),
    "template of hundred megabytes": lambda p: small(p, "chat_template.jinja", b"a" * 100_000_000),
}


@pytest.mark.parametrize("name", CASES)
def test_hostile_files_end_in_time_and_memory_with_a_clear_message(
    name: str, tmp_path: Path
) -> None:
    took = run_measured(tmp_path, "inspect", str(CASES[name](tmp_path / "x")))
    assert took.seconds < SECONDS
    assert took.megabytes < MEGABYTES
    assert "Traceback" not in took.err
    if took.code:
        assert took.code == 2
        assert took.err.startswith("error: ")
        assert "hint: " in took.err
        assert len(took.err) < 2_000
    else:
        assert name.startswith(("layer count", "index", "template of brackets"))
