import pytest
import torch
from tiny import ROWS, TOKENS, TURN, UNUSED, spread_words, tiny_model, tiny_tokenizer
from transformers import PreTrainedModel

from headstart.domain.evidence import TokenRow
from headstart.domain.value import NotMeasured
from headstart.engine.rows import row_distances, token_rows


def read(model: PreTrainedModel, *ids: int) -> dict[int, TokenRow]:
    found = token_rows(model, tiny_tokenizer(), ids)
    assert not isinstance(found, NotMeasured)
    return found


def test_rows_that_were_never_trained_lie_among_the_unused() -> None:
    found = read(spread_words(tiny_model("llama")), 1, 2, 50)
    assert [found[i].state for i in (1, 2, 50)] == ["untrained", "untrained", "trained"]
    assert found[1].distance == pytest.approx(1, abs=0.5)
    assert found[1].token == TURN


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt2"])
def test_a_row_that_moved_far_stands_out(architecture: str) -> None:
    model = spread_words(tiny_model(architecture))
    table = model.get_input_embeddings().weight
    table[1] += 10 * table[2].std()
    found = read(model, 1, 2)
    assert found[1].distance > 5
    assert (found[1].state, found[2].state) == ("trained", "untrained")


def test_distances_do_not_depend_on_what_else_is_asked_or_on_scale() -> None:
    model = spread_words(tiny_model("llama"))
    alone, together = read(model, 2), read(model, 1, 2)
    model.get_input_embeddings().weight.mul_(7)
    scaled = read(model, 2)
    assert together[2].distance == pytest.approx(alone[2].distance, rel=1e-5)
    assert scaled[2].distance == pytest.approx(alone[2].distance, rel=1e-5)


def test_equal_unused_rows_make_no_division_by_zero() -> None:
    model = spread_words(tiny_model("llama"))
    table = model.get_input_embeddings().weight
    table[3 : 3 + len(UNUSED)] = 0.0
    table[TOKENS:] = 0.0
    found = read(model, 1)[1]
    assert torch.isfinite(torch.tensor(found.distance))
    assert found.state == "trained"


def test_a_table_where_all_rows_scatter_alike_measures_nothing() -> None:
    found = token_rows(tiny_model("llama"), tiny_tokenizer(), [1])
    assert isinstance(found, NotMeasured)
    assert "scatter as widely" in found.why
    assert row_distances(tiny_model("llama"), tiny_tokenizer(), [1]) == found


def test_too_few_unused_rows_measure_nothing() -> None:
    model, tokenizer = spread_words(tiny_model("llama")), tiny_tokenizer()
    asked = list(range(3, 3 + len(UNUSED)))  # what is asked for is not its own yardstick
    found = token_rows(model, tokenizer, asked)
    assert isinstance(found, NotMeasured)
    assert f"{ROWS - TOKENS} lie beyond" in found.why


def test_rows_beyond_the_vocabulary_count_as_unused() -> None:
    model = tiny_model("llama")
    model.resize_token_embeddings(TOKENS + 64, mean_resizing=False)
    table = model.get_input_embeddings().weight.data
    table[TOKENS:].normal_(0, 0.01)
    table[3 : 3 + len(UNUSED)].normal_(0, 0.01)
    found = read(model, 1)[1]
    assert found.state == "trained"
    assert row_distances(model, tiny_tokenizer(), [1]) == {1: found.distance}
