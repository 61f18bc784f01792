from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from synthetic import CHATML, END, LAYERS, SPECIALS, TURN_END, WIDE, Tensors, moved, save, tensors

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.checkpoints.tensor_names import hugging_face_row, packed_row
from headstart.domain.kinship import Kinship, Pair
from headstart.domain.value import NotMeasured

BASE = tensors(trained=False)
CHAT = {
    "template": CHATML,
    "eos": TURN_END,
    "generation": [SPECIALS.index(TURN_END), SPECIALS.index(END)],
}


def pair(first: Path, second: Path) -> Pair:
    return inspect_pair(inspect(str(first)), inspect(str(second)))


def saved(folder: Path, held: Tensors | None, **how: Any) -> Path:
    return save(folder, held, **how)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_base_and_its_instruct_are_verified_and_told_apart(shards: int, tmp_path: Path) -> None:
    one = saved(tmp_path / "one", BASE)
    two = saved(tmp_path / "two", moved(BASE, by=0.05), shards=shards, **CHAT)
    found = pair(one, two)
    assert found.kinship is Kinship.VERIFIED
    assert (found.base, found.instruct) == (str(one), str(two))
    assert found.identical is False
    assert found.same_shapes is True
    assert isinstance(found.cosine, float)
    assert found.cosine > 0.99
    assert isinstance(found.shuffled_cosine, float)
    assert abs(found.shuffled_cosine) < 0.1
    for module in found.modules:
        assert module.relative_gap == pytest.approx(0.05, rel=0.2)


def test_the_order_of_the_two_does_not_matter(tmp_path: Path) -> None:
    one, two = saved(tmp_path / "a", BASE), saved(tmp_path / "b", moved(BASE, by=0.05), **CHAT)
    there, back = pair(one, two), pair(two, one)
    assert (there.base, there.instruct) == (back.base, back.instruct)
    assert there.kinship is back.kinship


def test_rows_that_moved_are_named(tmp_path: Path) -> None:
    one, two = saved(tmp_path / "a", BASE), saved(tmp_path / "b", moved(BASE, by=0.001), **CHAT)
    rows = pair(one, two).rows_moved
    assert not isinstance(rows, NotMeasured)
    assert rows.special[TURN_END] > 0.5
    assert rows.median_gap < 0.01
    assert 0 < rows.share_moved < 0.1


def test_a_checkpoint_against_itself_is_the_same_model(tmp_path: Path) -> None:
    one = saved(tmp_path / "a", BASE)
    found = pair(one, one)
    assert found.kinship is Kinship.VERIFIED
    assert found.identical is True
    assert "one model" in found.why
    assert isinstance(found.base, NotMeasured)


def test_one_shuffled_layer_is_named_and_keeps_the_pair_from_being_verified(
    tmp_path: Path,
) -> None:
    shuffled = dict(BASE)
    draw = np.random.default_rng(9)
    for name in shuffled:
        if ".layers.1." in name and shuffled[name].ndim == 2:
            shuffled[name] = draw.permutation(shuffled[name], axis=0)
    found = pair(saved(tmp_path / "a", BASE), saved(tmp_path / "b", shuffled))
    assert found.kinship is not Kinship.VERIFIED
    assert "layers 1" in found.why
    assert {one.tensor.split(".")[2] for one in found.outliers} == {"1"}
    assert len(found.outliers) == 6


def test_strangers_of_one_shape_are_refused(tmp_path: Path) -> None:
    found = pair(
        saved(tmp_path / "a", BASE), saved(tmp_path / "b", tensors(seed=5, trained=True), **CHAT)
    )
    assert found.kinship is Kinship.REFUSED
    assert "nothing in common" in found.why
    assert isinstance(found.base, NotMeasured)


def test_other_shapes_are_refused_with_both_shapes(tmp_path: Path) -> None:
    other = dict(BASE)
    other["model.layers.0.self_attn.q_proj.weight"] = np.ones((32, WIDE), np.float32)
    found = pair(saved(tmp_path / "a", BASE), saved(tmp_path / "b", other))
    assert found.kinship is Kinship.REFUSED
    assert found.shape_differences == ("layers.0.self_attn.q_proj.weight 64x64 and 32x64",)


def test_a_larger_vocabulary_is_no_other_shape(tmp_path: Path) -> None:
    grown = moved(BASE, by=0.05)
    table = grown["model.embed_tokens.weight"]
    grown["model.embed_tokens.weight"] = np.concatenate([table, table[:8]])
    found = pair(saved(tmp_path / "a", BASE), saved(tmp_path / "b", grown, **CHAT))
    assert found.kinship is Kinship.VERIFIED
    assert found.same_shapes is False or found.shape_differences == ()


def test_without_weights_a_pair_is_plausible_at_best(tmp_path: Path) -> None:
    found = pair(saved(tmp_path / "a", BASE), saved(tmp_path / "b", None, **CHAT))
    assert found.kinship is Kinship.PLAUSIBLE
    assert isinstance(found.cosine, NotMeasured)
    assert isinstance(found.identical, NotMeasured)


def test_end_tokens_tell_the_halves_apart_where_neither_was_decided(tmp_path: Path) -> None:
    plain = saved(tmp_path / "a", None)
    chat = saved(tmp_path / "b", None, **(CHAT | {"generation": [SPECIALS.index(TURN_END)]}))
    found = pair(plain, chat)
    assert (found.base, found.instruct) == (str(plain), str(chat))


def packed(path: Path, held: Tensors, heads: int) -> Path:
    """As llama.cpp writes Llama's network: queries and keys interleaved, 8 bits a number."""
    names = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output"}
    names |= {"gate_proj": "ffn_gate", "down_proj": "ffn_down"}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_token_list([f"<t{n}>" for n in range(300)])
    writer.add_block_count(LAYERS)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    for name, each in held.items():
        if ".layers." not in name or each.ndim != 2:
            continue
        _, _, layer, _, module, _ = name.split(".")
        if module in ("q_proj", "k_proj"):
            each = each[[hugging_face_row(row, heads, len(each)) for row in range(len(each))]]
        kind = gguf.GGMLQuantizationType.Q8_0
        raw = gguf.quants.quantize(np.ascontiguousarray(each), kind)
        writer.add_tensor(f"blk.{layer}.{names[module]}.weight", raw, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_packed_gguf_is_kin_to_the_folder_it_was_made_from(tmp_path: Path) -> None:
    folder = saved(tmp_path / "a", BASE)
    file = packed(tmp_path / "a.gguf", BASE, heads=4)
    for found in (pair(folder, file), pair(file, folder)):
        assert found.kinship is Kinship.VERIFIED
        assert isinstance(found.cosine, float)
        assert found.cosine > 0.999
        assert found.outliers == ()
        assert all(module.relative_gap < 0.02 for module in found.modules)


@pytest.mark.parametrize(("heads", "rows"), [(1, 8), (4, 64), (9, 576)])
def test_the_two_orders_of_rows_undo_one_another(heads: int, rows: int) -> None:
    there = [packed_row(row, heads, rows) for row in range(rows)]
    assert sorted(there) == list(range(rows))
    assert [hugging_face_row(row, heads, rows) for row in there] == list(range(rows))


def test_large_tensors_are_compared_in_blocks(tmp_path: Path) -> None:
    wide = {
        "model.layers.0.mlp.up_proj.weight": np.random.default_rng(0)
        .normal(size=(9000, 128))
        .astype(np.float32)
    }
    one, two = (
        saved(tmp_path / "a", wide),
        saved(tmp_path / "b", moved(wide, by=0.1, trained=False)),
    )
    found = pair(one, two)
    assert found.sampled
    assert found.kinship is Kinship.VERIFIED
    assert found.modules[0].numbers <= 2**20
    assert found.modules[0].relative_gap == pytest.approx(0.1, rel=0.05)
