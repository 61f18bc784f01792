"""What the trial says, by figures set by hand and by a toy whose head was doctored."""

import pytest
import torch
from tiny import CHATML, END, TURN_END, tiny_model, tiny_tokenizer

from headstart.domain.evidence import Kind, Strength
from headstart.domain.value import NotMeasured
from headstart.engine.behaviour import QUESTIONS, Tried, behaviour_signals, try_out
from headstart.engine.device import Device
from headstart.engine.load import Loaded

CPU = Device("cpu", torch.float32, "a processor")
CHAT = Tried(
    closes=0.9, ends=0.01, gain=0.4, gain_error=0.1, stops=0.95, user_turns=0.0, answers=0.8,
    raw_stops=0.1,
)  # fmt: skip
BASE = Tried(
    closes=0.001, ends=0.2, gain=-0.6, gain_error=0.1, stops=0.0, user_turns=0.7, answers=0.6,
    raw_stops=0.0,
)  # fmt: skip


def changed(tried: Tried, **figures: float) -> Tried:
    return Tried(**{**tried.__dict__, **figures})


@pytest.mark.parametrize(
    ("tried", "kind"),
    [
        (CHAT, Kind.INSTRUCT),
        (BASE, Kind.BASE),
        (changed(CHAT, stops=0.3), Kind.INSTRUCT),
        (changed(CHAT, stops=0.05), Kind.UNDECIDED),
        (changed(BASE, stops=0.9), Kind.UNDECIDED),
        (changed(BASE, closes=0.1), Kind.BASE),
        (changed(BASE, closes=0.1, stops=0.3), Kind.UNDECIDED),
        (changed(CHAT, ends=0.8, stops=0.3), Kind.UNDECIDED),
        (changed(CHAT, closes=0.01, ends=0.5, stops=0.3), Kind.BASE),
        (changed(CHAT, closes=0.01, ends=0.001, stops=0.3), Kind.UNDECIDED),
    ],
)
def test_turn_end_and_stopping_decide_together(tried: Tried, kind: Kind) -> None:
    first, *others = behaviour_signals(tried)
    assert first.signal == "behaviour"
    assert first.says is kind
    assert first.strength is (Strength.NONE if kind is Kind.UNDECIDED else Strength.STRONGEST)
    assert {one.signal for one in others} == {
        "turn-end-probability",
        "chat-likelihood",
        "stop-rate",
        "user-turns",
        "answers",
    }


def test_failing_in_a_guessed_form_says_nothing_and_succeeding_does() -> None:
    assert behaviour_signals(BASE, borrowed="ChatML")[0].says is Kind.UNDECIDED
    assert "ChatML" in behaviour_signals(BASE, borrowed="ChatML")[0].detail
    assert behaviour_signals(CHAT, borrowed="ChatML")[0].says is Kind.INSTRUCT


def test_a_likelihood_within_its_error_says_nothing() -> None:
    found = {one.signal: one for one in behaviour_signals(changed(CHAT, gain=0.1, gain_error=0.2))}
    assert found["chat-likelihood"].says is Kind.UNDECIDED


def test_every_answer_holds_its_word() -> None:
    assert len(QUESTIONS) == 16
    for question, answer, word in QUESTIONS:
        assert question.endswith("?")
        assert answer.endswith(".")
        assert word in answer.lower()
        assert word not in question.lower()


def doctored(token: str) -> Loaded:
    """A toy that gives one token nearly all probability, whatever it reads."""
    model, tokenizer = tiny_model("llama"), tiny_tokenizer(CHATML)
    number = tokenizer.convert_tokens_to_ids(token)
    norm = model.model.norm.weight
    norm.fill_(0.0)
    head = model.lm_head
    bias = torch.zeros(head.weight.shape[0])
    bias[number] = 9.0
    head.bias = torch.nn.Parameter(bias, requires_grad=False)
    return Loaded(model, tokenizer, CPU, frozenset({0}), 256)


@pytest.mark.parametrize(
    ("token", "kind"), [(TURN_END, Kind.INSTRUCT), ("a", Kind.BASE), (END, Kind.BASE)]
)
def test_a_model_that_always_closes_is_told_from_one_that_never_does(
    token: str, kind: Kind
) -> None:
    tried = try_out(doctored(token), CHATML, END)
    assert behaviour_signals(tried)[0].says is kind
    assert tried.raw_stops == (0.0 if token == "a" else 1.0)
    assert not isinstance(tried.ends, NotMeasured)
    assert (tried.ends > 0.9) is (token == END)


def test_an_end_shared_by_turns_and_documents_is_not_measured_apart() -> None:
    tried = try_out(doctored(TURN_END), CHATML, None)
    assert isinstance(tried.ends, NotMeasured)
    assert isinstance(try_out(doctored(TURN_END), CHATML, TURN_END).ends, NotMeasured)


def test_a_template_for_one_exchange_has_no_next_user_turn() -> None:
    single = "{% if messages | length > 2 %}{{ raise_exception('one') }}{% endif %}" + CHATML
    assert try_out(doctored("a"), single, END).user_turns == 0.0
