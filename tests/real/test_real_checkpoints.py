"""What holds only for weights that were trained: the two sample checkpoints.

Both are unpacked from GGUF into the session's cache first, which takes most of the time.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from plain import Tokens, plain_logprobs

from headstart.checkpoints.resolve import resolve
from headstart.domain.value import NotMeasured
from headstart.engine import dense
from headstart.engine.device import Device
from headstart.engine.load import Loaded, load
from headstart.engine.reader import reads_segments
from headstart.engine.rows import token_rows
from headstart.engine.score import generate, likelihoods

pytestmark = [pytest.mark.real, pytest.mark.slow]

CPU = Device("cpu", torch.float32, "a processor")
QUESTIONS = (
    ("My new card still has not arrived, what should I do?", "card arrival"),
    ("I sent money to the wrong account yesterday. Can I get it back?", "cancel transfer"),
    ("Why was I charged a fee for taking out cash abroad?", "cash withdrawal charge"),
    ("The top up from my bank account does not show in the app.", "top up pending"),
)


@pytest.fixture(scope="module")
def small(smollm2: Path) -> Loaded:
    return load(resolve(f"small={smollm2}"), CPU)


@pytest.fixture(scope="module")
def base(gemma: Path) -> Loaded:
    return load(resolve(f"base={gemma}"), CPU)


def ids(loaded: Loaded, text: str) -> Tokens:
    return tuple(loaded.tokenizer(text)["input_ids"])


def continued(loaded: Loaded, text: str) -> str:
    (written,) = generate(loaded.model, [ids(loaded, text)], limit=8, stops=loaded.stops)
    return str(loaded.tokenizer.decode(list(written)))


def refuse(*_: object) -> None:
    raise AssertionError("a dense copy that exists was made again")


def test_a_packed_file_is_made_dense_once(
    small: Loaded, smollm2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dense, "_write", refuse)
    again = load(resolve(f"again={smollm2}"), CPU)
    weights = again.model.state_dict()
    assert all(torch.equal(t, weights[name]) for name, t in small.model.state_dict().items())


@pytest.mark.parametrize(("name", "word"), [("small", "Paris"), ("base", "France")])
def test_greedy_continuations_are_sensible(
    name: str, word: str, request: pytest.FixtureRequest
) -> None:
    assert word in continued(request.getfixturevalue(name), "The capital of France is")


def test_a_base_model_never_trained_its_role_tokens(base: Loaded) -> None:
    to_id: Callable[[str], int] = base.tokenizer.convert_tokens_to_ids
    start, end, eos = map(to_id, ("<start_of_turn>", "<end_of_turn>", "<eos>"))
    rows = token_rows(base.model, base.tokenizer, [start, end, eos])
    assert not isinstance(rows, NotMeasured)
    assert rows[start].state == rows[end].state == "untrained"
    assert rows[eos].state == "trained"


def test_packed_likelihoods_are_those_of_separate_rows(small: Loaded) -> None:
    before = "Name the customer's concern.\n\n"
    items = [
        (ids(small, f"{before}{text}\nAnswer:"), ids(small, f" {label}"))
        for text, label in QUESTIONS
    ]
    for found, (prompt, completion) in zip(likelihoods(small.model, items), items, strict=True):
        wanted = plain_logprobs(small.model, prompt, completion)
        assert found == pytest.approx(wanted, abs=1e-3)


def test_both_are_read_in_segments_in_half_precision(smollm2: Path, gemma: Path) -> None:
    half = Device("cpu", torch.bfloat16, "a processor")
    for path in (smollm2, gemma):
        assert reads_segments(load(resolve(str(path)), half).model)
