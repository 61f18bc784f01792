import json
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from safetensors.numpy import save_file

from headstart.checkpoints.gguf_header import read_gguf
from headstart.checkpoints.weights import (
    CannotRead,
    Place,
    Weights,
    folder_weights,
    gguf_weights,
    input_table,
    output_table,
    read_block,
    read_rows,
)
from headstart.errors import CheckpointBroken

NUMBERS = np.arange(40, dtype=np.float32).reshape(8, 5) / 8


def folder(path: Path, **tensors: object) -> Weights:
    path.mkdir(exist_ok=True)
    save_file(
        {name.replace("__", "."): t for name, t in tensors.items()}, path / "model.safetensors"
    )
    return folder_weights(path)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.float64])
def test_rows_are_read_as_they_were_written(dtype: type, tmp_path: Path) -> None:
    place = folder(tmp_path, a=NUMBERS.astype(dtype)).places["a"]
    assert np.array_equal(read_rows(place, [7, 0, 3]), NUMBERS[[7, 0, 3]])
    assert np.array_equal(read_block(place, 2, 4), NUMBERS[2:6])


def test_bfloat16_is_the_upper_half_of_float32(tmp_path: Path) -> None:
    raw = (NUMBERS.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = {"a": {"dtype": "BF16", "shape": [8, 5], "data_offsets": [0, len(raw)]}}
    text = json.dumps(header).encode()
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + raw)
    place = folder_weights(tmp_path).places["a"]
    assert np.array_equal(read_block(place, 0, 8), NUMBERS)


def test_gguf_rows_come_in_the_order_of_torch(tmp_path: Path) -> None:
    held = np.random.default_rng(0).normal(size=(6, 64)).astype(np.float32)
    path = tmp_path / "a.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for name, kind in (("plain", None), ("packed", gguf.GGMLQuantizationType.Q8_0)):
        packed = held if kind is None else gguf.quants.quantize(held, kind)
        writer.add_tensor(name, packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    weights = gguf_weights(path, read_gguf(path))
    assert weights.places["plain"].shape == (6, 64)
    assert np.array_equal(read_rows(weights.places["plain"], [5, 1]), held[[5, 1]])
    assert np.abs(read_rows(weights.places["packed"], [5, 1]) - held[[5, 1]]).max() < 0.03
    assert weights.parameters == 2 * held.size
    assert weights.packed == {"F32": held.size, "Q8_0": held.size}


def test_more_dimensions_are_rows_of_the_last(tmp_path: Path) -> None:
    held = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    place = folder(tmp_path, a=held).places["a"]
    assert (place.rows, place.width) == (6, 4)
    assert np.array_equal(read_block(place, 0, 6), held.reshape(6, 4))


def test_what_is_packed_in_an_unknown_way_is_not_read(tmp_path: Path) -> None:
    place = folder(tmp_path, a=np.ones((4, 4), np.int8)).places["a"]
    with pytest.raises(CannotRead, match="stored as I8"):
        read_rows(place, [0])


def test_rows_beyond_the_tensor_are_refused(tmp_path: Path) -> None:
    place = folder(tmp_path, a=NUMBERS).places["a"]
    for rows in ([8], [-1]):
        with pytest.raises(CheckpointBroken):
            read_rows(place, rows)


def test_embedding_and_head_are_found_by_their_usual_names(tmp_path: Path) -> None:
    weights = folder(
        tmp_path,
        model__embed_tokens__weight=NUMBERS,
        model__embed_tokens__bias=NUMBERS[0],
        lm_head__weight=NUMBERS + 1,
    )
    assert isinstance(input_table(weights), Place)
    assert input_table(weights) == weights.places["model.embed_tokens.weight"]
    assert output_table(weights) == weights.places["lm_head.weight"]
    assert output_table(Weights({}, 0, 0)) is None


def test_a_tensor_in_two_shards_is_refused(tmp_path: Path) -> None:
    index = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    for name in index.values():
        save_file({"a": NUMBERS, "b": NUMBERS}, tmp_path / name)
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))
    with pytest.raises(CheckpointBroken, match="two shards"):
        folder_weights(tmp_path)
