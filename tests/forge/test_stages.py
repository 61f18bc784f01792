"""From files to checkpoints: every stage by its request, one after another, and by its command."""

import json
from pathlib import Path

import pytest
from forging import ASKED, base, conversations
from typer.testing import CliRunner

from headstart.checkpoints.resolve import resolve
from headstart.cli.forge import forge
from headstart.domain.event import Event
from headstart.domain.stage import (
    AdaptRecipe,
    DpoRecipe,
    ModelShape,
    PretrainRecipe,
    RewardRecipe,
    RlRecipe,
    SftRecipe,
)
from headstart.engine.alignment.saving import read_lineage
from headstart.engine.alignment.work import work_path
from headstart.errors import RequestError
from headstart.forge import stages
from headstart.forge.stage_requests import (
    AdaptStage,
    DpoStage,
    Place,
    PretrainStage,
    RewardStage,
    RlStage,
    SftStage,
)

TUNING = {"method": "full", "batch_size": 4, "max_tokens": 200}
SHAPE = ModelShape(hidden=32, layers=2, heads=2, feed_forward=48, vocabulary=320, context=128)
REWARD = "def brevity(prompt, completion, row):\n    return -len(completion)\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data for every stage."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "text.txt").write_text(" ".join(f"{a} {b}" for a, b in ASKED) * 20)
    (folder / "more.jsonl").write_text(
        "".join(json.dumps({"text": f"{b} {a}"}) + "\n" for a, b in ASKED * 10)
    )
    rows = [{"prompt": a, "completion": b} for a, b in ASKED * 4]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pairs = [
        {"prompt": f"{a} {n}", "chosen": f"{b} Anything else?", "rejected": b}
        for n in range(4)
        for a, b in ASKED
    ]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in pairs))
    (folder / "brevity.py").write_text(REWARD)
    return folder


def place(out: Path) -> Place:
    return Place(out=str(out), device="cpu", precision="float32")


@pytest.fixture(scope="module")
def forged(home: Path) -> dict[str, Path]:
    """Every stage after the one before it, from nothing but text."""
    folders: dict[str, Path] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        folders["pretrain"] = stages.pretrain(
            PretrainStage(
                place=place(home / "base"),
                text=("text.txt", "more.jsonl"),
                shape=SHAPE,
                recipe=PretrainRecipe(batch_windows=2, epochs=4, learning_rate=1e-2, window=64),
            )
        )
        folders["adapt"] = stages.adapt(
            AdaptStage(
                place=place(home / "adapted"),
                parent="base",
                text=("text.txt",),
                recipe=AdaptRecipe(batch_windows=2, rank=4, window=64),
            )
        )
        folders["sft"] = stages.sft(
            SftStage(
                place=place(home / "sft"),
                parent="adapted",
                data="rows.jsonl",
                replay=("text.txt",),
                recipe=SftRecipe(**TUNING, learning_rate=5e-3, epochs=3, replay_window=64),
            )
        )
        folders["dpo"] = stages.dpo(
            DpoStage(
                place=place(home / "dpo"),
                parent="sft",
                data="pairs.jsonl",
                recipe=DpoRecipe(**TUNING, learning_rate=1e-3, most_fall=5.0, most_lost=1.0),
            )
        )
        folders["reward"] = stages.reward(
            RewardStage(
                place=place(home / "judge"),
                parent="sft",
                data="pairs.jsonl",
                recipe=RewardRecipe(**TUNING, learning_rate=5e-3, epochs=2),
            )
        )
        rl = RlRecipe(
            method="full",
            steps=2,
            batch_size=2,
            generations=2,
            max_new_tokens=6,
            max_tokens=120,
            most_lost=1.0,
        )
        for name, reward in (("rl", "judge"), ("rl-function", "brevity:brevity")):
            folders[name] = stages.rl(
                RlStage(
                    place=place(home / name),
                    parent="dpo",
                    data="pairs.jsonl",
                    reward=reward,
                    recipe=rl,
                )
            )
    return folders


def test_every_stage_gives_a_checkpoint_with_its_lineage(forged: dict[str, Path]) -> None:
    stage_of = {"rl-function": "rl"}
    for name, folder in forged.items():
        lineage = read_lineage(folder)
        assert lineage is not None, name
        assert lineage.stage == stage_of.get(name, name)
        assert lineage.figures
        assert not work_path(folder).exists()
        assert resolve(str(folder)).weights_bytes > 0


def test_each_lineage_names_its_parent_by_what_it_is(forged: dict[str, Path]) -> None:
    parents = {"adapt": "pretrain", "sft": "adapt", "dpo": "sft", "reward": "sft", "rl": "dpo"}
    for name, parent in parents.items():
        lineage = read_lineage(forged[name])
        assert lineage is not None
        assert lineage.parent_fingerprint == resolve(str(forged[parent])).fingerprint


def test_chat_templates_come_with_sft_and_stay(forged: dict[str, Path]) -> None:
    assert resolve(str(forged["pretrain"])).chat_template is None
    assert resolve(str(forged["adapt"])).chat_template is None
    template = resolve(str(forged["sft"])).chat_template
    assert template is not None
    assert "<|assistant|>" in template
    for name in ("dpo", "rl", "rl-function"):
        assert resolve(str(forged[name])).chat_template == template


def test_shapes_and_vocabulary_stay_those_of_the_base(forged: dict[str, Path]) -> None:
    first = resolve(str(forged["pretrain"]))
    for name in ("adapt", "sft", "dpo", "rl"):
        found = resolve(str(forged[name]))
        assert found.weights_bytes == pytest.approx(first.weights_bytes, rel=0.01), name
        assert found.tokenizer_fingerprint == first.tokenizer_fingerprint, name


def test_a_finished_stage_is_not_run_again(
    forged: dict[str, Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    before = (forged["dpo"] / "model.safetensors").stat().st_mtime_ns
    told: list[Event] = []
    stage = DpoStage(
        place=place(home / "dpo"),
        parent="sft",
        data="pairs.jsonl",
        recipe=DpoRecipe(**TUNING, learning_rate=1e-3, most_fall=5.0, most_lost=1.0),
    )
    work_path(forged["dpo"]).mkdir()
    assert stages.dpo(stage, told.append) == forged["dpo"]
    assert (forged["dpo"] / "model.safetensors").stat().st_mtime_ns == before
    assert ["was finished" in e.message for e in told] == [True]
    assert not work_path(forged["dpo"]).exists()


def test_a_finished_stage_is_not_overwritten_by_another(
    forged: dict[str, Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    stage = DpoStage(place=place(home / "dpo"), parent="sft", data="pairs.jsonl")
    with pytest.raises(RequestError, match="another dpo"):
        stages.dpo(stage)


def test_data_in_memory_is_trained_like_data_in_a_file(home: Path, tmp_path: Path) -> None:
    base(tmp_path / "base", "tied-llama")
    recipe = SftRecipe(**TUNING, learning_rate=5e-3, epochs=1)
    stage = SftStage(
        place=place(tmp_path / "out"), parent=str(tmp_path / "base"), data="given", recipe=recipe
    )
    out = stages.sft(stage, conversations=conversations(2), replay=("Some text. " * 40,))
    lineage = read_lineage(out)
    assert lineage is not None
    assert lineage.data == ("given",)
    assert lineage.figures["rows"] == 14


def test_parts_that_do_not_divide_the_batch_are_refused(home: Path, tmp_path: Path) -> None:
    recipe = SftRecipe(batch_size=4, micro_batch=3)
    stage = SftStage(place=place(tmp_path), parent="base", data="rows.jsonl", recipe=recipe)
    with pytest.raises(RequestError, match="parts of 3"):
        stages.sft(stage)


def test_the_command_prints_the_folder_and_nothing_else(home: Path, tmp_path: Path) -> None:
    base(tmp_path / "base", "tied-llama")
    done = CliRunner().invoke(
        forge,
        [
            *("sft", str(tmp_path / "base"), "--data", str(home / "rows.jsonl")),
            *("--out", str(tmp_path / "out"), "--full", "--batch", "4", "--epochs", "1"),
            *("--learning-rate", "0.005", "--device", "cpu", "--precision", "float32"),
        ],
    )
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{tmp_path / 'out'}\n"
    assert "chat_loss" in done.stderr


@pytest.mark.parametrize("command", ["pretrain", "adapt", "sft", "dpo", "reward", "rl"])
def test_every_stage_has_a_command_with_help(command: str) -> None:
    done = CliRunner().invoke(forge, [command, "--help"])
    assert done.exit_code == 0
    assert "--out" in done.output


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--rank", "0"], "rank 0"),
        (["--learning-rate", "-1"], "learning-rate -1"),
        (["--columns", "prompt"], "--columns"),
        (["--micro-batch", "3", "--batch", "4"], "parts of 3"),
        (["--device", "abacus"], "abacus"),
        (["--format", "alpaca"], "alpaca"),
    ],
)
def test_wrong_options_are_told_with_a_hint(
    words: list[str], wanted: str, home: Path, tmp_path: Path
) -> None:
    base(tmp_path / "base")
    start = ["sft", str(tmp_path / "base"), "--data", str(home / "rows.jsonl")]
    done = CliRunner().invoke(forge, [*start, "--out", str(tmp_path / "out"), *words])
    assert isinstance(done.exception, RequestError)
    assert wanted in done.exception.fact
    assert done.exception.hint
    assert not (tmp_path / "out").exists()
