from headstart.checkpoints.declared import Declared
from headstart.checkpoints.declared_files import declare
from headstart.checkpoints.small_files import given_files
from headstart.checkpoints.stops import audit_stops
from headstart.domain.evidence import Kind, Stops
from headstart.domain.template import Severity
from headstart.domain.value import NotMeasured

CHATML = "{% for m in messages %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}"
DECODER = {"0": {"content": "<|endoftext|>"}, "2": {"content": "<|im_end|>"}}


def read(
    *,
    eos: str = "<|im_end|>",
    pad: str | None = "<pad>",
    ids: object = None,
    template: str = CHATML,
) -> Declared:
    import json

    settings = {"eos_token": eos, "pad_token": pad, "chat_template": template}
    texts = {"tokenizer_config.json": json.dumps(settings | {"added_tokens_decoder": DECODER})}
    if ids is not None:
        texts["generation_config.json"] = json.dumps({"eos_token_id": ids})
    return declare(given_files(texts))


def audit(kind: Kind = Kind.INSTRUCT, **how: object) -> Stops:
    return audit_stops(read(**how), kind)  # type: ignore[arg-type]


def rules(stops: Stops) -> dict[str, Severity]:
    return {one.rule: one.severity for one in stops.findings}


def test_sound_stops_have_no_findings() -> None:
    stops = audit(ids=[2, 0])
    assert stops.turn_end == "<|im_end|>"
    assert stops.agree["eos"] is True
    assert stops.findings == ()


def test_ids_are_told_as_tokens() -> None:
    (found,) = (s for s in audit(ids=[2, 0]).sources if s.source == "generation_config.json")
    assert found.ids == (2, 0)
    assert found.tokens == ("<|im_end|>", "<|endoftext|>")


def test_generation_that_runs_over_the_turn_end_is_an_error_for_an_instruct_only() -> None:
    assert rules(audit(ids=0))["turn-end-not-eos"] is Severity.ERROR
    assert rules(audit(Kind.BASE, ids=0))["turn-end-not-eos"] is Severity.INFO


def test_disagreeing_files_are_named() -> None:
    stops = audit(ids=0)
    assert stops.agree["eos"] is False
    assert "eos-disagree" in rules(stops)


def test_a_tokenizer_that_ends_elsewhere_is_a_warning() -> None:
    stops = audit(eos="<|endoftext|>", ids=[2, 0])
    assert rules(stops) == {"tokenizer-eos-not-turn-end": Severity.WARNING}


def test_padding_that_is_the_end_is_a_warning_and_none_is_told() -> None:
    assert rules(audit(pad="<|im_end|>", ids=[2, 0])) == {"pad-is-eos": Severity.WARNING}
    assert rules(audit(pad=None, ids=[2, 0])) == {"no-pad": Severity.INFO}


def test_one_place_alone_cannot_agree() -> None:
    assert isinstance(audit().agree["eos"], NotMeasured)


def test_nonsense_ids_are_passed_over() -> None:
    for nonsense in (True, -1, 2.5, "2", [None, "x"], {}, []):
        assert all(s.source != "generation_config.json" for s in audit(ids=nonsense).sources)


def test_a_turn_end_that_the_vocabulary_splits_is_an_error() -> None:
    vocabulary = read(ids=[2, 0])
    from dataclasses import replace

    known = replace(vocabulary.vocabulary, tokens=[b"<|endoftext|>", b"a"], added={})
    stops = audit_stops(replace(vocabulary, vocabulary=known), Kind.INSTRUCT)
    assert rules(stops)["turn-end-no-token"] is Severity.ERROR
