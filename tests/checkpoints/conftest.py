"""Builds tiny checkpoints by hand: no torch, no transformers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from safetensors.numpy import save_file

CONFIG = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4}
TOKENS = {"<s>": 0, "</s>": 1, "\u2581a": 2, "b": 3}
TOKENIZER = {
    "model": {"type": "BPE", "vocab": TOKENS, "merges": []},
    "added_tokens": [{"id": 4, "content": "<|im_end|>"}],
}
TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}"
GGUF_TOKENS = ["<s>", "</s>", " a", "b", "<|im_end|>"]


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path_factory.mktemp("hub")))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


def write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def tensors(scale: float = 1.0) -> dict[str, Any]:
    return {
        "embed": np.arange(20, dtype=np.float32).reshape(5, 4) * scale,
        "head": np.ones((5, 4), dtype=np.float16),
    }


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str = "tiny", *, scale: float = 1.0, shards: bool = False) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        write_json(folder / "config.json", CONFIG)
        write_json(folder / "tokenizer.json", TOKENIZER)
        write_json(folder / "tokenizer_config.json", {"chat_template": TEMPLATE})
        if not shards:
            save_file(tensors(scale), folder / "model.safetensors")
            return folder
        index = {}
        for number, (key, value) in enumerate(tensors(scale).items(), start=1):
            index[key] = f"model-0000{number}-of-00002.safetensors"
            save_file({key: value}, folder / index[key])
        write_json(folder / "model.safetensors.index.json", {"weight_map": index})
        return folder

    return make


@pytest.fixture
def make_adapter(tmp_path: Path) -> Callable[..., Path]:
    def make(parent: str, name: str = "lora") -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        config = {"peft_type": "LORA", "r": 2, "base_model_name_or_path": parent}
        write_json(folder / "adapter_config.json", config)
        save_file({"lora_A": np.ones((2, 4), np.float32)}, folder / "adapter_model.safetensors")
        return folder

    return make


@pytest.fixture
def make_gguf(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str = "tiny.gguf", **extra: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gguf_bytes(path, **extra))
        return path

    return make


def gguf_bytes(path: Path, *, tokens: list[str] | None = None, **extra: Any) -> bytes:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_token_list(GGUF_TOKENS if tokens is None else tokens)
    writer.add_array("test.numbers", list(range(300)))
    writer.add_array("test.nested", [[1, 2], [3]])
    writer.add_bool("test.flag", True)
    writer.add_float64("test.double", 0.5)
    writer.add_int8("test.small", -3)
    writer.add_chat_template(TEMPLATE)
    for key, value in extra.items():
        name = key.replace("__", ".")
        writer.add_string(name, value) if isinstance(value, str) else writer.add_uint32(name, value)
    writer.add_tensor("token_embd.weight", np.arange(64, dtype=np.float32).reshape(2, 32))
    packed = gguf.quants.quantize(np.ones((2, 32), np.float32), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("output.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return gguf_bytes(tmp_path_factory.mktemp("gguf") / "tiny.gguf")


@pytest.fixture(scope="session")
def tiny_safetensors(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("safetensors") / "model.safetensors"
    save_file(tensors(), path, metadata={"format": "pt"})
    return path.read_bytes()


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch") / "file"
