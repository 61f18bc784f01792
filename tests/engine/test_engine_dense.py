import os
import time
from pathlib import Path

import pytest

from headstart.domain.checkpoint import Checkpoint, Form
from headstart.engine import dense
from headstart.engine.dense import dense_copy
from headstart.errors import CheckpointBroken, StoreError

PACKED = Checkpoint(
    name="packed",
    source="packed.gguf",
    form=Form.GGUF,
    path="/nowhere/packed.gguf",
    fingerprint="f" * 64,
    architecture="llama",
    tokenizer_fingerprint="t",
    chat_template=None,
    weights_bytes=1,
)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSTART_HOME", str(tmp_path))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def half(_checkpoint: Checkpoint, folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    raise KeyboardInterrupt


def whole(_checkpoint: Checkpoint, folder: Path) -> None:
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")


def test_an_interrupted_copy_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "_write", half)
    with pytest.raises(KeyboardInterrupt):
        dense_copy(PACKED)
    assert files(tmp_path) == []
    monkeypatch.setattr(dense, "_write", whole)
    folder = dense_copy(PACKED)
    assert files(folder) == ["config.json", "model.safetensors"]
    assert len(files(tmp_path)) == 2


def test_a_copy_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dense, "_write", whole)
    folder = dense_copy(PACKED)
    monkeypatch.setattr(dense, "_write", half)
    assert dense_copy(PACKED) == folder
    with pytest.raises(KeyboardInterrupt):
        dense_copy(PACKED.model_copy(update={"fingerprint": "0" * 64}))


def test_the_copy_of_a_quicker_process_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beaten(checkpoint: Checkpoint, folder: Path) -> None:
        whole(checkpoint, folder)
        monkeypatch.setattr(dense, "_write", whole)
        (dense_copy(checkpoint) / "first").write_text("")

    monkeypatch.setattr(dense, "_write", beaten)
    folder = dense_copy(PACKED)
    assert files(folder) == ["config.json", "first", "model.safetensors"]
    assert len(files(tmp_path)) == 3


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "packed.gguf"
    path.write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(CheckpointBroken, match=r"packed\.gguf"):
        dense_copy(PACKED.model_copy(update={"path": str(path)}))
    assert files(tmp_path) == ["packed.gguf"]


def test_what_killed_processes_left_is_removed_and_what_others_are_making_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "_write", whole)
    parent = dense.dense_folder(PACKED).parent
    yesterday = time.time() - dense.ABANDONED_SECONDS - 60
    for name, ages in {
        ".making-killed": (yesterday, yesterday),
        ".making-running": (yesterday, time.time()),
        ".making-begun": (time.time(), yesterday),
        "finished": (yesterday, yesterday),
    }.items():
        folder = parent / name
        folder.mkdir(parents=True)
        (folder / "model.safetensors").write_bytes(b"some")
        os.utime(folder / "model.safetensors", (ages[1], ages[1]))
        os.utime(folder, (ages[0], ages[0]))
    dense_copy(PACKED)
    left = {path.name for path in parent.iterdir()}
    assert left == {".making-running", ".making-begun", "finished", PACKED.fingerprint}


def test_a_cache_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HEADSTART_HOME", str(tmp_path / "file"))
    with pytest.raises(StoreError, match="cache folder"):
        dense_copy(PACKED)
