"""The rules of the verdict, one test for each."""

from dataclasses import replace

import pytest

from headstart.checkpoints.declared import Declared, Generation, Vocabulary
from headstart.checkpoints.kind import decide
from headstart.checkpoints.signals import file_signals, not_measured
from headstart.domain.evidence import Kind, Signal, StopSource, Strength
from headstart.domain.template import TemplateSource
from headstart.domain.value import NotMeasured

CHATML = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
IDS = {"<|endoftext|>": 0, "<|im_start|>": 1, "<|im_end|>": 2}
END, TURN_END = "<|endoftext|>", "<|im_end|>"


def declared(
    template: str | None = CHATML,
    tokenizer: str | None = None,
    generation: tuple[str, ...] = (),
    config: tuple[str, ...] = (),
) -> Declared:
    places = {
        "tokenizer_config.json": (tokenizer,) if tokenizer else (),
        "config.json": config,
        "generation_config.json": generation,
    }
    stops = tuple(
        StopSource(source=source, role="eos", ids=tuple(IDS.get(t, 9) for t in texts), tokens=texts)
        for source, texts in places.items()
        if texts
    )
    templates = (TemplateSource(source="tokenizer_config.json", text=template),) if template else ()
    return Declared(templates=templates, stops=stops, vocabulary=Vocabulary(None, IDS))


def rows(says: Kind) -> Signal:
    strength = Strength.NONE if says is Kind.UNDECIDED else Strength.STRONG
    return Signal(signal="turn-rows", says=says, strength=strength, value=1.0, detail="rows")


def behaviour(says: Kind) -> Signal:
    strength = Strength.NONE if says is Kind.UNDECIDED else Strength.STRONGEST
    return Signal(signal="behaviour", says=says, strength=strength, value=0.5, detail="deeds")


def kind(found: Declared, *more: Signal, name: str = "") -> Kind:
    return decide([*file_signals(found, name), *more]).kind


@pytest.mark.parametrize(
    "found",
    [
        declared(),
        declared(tokenizer=END),
        declared(tokenizer=TURN_END),
        declared(template=None),
        declared(template=None, tokenizer=END, generation=(END,)),
        declared(tokenizer=END, generation=(END,)),
        declared(tokenizer=TURN_END, generation=(END,), config=(END,)),
        declared(tokenizer=TURN_END, generation=(TURN_END,), config=(TURN_END,)),
        declared(config=(TURN_END, END)),
    ],
)
@pytest.mark.parametrize("name", ["", "acme/tiny-Instruct", "acme/tiny-base"])
def test_small_files_abstain_unless_generation_config_adds_the_turn_end(
    found: Declared, name: str
) -> None:
    assert kind(found, name=name) is Kind.UNDECIDED


@pytest.mark.parametrize(
    "found",
    [
        declared(tokenizer=TURN_END, generation=(TURN_END, END)),
        declared(tokenizer=END, generation=(TURN_END,)),
        declared(generation=(TURN_END,), config=(END,)),
    ],
)
def test_a_generation_config_that_adds_the_turn_end_makes_an_instruct(found: Declared) -> None:
    assert kind(found) is Kind.INSTRUCT
    assert kind(found, name="acme/tiny-base") is Kind.INSTRUCT


def test_a_generation_config_that_a_program_wrote_is_nobodys_choice() -> None:
    found = declared(tokenizer=END, generation=(TURN_END, END))
    derived = replace(found, generation=Generation(derived=True))
    assert kind(found) is Kind.INSTRUCT
    assert kind(derived) is Kind.UNDECIDED


def test_a_chat_format_for_the_publishers_own_code_decides_and_raw_does_not() -> None:
    chat = replace(declared(template=None), generation=Generation(chat_format="chatml"))
    assert kind(chat) is Kind.INSTRUCT
    assert kind(replace(declared(), generation=Generation(chat_format="chatml"))) is Kind.INSTRUCT
    raw = replace(declared(), generation=Generation(chat_format="raw"))
    assert kind(raw) is Kind.UNDECIDED
    assert decide(file_signals(raw)).leaning is Kind.BASE


def padded(found: Declared, pad: str) -> Declared:
    place = StopSource(source="tokenizer_config.json", role="pad", ids=(IDS[pad],), tokens=(pad,))
    return replace(found, stops=(*found.stops, place))


def test_a_tokenizer_that_pads_with_the_turn_end_makes_an_instruct() -> None:
    assert kind(padded(declared(tokenizer=TURN_END), TURN_END)) is Kind.INSTRUCT
    for found in (
        padded(declared(tokenizer=TURN_END), END),
        padded(declared(tokenizer=END), TURN_END),
        padded(declared(tokenizer=TURN_END, template=None), TURN_END),
        padded(declared(tokenizer=TURN_END, generation=(END,)), TURN_END),
    ):
        assert kind(found) is Kind.UNDECIDED


def test_a_lost_template_leaves_generation_configs_turn_end_standing() -> None:
    lost = declared(template=None, tokenizer=END, generation=(TURN_END, END))
    assert kind(lost) is Kind.UNDECIDED
    assert kind(lost, rows(Kind.INSTRUCT)) is Kind.INSTRUCT
    assert kind(lost, rows(Kind.BASE)) is Kind.BASE
    repeated = replace(lost, generation=Generation(derived=True))
    assert kind(repeated, rows(Kind.INSTRUCT)) is Kind.UNDECIDED


def test_answers_that_end_like_documents_say_nothing() -> None:
    plain = "{% for m in messages %}{{ m.role }}: {{ m.content + eos_token }}{% endfor %}"
    found = declared(plain, tokenizer="</s>", generation=("</s>", "<|other|>"))
    assert kind(found) is Kind.UNDECIDED
    signals = {one.signal: one for one in file_signals(found)}
    assert signals["model-eos"].says is Kind.UNDECIDED
    assert signals["tokenizer-eos"].says is Kind.UNDECIDED


def test_untrained_turn_tokens_make_a_base_whatever_template_it_ships() -> None:
    assert kind(declared(tokenizer=TURN_END), rows(Kind.BASE)) is Kind.BASE
    assert kind(declared(template=None), rows(Kind.BASE)) is Kind.BASE


def test_untrained_turn_tokens_do_not_decide_where_generation_was_set_for_chat() -> None:
    found = declared(tokenizer=END, generation=(TURN_END, END))
    verdict = decide([*file_signals(found), rows(Kind.BASE)])
    assert verdict.kind is Kind.UNDECIDED
    assert "--deep" in verdict.would_decide


def test_trained_turn_tokens_need_a_file_that_ends_there() -> None:
    assert kind(declared(tokenizer=TURN_END), rows(Kind.INSTRUCT)) is Kind.INSTRUCT
    assert kind(declared(tokenizer=END), rows(Kind.INSTRUCT)) is Kind.UNDECIDED
    mid_trained = declared(tokenizer=TURN_END, generation=(END,))
    assert kind(mid_trained, rows(Kind.INSTRUCT)) is Kind.UNDECIDED


def test_an_instruct_that_lost_its_template_is_still_told_by_rows() -> None:
    found = declared(template=None, tokenizer=TURN_END)
    verdict = decide([*file_signals(found), rows(Kind.INSTRUCT)])
    assert verdict.kind is Kind.INSTRUCT
    assert "against it: template" in verdict.because


@pytest.mark.parametrize("says", [Kind.BASE, Kind.INSTRUCT])
def test_behaviour_goes_before_everything(says: Kind) -> None:
    other = Kind.BASE if says is Kind.INSTRUCT else Kind.INSTRUCT
    found = declared(tokenizer=TURN_END, generation=(TURN_END, END))
    assert kind(found, rows(other), behaviour(says)) is says


def test_behaviour_that_is_not_clear_leaves_the_other_evidence_standing() -> None:
    assert kind(declared(), rows(Kind.BASE), behaviour(Kind.UNDECIDED)) is Kind.BASE
    undecided = decide([*file_signals(declared()), behaviour(Kind.UNDECIDED)])
    assert "BASE INSTRUCT" in undecided.would_decide


def test_a_skipped_check_says_not_measured() -> None:
    signals = [*file_signals(Declared()), not_measured("behaviour", "it takes --deep")]
    skipped = [one for one in signals if isinstance(one.value, NotMeasured)]
    assert {"behaviour", "tokenizer-eos", "model-eos", "tags"} <= {one.signal for one in skipped}
    assert all(one.detail.startswith("not measured: ") for one in skipped)
    assert all(one.strength is Strength.NONE for one in skipped)


def test_an_undecided_one_leans_where_its_signals_point() -> None:
    assert decide(file_signals(declared(tokenizer=TURN_END))).leaning is Kind.INSTRUCT
    assert decide(file_signals(declared(template=None))).leaning is Kind.BASE
