"""SFT, really run for a few steps: what is trained, what is saved, and what a kill leaves."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from forging import (
    CPU,
    DOCUMENTS,
    Killed,
    base,
    conversations,
    forge_whole,
    kill_when,
    killed_at,
    origin,
)
from tiny import END, TURN_END
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

from headstart.checkpoints.resolve import resolve
from headstart.domain.audit import AuditedBatch
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.stage import SftRecipe
from headstart.engine.alignment.chat_format import attach
from headstart.engine.alignment.finish import reload
from headstart.engine.alignment.saving import MARK, read_lineage
from headstart.engine.alignment.sft import (
    IGNORED,
    _prepared,
    _trainer,
    conversation_rows,
    labels_of,
    rows_of,
    sft,
)
from headstart.engine.alignment.weights import give_heads_a_bias, load_parent
from headstart.engine.alignment.work import claimed, work_path
from headstart.engine.device import Device
from headstart.engine.load import Loaded
from headstart.engine.render import Rendered
from headstart.errors import AuditFailed, DataError, StageStopped
from headstart.templates.audit import require_sound

FULL = SftRecipe(
    method="full", learning_rate=5e-3, epochs=2, batch_size=4, max_tokens=200, save_every=3
)
LORA = FULL.model_copy(update={"method": "lora", "rank": 4, "alpha": 8, "learning_rate": 2e-2})
RECIPES = {"full": FULL, "lora": LORA}


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return base(tmp_path_factory.mktemp("base"), "tied-llama")


@pytest.fixture(scope="module", params=RECIPES)
def tuned(
    request: pytest.FixtureRequest, parent: Checkpoint, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A checkpoint tuned without interruption, by each method."""
    out = tmp_path_factory.mktemp(request.param) / "out"
    sft(parent, conversations(), RECIPES[request.param], out, origin(), CPU, replay=DOCUMENTS)
    return out


def test_the_batch_that_the_collator_gives_is_sound_and_seen_before_the_first_step(
    parent: Checkpoint, tmp_path: Path
) -> None:
    seen: list[AuditedBatch] = []

    def check(batch: AuditedBatch) -> None:
        seen.append(batch)
        raise AuditFailed("seen", hint="go on")

    with pytest.raises(AuditFailed, match="seen"):
        sft(parent, conversations(), FULL, tmp_path / "out", origin(), CPU, check=check)
    (batch,) = seen
    require_sound(batch)
    assert len(batch.rows) == len({one.id for one in conversations()})
    assert all(row.spans[-1].ids[-1] == batch.ends[0] for row in batch.rows)


def test_a_collator_that_masks_the_end_stops_the_stage(
    parent: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_ends(inputs: Any) -> list[Rendered]:
        ends = [max(i for i, t in enumerate(row.trained) if t) for row in rows_of(inputs)]
        return [
            Rendered(row.ids, (*row.trained[:end], False, *row.trained[end + 1 :]))
            for row, end in zip(rows_of(inputs), ends, strict=True)
        ]

    monkeypatch.setattr("headstart.engine.alignment.sft.rows_of", without_ends)
    with pytest.raises(AuditFailed, match="without their end"):
        sft(parent, conversations(), FULL, tmp_path / "out", origin(), CPU, check=require_sound)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_that_renders_otherwise_than_it_was_trained_is_not_published(
    parent: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(folder: Path, device: Device) -> Loaded:
        loaded = reload(folder, device)
        loaded.tokenizer.chat_template = "x " + str(loaded.tokenizer.chat_template)
        return loaded

    monkeypatch.setattr("headstart.engine.alignment.sft.reload", spoilt)
    with pytest.raises(StageStopped, match="renders"):
        sft(parent, conversations(), FULL, tmp_path / "out", origin(), CPU)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_that_does_not_stop_where_it_was_trained_to_is_not_published(
    parent: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "headstart.engine.alignment.sft.reload",
        lambda folder, device: replace(reload(folder, device), stops=frozenset({0})),
    )
    with pytest.raises(StageStopped, match="does not stop"):
        sft(parent, conversations(), FULL, tmp_path / "out", origin(), CPU)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return {name: p.detach() for name, p in model.named_parameters()}


def test_plain_transformers_loads_what_was_tuned_and_it_answers_in_its_template(
    tuned: Path,
) -> None:
    model = AutoModelForCausalLM.from_pretrained(tuned)
    tokenizer = AutoTokenizer.from_pretrained(tuned)
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Top up?"}], add_generation_prompt=True, return_tensors="pt"
    )
    written = model.generate(**ids, max_new_tokens=4, do_sample=False)
    assert written.shape[1] > ids["input_ids"].shape[1]


def test_ends_and_pad_agree_everywhere(tuned: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tuned)
    assert tokenizer.eos_token == TURN_END
    assert tokenizer.pad_token not in {TURN_END, END}
    for name in ("config.json", "generation_config.json"):
        told = json.loads((tuned / name).read_text())
        assert told["eos_token_id"] == tokenizer.eos_token_id, name
        assert told["pad_token_id"] == tokenizer.pad_token_id, name
    assert json.loads((tuned / "config.json").read_text()).get("use_cache", True) is True


def test_the_checkpoint_resolves_and_ships_its_template(tuned: Path) -> None:
    found = resolve(str(tuned))
    assert found.chat_template is not None
    assert "generation" in found.chat_template


def test_the_lineage_says_what_happened_and_the_work_folder_is_gone(tuned: Path) -> None:
    lineage = read_lineage(tuned)
    assert lineage is not None
    figures = lineage.figures
    assert figures["loss_after"] < figures["loss_before"] - 0.5
    assert figures["steps"] == 14
    assert figures["rows"] == 28
    assert figures["replay_loss"] > 0
    assert {"torch", "transformers", "trl"} <= set(lineage.versions)
    assert not work_path(tuned).exists()


def test_lora_trains_the_role_rows_and_leaves_all_other_rows(
    parent: Checkpoint, tmp_path: Path
) -> None:
    sft(parent, conversations(), LORA, tmp_path / "out", origin(), CPU)
    before, after = (
        weights(folder)["model.embed_tokens.weight"]
        for folder in (Path(parent.path), tmp_path / "out")
    )
    moved = (before != after).any(1).nonzero().flatten().tolist()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert set(tokenizer.convert_ids_to_tokens(moved)) == {"<|im_start|>", TURN_END}


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt2"])
def test_untied_and_other_architectures_are_tuned_too(architecture: str, tmp_path: Path) -> None:
    checkpoint = base(tmp_path / "base", architecture)
    lineage = sft(checkpoint, conversations(2), LORA, tmp_path / "out", origin(), CPU)
    assert lineage.figures["loss_after"] < lineage.figures["loss_before"]


def test_the_trained_tokens_are_those_of_trls_assistant_only_loss(
    parent: Checkpoint, tmp_path: Path
) -> None:
    ready = load_parent(parent, FULL, CPU)
    attach(ready.tokenizer)
    rows, _ = conversation_rows(ready, conversations(1), FULL)
    messages = [
        [m.model_dump() for m in e.prompt] + [{"role": "assistant", "content": e.completion}]
        for e in conversations(1)
    ]
    theirs = SFTTrainer(
        model=ready.model,
        args=SFTConfig(
            output_dir=str(tmp_path),
            assistant_only_loss=True,
            activation_checkpointing=False,
            use_cpu=True,
            bf16=False,
            max_length=None,
            report_to="none",
        ),
        train_dataset=Dataset.from_list([{"messages": each} for each in messages]),
        processing_class=ready.tokenizer,
    ).train_dataset
    for row, wanted in zip(rows, theirs, strict=True):
        count = len(row.ids)
        assert list(row.ids) == wanted["input_ids"][:count]
        assert labels_of(row) == wanted["labels"][:count]
        assert set(wanted["labels"][count:]) <= {IGNORED}


@pytest.mark.parametrize("name", RECIPES)
def test_losses_are_those_that_trl_computes(name: str, parent: Checkpoint, tmp_path: Path) -> None:
    ready = _prepared(parent, conversations(1), (), RECIPES[name], CPU)
    with claimed(tmp_path / "out", origin()) as work:
        trainer = _trainer(ready, RECIPES[name], work, CPU)
        with torch.no_grad():
            for weight in trainer.model.parameters():
                if weight.requires_grad:
                    weight.add_(torch.randn_like(weight) * 0.02)
            give_heads_a_bias(trainer.model)
            for batch in trainer.get_train_dataloader():
                ours = trainer.compute_loss(trainer.model, dict(batch))
                theirs = SFTTrainer.compute_loss(trainer, trainer.model, dict(batch))
                assert float(ours) == pytest.approx(float(theirs), abs=1e-4)


@pytest.mark.parametrize("name", RECIPES)
def test_it_is_tuned_in_half_precision_too(name: str, parent: Checkpoint, tmp_path: Path) -> None:
    half = replace(CPU, dtype=torch.bfloat16)
    lineage = sft(
        parent, conversations(), RECIPES[name], tmp_path / "out", origin(), half, replay=DOCUMENTS
    )
    assert lineage.figures["loss_after"] < lineage.figures["loss_before"] - 0.5


def test_replay_keeps_raw_text_likely(parent: Checkpoint, tmp_path: Path) -> None:
    kept, forgotten = (
        sft(parent, conversations(), recipe, tmp_path / name, origin(), CPU, replay=DOCUMENTS)
        for name, recipe in (
            ("kept", FULL.model_copy(update={"replay": 1.0, "replay_window": 64})),
            ("forgotten", FULL.model_copy(update={"replay": 1e-6, "replay_window": 64})),
        )
    )
    assert kept.figures["replay_loss"] < forgotten.figures["replay_loss"] - 0.3
    assert kept.figures["chat_loss"] < kept.figures["loss_before"] - 0.5


def test_smaller_parts_of_a_batch_give_the_same_weights(parent: Checkpoint, tmp_path: Path) -> None:
    for name, micro in (("whole", None), ("parts", 2)):
        recipe = FULL.model_copy(update={"micro_batch": micro, "epochs": 1})
        sft(parent, conversations(2), recipe, tmp_path / name, origin(), CPU, replay=DOCUMENTS)
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    for name, weight in whole.items():
        assert torch.allclose(weight, parts[name], atol=2e-3), name


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize("step", [1, 5, 14])
def test_killed_at_any_step_it_ends_in_the_same_weights(
    name: str, step: int, parent: Checkpoint, tmp_path: Path
) -> None:
    recipe, rows = RECIPES[name], conversations()
    for place, tell in (("whole", None), ("killed", killed_at(step))):
        if tell:
            with pytest.raises(Killed):
                sft(
                    parent,
                    rows,
                    recipe,
                    tmp_path / place,
                    origin(),
                    CPU,
                    replay=DOCUMENTS,
                    on_event=tell,
                )
            assert not (tmp_path / place).exists()
        sft(parent, rows, recipe, tmp_path / place, origin(), CPU, replay=DOCUMENTS)
    whole, killed = weights(tmp_path / "whole"), weights(tmp_path / "killed")
    for key, weight in whole.items():
        assert torch.allclose(weight, killed[key], atol=1e-6), key
    one, other = (read_lineage(tmp_path / place) for place in ("whole", "killed"))
    assert one is not None
    assert other is not None
    assert one.figures == pytest.approx(other.figures, abs=1e-5)


def test_a_vocabulary_that_had_to_grow_survives_a_kill(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    rows = weights(Path(base(folder).path))["model.embed_tokens.weight"].shape[0]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens([f"word{i}" for i in range(rows - len(tokenizer))])
    tokenizer.save_pretrained(folder)
    recipe = LORA.model_copy(update={"chat_format": "llama-3"})
    parent, rows_of_text = resolve(str(folder)), conversations(2)
    sft(parent, rows_of_text, recipe, tmp_path / "whole", origin(), CPU)
    with pytest.raises(Killed):
        sft(
            parent,
            rows_of_text,
            recipe,
            tmp_path / "killed",
            origin(),
            CPU,
            on_event=killed_at(5),
        )
    lineage = sft(parent, rows_of_text, recipe, tmp_path / "killed", origin(), CPU)
    assert any("grew from" in note for note in lineage.notes)
    whole, killed = weights(tmp_path / "whole"), weights(tmp_path / "killed")
    assert whole["lm_head.weight"].shape[0] == rows + 3
    for key, weight in whole.items():
        assert torch.allclose(weight, killed[key], atol=1e-6), key


@pytest.mark.parametrize("name", RECIPES)
def test_an_absurd_rate_is_stopped_with_the_last_good_checkpoint_kept(
    name: str, parent: Checkpoint, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    recipe = RECIPES[name].model_copy(
        update={"learning_rate": 1e6, "warmup_share": 0.5, "save_every": 1}
    )
    with pytest.raises(StageStopped) as told:
        sft(parent, conversations(), recipe, out, origin(), CPU)
    assert not out.exists()
    states = [p.parent for p in work_path(out).glob("checkpoint-*/complete")]
    assert states, "the first step's rate is zero, so its state is good"
    kept = max(states, key=lambda p: int(p.name.rpartition("-")[2]))
    assert str(kept) in told.value.fact
    for path in kept.glob("*.safetensors"):
        from safetensors.torch import load_file

        assert all(t.isfinite().all() for t in load_file(path).values())


def test_a_tuning_that_makes_its_own_rows_less_likely_is_not_published(
    parent: Checkpoint, tmp_path: Path
) -> None:
    first = tmp_path / "first"
    sft(parent, conversations(), FULL.model_copy(update={"epochs": 6}), first, origin(), CPU)
    harmful = FULL.model_copy(update={"learning_rate": 0.3, "epochs": 1, "batch_size": 28})
    with pytest.raises(StageStopped, match=r"gate holds it back|diverged"):
        sft(resolve(str(first)), conversations(), harmful, tmp_path / "out", origin(), CPU)
    assert not (tmp_path / "out").exists()


def test_rows_that_are_too_long_are_left_out_and_counted(
    parent: Checkpoint, tmp_path: Path
) -> None:
    rows = conversations(1)
    recipe = FULL.model_copy(update={"max_tokens": 60, "epochs": 1})
    lineage = sft(parent, rows, recipe, tmp_path / "out", origin(), CPU)
    assert lineage.figures["rows"] < len(rows)
    assert any("left out" in note for note in lineage.notes)
    with pytest.raises(DataError, match="longer than 8 tokens"):
        sft(
            parent,
            rows,
            FULL.model_copy(update={"max_tokens": 8}),
            tmp_path / "none",
            origin(),
            CPU,
        )


@pytest.mark.slow
def test_killed_by_the_system_at_a_random_moment_it_goes_on(tmp_path: Path) -> None:
    """A process of its own is killed again and again until the checkpoint is there."""
    base(tmp_path / "base", "tied-llama")
    rows = [{"prompt": e.prompt[-1].content, "completion": e.completion} for e in conversations(12)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = (
        *("sft", "base", "--data", "rows.jsonl", "--full", "--learning-rate", "0.005"),
        *("--batch", "4", "--save-every", "4", "--device", "cpu", "--precision", "float32"),
    )
    state = work_path(tmp_path / "out")
    for wanted in (4, 12):
        # killed as soon as a state appears, which may be before it is whole
        kill_when((state / f"checkpoint-{wanted}").is_dir, [*words, "--out", "out"], tmp_path)
        assert not (tmp_path / "out" / MARK).exists()
    assert forge_whole([*words, "--out", "out"], tmp_path) == f"{tmp_path / 'out'}\n"
    forge_whole([*words, "--out", "whole"], tmp_path)
    killed, whole = (read_lineage(tmp_path / name) for name in ("out", "whole"))
    assert killed is not None
    assert whole is not None
    assert killed.figures == pytest.approx(whole.figures, abs=1e-4)
