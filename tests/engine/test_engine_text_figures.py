from pathlib import Path

import pytest
from tiny import CHATML, END, TURN, save_tiny, tiny_tokenizer

from headstart.domain.checkpoint import Form
from headstart.domain.evidence import MemoryNeed
from headstart.domain.value import NotMeasured
from headstart.engine.text_figures import text_figures, tokenizer_at

ROWS = ("My card has not arrived yet.", "Paris", f"He wrote {TURN} and {TURN}.", f"{END}{TURN}")


def need(tokens: int) -> MemoryNeed:
    return MemoryNeed(lora_bytes=tokens, full_bytes=2 * tokens, rank=16, tokens=tokens)


def test_tokens_bytes_and_lengths_add_up() -> None:
    tokenizer = tiny_tokenizer(CHATML)
    found = text_figures(tokenizer, ROWS, 1_000, need)
    lengths = [len(tokenizer(row, add_special_tokens=False)["input_ids"]) for row in ROWS]
    assert (found.rows, found.tokens, found.longest) == (4, sum(lengths), max(lengths))
    assert found.text_bytes == sum(len(row.encode()) for row in ROWS)
    assert found.tokens_per_byte == pytest.approx(found.tokens / found.text_bytes)
    assert found.over_context == 0.0


def test_rows_beyond_the_context_are_a_share_and_do_not_size_the_memory() -> None:
    found = text_figures(tiny_tokenizer(CHATML), ("a" * 3, "b" * 300), 100, need)
    assert found.over_context == 0.5
    assert not isinstance(found.memory, NotMeasured)
    assert found.memory.tokens < 100
    none = text_figures(tiny_tokenizer(CHATML), ("b" * 300,), 1, need)
    assert isinstance(none.memory, NotMeasured)


def test_special_tokens_inside_the_text_are_counted_by_row() -> None:
    found = text_figures(tiny_tokenizer(CHATML), ROWS, NotMeasured(why="no config"), need)
    assert found.special_rows == 2
    assert found.specials == (TURN, END)
    assert isinstance(found.over_context, NotMeasured)


def test_a_folders_tokenizer_is_loaded_without_its_weights(tmp_path: Path) -> None:
    folder = save_tiny(tmp_path)
    (folder / "model.safetensors").unlink()
    assert not isinstance(tokenizer_at(folder, Form.DIRECTORY), NotMeasured)
    assert isinstance(tokenizer_at(tmp_path / "gone", Form.DIRECTORY), NotMeasured)
