"""Dense copies of tiny GGUF files made here, against transformers' own dequantised load."""

import contextlib
import json
import os
import random
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType as Packing
from safetensors import safe_open
from tiny import CHATML, END, TOKENS, tiny_tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig, TokenizersBackend
from transformers.utils import logging

from headstart.domain.checkpoint import Checkpoint, Form
from headstart.engine import dense, gguf_weights
from headstart.engine.dense import dense_copy
from headstart.engine.gguf_reader import MAX_NUMBERS, LeanReader
from headstart.errors import CheckpointBroken, StoreError

Shapes = dict[str, tuple[int, ...]]
Metadata = dict[str, int | float]
WIDTH, INNER, HEADS, SHARED, HEAD = 64, 96, 4, 2, 16
SIZES: Metadata = {
    "context_length": 64,
    "block_count": 2,
    "embedding_length": WIDTH,
    "feed_forward_length": INNER,
    "attention.head_count": HEADS,
    "attention.head_count_kv": SHARED,
    "attention.layer_norm_rms_epsilon": 1e-5,
    "rope.freq_base": 10_000.0,
    "rope.dimension_count": HEAD,
}
OUTER: Shapes = {"token_embd.weight": (TOKENS, WIDTH), "output_norm.weight": (WIDTH,)}
OUTPUT: Shapes = {"output.weight": (TOKENS, WIDTH)}
ATTENTION: Shapes = {
    "attn_norm.weight": (WIDTH,),
    "attn_q.weight": (HEADS * HEAD, WIDTH),
    "attn_k.weight": (SHARED * HEAD, WIDTH),
    "attn_v.weight": (SHARED * HEAD, WIDTH),
    "attn_output.weight": (WIDTH, HEADS * HEAD),
    "ffn_norm.weight": (WIDTH,),
}
FEED_FORWARD: Shapes = {
    "ffn_gate.weight": (INNER, WIDTH),
    "ffn_up.weight": (INNER, WIDTH),
    "ffn_down.weight": (WIDTH, INNER),
}
BIASES: Shapes = {
    "attn_q.bias": (HEADS * HEAD,),
    "attn_k.bias": (SHARED * HEAD,),
    "attn_v.bias": (SHARED * HEAD,),
}
HEAD_NORMS: Shapes = {"attn_q_norm.weight": (HEAD,), "attn_k_norm.weight": (HEAD,)}
AFTER_NORMS: Shapes = {
    "post_attention_norm.weight": (WIDTH,),
    "post_ffw_norm.weight": (WIDTH,),
}
EXPERTS: Shapes = {
    "ffn_gate_inp.weight": (4, WIDTH),
    "ffn_gate_exps.weight": (4, 768, WIDTH),
    "ffn_up_exps.weight": (4, 768, WIDTH),
    "ffn_down_exps.weight": (4, WIDTH, 768),
}
GPT2: Shapes = {
    f"{name}.{part}": shape if part == "weight" else shape[:1]
    for name, shape in {
        "attn_norm": (WIDTH,),
        "attn_qkv": (3 * WIDTH, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_norm": (WIDTH,),
        "ffn_up": (4 * WIDTH, WIDTH),
        "ffn_down": (WIDTH, 4 * WIDTH),
    }.items()
    for part in ("weight", "bias")
}
GPT2_OUTER: Shapes = {**OUTER, "position_embd.weight": (1024, WIDTH), "output_norm.bias": (WIDTH,)}
KEY_LENGTH: Metadata = {"attention.key_length": HEAD}
EXPERT_COUNTS: Metadata = {"expert_count": 4, "expert_used_count": 2}
LLAMA = ATTENTION | FEED_FORWARD
GEMMA3 = LLAMA | HEAD_NORMS | AFTER_NORMS
MODELS: dict[str, tuple[str, Shapes, Shapes, Metadata]] = {
    "llama": ("llama", OUTER | OUTPUT, LLAMA, {}),
    "tied-llama": ("llama", OUTER, LLAMA, {}),
    "qwen2": ("qwen2", OUTER, LLAMA | BIASES, {}),
    "gemma3": ("gemma3", OUTER, GEMMA3, {**KEY_LENGTH, "attention.sliding_window": 8}),
    "gpt2": ("gpt2", GPT2_OUTER, GPT2, {"attention.layer_norm_epsilon": 1e-5}),
    "untied-gpt2": ("gpt2", GPT2_OUTER | OUTPUT, GPT2, {"attention.layer_norm_epsilon": 1e-5}),
    "qwen3moe": (
        "qwen3moe",
        OUTER,
        ATTENTION | HEAD_NORMS | EXPERTS,
        {**KEY_LENGTH, **EXPERT_COUNTS},
    ),
    "qwen2 without biases": ("qwen2", OUTER, LLAMA, {}),
}
WHOLE = {"qwen3moe", "qwen2 without biases"}
"""Loaded whole: experts are merged from two tensors, absent biases are zero."""
STREAMED = MODELS.keys() - WHOLE
PACKINGS = (Packing.Q8_0, Packing.F16, Packing.Q4_0, Packing.BF16, Packing.Q5_1, Packing.F32)


def shapes(outer: Shapes, layer: Shapes, layers: int = 2) -> Shapes:
    inner = {f"blk.{i}.{name}": shape for i in range(layers) for name, shape in layer.items()}
    return outer | inner


def write_gguf(path: Path, architecture: str, tensors: Shapes, metadata: Metadata) -> Path:
    """Random weights in mixed packings, and the toy tokenizer."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, value in metadata.items():
        add = writer.add_float32 if isinstance(value, float) else writer.add_uint32
        add(f"{architecture}.{key}", value)
    tokenizer = json.loads(tiny_tokenizer().backend_tokenizer.to_str())
    special = {token["id"] for token in tokenizer["added_tokens"]}
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(list(tokenizer["model"]["vocab"]))
    writer.add_token_types([3 if i in special else 1 for i in range(TOKENS)])
    writer.add_token_merges([" ".join(merge) for merge in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(tokenizer["model"]["vocab"][END])
    writer.add_chat_template(CHATML)
    random_numbers = np.random.default_rng(0)
    for number, (name, shape) in enumerate(tensors.items()):
        weights = random_numbers.standard_normal(shape, dtype=np.float32)
        packing = PACKINGS[number % len(PACKINGS)] if len(shape) > 1 else Packing.F32
        writer.add_tensor(name, gguf.quants.quantize(weights, packing), raw_dtype=packing)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def tiny_gguf(folder: Path, name: str = "llama", **changed: float) -> Path:
    folder.mkdir(exist_ok=True)
    architecture, outer, layer, extra = MODELS[name]
    metadata = SIZES | extra | {key.replace("__", "."): value for key, value in changed.items()}
    return write_gguf(folder / "model.gguf", architecture, shapes(outer, layer), metadata)


def checkpoint(path: Path) -> Checkpoint:
    return Checkpoint(
        name="tiny",
        source=str(path),
        form=Form.GGUF,
        path=str(path),
        fingerprint="f" * 64,
        architecture="tiny",
        tokenizer_fingerprint="t",
        chat_template=None,
        weights_bytes=1,
    )


def transformers_copy(path: Path, folder: Path) -> Path:
    """The oracle: a whole dequantised load, rounded and saved by transformers alone."""
    source: dict[str, Any] = {"gguf_file": path.name, "local_files_only": True}
    model = AutoModelForCausalLM.from_pretrained(
        str(path.parent),
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
        **source,
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(path.parent), **source).save_pretrained(folder)
    return folder


def assert_equal_copies(found: Path, wanted: Path) -> None:
    names = {path.name for path in wanted.iterdir()}
    assert {path.name for path in found.iterdir()} == names
    for name in names - {"model.safetensors", "tokenizer_config.json"}:
        assert (found / name).read_bytes() == (wanted / name).read_bytes(), name
    assert settings(wanted).items() <= settings(found).items()
    with (
        safe_open(found / "model.safetensors", "pt") as ours,
        safe_open(wanted / "model.safetensors", "pt") as theirs,
    ):
        assert set(ours.keys()) == set(theirs.keys())
        assert ours.metadata() == theirs.metadata()
        for name in theirs.keys():  # noqa: SIM118 (an open file is no mapping)
            mine, other = ours.get_tensor(name), theirs.get_tensor(name)
            assert mine.dtype == other.dtype == torch.bfloat16
            assert torch.equal(mine.view(torch.int16), other.view(torch.int16)), name


def settings(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "tokenizer_config.json").read_bytes())
    del found["tokenizer_class"]  # whichever it is: the tokenizers themselves are compared
    return found


def refused(*_: object) -> None:
    raise AssertionError("a model that can be streamed was loaded whole")


@pytest.fixture(autouse=True)
def _quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEADSTART_HOME", str(tmp_path / "home"))
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    yield
    logging.set_verbosity(verbosity)


@pytest.mark.parametrize("block", [1_000, gguf_weights.BLOCK_NUMBERS])
@pytest.mark.parametrize("name", sorted(STREAMED))
def test_a_streamed_copy_is_transformers_own_bit_for_bit(
    name: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tiny_gguf(tmp_path / "file", name)
    wanted = transformers_copy(path, tmp_path / "wanted")
    monkeypatch.setattr(dense, "_save_whole", refused)
    monkeypatch.setattr(gguf_weights, "BLOCK_NUMBERS", block)
    assert_equal_copies(dense_copy(checkpoint(path)), wanted)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_what_cannot_be_streamed_is_loaded_whole_with_the_same_result(
    name: str, tmp_path: Path
) -> None:
    path = tiny_gguf(tmp_path / "file", name)
    wanted = transformers_copy(path, tmp_path / "wanted")
    assert_equal_copies(dense_copy(checkpoint(path)), wanted)


def test_a_large_tensor_is_never_whole_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: dict[str, list[int]] = {}
    original = gguf_weights._read

    def spy(path: Path, source: Any, start: int, rows: int) -> Any:
        weights = original(path, source, start, rows)
        read.setdefault(source.name, []).append(weights.size)
        return weights

    monkeypatch.setattr(gguf_weights, "_read", spy)
    monkeypatch.setattr(gguf_weights, "BLOCK_NUMBERS", 1_000)
    dense_copy(checkpoint(tiny_gguf(tmp_path / "file")))
    assert max(read["token_embd.weight"]) <= 1_000
    assert sum(read["token_embd.weight"]) == TOKENS * WIDTH
    assert read["blk.0.attn_q.weight"] == [HEADS * HEAD * WIDTH]  # its rows change places


def test_the_tokenizer_loads_as_the_file_gives_it(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "file", "gemma3")
    wanted = AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)
    found = AutoTokenizer.from_pretrained(dense_copy(checkpoint(path)))
    assert found.backend_tokenizer.to_str() == wanted.backend_tokenizer.to_str()
    for field in ("special_tokens_map", "padding_side", "model_input_names", "chat_template"):
        assert getattr(found, field) == getattr(wanted, field)
    assert found("What is it?<|im_end|>") == wanted("What is it?<|im_end|>")


def test_a_tokenizer_that_lies_beside_the_file_is_not_taken(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "file")
    wanted = transformers_copy(path, tmp_path / "wanted")
    other = tiny_tokenizer()
    other.add_tokens(["<|of another model|>"])
    other.save_pretrained(path.parent)
    assert_equal_copies(dense_copy(checkpoint(path)), wanted)


def test_long_arrays_are_counted_and_the_rest_is_as_gguf_reads_it(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "file")
    lean, full = LeanReader(path), gguf.GGUFReader(path)
    assert lean.fields.keys() == full.fields.keys()
    for name, field in full.fields.items():
        strings = field.types == [gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.STRING]
        wanted = [""] * len(field.data) if strings else field.contents()
        found = lean.fields[name]
        assert found.types == field.types
        assert ([""] * len(found.data) if strings else found.contents()) == wanted
    for mine, other in zip(lean.tensors, full.tensors, strict=True):
        assert mine[:1] + mine[4:6] == other[:1] + other[4:6]
        assert np.array_equal(mine.data, other.data)


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointBroken, match=r"model\.gguf") as caught:
        dense_copy(checkpoint(path))
    assert not list(dense.dense_folder(checkpoint(path)).parent.iterdir())
    assert ".making" not in caught.value.fact
    return caught.value.fact


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def head(metadata: bytes, entries: int, tensors: int = 0) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, entries) + metadata


def array(kind: int, count: int, rest: bytes = b"") -> bytes:
    return text("some.array") + struct.pack("<IIQ", 9, kind, count) + rest


HUGE = 2**60
HEADERS: dict[str, tuple[bytes, str]] = {
    "entries": (head(b"", HUGE), "metadata entries"),
    "tensors": (head(b"", 0, HUGE), "metadata entries"),
    "numbers": (head(array(0, HUGE), 1), "past the end"),
    "strings": (head(array(8, HUGE), 1), "past the end"),
    "string": (head(array(8, 2, text("a") + struct.pack("<Q", HUGE)), 1), "past the end"),
    "no architecture": (head(array(8, 1, text("a")), 1), "no `general.architecture`"),
    "nesting": (head(array(9, 1), 1), "array of arrays"),
    "many numbers": (
        head(
            b"".join(
                text(f"{i}") + struct.pack("<IIQ", 9, 0, 4096) + bytes(4096)
                for i in range(MAX_NUMBERS // 4096 + 1)
            ),
            MAX_NUMBERS // 4096 + 1,
        ),
        "more than",
    ),
    "shape": (
        head(b"", 0, 1) + text("a") + struct.pack("<IQQIQ", 2, 2**63, 2, 0, 0) + bytes(64),
        "",
    ),
    "nothing": (b"GGUF", ""),
}


@pytest.mark.parametrize("case", HEADERS)
def test_a_header_that_claims_too_much_is_refused(case: str, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(HEADERS[case][0])
    assert HEADERS[case][1] in refusal(path)


@pytest.mark.parametrize(
    ("changed", "fact"),
    [
        ({"block_count": 2**31}, "block_count"),
        ({"block_count": 3}, "are described"),
        ({"embedding_length": 2**31}, ""),
        ({"embedding_length": 2**20}, "are described"),
        ({"feed_forward_length": 90}, "shape"),
        ({"vocab_size": 2**31}, ""),
        ({"attention__head_count": 0}, ""),
    ],
)
def test_metadata_that_does_not_fit_the_tensors_is_refused(
    changed: dict[str, int], fact: str, tmp_path: Path
) -> None:
    assert fact in refusal(tiny_gguf(tmp_path / "file", **changed))


def test_a_file_that_lacks_a_weight_is_refused_by_the_weight_s_name(tmp_path: Path) -> None:
    tensors = shapes(OUTER | OUTPUT, LLAMA)
    del tensors["blk.1.attn_v.weight"]
    tensors["something.else"] = (TOKENS, WIDTH)
    path = write_gguf(tmp_path / "model.gguf", "llama", tensors, SIZES)
    assert "model.layers.1.self_attn.v_proj.weight" in refusal(path)


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refusal(tmp_path / "model.gguf")


def test_a_file_cut_off_is_refused(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "file")
    raw = path.read_bytes()
    path.write_bytes(raw[:-5_000])
    refusal(path)


def test_a_file_cut_off_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tiny_gguf(tmp_path / "file")
    original = dense.write_weights

    def cut(*arguments: Any) -> None:
        path.write_bytes(path.read_bytes()[:-5_000])
        original(*arguments)

    monkeypatch.setattr(dense, "write_weights", cut)
    assert "ends within" in refusal(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_no_fault_of_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, original = tiny_gguf(tmp_path / "file"), dense.write_weights
    monkeypatch.setattr(dense, "write_weights", lambda plan, _: original(plan, Path("/dev/full")))
    with pytest.raises(StoreError, match="No space left"):
        dense_copy(checkpoint(path))


def test_a_tokenizer_that_cannot_be_written_is_no_fault_of_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Exception("No space left on device (os error 28)")  # as the tokenizers library does

    monkeypatch.setattr(TokenizersBackend, "save_pretrained", full)
    with pytest.raises(StoreError, match="No space left"):
        dense_copy(checkpoint(tiny_gguf(tmp_path / "file")))


def test_damaged_headers_give_a_copy_or_a_refusal(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "file")
    raw, head_bytes = path.read_bytes(), LeanReader(path).data_offset
    generator = random.Random(0)
    for number in range(20):
        spoilt = bytearray(raw)
        spoilt[generator.randrange(head_bytes)] = generator.randrange(256)
        path.write_bytes(bytes(spoilt))
        with contextlib.suppress(CheckpointBroken):
            dense_copy(checkpoint(path).model_copy(update={"fingerprint": f"{number}"}))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize("sample", ["smollm2", "gemma"])
def test_a_copy_of_a_trained_model_is_transformers_own_bit_for_bit(
    sample: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    path: Path = request.getfixturevalue(sample)
    wanted = transformers_copy(path, tmp_path / "wanted")
    monkeypatch.setattr(dense, "_save_whole", refused)
    found = dense_copy(checkpoint(path))
    assert_equal_copies(found, wanted)
    text = "Hello <start_of_turn>,  world<|im_end|>\n\n\u00e9\u2581 12"
    ours, theirs = map(AutoTokenizer.from_pretrained, (found, wanted))
    assert ours.backend_tokenizer.to_str() == theirs.backend_tokenizer.to_str()
    assert ours(text, text) == theirs(text, text)


# ru_maxrss would not do: a child starts with its parent's
MEASURE = """
import re, sys
from pathlib import Path
from test_engine_gguf import checkpoint
from headstart.engine.dense import dense_copy

def peak() -> int:
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])

before = peak()
copy = dense_copy(checkpoint(Path(sys.argv[1])))
print(peak() - before, (copy / "model.safetensors").stat().st_size)
"""


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no place to read the peak from")
def test_a_copy_takes_less_memory_than_it_has_bytes(gemma: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(gemma)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    taken, size = map(int, done.stdout.split())
    assert 0 < taken < size
