import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toy_trials import checkpoint

from headstart.domain.checkpoint import Checkpoint
from headstart.domain.plan import Format
from headstart.domain.task import Shape
from headstart.errors import RequestError, TemplateMissing
from headstart.trials.starts import choose_starts, default_start, learning_rates

PAIR = (checkpoint("base"), checkpoint("instruct", "{{ messages }}"))
CLASSES = Shape.CLASSIFICATION


def told(*wanted: str, shape: Shape = CLASSES, of: tuple[Checkpoint, ...] = PAIR) -> list[tuple]:
    found = choose_starts(of, wanted, shape)
    return [(s.name, s.checkpoint, s.format, s.template_from) for s in found]


def test_a_checkpoint_with_a_template_is_tried_in_chat_and_one_without_in_plain_format() -> None:
    assert told() == [
        ("base-raw", "base", Format.RAW, None),
        ("instruct", "instruct", Format.CHAT, "instruct"),
    ]
    rules = [s.rule for s in choose_starts(PAIR, (), CLASSES)]
    assert rules == [
        "the checkpoint ships no chat template",
        "the checkpoint ships a chat template",
    ]


def test_raw_text_is_always_plain() -> None:
    found = told(shape=Shape.RAW_TEXT)
    assert [(name, style) for name, _, style, _ in found] == [
        ("base-raw", Format.RAW),
        ("instruct-raw", Format.RAW),
    ]


def test_one_checkpoint_may_have_several_starts_and_keeps_their_order() -> None:
    assert told("instruct:raw", "base:borrowed", "instruct:chat", "base:raw") == [
        ("instruct-raw", "instruct", Format.RAW, None),
        ("base-chat", "base", Format.BORROWED, "instruct"),
        ("instruct", "instruct", Format.CHAT, "instruct"),
        ("base-raw", "base", Format.RAW, None),
    ]


def test_a_name_may_hold_dots_and_dashes() -> None:
    model = checkpoint("smollm2-135m.v1")
    assert told("smollm2-135m.v1:raw", of=(model,))[0][0] == "smollm2-135m.v1-raw"


@pytest.mark.parametrize("text", ["bse:raw", "base", "base:", ":raw", "base:Chat", "", "base:raw:"])
def test_an_unknown_start_is_refused_with_the_names_there_are(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        told(text)
    assert repr(text) in caught.value.fact
    assert caught.value.hint == "checkpoints: base, instruct"


def test_a_start_named_twice_is_refused() -> None:
    with pytest.raises(RequestError, match="'base-raw' is named twice"):
        told("base:raw", "base:raw")


def test_two_starts_that_would_share_a_name_are_refused() -> None:
    clash = (checkpoint("m", "t"), checkpoint("m-raw", "t"))
    with pytest.raises(RequestError, match="'m-raw' is named twice"):
        told("m:raw", "m-raw:chat", of=clash)


def test_chat_without_a_template_is_refused_with_a_way_out() -> None:
    with pytest.raises(TemplateMissing) as caught:
        told("base:chat")
    assert "models/base has no chat template" in caught.value.fact
    assert "base:raw" in caught.value.hint
    assert "base:borrowed" in caught.value.hint


def test_nobody_to_borrow_from_is_refused() -> None:
    with pytest.raises(TemplateMissing, match="no other checkpoint has a chat template"):
        told("instruct:borrowed")


@pytest.mark.parametrize("style", ["chat", "borrowed"])
def test_raw_text_refuses_conversation(style: str) -> None:
    with pytest.raises(RequestError, match="raw text knows no conversation"):
        told(f"instruct:{style}", shape=Shape.RAW_TEXT)


def test_the_default_is_the_first_chat_start_else_the_first() -> None:
    starts = choose_starts(PAIR, (), CLASSES)
    assert default_start(starts, None) == "instruct"
    assert default_start(starts[:1], None) == "base-raw"
    borrowed = choose_starts(PAIR, ("base:borrowed", "instruct:raw"), CLASSES)
    assert default_start(borrowed, None) == "base-chat"
    assert default_start(starts, "base-raw") == "base-raw"


def test_an_unknown_default_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(RequestError) as caught:
        default_start(choose_starts(PAIR, (), CLASSES), "base")
    assert caught.value.hint == "starts: base-raw, instruct"


@settings(deadline=None)
@given(hidden=st.integers(16, 20_000), full=st.booleans())
def test_three_ascending_rates_a_factor_of_three_apart(hidden: int, full: bool) -> None:
    low, centre, high = learning_rates(hidden, full=full)
    assert 0 < low < centre < high
    assert high / centre == pytest.approx(3, rel=0.08)
    assert centre / low == pytest.approx(3, rel=0.08)


def test_the_centre_is_the_published_rule_and_a_tenth_of_it_for_all_weights() -> None:
    assert learning_rates(2000, full=False)[1] == 5e-4
    assert learning_rates(2000, full=True)[1] == 5e-5
    assert learning_rates(4000, full=False)[1] < learning_rates(1000, full=False)[1]
