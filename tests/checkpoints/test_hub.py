import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.hf_api import ModelInfo

from headstart.checkpoints import hub, resolve
from headstart.domain.checkpoint import Form
from headstart.errors import CheckpointUnsafe, HeadstartError, HubUnreachable

COMMIT = "0123456789abcdef0123456789abcdef01234567"
Make = Callable[..., Path]


def cached(folder: Path, repo: str = "acme/tiny", commit: str = COMMIT) -> Path:
    stored = Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"
    (stored / "refs").mkdir(parents=True)
    (stored / "refs" / "main").write_text(commit)
    (stored / "snapshots").mkdir()
    folder.rename(stored / "snapshots" / commit)
    return stored / "snapshots" / commit


def refusal(kind: type[HeadstartError], source: str) -> HeadstartError:
    with pytest.raises(kind) as caught:
        resolve(source)
    assert caught.value.hint
    return caught.value


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")


@pytest.fixture
def deaf_hub(online: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{port}")
        yield


def answer(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    siblings = [{"rfilename": name} for name in names]
    info = ModelInfo(id="acme/tiny", sha=COMMIT, siblings=siblings)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_args, **_named: info)


@pytest.mark.parametrize("source", ["acme/tiny", "acme/tiny@main", f"acme/tiny@{COMMIT}"])
def test_cached_model_is_pinned_to_its_commit_offline(make_model: Make, source: str) -> None:
    folder = cached(make_model())
    found = resolve(source)
    assert (found.form, found.name, found.source) == (Form.HUB, "tiny", source)
    assert (found.revision, found.path) == (COMMIT, str(folder))


def test_cached_model_equals_its_copy_in_a_folder(make_model: Make) -> None:
    copy = resolve(str(make_model("copy")))
    cached(make_model())
    assert resolve("acme/tiny").fingerprint == copy.fingerprint


def test_adapter_on_a_cached_parent_is_given_its_folder(
    make_model: Make, make_adapter: Make
) -> None:
    folder = cached(make_model())
    assert resolve(str(make_adapter("acme/tiny"))).parent == str(folder)


def test_offline_is_told_without_asking(online: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    error = refusal(HubUnreachable, "acme/tiny")
    assert "HF_HUB_OFFLINE" in error.fact
    assert "acme/tiny is not in the local cache" in error.fact


def test_part_of_a_model_in_the_cache_is_no_model(make_model: Make) -> None:
    folder = make_model(shards=True)
    (folder / "model-00001-of-00002.safetensors").unlink()
    cached(folder)
    assert "cached in part only" in refusal(HubUnreachable, "acme/tiny").fact


def test_closed_port_is_told_at_once(online: None) -> None:
    started = time.monotonic()
    assert "acme/tiny" in refusal(HubUnreachable, "acme/tiny@v1").fact
    assert time.monotonic() - started < 5


def test_hub_that_never_answers_is_given_up(
    deaf_hub: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "REQUEST_SECONDS", 0.3)
    started = time.monotonic()
    refusal(HubUnreachable, "acme/tiny")
    assert time.monotonic() - started < 5


def test_look_up_that_hangs_is_given_up(online: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_a, **_n: time.sleep(2))
    assert "within 0.2 seconds" in refusal(HubUnreachable, "acme/tiny").fact


def test_pickle_on_the_hub_is_refused_before_any_download(
    online: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "config.json", "pytorch_model.bin")
    assert "pytorch_model.bin" in refusal(CheckpointUnsafe, "acme/tiny").fact


def test_gguf_on_the_hub_is_pointed_to(online: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "tiny.gguf")
    assert "tiny.gguf" in refusal(HubUnreachable, "acme/tiny").hint


def test_download_that_fails_is_told(online: None, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_only = huggingface_hub.snapshot_download

    def dying(*given: Any, **named: Any) -> str:
        if named.get("local_files_only"):
            return cache_only(*given, **named)
        raise ConnectionResetError("connection lost")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", dying)
    answer(monkeypatch, "model.safetensors")
    assert "could not be downloaded: connection lost" in refusal(HubUnreachable, "acme/tiny").fact


def test_download_brings_a_pinned_checkpoint(
    online: None, make_model: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cache_only = make_model(COMMIT), huggingface_hub.snapshot_download

    def fetched(*given: Any, **named: Any) -> str:
        return cache_only(*given, **named) if named.get("local_files_only") else str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetched)
    answer(monkeypatch, "model.safetensors")
    found = resolve("acme/tiny@v1")
    assert (found.form, found.revision, found.path) == (Form.HUB, COMMIT, str(folder))


def test_invalid_hub_id_is_told() -> None:
    assert "no valid hub id" in refusal(HubUnreachable, "acme/ti..ny").fact
