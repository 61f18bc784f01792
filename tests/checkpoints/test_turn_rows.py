from pathlib import Path

import numpy as np
import pytest
from synthetic import (
    CHATML,
    END,
    SPECIALS,
    TURN,
    TURN_END,
    UNUSED,
    WIDE,
    Tensors,
    save,
    tensors,
)

from headstart.checkpoints.declared import Vocabulary
from headstart.checkpoints.opened import Opened, open_checkpoint
from headstart.checkpoints.turn_rows import turn_rows, unused_ids
from headstart.domain.evidence import TurnRows
from headstart.domain.value import NotMeasured

TABLE = "model.embed_tokens.weight"


def look(opened: Opened) -> TurnRows | NotMeasured:
    assert not isinstance(opened.weights, NotMeasured)
    return turn_rows(opened.declared, opened.weights)


def measured(folder: Path, held: Tensors, template: str | None = CHATML, **how: object) -> TurnRows:
    found = look(open_checkpoint(str(save(folder, held, template=template, **how))))  # type: ignore[arg-type]
    assert isinstance(found, TurnRows), found
    return found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("template", [CHATML, None])
@pytest.mark.parametrize("trained", [True, False])
def test_trained_and_untrained_turn_tokens_are_told_apart(
    trained: bool, template: str | None, seed: int, tmp_path: Path
) -> None:
    found = measured(tmp_path, tensors(seed=seed, trained=trained), template)
    assert found.state == ("trained" if trained else "untrained")
    assert {row.token for row in found.tokens} == {TURN, TURN_END}
    assert found.tables[0].known_by == "named unused"


def test_scaling_a_table_changes_nothing(tmp_path: Path) -> None:
    held = tensors(trained=True)
    before = measured(tmp_path / "a", held)
    held[TABLE] = held[TABLE] * np.float32(8)
    after = measured(tmp_path / "b", held)
    assert [row.state for row in after.tokens] == [row.state for row in before.tokens]
    for one, two in zip(before.tokens, after.tokens, strict=True):
        assert one.distance == pytest.approx(two.distance, rel=1e-4)


def test_a_row_between_unused_and_ordinary_is_unclear(tmp_path: Path) -> None:
    held = tensors(trained=False)
    table = held[TABLE]
    direction = table[20] - 0.5
    for token in (TURN, TURN_END):
        table[SPECIALS.index(token)] = 0.5 + 0.2 * direction
    assert measured(tmp_path, held).state == "unclear"


def test_the_head_is_looked_at_where_it_is_a_tensor_of_its_own(tmp_path: Path) -> None:
    held = tensors(trained=False)
    held["lm_head.weight"] = tensors(seed=3, trained=True)[TABLE]
    found = measured(tmp_path, held)
    assert [one.table for one in found.tables] == ["input", "output"]
    assert found.state == "trained"


def test_rows_beyond_the_tokenizer_serve_where_none_is_named(tmp_path: Path) -> None:
    held = tensors(trained=False)
    draw = np.random.default_rng(5)
    more = (0.5 + 0.05 * draw.normal(size=(20, WIDE))).astype(np.float32)
    held[TABLE] = np.concatenate([held[TABLE], more])
    renamed = (END, TURN, TURN_END, *(f"<|thing{'abcdefghijkl'[n]}|>" for n in range(12)))
    found = measured(tmp_path, held, specials=renamed)
    assert found.tables[0].known_by == "beyond the tokenizer's last token"
    assert found.state == "untrained"


def test_control_tokens_that_coincide_serve_where_nothing_else_does(tmp_path: Path) -> None:
    held = tensors(trained=True)
    renamed = (END, TURN, TURN_END, *(f"<|thing{'abcdefghijkl'[n]}|>" for n in range(12)))
    held[TABLE] = held[TABLE][:-5]
    held[TABLE][3:15] = held[TABLE][3]
    found = measured(tmp_path, held, specials=renamed)
    assert found.tables[0].known_by == "control tokens whose rows coincide"
    assert found.state == "trained"


def test_zeros_give_no_figure(tmp_path: Path) -> None:
    held = tensors(trained=True)
    held[TABLE][:] = 0
    found = look(open_checkpoint(str(save(tmp_path, held, template=CHATML))))
    assert isinstance(found, NotMeasured)


def test_unused_rows_that_scatter_like_ordinary_ones_give_no_figure(tmp_path: Path) -> None:
    held = tensors(trained=True)
    held[TABLE] = np.random.default_rng(0).normal(size=held[TABLE].shape).astype(np.float32)
    found = look(open_checkpoint(str(save(tmp_path, held, template=CHATML))))
    assert isinstance(found, NotMeasured)
    assert "scatter" in found.why


def test_a_vocabulary_without_role_tokens_is_not_measured(tmp_path: Path) -> None:
    plain = (END, "<|a|>", "<|b|>", *UNUSED)
    found = look(open_checkpoint(str(save(tmp_path, tensors(trained=True), specials=plain))))
    assert isinstance(found, NotMeasured)
    assert "role" in found.why


@pytest.mark.parametrize(
    ("token", "unused"),
    [
        ("<unused12>", True),
        ("<|unused_3|>", True),
        ("<|reserved_special_token_5|>", True),
        ("<extra_id_4>", True),
        ("[PAD151700]", True),
        ("[unused5]", True),
        ("<|placeholder1|>", True),
        ("<SPECIAL_12>", True),
        ("reserved", False),
        (" unused", False),
        ("preserved12", False),
        ("<pad>", False),
        ("<|im_end|>", False),
        ("<|user|>", False),
        ("<h1>", False),
    ],
)
def test_unused_tokens_are_known_by_their_form(token: str, unused: bool) -> None:
    named, beyond = unused_ids(Vocabulary([b"a", token.encode()]), 2)
    assert named == ([1] if unused else [])
    assert beyond == []
