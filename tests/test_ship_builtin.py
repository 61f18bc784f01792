"""The developers' script that copies built checkpoints into the package."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from evaluations import evaluation
from lineages import lineage
from shipped import save_toys, ship

from headstart.builtin import CHECKPOINTS
from headstart.checkpoints import resolve
from headstart.domain.lineage import Lineage
from headstart.errors import HeadstartError, RequestError

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("ship_builtin", ROOT / "tools/ship_builtin.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Three checkpoints as the forge leaves them, each made from the one before it."""
    folder = save_toys(tmp_path / "built")
    before: Path | None = None
    for name, stage in zip(CHECKPOINTS, ("pretrain", "sft", "dpo"), strict=True):
        place = folder / name
        parent = None if before is None else resolve(str(before)).fingerprint
        found = lineage(
            stage,  # type: ignore[arg-type]
            parent=None if before is None else str(before),
            parent_fingerprint=parent,
            data=("",),
        )
        (place / "lineage.json").write_text(found.model_dump_json())
        (place / "notes.txt").write_text("to be left behind")
        before = place
    (folder / "figures.json").write_text(evaluation().model_dump_json())
    return folder


def test_what_ships_are_the_same_models_with_names_for_paths(
    tool: ModuleType, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into = tmp_path / "package"
    into.mkdir()
    assert tool.ship(built, built / "figures.json", into) == [into / name for name in CHECKPOINTS]
    ship(into, monkeypatch)
    for name, parent in zip(CHECKPOINTS, (None, "builtin:base", "builtin:sft"), strict=True):
        assert resolve(f"builtin:{name}").fingerprint == resolve(str(built / name)).fingerprint
        told = Lineage.model_validate_json((into / name / "lineage.json").read_text())
        before = Lineage.model_validate_json((built / name / "lineage.json").read_text())
        assert told.parent == parent
        assert told.key == before.key
        assert not (into / name / "notes.txt").exists()
        assert f"# builtin:{name}\n" in (into / name / "README.md").read_text()
        assert str(tmp_path) not in "".join(
            path.read_bytes().decode(errors="replace") for path in (into / name).iterdir()
        )


def test_shipping_again_replaces_what_was_there(
    tool: ModuleType, built: Path, tmp_path: Path
) -> None:
    into = tmp_path / "package"
    (into / "base").mkdir(parents=True)
    (into / "base" / "old.txt").touch()
    tool.ship(built, built / "figures.json", into)
    tool.ship(built, built / "figures.json", into)
    assert not (into / "base" / "old.txt").exists()
    assert sorted(path.name for path in into.iterdir()) == sorted(CHECKPOINTS)


def spoil_config(built: Path) -> None:
    path = built / "sft" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"_name": "/home/me/sft"}))
    told = lineage("dpo", parent_fingerprint=resolve(str(built / "sft")).fingerprint)
    (built / "instruct" / "lineage.json").write_text(told.model_dump_json())


def spoil_parent(built: Path) -> None:
    told = lineage("dpo", parent_fingerprint="0")
    (built / "instruct" / "lineage.json").write_text(told.model_dump_json())


def spoil_figures(built: Path) -> None:
    found = evaluation()
    less = found.model_copy(update={"checkpoints": found.checkpoints[:2]})
    (built / "figures.json").write_text(less.model_dump_json())


@pytest.mark.parametrize(
    ("spoil", "fact"),
    [
        (spoil_config, "sft/config.json names a place on a machine: /home/m"),
        (spoil_parent, "was not made from"),
        (spoil_figures, "instruct is not among them"),
        (lambda built: (built / "sft" / "lineage.json").unlink(), "no finished checkpoint"),
        (lambda built: (built / "sft" / "generation_config.json").unlink(), "sft"),
    ],
)
def test_what_is_not_sound_changes_nothing(
    spoil: object, fact: str, tool: ModuleType, built: Path, tmp_path: Path
) -> None:
    into = tmp_path / "package"
    (into / "base").mkdir(parents=True)
    assert callable(spoil)
    spoil(built)
    with pytest.raises(HeadstartError, match=fact):
        tool.ship(built, built / "figures.json", into)
    assert [path.name for path in into.iterdir()] == ["base"]
    assert not any((into / "base").iterdir())


def test_too_large_a_pair_does_not_ship(
    tool: ModuleType, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "MOST_BYTES", 1000)
    with pytest.raises(RequestError, match="more than 1,000"):
        tool.ship(built, built / "figures.json", tmp_path)


@pytest.mark.parametrize(
    ("text", "is_place"),
    [
        (b'"/home/somebody/x"', True),
        (b"C /tmp/a", True),
        (b"/Users/x", True),
        (b"and/or, </home/>, builtin:task/home/x", False),
        (b"a/tmp/b", False),
    ],
)
def test_places_on_a_machine_are_told_from_other_slashes(
    text: bytes, is_place: bool, tool: ModuleType
) -> None:
    assert (tool.PLACE.search(text) is not None) == is_place
