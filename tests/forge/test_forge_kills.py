"""Every stage, killed by the system at random moments, ends as if it had never been killed."""

import json
import random
from pathlib import Path

import pytest
import torch
from forging import ASKED, base
from killing import forge_for, seconds_of
from safetensors.torch import load_file

from headstart.domain.lineage import Lineage
from headstart.domain.value import Score
from headstart.engine.alignment.saving import read_lineage
from headstart.engine.alignment.work import work_path

KILLS = 3
TUNING = ("--full", "--batch", "4", "--save-every", "2")
ALIKE = ("--device", "cpu", "--precision", "float32")
STAGES = {
    "pretrain": (
        *("pretrain", "--text", "text.txt", "--hidden", "64", "--layers", "2", "--heads", "2"),
        *("--feed-forward", "96", "--vocabulary", "320", "--context", "64", "--batch", "8"),
        *("--epochs", "30", "--save-every", "5"),
    ),
    "adapt": (
        *("adapt", "base", "--text", "text.txt", "--batch", "4", "--epochs", "8"),
        *("--save-every", "3"),
    ),
    "sft": (
        *("sft", "base", "--data", "rows.jsonl", "--replay", "text.txt", *TUNING),
        *("--learning-rate", "0.005", "--epochs", "6"),
    ),
    "dpo": (
        *("dpo", "chat", "--data", "pairs.jsonl", *TUNING, "--epochs", "3"),
        *("--learning-rate", "0.0005", "--most-fall", "9", "--most-lost", "1"),
    ),
    "reward": (
        *("reward", "chat", "--data", "pairs.jsonl", *TUNING, "--epochs", "2"),
        *("--learning-rate", "0.001"),
    ),
    "rl": (
        *("rl", "chat", "--data", "pairs.jsonl", "--reward", "brevity:brevity", "--full"),
        *("--steps", "12", "--prompts", "2", "--max-new-tokens", "12", "--save-every", "2"),
        *("--learning-rate", "0.0005", "--most-divergence", "99", "--most-lost", "1"),
    ),
}
CLOCKED = {"tokens_per_second"}
"""Figures of time, which no two runs share."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a base, a chat model and data for every stage."""
    folder = tmp_path_factory.mktemp("home")
    base(folder / "base", "tied-llama")
    (folder / "text.txt").write_text(" ".join(f"{a} {b}" for a, b in ASKED) * 40)
    rows = [{"prompt": a, "completion": b} for a, b in ASKED * 6]
    pairs = [
        {"prompt": f"{a} {n}", "chosen": f"{b} Anything else?", "rejected": b}
        for n in range(6)
        for a, b in ASKED
    ]
    for name, data in (("rows", rows), ("pairs", pairs)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    (folder / "brevity.py").write_text(
        "def brevity(prompt, completion, row):\n    return -len(completion)\n"
    )
    seconds_of([*STAGES["sft"], *ALIKE, "--out", "chat"], folder)
    return folder


def means(lineage: Lineage) -> dict[str, float]:
    return {
        name: figure.mean if isinstance(figure, Score) else figure
        for name, figure in lineage.figures.items()
        if name not in CLOCKED and isinstance(figure, (Score, float))
    }


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_killed_at_random_moments_a_stage_ends_in_the_same_checkpoint(
    stage: str, home: Path
) -> None:
    words = [*STAGES[stage], *ALIKE]
    whole, out = home / f"{stage}-whole", home / f"{stage}-killed"
    seconds = seconds_of([*words, "--out", str(whole)], home)
    draw = random.Random(stage)
    killed = 0
    for _ in range(KILLS):
        code = forge_for([*words, "--out", str(out)], home, draw.uniform(0.1, 0.7) * seconds)
        killed += code != 0
        assert code in (0, -9)
        assert not out.exists() or read_lineage(out) is not None, "a half-written checkpoint"
    assert killed, "no kill fell into the work"
    assert forge_for([*words, "--out", str(out)], home, 600) == 0
    one, other = read_lineage(whole), read_lineage(out)
    assert one is not None
    assert other is not None
    assert means(other) == pytest.approx(means(one), abs=1e-4)
    assert not work_path(out).exists()
    assert not list(home.glob(f".{out.name}*"))
    before, after = (load_file(folder / "model.safetensors") for folder in (whole, out))
    assert before.keys() == after.keys()
    for name, weight in before.items():
        assert torch.allclose(weight.float(), after[name].float(), rtol=1e-2, atol=1e-4), name
