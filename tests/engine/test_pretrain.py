"""Pretraining and adapting, really run for a few steps: tokenizer, batches, states, checkpoint."""

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from forging import CPU, Killed, base, forge_whole, kill_when, killed_at, origin
from transformers import AutoModelForCausalLM, AutoTokenizer

from headstart.checkpoints.resolve import resolve
from headstart.domain.stage import AdaptRecipe, ModelShape, PretrainRecipe
from headstart.engine import fitting
from headstart.engine.alignment.chat_format import attach
from headstart.engine.alignment.saving import read_lineage
from headstart.engine.alignment.work import work_path
from headstart.engine.documents import encode_documents, windows_of
from headstart.engine.fitting import STATE
from headstart.engine.pretrain import adapt, new_model, pretrain
from headstart.engine.schedule import Schedule
from headstart.engine.token_file import TokenFile, collect_tokens
from headstart.engine.tokenizer_training import (
    DOCUMENT_END,
    PAD,
    RESERVED,
    ROLE_TOKENS,
    SPECIALS,
    TURN_END,
    train_tokenizer,
)
from headstart.errors import DataError, RequestError, StageStopped

SHAPE = ModelShape(hidden=32, layers=2, heads=2, feed_forward=48, vocabulary=320, context=32)
RECIPE = PretrainRecipe(
    tokens=3000, batch_windows=4, learning_rate=1e-2, save_every=5, warmup_share=0.1
)
ADAPT = AdaptRecipe(
    tokens=2000, batch_windows=4, learning_rate=1e-2, save_every=4, rank=4, alpha=8, window=32
)
WORDS = ("the", "miller", "grinds", "12", "sacks", "of", "corn", "by", "river", "and", "sings")


def documents() -> Iterator[str]:
    """An endless stream, the same every time."""
    draw = random.Random("documents")
    while True:
        yield " ".join(draw.choice(WORDS) for _ in range(draw.randrange(20, 60))) + "."


def few() -> list[str]:
    return list(itertools.islice(documents(), 40))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    return {name: p.detach() for name, p in model.named_parameters()}


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("pretrained") / "out"
    pretrain(SHAPE, documents, RECIPE, out, origin("pretrain"), CPU)
    return out


def test_digits_are_tokens_of_their_own() -> None:
    tokenizer = train_tokenizer(few(), 320)
    tokens = tokenizer.tokenize("sacks 1234, 12")
    assert [t for t in tokens if any(c.isdigit() for c in t)] == list("123412")


def test_every_text_comes_back_as_it_was() -> None:
    tokenizer = train_tokenizer(few(), 320)
    for text in ("the miller sings", "  é\n\t12 ¿?", "\U0001d538 <|end|> <|user|>"):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == text


def test_special_tokens_have_their_ids_in_order_and_reserved_ones_are_there() -> None:
    tokenizer = train_tokenizer(few(), 320)
    assert tokenizer.convert_tokens_to_ids(list(SPECIALS)) == list(range(len(SPECIALS)))
    assert len(RESERVED) >= 8
    assert tokenizer.eos_token == DOCUMENT_END
    assert tokenizer.pad_token == PAD
    assert tokenizer.bos_token is None
    assert tokenizer.chat_template is None


def test_special_strings_in_texts_never_give_special_ids() -> None:
    texts = [f"a {token} b{token}" for token in SPECIALS] * 3
    tokenizer = train_tokenizer(few() + texts, 320)
    special = set(tokenizer.all_special_ids) | set(range(len(SPECIALS)))
    for ids, text in zip(encode_documents(tokenizer, texts), texts, strict=True):
        assert ids[-1] == tokenizer.eos_token_id
        assert not special & set(ids[:-1])
        assert tokenizer.decode(ids[:-1]) == text


def test_a_vocabulary_too_small_for_the_bytes_is_refused() -> None:
    with pytest.raises(RequestError, match="too small"):
        train_tokenizer(few(), 200)


def test_documents_are_encoded_alike_in_any_company() -> None:
    tokenizer = train_tokenizer(few(), 320)
    alone = [next(encode_documents(tokenizer, [text])) for text in few()]
    assert list(encode_documents(tokenizer, few())) == alone


def test_documents_of_a_chat_model_end_in_the_document_end_not_the_turn_end() -> None:
    tokenizer = train_tokenizer(few(), 320)
    attach(tokenizer)
    assert tokenizer.eos_token == TURN_END
    (ids,) = encode_documents(tokenizer, ["the miller"])
    assert ids[-1] == tokenizer.convert_tokens_to_ids(DOCUMENT_END)


def test_replayed_windows_are_the_documents_in_a_row() -> None:
    tokenizer = train_tokenizer(few(), 320)
    row = list(itertools.chain(*encode_documents(tokenizer, few())))
    windows = windows_of(tokenizer, few(), 16)
    assert windows.ravel().tolist() == row[: windows.size]
    assert len(row) - windows.size < 16


def test_a_short_text_fills_one_window() -> None:
    tokenizer = train_tokenizer(few(), 320)
    assert windows_of(tokenizer, ["the miller"], 64).shape == (1, 64)


def test_collected_tokens_are_read_again_and_not_made_again(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(few(), 320)
    first = collect_tokens(tokenizer, documents(), 500, tmp_path, lambda _: None)
    again = collect_tokens(tokenizer, iter(()), 500, tmp_path, lambda _: None)
    assert np.array_equal(first.ids, again.ids)
    assert len(first.ids) == 500


def test_no_text_is_told(tmp_path: Path) -> None:
    tokenizer = train_tokenizer(few(), 320)
    with pytest.raises(DataError, match="hold no text"):
        collect_tokens(tokenizer, [""], 500, tmp_path, lambda _: None)


def schedule(count: int = 1000, **changes: object) -> Schedule:
    tokens = TokenFile(np.arange(count, dtype=np.uint16), 1)
    return Schedule(tokens, 10, RECIPE.model_copy(update=changes))


def test_every_pass_sees_every_window_once() -> None:
    plan = schedule(epochs=2, batch_windows=9)
    assert plan.steps == 22
    starts = [int(row[0]) for step in range(plan.steps) for row in plan.windows(step)]
    assert sorted(starts[:99]) == [10 * i for i in range(99)]
    assert sorted(starts[99:]) == [10 * i for i in range(99)]
    assert starts[:99] != starts[99:]


def test_a_step_is_the_same_whatever_was_asked_before() -> None:
    one, other = schedule(epochs=3), schedule(epochs=3)
    for step in (0, 60, 1):
        one.windows(step)
    assert np.array_equal(one.windows(30), other.windows(30))


def test_windows_overlap_by_the_one_token_that_begins_the_next() -> None:
    for row in schedule().windows(0):
        assert row.tolist() == list(range(row[0], row[0] + 11))


def test_the_share_of_the_peak_rate_rises_then_falls_to_a_tenth() -> None:
    plan = schedule(batch_windows=1)
    rates = [plan.share(step) for step in range(plan.steps)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(1.0)
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert 0.1 <= rates[-1] < 0.11


def test_a_text_shorter_than_a_window_is_one_window() -> None:
    plan = schedule(count=6)
    assert (plan.batch, plan.steps, plan.window) == (1, 1, 5)


def test_plain_transformers_loads_the_base_and_it_is_in_bfloat16(pretrained: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(pretrained)
    assert model.dtype is torch.bfloat16
    assert model.config.architectures == ["LlamaForCausalLM"]
    assert model.config.tie_word_embeddings
    assert model.config.vocab_size == SHAPE.vocabulary
    found = resolve(str(pretrained))
    assert found.chat_template is None


def test_ends_and_pad_of_the_base_agree(pretrained: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(pretrained)
    assert (tokenizer.eos_token, tokenizer.pad_token) == (DOCUMENT_END, PAD)
    for name in ("config.json", "generation_config.json"):
        told = json.loads((pretrained / name).read_text())
        assert (told["eos_token_id"], told["pad_token_id"]) == (0, 1), name
        assert told.get("bos_token_id") is None, name


def test_the_base_learnt_and_says_so(pretrained: Path) -> None:
    lineage = read_lineage(pretrained)
    assert lineage is not None
    assert lineage.figures["loss_last"] < lineage.figures["loss_first"] - 1
    assert lineage.figures["tokens"] == RECIPE.tokens
    assert lineage.figures["trained_tokens"] <= RECIPE.tokens
    assert not work_path(pretrained).exists()


def test_role_tokens_are_as_untrained_as_reserved_ones(pretrained: Path) -> None:
    table = weights(pretrained)["model.embed_tokens.weight"]
    tokenizer = AutoTokenizer.from_pretrained(pretrained)
    reserved = table[tokenizer.convert_tokens_to_ids(list(RESERVED))]
    centre = reserved.mean(0)
    usual = (reserved - centre).norm(dim=1).median()

    def distance(token: str) -> float:
        row = table[tokenizer.convert_tokens_to_ids(token)]
        return float((row - centre).norm() / usual)

    roles = [distance(token) for token in ROLE_TOKENS]
    assert all(0.5 < d < 1.6 for d in roles)
    assert distance(DOCUMENT_END) > max(roles)


@pytest.mark.parametrize("step", [1, 7, 22])
def test_killed_at_any_step_pretraining_ends_in_the_same_weights(
    step: int, pretrained: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(Killed):
        pretrain(SHAPE, documents, RECIPE, out, origin("pretrain"), CPU, on_event=killed_at(step))
    assert not out.exists()
    lineage = pretrain(SHAPE, documents, RECIPE, out, origin("pretrain"), CPU)
    whole, killed = weights(pretrained), weights(out)
    for name, weight in whole.items():
        assert torch.allclose(weight, killed[name], atol=1e-6), name
    before = read_lineage(pretrained)
    assert before is not None
    assert lineage.figures["loss_last"] == pytest.approx(before.figures["loss_last"], abs=1e-6)


def test_an_absurd_rate_is_stopped_and_the_last_good_state_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    recipe = RECIPE.model_copy(update={"learning_rate": 1e7, "save_every": 1, "warmup_share": 0.9})
    slow = recipe.model_copy(update={"learning_rate": 1e-3})
    with pytest.raises(Killed):
        pretrain(SHAPE, documents, slow, out, origin("pretrain"), CPU, on_event=killed_at(4))
    with pytest.raises(StageStopped, match="kept in"):
        pretrain(SHAPE, documents, recipe, out, origin("pretrain"), CPU)
    assert not out.exists()
    state = torch.load(work_path(out) / STATE, weights_only=True)
    assert all(w.isfinite().all() for w in state["weights"].values())
    assert max(state["losses"]) < 10


def test_segments_and_plain_rows_give_the_same_losses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recipe = RECIPE.model_copy(update={"tokens": 800})
    ours = pretrain(SHAPE, documents, recipe, tmp_path / "ours", origin("pretrain"), CPU)
    monkeypatch.setattr("headstart.engine.fitting.reads_segments", lambda _: False)
    plain = pretrain(SHAPE, documents, recipe, tmp_path / "plain", origin("pretrain"), CPU)
    # rounding grows from step to step, faster on some processors than on others
    for name, apart in (("loss_first", 1e-4), ("loss_last", 1e-3)):
        assert ours.figures[name] == pytest.approx(plain.figures[name], abs=apart), name


def test_equal_seeds_give_equal_weights() -> None:
    tokenizer = train_tokenizer(few(), 320)
    one, same, other = (new_model(SHAPE, tokenizer, seed) for seed in (0, 0, 1))
    first, second, third = (dict(m.named_parameters()) for m in (one, same, other))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert any(not torch.equal(first[name], third[name]) for name in first)


def test_a_width_that_heads_do_not_divide_is_refused(tmp_path: Path) -> None:
    shape = SHAPE.model_copy(update={"heads": 5})
    with pytest.raises(RequestError, match="heads"):
        pretrain(shape, documents, RECIPE, tmp_path / "out", origin("pretrain"), CPU)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_adapting_makes_the_domain_likelier_and_keeps_the_tokenizer(
    method: str, tmp_path: Path
) -> None:
    parent = base(tmp_path / "base", "tied-llama")
    recipe = ADAPT.model_copy(update={"method": method})
    out = tmp_path / "out"
    lineage = adapt(parent, documents, recipe, out, origin("adapt"), CPU)
    assert lineage.figures["loss_last"] < lineage.figures["loss_first"] - 0.5
    assert resolve(str(out)).tokenizer_fingerprint == parent.tokenizer_fingerprint
    before, after = weights(Path(parent.path)), weights(out)
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_killed_adapting_ends_in_the_same_weights(method: str, tmp_path: Path) -> None:
    parent = base(tmp_path / "base", "tied-llama")
    recipe = ADAPT.model_copy(update={"method": method})
    told = origin("adapt")
    adapt(parent, documents, recipe, tmp_path / "whole", told, CPU)
    out = tmp_path / "killed"
    with pytest.raises(Killed):
        adapt(parent, documents, recipe, out, told, CPU, on_event=killed_at(9))
    adapt(parent, documents, recipe, out, told, CPU)
    whole, killed = weights(tmp_path / "whole"), weights(out)
    for name, weight in whole.items():
        assert torch.allclose(weight, killed[name], atol=1e-6), name


@pytest.mark.slow
def test_pretraining_killed_by_the_system_goes_on(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("\n".join(few()) * 30)
    words = (
        *("pretrain", "--text", "text.txt", "--hidden", "32", "--layers", "2", "--heads", "2"),
        *("--feed-forward", "48", "--vocabulary", "320", "--context", "32", "--batch", "4"),
        *("--save-every", "10", "--device", "cpu", "--precision", "float32"),
    )
    state = work_path(tmp_path / "out") / STATE

    def stored() -> int:
        return state.stat().st_mtime_ns if state.is_file() else 0

    for _ in range(2):
        before = stored()
        kill_when(lambda: stored() > before, [*words, "--out", "out"], tmp_path)  # noqa: B023
        assert read_lineage(tmp_path / "out") is None
    forge_whole([*words, "--out", "out"], tmp_path)
    forge_whole([*words, "--out", "whole"], tmp_path)
    killed, whole = (read_lineage(tmp_path / name) for name in ("out", "whole"))
    assert killed is not None
    assert whole is not None
    assert killed.figures["loss_last"] == pytest.approx(whole.figures["loss_last"], abs=1e-5)


@pytest.mark.parametrize("matrix_rate", [0.0, 0.02])
def test_muon_takes_the_layers_matrices_and_adamw_all_others(
    matrix_rate: float, pretrained: Path
) -> None:
    model = AutoModelForCausalLM.from_pretrained(pretrained)
    recipe = RECIPE.model_copy(update={"matrix_rate": matrix_rate})
    names = {id(p): name for name, p in model.named_parameters()}
    held = [
        {names[id(p)] for group in optimizer.param_groups for p in group["params"]}
        for optimizer in fitting._optimizers(model, recipe, CPU)
    ]
    layers = {name for name in names.values() if name.endswith("_proj.weight")}
    assert set().union(*held) == set(names.values())
    assert sum(map(len, held)) == len(names)
    assert (held[0] == layers) if matrix_rate else (len(held) == 1)


def test_layers_decay_and_tables_of_tokens_do_not(pretrained: Path) -> None:
    """Decay would shrink rows that no text trains below what the saved weights can tell apart."""
    model = AutoModelForCausalLM.from_pretrained(pretrained)
    names = {id(p): name for name, p in model.named_parameters()}
    decay = {
        names[id(p)]: group["weight_decay"]
        for optimizer in fitting._optimizers(model, RECIPE, CPU)
        for group in optimizer.param_groups
        for p in group["params"]
    }
    layers = {name for name in decay if name.endswith("_proj.weight")}
    assert {decay[name] for name in layers} == {RECIPE.weight_decay}
    assert {decay[name] for name in decay.keys() - layers} == {0.0}
    assert "model.embed_tokens.weight" in decay
