import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headstart.checkpoints import resolve, resolve_all
from headstart.domain.checkpoint import Form
from headstart.errors import (
    CheckpointBroken,
    CheckpointMissing,
    CheckpointUnsafe,
    HeadstartError,
    RequestError,
)

Make = Callable[..., Path]


def refusal(kind: type[HeadstartError], *sources: str | Path) -> HeadstartError:
    with pytest.raises(kind) as caught:
        resolve_all([str(source) for source in sources])
    assert caught.value.fact
    assert caught.value.hint
    return caught.value


def change(path: Path, **entries: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def test_directory_is_described(make_model: Make) -> None:
    folder = make_model()
    found = resolve(str(folder))
    assert (found.name, found.form, found.path) == ("tiny", Form.DIRECTORY, str(folder))
    assert found.architecture == "LlamaForCausalLM"
    assert found.weights_bytes == (folder / "model.safetensors").stat().st_size
    assert found.chat_template is not None
    assert (found.revision, found.parent) == (None, None)


def test_shards_weigh_as_much_as_their_files(make_model: Make) -> None:
    folder = make_model(shards=True)
    sizes = [path.stat().st_size for path in folder.glob("*.safetensors")]
    assert len(sizes) == 2
    assert resolve(str(folder)).weights_bytes == sum(sizes)


def test_gguf_is_described(make_gguf: Make) -> None:
    path = make_gguf("a b.gguf")
    found = resolve(str(path))
    assert (found.name, found.form, found.path) == ("a-b", Form.GGUF, str(path))
    assert found.architecture == "llama"
    assert found.weights_bytes == path.stat().st_size


def test_gguf_is_told_by_its_content_not_its_suffix(make_gguf: Make) -> None:
    assert resolve(str(make_gguf("model.data"))).form is Form.GGUF


def test_adapter_finds_a_parent_beside_it(make_model: Make, make_adapter: Make) -> None:
    parent, folder = make_model(), make_adapter("../tiny")
    found = resolve(str(folder))
    assert (found.form, found.name, found.parent) == (Form.ADAPTER, "lora", str(parent))
    whole = resolve(str(parent))
    assert found.tokenizer_fingerprint == whole.tokenizer_fingerprint
    assert found.chat_template == whole.chat_template
    assert found.weights_bytes > whole.weights_bytes


def test_name_before_the_source_is_kept(make_model: Make) -> None:
    folder = make_model()
    assert resolve(f"base={folder}").name == "base"
    assert resolve(f"base={folder}").source == str(folder)


def test_existing_path_with_an_equals_sign_stays_a_path(
    make_model: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model("lr=1")
    assert resolve(str(folder)).name == "lr-1"
    monkeypatch.chdir(folder.parent)
    assert resolve("lr=1").path == str(folder)


def test_existing_path_goes_before_a_hub_id(
    make_model: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_model("org/model")
    monkeypatch.chdir(folder.parent.parent)
    assert resolve("org/model").form is Form.DIRECTORY


def test_clashing_default_names_are_numbered(make_model: Make) -> None:
    first, second = make_model("a/tiny"), make_model("b/tiny")
    found = resolve_all([str(first), str(second), f"tiny-2={first}"])
    assert [one.name for one in found] == ["tiny", "tiny-3", "tiny-2"]


def test_name_given_twice_is_refused(make_model: Make) -> None:
    folder = make_model()
    assert "'x'" in refusal(RequestError, f"x={folder}", f"x={folder}").fact


def test_nothing_given_is_refused() -> None:
    refusal(RequestError)
    refusal(RequestError, "name=")
    refusal(RequestError, "  ")


def test_missing_path_suggests_a_near_one(make_model: Make) -> None:
    folder = make_model("smollm-base")
    error = refusal(CheckpointMissing, folder.parent / "smolm-base")
    assert "smolm-base" in error.fact
    assert str(folder) in error.hint


@pytest.mark.parametrize("source", ["./none", "~/none/at/all", "none.gguf", "none", "a/b/c", "\0"])
def test_what_cannot_be_a_hub_id_is_missing(source: str) -> None:
    refusal(CheckpointMissing, source)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "weights.pt", "w.pth", "last.ckpt"])
def test_pickle_only_folder_is_refused_by_name(make_model: Make, name: str) -> None:
    folder = make_model()
    (folder / "model.safetensors").rename(folder / name)
    error = refusal(CheckpointUnsafe, folder)
    assert name in error.fact
    assert "save_pretrained" in error.hint


def test_pickle_beside_safetensors_does_no_harm(make_model: Make) -> None:
    folder = make_model()
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x02")
    assert resolve(str(folder)).form is Form.DIRECTORY


def test_bare_pickle_is_refused_whatever_its_suffix(tmp_path: Path) -> None:
    for name in ("model.bin", "model"):
        (tmp_path / name).write_bytes(b"\x80\x04K\x01.")
        assert name in refusal(CheckpointUnsafe, tmp_path / name).fact
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "a.pth").write_bytes(b"PK\x03\x04")
    assert "a.pth" in refusal(CheckpointUnsafe, tmp_path / "bare").fact


def test_folder_without_a_model_says_what_it_holds(make_model: Make) -> None:
    folder = make_model()
    error = refusal(CheckpointBroken, folder.parent)
    assert "config.json" in error.fact
    assert "it holds tiny/" in error.fact
    assert str(folder) in error.hint


def test_empty_folder_and_empty_file_are_called_empty(tmp_path: Path) -> None:
    (tmp_path / "void").mkdir()
    (tmp_path / "a.gguf").touch()
    assert "the folder is empty" in refusal(CheckpointBroken, tmp_path / "void").fact
    assert "the file is empty" in refusal(CheckpointBroken, tmp_path / "a.gguf").fact


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", b"", "config.json: the file is empty"),
        ("config.json", b"{", "config.json: no valid JSON"),
        ("config.json", b"[]", "a JSON list"),
        ("config.json", b"{}", "names neither `architectures` nor `model_type`"),
        ("config.json", b"\xff", "not UTF-8"),
        ("config.json", None, "no config.json"),
        ("tokenizer.json", None, "no tokenizer (none of tokenizer.json"),
        ("tokenizer.json", b"", "tokenizer.json: the file is empty"),
        ("tokenizer.json", b'{"model": {"vocab": 3}}', "neither a table nor a list"),
        ("tokenizer.json", b'{"model": {"vocab": {}}}', "the vocabulary is empty"),
        ("tokenizer.json", b'{"model": {"vocab": {"a": -1}}}', "has the id -1"),
        ("tokenizer.json", b'{"model": {"vocab": [[]]}}', "no tokens in them"),
        ("tokenizer_config.json", b"nope", "tokenizer_config.json: no valid JSON"),
        ("model.safetensors", b"", "model.safetensors: the file is empty"),
        ("model.safetensors", None, "no weights"),
        ("model.safetensors", b"\x02" + bytes(7) + b"{}", "holds no tensors"),
    ],
)
def test_damaged_files_are_named(
    make_model: Make, name: str, content: bytes | None, words: str
) -> None:
    folder = make_model()
    (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
    error = refusal(CheckpointBroken, folder)
    assert words in error.fact
    assert str(folder) in error.fact


def test_truncated_weights_are_told_with_figures(make_model: Make) -> None:
    weights = make_model() / "model.safetensors"
    os.truncate(weights, weights.stat().st_size - 7)
    assert "only 113" in refusal(CheckpointBroken, weights.parent).fact


def test_missing_shard_is_named(make_model: Make) -> None:
    folder = make_model(shards=True)
    (folder / "model-00002-of-00002.safetensors").unlink()
    fact = refusal(CheckpointBroken, folder).fact
    assert "shard model-00002-of-00002.safetensors is missing (2 are named" in fact


@pytest.mark.parametrize("name", ["../tiny2.safetensors", "/etc/passwd", "weights.bin"])
def test_index_cannot_lead_out_of_its_folder(make_model: Make, name: str) -> None:
    folder = make_model(shards=True)
    change(folder / "model.safetensors.index.json", weight_map={"embed": name})
    assert "no safetensors file of this folder" in refusal(CheckpointBroken, folder).fact


def test_shard_without_its_tensor_is_told(make_model: Make) -> None:
    folder = make_model(shards=True)
    shard = "model-00001-of-00002.safetensors"
    change(folder / "model.safetensors.index.json", weight_map={"embed": shard, "ghost": shard})
    assert "lacks tensor 'ghost'" in refusal(CheckpointBroken, folder).fact


def test_shards_without_an_index_are_told(make_model: Make) -> None:
    folder = make_model(shards=True)
    (folder / "model.safetensors.index.json").unlink()
    assert "model.safetensors.index.json" in refusal(CheckpointBroken, folder).fact


def test_weight_file_alone_points_to_its_folder(make_model: Make) -> None:
    folder = make_model()
    assert str(folder) in refusal(CheckpointBroken, folder / "model.safetensors").hint


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({"tokens": []}, "tokenizer.ggml.tokens"),
        ({"split__count": 3}, "one of 3 parts"),
        ({"general__type": "adapter"}, "a GGUF adapter, no model"),
    ],
)
def test_gguf_that_is_no_whole_model_is_refused(
    make_gguf: Make, extra: dict[str, object], words: str
) -> None:
    assert words in refusal(CheckpointBroken, make_gguf(**extra)).fact


def test_adapter_faults_are_told(make_model: Make, make_adapter: Make) -> None:
    make_model()
    lost = make_adapter("/nowhere/at/all", "lost")
    assert "adapter_config.json" in refusal(CheckpointMissing, lost).hint
    orphan = make_adapter("", "orphan")
    assert "base_model_name_or_path" in refusal(CheckpointBroken, orphan).fact
    itself = make_adapter(".", "itself")
    assert "is an adapter" in refusal(CheckpointBroken, itself).fact
    bare = make_adapter("../tiny", "bare")
    (bare / "adapter_model.safetensors").unlink()
    assert "no adapter_model.safetensors" in refusal(CheckpointBroken, bare).fact
    (bare / "adapter_model.bin").write_bytes(b"PK\x03\x04")
    assert "adapter_model.bin" in refusal(CheckpointUnsafe, bare).fact


def test_neither_file_nor_folder_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "neither a file nor a folder" in refusal(CheckpointBroken, tmp_path / "pipe").fact


def test_unreadable_file_is_told_not_raised(
    make_model: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path, *_args: object, **_named: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    folder = make_model()
    monkeypatch.setattr(Path, "read_text", denied)
    assert "Permission denied" in refusal(CheckpointBroken, folder).fact


def test_importing_the_room_loads_no_heavy_library() -> None:
    heavy = ("torch", "transformers", "peft", "datasets", "huggingface_hub", "gguf")
    code = f"import sys, headstart.checkpoints; sys.exit(any(n in sys.modules for n in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
