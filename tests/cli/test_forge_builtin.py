"""`headstart forge builtin` and `headstart forge evaluate`, as a shell would call them."""

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import say
from evaluations import evaluation
from forging import origin
from shipped import save_toys, ship

from headstart.checkpoints import resolve
from headstart.cli.forge_builtin import _land
from headstart.domain.event import Event
from headstart.domain.forging import Evaluation
from headstart.forge import builtin as recipe_room
from headstart.forge import evaluate as measuring
from headstart.forge.builtin import Built, BuiltinRecipe, build
from headstart.report.evaluation_terminal import evaluation_card

TINY = {
    "shape": {"hidden": 32, "layers": 1, "heads": 2, "feed_forward": 48, "vocabulary": 400},
    "pretrain": {"tokens": 30_000, "window": 64, "learning_rate": 1e-2},
    "conversations": 48,
    "replayed": 8,
    "sft": {"method": "full", "learning_rate": 3e-3, "epochs": 1, "replay_window": 64},
    "pairs": 12,
    "dpo": {"method": "full", "batch_size": 4, "most_fall": 9.0, "least_accuracy": 0.0},
    "prompts": 4,
    "rl": {"method": "full", "steps": 1, "batch_size": 2, "generations": 2, "max_new_tokens": 4},
}


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_toys(tmp_path_factory.mktemp("builtin"))


@pytest.fixture
def _shipped(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ship(toys, monkeypatch)


def test_the_command_prints_the_folders_in_the_order_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: dict[str, Any] = {}

    def stand_in(out: Path, recipe: BuiltinRecipe, **options: Any) -> Built:
        asked.update(out=out, recipe=recipe, device=options["device"])
        options["on_event"](Event(stage="forge", message="working"))
        return Built(base="b", sft="s", instruct="i", rl="r")

    monkeypatch.setattr(recipe_room, "build", stand_in)
    said = say(
        *(monkeypatch, capsys, "forge", "builtin"),
        *("--out", str(tmp_path), "--seed", "3", "--device", "cpu"),
    )
    assert (said.code, said.out, said.err) == (0, "b\ns\ni\nr\n", "working\n")
    assert asked == {"out": tmp_path, "recipe": BuiltinRecipe(seed=3), "device": "cpu"}


@pytest.mark.slow
def test_the_recipe_in_small_makes_every_checkpoint_and_makes_none_twice(tmp_path: Path) -> None:
    recipe = BuiltinRecipe.model_validate(TINY)
    made = build(tmp_path, recipe, device="cpu")
    weights = [Path(folder) / "model.safetensors" for folder in made.model_dump().values()]
    before = [path.stat().st_mtime_ns for path in weights]
    told: list[Event] = []
    assert build(tmp_path, recipe, device="cpu", on_event=told.append) == made
    assert [path.stat().st_mtime_ns for path in weights] == before
    assert sum("was finished" in event.message for event in told) == 4


@pytest.mark.usefixtures("_shipped")
def test_evaluate_prints_every_figure_of_every_checkpoint_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("forge", "evaluate", "builtin:base", "builtin:instruct", "--count", "1")
    said = say(monkeypatch, capsys, *words, "--device", "cpu", "--precision", "float32", "--json")
    assert said.code == 0, said.err
    found = Evaluation.model_validate_json(said.out)
    assert [one.checkpoint for one in found.checkpoints] == ["base", "instruct"]
    assert found.world_seed == 0


@pytest.mark.usefixtures("_shipped")
def test_evaluate_prints_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(measuring, "evaluate", lambda *_arguments, **_options: evaluation())
    said = say(monkeypatch, capsys, "forge", "evaluate", "builtin:base", "builtin:instruct")
    assert said.code == 0, said.err
    assert said.out == evaluation_card(evaluation(), 80)


def test_the_land_of_a_base_is_the_one_its_lineage_tells(toys: Path, tmp_path: Path) -> None:
    base = resolve(str(toys / "base"))
    assert _land(base) == 0
    told = origin("pretrain", seed=7).model_dump() | {
        "figures": {},
        "versions": {},
        "device": "",
        "started": "",
        "finished": "",
        "seconds": 1.0,
    }
    (tmp_path / "lineage.json").write_text(json.dumps(told))
    assert _land(base.model_copy(update={"path": str(tmp_path)})) == 7
    (tmp_path / "lineage.json").write_text(json.dumps(told | {"stage": "sft"}))
    assert _land(base.model_copy(update={"path": str(tmp_path)})) == 0


@pytest.mark.usefixtures("_shipped")
@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["builtin:base"], "one checkpoint is given"),
        (["builtin:instruct", "builtin:base"], "no instruct checkpoint with a chat template"),
        (["builtin:base", "builtin:instruct", "--count", "100000"], "100000 prompts"),
        (["builtin:base", "builtin:instrukt"], "builtin:instrukt"),
    ],
)
def test_what_cannot_be_evaluated_is_told_with_a_hint(
    words: list[str],
    fact: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = say(monkeypatch, capsys, "forge", "evaluate", *words, "--device", "cpu")
    assert (said.code, said.out) == (2, "")
    assert fact in said.err
    assert "hint:" in said.err
