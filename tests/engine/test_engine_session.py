import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from plain import LORA, Tokens, plain_greedy, plain_logprobs
from tiny import (
    CHATML,
    CONTEXT,
    END,
    TURN,
    TURN_END,
    mamba,
    spread_words,
    tiny_model,
    tiny_tokenizer,
)

from headstart.domain.task import DataCounts, Example, Message, Shape, Task
from headstart.engine.device import Device
from headstart.engine.load import Loaded
from headstart.engine.session import Session
from headstart.errors import DataError

LABELS = ("card", "card lost", "top up")
COUNTS = DataCounts(read=0, empty=0, duplicate=0, leaked=0, train=0, test=0)
TEXTS = ("Where is my card?", "My card is gone.", "How do I pay in?", "It has not come.")


def example(number: int, text: str | None, completion: str) -> Example:
    prompt = () if text is None else (Message(role="user", content=text),)
    return Example(id=f"test:{number}", prompt=prompt, completion=completion, group="")


ROWS = [example(i, text, LABELS[i % 3]) for i, text in enumerate(TEXTS)]
DOCUMENTS = [
    example(1, None, "The capital of France is Paris, and that of Italy is Rome, they say."),
    example(2, None, "A card."),
]


def loaded_with(model: Any = None) -> Loaded:
    cpu = Device("cpu", torch.float32, "a processor")
    return Loaded(model or tiny_model("llama"), tiny_tokenizer(), cpu, frozenset({0}), CONTEXT)


def open_session(
    shape: Shape = Shape.CLASSIFICATION,
    template: str | None = CHATML,
    max_tokens: int = 128,
    loaded: Loaded | None = None,
) -> Session:
    task = Task(
        name="cards",
        shape=shape,
        shape_reason="as given",
        metric="accuracy",
        higher_is_better=True,
        labels=LABELS if shape is Shape.CLASSIFICATION else (),
        train=(),
        dev=(),
        test=(),
        counts=COUNTS,
        fingerprint="",
    )
    return Session(loaded or loaded_with(), task, template, max_tokens)


def encoded(text: str) -> Tokens:
    return tuple(tiny_tokenizer()(text)["input_ids"])


def asked(row: Example) -> Tokens:
    return encoded(f"{TURN}user\n{row.prompt[0].content}{TURN_END}\n{TURN}assistant\n")


def bits(logprobs: Sequence[float]) -> float:
    return -sum(logprobs) / math.log(2)


def test_an_answer_holds_the_best_label_the_writing_and_the_reference_s_bits() -> None:
    model = tiny_model("llama")
    labels = [(*encoded(label), *encoded(TURN_END)) for label in LABELS]
    limit = max(map(len, labels))
    for answer, row in zip(open_session().measure(ROWS), ROWS, strict=True):
        scored = [plain_logprobs(model, asked(row), label) for label in labels]
        totals = [sum(each) for each in scored]
        wanted = scored[LABELS.index(row.completion)]
        written = plain_greedy(model, asked(row), limit, frozenset({0, 2}))
        assert answer.label == LABELS[totals.index(max(totals))]
        assert answer.bits == pytest.approx(bits(wanted[:-1]), abs=1e-3)
        assert answer.stop_bits == pytest.approx(bits(wanted[-1:]), abs=1e-3)
        assert answer.byte_count == len(row.completion)
        assert answer.stopped == (written[-1] in (0, 2))
        assert answer.written == tiny_tokenizer().decode(written, skip_special_tokens=True).strip()


def test_a_task_without_labels_gets_none() -> None:
    answers = open_session(Shape.SHORT_ANSWER).measure(ROWS)
    assert [answer.label for answer in answers] == [None] * len(ROWS)
    assert all(answer.written is not None and answer.bits is not None for answer in answers)


def test_bytes_are_counted_as_utf8_without_the_margins() -> None:
    row = example(1, "Where?", "  Orléans\n")
    (answer,) = open_session(Shape.SHORT_ANSWER).measure([row])
    assert answer.byte_count == 8


def document_bits(model: Any, row: Example, size: int) -> float:
    ids = (0, *encoded(row.completion))
    starts = range(0, len(ids) - 1, size - 1)
    windows = [ids[start : start + size] for start in starts]
    return sum(bits(plain_logprobs(model, window[:1], window[1:])) for window in windows)


@pytest.mark.parametrize("size", [128, 16, 2])
def test_bits_per_byte_of_documents_are_those_of_their_windows(size: int) -> None:
    model = tiny_model("llama")
    session = open_session(Shape.RAW_TEXT, None, max_tokens=size)
    wanted = [document_bits(model, row, size) for row in DOCUMENTS]
    answers = session.measure(DOCUMENTS)
    assert [answer.bits for answer in answers] == pytest.approx(wanted, rel=1e-5)
    assert all(answer.written is answer.label is answer.stop_bits is None for answer in answers)
    total = sum(len(row.completion.encode()) for row in DOCUMENTS)
    assert session.bits_per_byte(DOCUMENTS) == pytest.approx(sum(wanted) / total, rel=1e-5)


def test_bits_per_byte_of_answers_weigh_by_bytes() -> None:
    session = open_session()
    answers = session.measure(ROWS)
    wanted = sum(a.bits or 0 for a in answers) / sum(a.byte_count for a in answers)
    assert session.bits_per_byte(ROWS) == pytest.approx(wanted, rel=1e-5)


def test_shots_that_do_not_fit_are_dropped_from_the_end() -> None:
    session = open_session(template=None)
    short, long = example(8, "Pay in?", "top up"), example(9, "card " * 40, "card")
    without, with_one = session.measure(ROWS), session.measure(ROWS, [short])
    assert with_one != without
    assert session.measure(ROWS, [short, long]) == with_one
    assert session.measure(ROWS, [long, short]) == without


def test_prompts_beyond_the_context_are_cut_and_told() -> None:
    session = open_session()
    long = example(9, "card " * CONTEXT, "card")
    (answer,) = session.measure([long])
    assert answer.bits is not None
    assert any("cut" in finding for finding in session.view(ROWS, [long]).findings)


def test_rows_that_are_too_long_are_left_out_of_training_and_counted() -> None:
    session = open_session(max_tokens=64)
    long = [example(n, "card " * 30, "card") for n in (8, 9)]
    view = session.view([*ROWS, *long], ROWS)
    assert any(finding.startswith("2 rows are longer than 64") for finding in view.findings)
    lengths = [len(session.view([row], ()).training_tokens) for row in ROWS]
    with session.tuned([*ROWS, *long], LORA, learning_rate=1e-3, seed=0) as training:
        assert training.tokens == LORA.epochs * sum(lengths)


def test_a_view_without_a_row_that_fits_is_the_user_s_to_mend() -> None:
    with pytest.raises(DataError, match="longer than 8 tokens"):
        open_session(max_tokens=8).view(ROWS, ROWS)


def test_a_view_shows_what_is_trained() -> None:
    view = open_session(template=None).view(ROWS, ROWS)
    assert view.training_text == f"{TEXTS[0]}\nAnswer: card{END}"
    assert "".join(token.text for token in view.training_tokens).replace("Ġ", " ").replace(
        "Ċ", "\n"
    ) == (view.training_text)
    trained = [token.id for token in view.training_tokens if token.trained]
    assert tiny_tokenizer().decode(trained) == f" card{END}"
    assert view.findings == ()


def test_role_tokens_that_were_never_trained_get_trainable_rows() -> None:
    session = open_session(loaded=loaded_with(spread_words(tiny_model("llama"))))
    assert session.trainable_rows == (1, 2)
    (finding,) = session.view(ROWS, ROWS).findings
    assert finding.startswith("role tokens that were never trained")
    assert TURN in finding
    assert TURN_END in finding
    model = spread_words(tiny_model("llama"))
    model.get_input_embeddings().weight[1:3] += 5
    known = open_session(loaded=loaded_with(model))
    assert known.trainable_rows == ()
    assert known.view(ROWS, ROWS).findings == ()
    assert open_session(template=None).trainable_rows == ()


@pytest.mark.parametrize("template", [CHATML, None])
def test_a_tuned_session_has_learned_and_a_left_one_has_forgotten(template: str | None) -> None:
    session = open_session(template=template)
    before = session.measure(ROWS)
    recipe = LORA.model_copy(update={"epochs": 25, "rank": 8, "alpha": 16})
    with session.tuned(ROWS, recipe, learning_rate=2e-2, seed=0) as training:
        assert training.failed is None
        for answer, row in zip(session.measure(ROWS), ROWS, strict=True):
            assert answer.label == answer.written == row.completion
            assert answer.stopped
    assert session.measure(ROWS) == before


def test_an_error_while_tuned_leaves_the_session_as_it_was() -> None:
    session = open_session()
    before = session.measure(ROWS[:1])
    with (
        pytest.raises(ZeroDivisionError),
        session.tuned(ROWS, LORA, learning_rate=2e-2, seed=0),
    ):
        raise ZeroDivisionError
    assert session.measure(ROWS[:1]) == before


def writes(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every generation come to `text`, whatever the model."""
    monkeypatch.setattr(
        "headstart.engine.session.write", lambda pack, _: [encoded(text)] * len(pack.ends)
    )


@pytest.mark.parametrize(
    ("text", "template", "written", "stopped"),
    [
        (" card\n\nWhat is", None, "card", True),
        ("\n\n card lost", None, "card lost", False),
        (f" card{END}", None, "card", True),
        (f"card{TURN_END}", CHATML, "card", True),
        (f"card{END}", CHATML, "card", True),
        ("card\n\nlost", CHATML, "card\n\nlost", False),
    ],
)
def test_untuned_plain_answers_end_at_a_blank_line_and_others_at_their_stop(
    text: str,
    template: str | None,
    written: str,
    stopped: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    writes(text, monkeypatch)
    (answer,) = open_session(Shape.SHORT_ANSWER, template).measure(ROWS[:1])
    assert (answer.written, answer.stopped) == (written, stopped)


def test_nothing_asked_is_nothing_answered() -> None:
    assert open_session().measure([]) == []


def test_a_short_context_bounds_the_rows() -> None:
    tight = replace(loaded_with(), context=32)
    session = open_session(loaded=tight, max_tokens=1024)
    with pytest.raises(DataError, match="longer than 32 tokens"):
        session.view([example(1, "card " * 20, "card")], ())


def test_a_start_that_cannot_be_read_in_segments_says_so_and_is_measured_all_the_same() -> None:
    assert not any("padded" in f for f in open_session().view(ROWS, ROWS).findings)
    session = open_session(loaded=loaded_with(mamba()))
    assert any("MambaForCausalLM" in f and "padded" in f for f in session.view(ROWS, ROWS).findings)
    before = session.measure(ROWS)
    with session.tuned(ROWS, LORA, learning_rate=2e-2, seed=0) as training:
        assert training.failed is None
        assert session.measure(ROWS) != before
    assert session.measure(ROWS) == before
