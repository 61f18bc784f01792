"""DPO and reward models, really run for a few steps on toy checkpoints."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from forging import CPU, Killed, base, conversations, killed_at, origin, preferences, taught
from tiny import END
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer

from headstart.checkpoints.resolve import resolve
from headstart.domain.audit import AuditedBatch
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.stage import DpoRecipe, Preference, RewardRecipe, SftRecipe
from headstart.domain.value import Score
from headstart.engine.alignment.answers import Answers, answer_figures, require_kept, says
from headstart.engine.alignment.dpo import dpo, preference_figures
from headstart.engine.alignment.measure import Pair, PairScores, mean_score, share
from headstart.engine.alignment.pairs import split_pairs
from headstart.engine.alignment.reward import RewardModel, reward
from headstart.engine.alignment.saving import read_lineage
from headstart.engine.alignment.sft import sft
from headstart.engine.alignment.work import work_path
from headstart.errors import (
    AuditFailed,
    CheckpointBroken,
    DataError,
    StageStopped,
    TemplateMissing,
)
from headstart.templates.audit import require_sound

DPO = DpoRecipe(
    method="full",
    learning_rate=2e-3,
    epochs=2,
    batch_size=4,
    max_tokens=200,
    save_every=3,
    most_lost=1.0,  # toys babble; the gate on answers has tests of its own
)
DPO_LORA = DPO.model_copy(update={"method": "lora", "rank": 4, "alpha": 8, "learning_rate": 1e-2})
RECIPES = {"full": DPO, "lora": DPO_LORA}
REWARD = RewardRecipe(
    method="full", learning_rate=5e-3, epochs=3, batch_size=4, max_tokens=200, save_every=4
)


@pytest.fixture(scope="module")
def instruct(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A toy instruct checkpoint."""
    folder = tmp_path_factory.mktemp("instruct")
    recipe = SftRecipe(method="full", learning_rate=5e-3, epochs=3, batch_size=4, max_tokens=200)
    sft(base(folder / "base", "tied-llama"), conversations(), recipe, folder / "out", origin(), CPU)
    return resolve(str(folder / "out"))


def score(figures: dict[str, object], name: str) -> Score:
    found = figures[name]
    assert isinstance(found, Score)
    return found


def weights(folder: Path) -> dict[str, torch.Tensor]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return {name: p.detach() for name, p in model.named_parameters()}


@pytest.mark.parametrize("name", RECIPES)
def test_dpo_moves_pairs_it_did_not_see(name: str, instruct: Checkpoint, tmp_path: Path) -> None:
    lineage = dpo(instruct, preferences(), RECIPES[name], tmp_path / "out", origin("dpo"), CPU)
    accuracy = score(lineage.figures, "pair_accuracy")
    assert accuracy.mean >= 0.8
    assert score(lineage.figures, "chosen_fall").mean <= 0
    assert score(lineage.figures, "rejected_fall").mean > score(lineage.figures, "chosen_fall").mean
    assert accuracy.n + lineage.figures["pairs"] == len(preferences())
    found = resolve(str(tmp_path / "out"))
    assert found.chat_template == instruct.chat_template
    assert not work_path(tmp_path / "out").exists()


def test_the_chosen_answers_of_a_batch_are_sound_and_seen_before_the_first_step(
    instruct: Checkpoint, tmp_path: Path
) -> None:
    seen: list[AuditedBatch] = []

    def check(batch: AuditedBatch) -> None:
        seen.append(batch)
        raise AuditFailed("seen", hint="go on")

    with pytest.raises(AuditFailed, match="seen"):
        dpo(instruct, preferences(), DPO, tmp_path / "out", origin(), CPU, check=check)
    (batch,) = seen
    require_sound(batch)
    chosen = {f"pair {n}": each.chosen for n, each in enumerate(preferences(), start=1)}
    assert batch.rows
    assert all(row.answers == (chosen[row.row],) for row in batch.rows)
    assert all(row.targets[-1] in batch.ends for row in batch.rows)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("step", [2, 7])
def test_a_killed_dpo_ends_in_the_same_weights(
    name: str, step: int, instruct: Checkpoint, tmp_path: Path
) -> None:
    told = origin("dpo")
    dpo(instruct, preferences(), RECIPES[name], tmp_path / "whole", told, CPU)
    with pytest.raises(Killed):
        dpo(
            instruct,
            preferences(),
            RECIPES[name],
            tmp_path / "killed",
            told,
            CPU,
            on_event=killed_at(step),
        )
    dpo(instruct, preferences(), RECIPES[name], tmp_path / "killed", told, CPU)
    whole, killed = weights(tmp_path / "whole"), weights(tmp_path / "killed")
    for key, weight in whole.items():
        assert torch.allclose(weight, killed[key], atol=1e-6), key


RISKY = DPO.model_copy(update={"held_out": 0.34, "anchor": 0.0})
"""Two of six prompts are held out, and nothing holds the chosen answers up."""


@pytest.fixture(scope="module")
def fluent(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """A toy instruct checkpoint that knows its answers well: there is something to ruin."""
    folder = tmp_path_factory.mktemp("fluent")
    recipe = SftRecipe(method="full", learning_rate=5e-3, epochs=10, batch_size=4, max_tokens=200)
    sft(base(folder / "base", "tied-llama"), conversations(), recipe, folder / "out", origin(), CPU)
    return resolve(str(folder / "out"))


def test_a_small_rate_passes_the_gate(fluent: Checkpoint, tmp_path: Path) -> None:
    recipe = RISKY.model_copy(update={"learning_rate": 1e-3})
    lineage = dpo(fluent, taught(), recipe, tmp_path / "out", origin("dpo"), CPU)
    assert score(lineage.figures, "pair_accuracy").mean == 1.0
    assert score(lineage.figures, "chosen_fall").mean < recipe.most_fall


def test_the_gate_stops_a_higher_rate_although_every_pair_moves_the_right_way(
    fluent: Checkpoint, tmp_path: Path
) -> None:
    recipe = RISKY.model_copy(update={"learning_rate": 3e-3})
    with pytest.raises(StageStopped, match="gate holds it back: held-out chosen answers lost"):
        dpo(fluent, taught(), recipe, tmp_path / "out", origin("dpo"), CPU)
    assert not (tmp_path / "out").exists()
    open_gate = recipe.model_copy(update={"most_fall": 100.0})
    lineage = dpo(fluent, taught(), open_gate, tmp_path / "let", origin("dpo"), CPU)
    assert score(lineage.figures, "pair_accuracy").mean == 1.0


def test_the_anchor_holds_the_chosen_answers_up(fluent: Checkpoint, tmp_path: Path) -> None:
    falls = []
    for anchor in (0.0, 1.0):
        update = {"anchor": anchor, "learning_rate": 3e-3, "most_fall": 100.0}
        out = tmp_path / str(anchor)
        recipe = RISKY.model_copy(update=update)
        lineage = dpo(fluent, taught(), recipe, out, origin("dpo"), CPU)
        falls.append(score(lineage.figures, "chosen_fall").mean)
    assert falls[1] < falls[0] - 0.03


KNOWN = [e for e in conversations(1) if len(e.prompt) == 1]
"""What the fluent toy was taught."""
KEPT = RISKY.model_copy(update={"most_lost": 0.05, "most_fall": 100.0})


def test_answers_to_keep_pass_the_gate_at_a_small_rate(fluent: Checkpoint, tmp_path: Path) -> None:
    recipe = KEPT.model_copy(update={"learning_rate": 1e-5})
    lineage = dpo(fluent, taught(), recipe, tmp_path / "out", origin("dpo"), CPU, keep=KNOWN)
    figures = lineage.figures
    assert score(figures, "kept_before").mean > 0.5
    assert score(figures, "kept_after") == score(figures, "kept_before")
    assert score(figures, "ended_after").n > score(figures, "kept_after").n == len(KNOWN)


def test_the_gate_on_answers_stops_a_rate_that_is_too_high(
    fluent: Checkpoint, tmp_path: Path
) -> None:
    recipe = KEPT.model_copy(update={"learning_rate": 1e-2})
    told = "(of its answers came to an end|of the answers to keep were given) before"
    with pytest.raises(StageStopped, match=told):
        dpo(fluent, taught(), recipe, tmp_path / "out", origin("dpo"), CPU, keep=KNOWN)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("answer", "wanted", "given"),
    [
        ("The capital is Paris.", "paris", True),
        ("Yes, it is still pending. Anything else?", "It is still pending.", True),
        ("It makes 120.", "12", False),
        ("Pending it is still.", "It is still pending.", False),
        ("", "Paris", False),
    ],
)
def test_an_answer_to_keep_is_found_within_what_is_said(
    answer: str, wanted: str, *, given: bool
) -> None:
    assert says(answer, wanted) is given


def test_one_lost_answer_is_no_ruin_and_a_twentieth_is_the_limit() -> None:
    def figures(n: int, lost: int) -> dict[str, Score]:
        ended = Answers((True,) * n, ())
        return answer_figures(ended, Answers((False,) * lost + (True,) * (n - lost), ()))

    require_kept(figures(4, 1), 0.05, "")
    require_kept(figures(100, 5), 0.05, "")
    for n, lost in ((4, 2), (100, 6)):
        with pytest.raises(StageStopped, match="came to an end before"):
            require_kept(figures(n, lost), 0.05, "")


def test_a_chat_checkpoint_that_names_the_document_end_is_told_its_turn_end(
    instruct: Checkpoint, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs"
    shutil.copytree(instruct.path, theirs)
    tokenizer = AutoTokenizer.from_pretrained(theirs)
    turn_end, document_end = tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(END)
    tokenizer.eos_token = tokenizer.pad_token = END
    tokenizer.save_pretrained(theirs)
    generation = json.loads((theirs / "generation_config.json").read_text())
    generation["eos_token_id"] = [document_end, turn_end]
    (theirs / "generation_config.json").write_text(json.dumps(generation))
    dpo(resolve(str(theirs)), preferences(), DPO, tmp_path / "out", origin("dpo"), CPU)
    after = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert after.eos_token_id == turn_end
    assert after.pad_token_id not in {turn_end, document_end}
    for name in ("config.json", "generation_config.json"):
        told = json.loads((tmp_path / "out" / name).read_text())
        assert (told["eos_token_id"], told["pad_token_id"]) == (turn_end, after.pad_token_id), name


@pytest.mark.parametrize("name", RECIPES)
def test_dpo_runs_in_half_precision_too(name: str, instruct: Checkpoint, tmp_path: Path) -> None:
    half = replace(CPU, dtype=torch.bfloat16)
    lineage = dpo(instruct, preferences(), RECIPES[name], tmp_path / "out", origin("dpo"), half)
    assert score(lineage.figures, "pair_accuracy").mean >= 0.8


def test_a_base_without_template_is_refused(tmp_path: Path) -> None:
    checkpoint = base(tmp_path / "base")
    with pytest.raises(TemplateMissing, match="no chat template"):
        dpo(checkpoint, preferences(), DPO, tmp_path / "out", origin("dpo"), CPU)


def test_one_prompt_is_never_trained_and_held_out() -> None:
    pairs = [Pair((n % 7,), (n,), (n + 1,)) for n in range(60)]
    trained, held = split_pairs(pairs, 0.3, seed=0)
    assert len(trained) + len(held) == 60
    assert not {p.prompt for p in trained} & {p.prompt for p in held}
    assert len({p.prompt for p in held}) == 2


def test_pairs_of_one_prompt_cannot_be_split() -> None:
    with pytest.raises(DataError, match="same prompt"):
        split_pairs([Pair((1,), (2,), (3,))] * 4, 0.1, seed=0)


def test_figures_of_pairs_are_signed_as_they_say() -> None:
    pairs = [Pair((1,), (2, 3), (4,)), Pair((1,), (2, 3), (4,))]
    before = PairScores(chosen=(-4.0, -4.0), rejected=(-1.0, -1.0))
    after = PairScores(chosen=(-2.0, -6.0), rejected=(-1.5, -9.0))
    found = preference_figures(pairs, before, after)
    assert score(found, "chosen_fall").mean == pytest.approx(0.0)
    assert score(found, "rejected_fall").mean == pytest.approx(4.25)
    assert score(found, "pair_accuracy").mean == 1.0
    assert score(found, "preferred_before").mean == 0.0
    assert score(found, "preferred_after").mean == 1.0


def test_intervals_are_those_of_wilson_and_of_the_normal() -> None:
    half = share([True, False] * 50)
    assert (half.low, half.high) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert share([True] * 10).high == pytest.approx(1.0)
    assert share([True] * 10).low == pytest.approx(0.7225, abs=1e-4)
    mean = mean_score([1.0, 3.0])
    assert (mean.mean, mean.high) == pytest.approx((2.0, 3.96), abs=1e-3)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_reward_model_prefers_what_was_preferred(
    method: str, instruct: Checkpoint, tmp_path: Path
) -> None:
    recipe = REWARD.model_copy(update={"method": method, "rank": 4, "alpha": 8})
    lineage = reward(instruct, preferences(), recipe, tmp_path / "out", origin("reward"), CPU)
    assert score(lineage.figures, "pair_accuracy").mean >= 0.8
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    assert model.config.num_labels == 1
    judge = RewardModel(tmp_path / "out", CPU)
    asked = preferences()[0]
    chosen, rejected = judge.score([asked.prompt] * 2, [asked.chosen, asked.rejected])
    assert chosen > rejected


def test_a_score_does_not_depend_on_what_is_scored_beside_it(
    instruct: Checkpoint, tmp_path: Path
) -> None:
    reward(instruct, preferences(), REWARD, tmp_path / "out", origin("reward"), CPU)
    judge = RewardModel(tmp_path / "out", CPU)
    asked = preferences(1)
    together = judge.score([p.prompt for p in asked], [p.chosen for p in asked])
    apart = [judge.score([p.prompt], [p.chosen])[0] for p in asked]
    assert together == pytest.approx(apart, abs=1e-4)


def test_a_killed_reward_model_ends_with_the_same_figures(
    instruct: Checkpoint, tmp_path: Path
) -> None:
    told = origin("reward")
    whole = reward(instruct, preferences(), REWARD, tmp_path / "whole", told, CPU)
    out = tmp_path / "killed"
    with pytest.raises(Killed):
        reward(instruct, preferences(), REWARD, out, told, CPU, on_event=killed_at(6))
    killed = reward(instruct, preferences(), REWARD, out, told, CPU)
    assert killed.figures["loss"] == pytest.approx(whole.figures["loss"], abs=1e-5)
    assert score(killed.figures, "margin").mean == pytest.approx(
        score(whole.figures, "margin").mean, abs=1e-4
    )


def test_a_causal_model_is_no_reward_model(instruct: Checkpoint) -> None:
    with pytest.raises(CheckpointBroken, match="no reward model"):
        RewardModel(Path(instruct.path), CPU)


def test_an_absurd_rate_is_stopped_in_dpo(instruct: Checkpoint, tmp_path: Path) -> None:
    recipe = DPO.model_copy(update={"learning_rate": 1e6, "warmup_share": 0.5, "save_every": 1})
    with pytest.raises(StageStopped):
        dpo(instruct, preferences(), recipe, tmp_path / "out", origin("dpo"), CPU)
    assert not (tmp_path / "out").exists()
    assert list(work_path(tmp_path / "out").glob("checkpoint-*/complete"))


def test_answers_that_are_too_long_are_left_out_and_counted(
    instruct: Checkpoint, tmp_path: Path
) -> None:
    long = Preference(prompt=preferences()[0].prompt, chosen="word " * 300, rejected="no")
    lineage = dpo(instruct, [*preferences(), long], DPO, tmp_path / "out", origin("dpo"), CPU)
    assert any("1 pairs are longer" in note for note in lineage.notes)
    told = read_lineage(tmp_path / "out")
    assert told == lineage
    assert json.loads((tmp_path / "out" / "lineage.json").read_text())["stage"] == "dpo"
