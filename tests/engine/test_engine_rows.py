import pytest
import torch
from tiny import ROWS, TOKENS, UNUSED, tiny_model, tiny_tokenizer

from headstart.domain.value import NotMeasured
from headstart.engine.rows import UNTRAINED_BELOW, row_distances


def test_rows_that_were_never_trained_lie_among_the_unused() -> None:
    found = row_distances(tiny_model("llama"), tiny_tokenizer(), [1, 2, 50])
    assert not isinstance(found, NotMeasured)
    assert all(distance == pytest.approx(1, abs=0.5) for distance in found.values())
    assert max(found.values()) < UNTRAINED_BELOW


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt2"])
def test_a_row_that_moved_far_stands_out(architecture: str) -> None:
    model = tiny_model(architecture)
    table = model.get_input_embeddings().weight
    table[1] += 10 * table.std()
    found = row_distances(model, tiny_tokenizer(), [1, 2])
    assert not isinstance(found, NotMeasured)
    assert found[1] > 5
    assert found[2] < UNTRAINED_BELOW


def test_distances_do_not_depend_on_what_else_is_asked_or_on_scale() -> None:
    model, tokenizer = tiny_model("llama"), tiny_tokenizer()
    alone = row_distances(model, tokenizer, [2])
    together = row_distances(model, tokenizer, [1, 2])
    model.get_input_embeddings().weight.mul_(7)
    scaled = row_distances(model, tokenizer, [2])
    assert not isinstance(alone, NotMeasured)
    assert not isinstance(together, NotMeasured)
    assert not isinstance(scaled, NotMeasured)
    assert together[2] == alone[2] == pytest.approx(scaled[2], rel=1e-5)


def test_equal_unused_rows_make_no_division_by_zero() -> None:
    model = tiny_model("llama")
    table = model.get_input_embeddings().weight
    table[3 : 3 + len(UNUSED)] = 0.0
    table[TOKENS:] = 0.0
    found = row_distances(model, tiny_tokenizer(), [1])
    assert not isinstance(found, NotMeasured)
    assert found[1] > 1e6


def test_too_few_unused_rows_measure_nothing() -> None:
    model, tokenizer = tiny_model("llama"), tiny_tokenizer()
    asked = list(range(3, 3 + len(UNUSED)))  # what is asked for is not its own yardstick
    found = row_distances(model, tokenizer, asked)
    assert found == NotMeasured(why=f"only {ROWS - TOKENS} rows are known to be unused")


def test_rows_beyond_the_vocabulary_count_as_unused() -> None:
    model = tiny_model("llama")
    model.resize_token_embeddings(TOKENS + 64, mean_resizing=False)
    model.get_input_embeddings().weight.data[TOKENS:].normal_(0, 0.01)
    found = row_distances(model, tiny_tokenizer(), [1])
    assert not isinstance(found, NotMeasured)
    assert torch.isfinite(torch.tensor(found[1]))
    assert found[1] > UNTRAINED_BELOW
