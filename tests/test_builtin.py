"""What ships with the package: names wherever checkpoints and data are asked for."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shipped import save_toys, ship

import headstart
from headstart import builtin
from headstart.checkpoints import refs, resolve, resolve_all
from headstart.choose import choose
from headstart.errors import CheckpointMissing, DataError
from headstart.forge.builtin import BuiltinRecipe
from headstart.forge.data import read_conversations
from headstart.forge.figures import SAME_ON_RAW_TEXT, TRAINED_ROWS, UNTRAINED_ROWS
from headstart.forge.task_source import ROWS, builtin_rows, with_own_test
from headstart.forge.world.user_tasks import TASKS
from headstart.tasks.request import DataRequest

MOST_BYTES = 40_000_000
FILES = {
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
    "lineage.json",
    "README.md",
}
QUICK: dict[str, Any] = {
    "max_train": 8,
    "max_test": 4,
    "seeds": 1,
    "epochs": 1,
    "shots": 1,
    "rank": 4,
    "device": "cpu",
    "precision": "float32",
    "budget_seconds": 3600.0,
}
has_weights = all((builtin.FOLDER / name).is_dir() for name in builtin.CHECKPOINTS)


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_toys(tmp_path_factory.mktemp("builtin"))


@pytest.fixture
def _shipped(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(toys, monkeypatch)


# checkpoints


@pytest.mark.usefixtures("_shipped")
def test_builtin_names_lead_to_folders(toys: Path) -> None:
    for name in ("base", "sft", "instruct"):
        found = resolve(f"builtin:{name}")
        assert (found.name, found.source) == (name, f"builtin:{name}")
        assert found.path == str(toys / name)


@pytest.mark.usefixtures("_shipped")
def test_builtin_names_can_be_given_other_names(toys: Path) -> None:
    found = resolve_all(["mine=builtin:base", "builtin:base", str(toys / "base")])
    assert [each.name for each in found] == ["mine", "base", "base-2"]
    assert len({each.fingerprint for each in found}) == 1


@pytest.mark.usefixtures("_shipped")
@pytest.mark.parametrize("source", ["builtin:bsae", "builtin:", "builtin:task/intents"])
def test_an_unknown_name_is_told_with_the_known_ones(source: str) -> None:
    with pytest.raises(CheckpointMissing, match=source) as told:
        resolve(source)
    assert told.value.hint == "built in are builtin:base, builtin:sft, builtin:instruct"


def test_a_package_without_weights_says_how_to_make_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(tmp_path, monkeypatch)
    with pytest.raises(CheckpointMissing, match="lacks the weights") as told:
        headstart.builtin_pair()
    assert "headstart forge builtin" in told.value.hint


@pytest.mark.usefixtures("_shipped")
def test_what_exists_on_disk_is_a_path_even_under_a_builtin_name(
    toys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "builtin:base").symlink_to(toys / "sft")
    monkeypatch.chdir(tmp_path)
    assert refs.on_disk("builtin:base") == tmp_path / "builtin:base"
    assert resolve("builtin:base").fingerprint == resolve(str(toys / "sft")).fingerprint


@pytest.mark.usefixtures("_shipped")
def test_an_adapter_may_have_a_builtin_parent(toys: Path, tmp_path: Path) -> None:
    refusal = {"base_model_name_or_path": "builtin:bsae", "peft_type": "LORA"}
    (tmp_path / "adapter_config.json").write_text(json.dumps(refusal))
    with pytest.raises(CheckpointMissing, match="the adapter's parent: no built-in checkpoint"):
        resolve(str(tmp_path))


def test_the_pair_is_found_without_any_heavy_library(
    toys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import sys, headstart, headstart.builtin as b, pathlib; "
        f"b.FOLDER = pathlib.Path({str(toys)!r}); print(*headstart.builtin_pair()); "
        "print([m for m in ('torch', 'transformers', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"{toys / 'base'} {toys / 'instruct'}\n[]\n"


# tasks


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_all_its_rows_and_none_twice(name: str) -> None:
    train, test = (builtin_rows(f"builtin:task/{name}{split}") for split in ("", "/test"))
    assert (len(train), len(test)) == (ROWS["train"], ROWS["test"])
    assert len({tuple(row.values()) for row in [*train, *test]}) == len(train) + len(test)
    assert train == builtin_rows(f"builtin:task/{name}/train")


@pytest.mark.parametrize("source", ["builtin:task/intent", "builtin:tone", "builtin:task/tone/dev"])
def test_an_unknown_task_is_told_with_the_known_ones(source: str) -> None:
    with pytest.raises(DataError, match=f"called {source}") as told:
        builtin_rows(source)
    assert all(f"builtin:task/{name}" in told.value.hint for name in TASKS)


def test_a_task_brings_its_own_test_rows_unless_others_are_given() -> None:
    assert with_own_test(DataRequest(data="builtin:task/tone")).test == "builtin:task/tone/test"
    for data, test in (("mine.csv", None), ("builtin:task/tone", "mine.csv")):
        request = DataRequest(data=data, test=test)
        assert with_own_test(request) == request


@pytest.mark.usefixtures("_shipped")
def test_trials_of_the_pair_on_a_task_are_scored_on_its_test_rows(tmp_path: Path) -> None:
    report = choose(
        "builtin:base",
        "builtin:instruct",
        data="builtin:task/tone",
        out=tmp_path / "run",
        **QUICK,
    )
    assert report.task == "tone"
    assert [start.name for start in report.starts] == ["base-raw", "instruct"]
    assert report.counts.read == ROWS["train"] + ROWS["test"]
    plan = json.loads((tmp_path / "run" / "plan.json").read_text())
    assert all(name.startswith("test:") for name in plan["test_ids"])
    again = choose(
        "builtin:base", "builtin:instruct", data="builtin:task/tone", out=tmp_path / "run", **QUICK
    )
    assert again == report


def test_a_stage_of_the_forge_reads_a_task_as_conversations() -> None:
    rows = read_conversations("builtin:task/polite", {})
    assert len(rows) == ROWS["train"]
    assert rows[0].completion.startswith("Kindly ")


# what ships


def test_the_page_tells_the_recipe_and_the_goals() -> None:
    page = (Path(__file__).parents[1] / "docs/concepts/builtin.md").read_text(encoding="utf-8")
    recipe = BuiltinRecipe()
    assert f"{recipe.pretrain.tokens // 1_000_000} million tokens" in page
    assert f"{recipe.conversations:,} conversations" in page
    assert f"at weight {recipe.sft.replay}" in page
    assert f"{recipe.pairs:,} preferences" in page
    assert f"{recipe.prompts:,} sums" in page
    assert f"{ROWS['train']:,} to train on and {ROWS['test']} to test" in page
    assert all(f"| `{name}` |" in page for name in TASKS)
    assert f"{UNTRAINED_ROWS[0]} to {UNTRAINED_ROWS[1]}; at least {TRAINED_ROWS:g}" in page
    assert f"at least {SAME_ON_RAW_TEXT:.0%}" in page


@pytest.mark.skipif(not has_weights, reason="the weights are not in this checkout")
def test_what_ships_is_whole_small_and_names_no_machine() -> None:
    total = 0
    for name in builtin.CHECKPOINTS:
        folder = builtin.builtin_checkpoint(name)
        files = {path.name for path in folder.iterdir()}
        assert files >= FILES, name
        assert ("chat_template.jinja" in files) == (name != "base")
        total += sum(path.stat().st_size for path in folder.iterdir())
        for path in folder.iterdir():
            text = path.read_bytes().decode(errors="replace")
            assert not any(place in text for place in ("/home/", "/tmp/", "/root/", "/Users/"))
    assert total <= MOST_BYTES
