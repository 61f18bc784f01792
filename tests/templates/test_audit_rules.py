"""Each rule of the audit against a planted fault, and silent on its sound twin."""

from typing import Any

import pytest

from headstart.domain.audit import AuditedBatch, AuditedRow, Quoted, TrainedSpan
from headstart.domain.template import Severity
from headstart.errors import AuditFailed
from headstart.templates.audit import RULES, audit, require_sound

EOS, TURN, END, BOS, PAD, HEAD = 0, 1, 2, 3, 4, 5
ASKED, ANSWER = "How far is the moon?", "Far away"
FIRST, AGAIN = (10, 11, END), (12, 13, END)


def span(ids: tuple[int, ...], text: str) -> TrainedSpan:
    return TrainedSpan(ids=ids, text=text)


ROW = AuditedRow(
    row="train:1",
    ids=(BOS, TURN, 20, TURN, HEAD, *FIRST, TURN, 21, TURN, HEAD, *AGAIN),
    targets=(*FIRST, *AGAIN),
    spans=(span(FIRST, f"{ANSWER}<end>"), span(AGAIN, "Very far<end>")),
    answers=(ANSWER, "Very far"),
    asked=(ASKED, "And the sun, if one may ask?"),
)
SOUND = AuditedBatch(
    start="instruct",
    chat=True,
    ends=(END,),
    names={EOS: "<eos>", TURN: "<turn>", END: "<end>", BOS: "<bos>", PAD: "<pad>"},
    bos=BOS,
    pad=PAD,
    adds_bos=True,
    sources={
        "tokenizer": (END,),
        "config": (END, EOS),
        "generation_config": (END,),
        "chat template": (END,),
    },
    stops=(EOS, END),
    paths={"training": (BOS, TURN), "prompt": (BOS, TURN), "chat endpoint": (BOS, TURN)},
    rows=(ROW,),
    quoted=(Quoted(marker="<end>", where="probe", expected=2, found=2),),
)


def but(**changes: Any) -> AuditedBatch:
    return SOUND.model_copy(update=changes)


def row(**changes: Any) -> AuditedBatch:
    return but(rows=(ROW.model_copy(update=changes),))


def trained(*spans: TrainedSpan) -> AuditedBatch:
    targets = tuple(number for one in spans for number in one.ids)
    return row(spans=spans, targets=targets)


OPEN = span(FIRST[:-1], ANSWER)
FAULTS: dict[str, tuple[AuditedBatch, Severity]] = {
    "nothing-trained": (row(targets=(), spans=()), Severity.ERROR),
    "labels-lost": (row(targets=(*FIRST[:-1], *AGAIN)), Severity.ERROR),
    "terminator-not-trained": (
        trained(ROW.spans[0], span(AGAIN[:-1], "Very far")),
        Severity.ERROR,
    ),
    "terminator-not-trained, in mid-conversation": (
        trained(OPEN, ROW.spans[1]),
        Severity.WARNING,
    ),
    "prompt-trained": (
        trained(span((20, *FIRST), f"{ASKED} {ANSWER}<end>"), ROW.spans[1]),
        Severity.ERROR,
    ),
    "answer-not-trained": (
        trained(span((11, END), "away<end>"), ROW.spans[1]),
        Severity.ERROR,
    ),
    "answer-not-trained, in another case": (
        trained(span(FIRST, "FAR AWAY<end>"), ROW.spans[1]),
        Severity.WARNING,
    ),
    "answer-not-trained, parts without an answer": (
        trained(span((HEAD, END), "said<end>"), *ROW.spans),
        Severity.ERROR,
    ),
    "answers-left-out": (trained(ROW.spans[1]), Severity.INFO),
    "pad-is-end": (but(pad=END), Severity.INFO),
    "double-bos": (but(paths=SOUND.paths | {"training": (BOS, BOS), "prompt": (BOS, BOS)}),
        Severity.ERROR),
    "double-bos, elsewhere": (
        but(paths=SOUND.paths | {"rendered text, tokenised again": (BOS, BOS, TURN)}),
        Severity.WARNING,
    ),
    "bos-differs": (but(paths=SOUND.paths | {"prompt": (TURN,)}), Severity.ERROR),
    "missing-bos": (
        but(paths={"training": (TURN,), "prompt": (TURN,)}),
        Severity.WARNING,
    ),
    "end-is-no-stop": (but(stops=(EOS,)), Severity.ERROR),
    "end-sources-differ": (
        but(sources=SOUND.sources | {"generation_config": (EOS,)}),
        Severity.WARNING,
    ),
    "marker-in-data": (
        but(quoted=(Quoted(marker="<end>", where="train:1", expected=2, found=3),)),
        Severity.ERROR,
    ),
}  # fmt: skip


def told(batch: AuditedBatch) -> dict[str, Severity]:
    return {one.rule: one.severity for one in audit(batch)}


def test_every_rule_has_a_planted_fault() -> None:
    assert {name.partition(",")[0] for name in FAULTS} == {rule.id for rule in RULES}


def test_nothing_is_found_in_a_sound_batch() -> None:
    assert audit(SOUND) == ()
    assert require_sound(SOUND) == ()


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_with_evidence_and_a_fix(name: str) -> None:
    batch, severity = FAULTS[name]
    rule = name.partition(",")[0]
    found = {one.rule: one for one in audit(batch)}
    assert found[rule].severity is severity
    assert found[rule].evidence
    assert found[rule].fix


@pytest.mark.parametrize("name", FAULTS)
def test_only_errors_stop_a_run_and_the_error_names_the_start(name: str) -> None:
    batch, _ = FAULTS[name]
    errors = [one for one in audit(batch) if one.severity is Severity.ERROR]
    if not errors:
        assert require_sound(batch)
        return
    with pytest.raises(AuditFailed, match="instruct would waste its run") as caught:
        require_sound(batch)
    assert caught.value.hint == errors[0].fix


def test_a_terminator_taken_for_padding_is_told_to_be_that() -> None:
    batch = trained(OPEN, span(AGAIN[:-1], "Very far")).model_copy(update={"pad": END})
    (found,) = (one for one in audit(batch) if one.rule == "terminator-not-trained")
    assert "padding" in found.fix
    assert "2 of 2 answers" in found.evidence


def test_plain_completion_format_closes_the_last_answer_only() -> None:
    batch = trained(OPEN, ROW.spans[1])
    assert "terminator-not-trained" in told(batch)
    assert "terminator-not-trained" not in told(batch.model_copy(update={"chat": False}))


def test_a_text_that_the_answer_repeats_is_not_the_prompts() -> None:
    repeats = row(
        asked=(ASKED,),
        answers=(f"You ask: {ASKED}",),
        spans=(span(FIRST, f"You ask: {ASKED}<end>"),),
        targets=FIRST,
    )
    assert "prompt-trained" not in told(repeats)


def test_white_space_around_answers_is_no_matter() -> None:
    spaced = trained(span(FIRST, "\n Far\naway <end>"), ROW.spans[1])
    assert told(spaced) == {}


def test_a_tokenizer_without_bos_misses_none() -> None:
    bare = but(bos=None, adds_bos=False, paths={"training": (TURN, TURN), "prompt": (TURN, TURN)})
    assert told(bare) == {}
