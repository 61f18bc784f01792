"""RL, really run for a few steps on a toy checkpoint."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from forging import ASKED, CPU, Killed, base, conversations, killed_at, origin, user
from transformers import AutoModelForCausalLM

from headstart.checkpoints.resolve import resolve
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.stage import RlPrompt, RlRecipe, SftRecipe
from headstart.domain.value import NotMeasured
from headstart.engine.alignment.rl import rl
from headstart.engine.alignment.sft import sft
from headstart.errors import DataError, StageStopped

PROMPTS = [RlPrompt(prompt=(user(asked),), row={"answer": answer}) for asked, answer in ASKED]
RECIPE = RlRecipe(
    method="full",
    learning_rate=2e-3,
    steps=4,
    batch_size=2,
    generations=4,
    max_new_tokens=8,
    max_tokens=200,
    save_every=2,
    most_divergence=100.0,
    most_lost=1.0,  # toys babble
)


@pytest.fixture(scope="module")
def instruct(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    folder = tmp_path_factory.mktemp("instruct")
    recipe = SftRecipe(method="full", learning_rate=5e-3, epochs=3, batch_size=4, max_tokens=200)
    sft(base(folder / "base", "tied-llama"), conversations(), recipe, folder / "out", origin(), CPU)
    return resolve(str(folder / "out"))


def short(prompts: Sequence[RlPrompt], answers: Sequence[str]) -> list[float]:
    """Shorter answers are better."""
    assert len(prompts) == len(answers)
    return [-float(len(answer)) for answer in answers]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return {name: p.detach() for name, p in model.named_parameters()}


@pytest.mark.parametrize("algorithm", ["rloo", "grpo"])
@pytest.mark.parametrize("method", ["full", "lora"])
def test_rl_runs_and_gives_a_checkpoint_with_figures(
    algorithm: str, method: str, instruct: Checkpoint, tmp_path: Path
) -> None:
    recipe = RECIPE.model_copy(
        update={"algorithm": algorithm, "method": method, "rank": 4, "alpha": 8}
    )
    lineage = rl(instruct, PROMPTS, short, recipe, tmp_path / "out", origin("rl"), CPU)
    assert lineage.figures["steps"] == 4
    assert lineage.figures["reward_last"] <= 0
    assert isinstance(lineage.figures["divergence"], float)
    assert resolve(str(tmp_path / "out")).chat_template == instruct.chat_template
    before, after = weights(Path(instruct.path)), weights(tmp_path / "out")
    assert any(not torch.equal(before[name], after[name]) for name in before)


@pytest.mark.slow
def test_rewards_rise(instruct: Checkpoint, tmp_path: Path) -> None:
    more = {"steps": 60, "batch_size": 4, "generations": 8, "beta": 0.0}
    recipe = RECIPE.model_copy(update=more)
    lineage = rl(instruct, PROMPTS, short, recipe, tmp_path / "out", origin("rl"), CPU)
    assert lineage.figures["reward_last"] > lineage.figures["reward_first"] + 4
    assert isinstance(lineage.figures["divergence"], NotMeasured)


@pytest.mark.parametrize("algorithm", ["rloo", "grpo"])
def test_a_killed_run_draws_what_it_would_have_drawn(
    algorithm: str, instruct: Checkpoint, tmp_path: Path
) -> None:
    recipe = RECIPE.model_copy(update={"algorithm": algorithm})
    whole = rl(instruct, PROMPTS, short, recipe, tmp_path / "whole", origin("rl"), CPU)
    out = tmp_path / "killed"
    with pytest.raises(Killed):
        rl(instruct, PROMPTS, short, recipe, out, origin("rl"), CPU, on_event=killed_at(3))
    killed = rl(instruct, PROMPTS, short, recipe, out, origin("rl"), CPU)
    assert killed.figures["reward_last"] == pytest.approx(whole.figures["reward_last"], abs=1e-5)
    one, other = weights(tmp_path / "whole"), weights(out)
    for name, weight in one.items():
        assert torch.allclose(weight, other[name], atol=1e-6), name


def test_the_reward_sees_each_prompt_with_its_own_row(instruct: Checkpoint, tmp_path: Path) -> None:
    seen: list[str] = []

    def watching(prompts: Sequence[RlPrompt], answers: Sequence[str]) -> list[float]:
        seen.extend(f"{p.prompt[-1].content}={p.row['answer']}" for p in prompts)
        return [float(len(a)) for a in answers]

    rl(instruct, PROMPTS, watching, RECIPE, tmp_path / "out", origin("rl"), CPU)
    assert len(seen) == RECIPE.steps * RECIPE.batch_size * RECIPE.generations
    assert set(seen) == {f"{asked}={answer}" for asked, answer in ASKED}


def test_the_gate_stops_a_model_that_ran_away(instruct: Checkpoint, tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(update={"learning_rate": 0.05, "most_divergence": 1e-4})
    with pytest.raises(StageStopped, match=r"gate holds it back|not finite"):
        rl(instruct, PROMPTS, short, recipe, tmp_path / "out", origin("rl"), CPU)
    assert not (tmp_path / "out").exists()


def test_the_gate_on_answers_stops_rl_that_forgets_to_end(
    instruct: Checkpoint, tmp_path: Path
) -> None:
    def endless(prompts: Sequence[RlPrompt], answers: Sequence[str]) -> list[float]:
        return [float(len(answer)) for answer in answers]

    update = {"learning_rate": 2e-2, "steps": 6, "beta": 0.0, "most_lost": 0.05}
    recipe = RECIPE.model_copy(update=update)
    keep = [e for e in conversations(1) if len(e.prompt) == 1]
    with pytest.raises(StageStopped, match="gate holds it back"):
        rl(instruct, PROMPTS, endless, recipe, tmp_path / "out", origin("rl"), CPU, keep=keep)
    assert not (tmp_path / "out").exists()


def test_a_reward_that_is_no_number_is_told(instruct: Checkpoint, tmp_path: Path) -> None:
    def broken(prompts: Sequence[RlPrompt], answers: Sequence[str]) -> list[float]:
        return [float("nan")] * len(answers)

    with pytest.raises(DataError, match="is nan"):
        rl(instruct, PROMPTS, broken, RECIPE, tmp_path / "out", origin("rl"), CPU)


def test_prompts_that_leave_no_room_are_refused(instruct: Checkpoint, tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(update={"max_tokens": 9})
    with pytest.raises(DataError, match="no prompt leaves room"):
        rl(instruct, PROMPTS, short, recipe, tmp_path / "out", origin("rl"), CPU)
