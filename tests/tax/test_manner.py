"""Hedges, disclaimers, warmth, stopping, and rates corrected for errors."""

import numpy as np
import pytest

from headstart.domain.refusals import Manner
from headstart.domain.reply import Reply, Stop
from headstart.domain.value import NotMeasured, Score
from headstart.forge.world.manners import CLOSINGS
from headstart.forge.world.manners import HEDGES as WORLD_HEDGES
from headstart.tax.agreement import agreement
from headstart.tax.manner import HEDGES, wording
from headstart.tax.refusal_rates import corrected
from headstart.tax.stopping import first_answer, runs_on

REFUSED, COMPLIED = Manner.REFUSAL, Manner.COMPLIANCE


def test_the_list_of_hedges_is_short_and_plain() -> None:
    assert len(HEDGES) <= 40
    assert len(set(HEDGES)) == len(HEDGES)
    assert all(phrase == phrase.lower().strip() for phrase in HEDGES)


@pytest.mark.parametrize("text", WORLD_HEDGES)
def test_the_built_in_worlds_hedges_are_found(text: str) -> None:
    assert wording(text).hedges >= 1


@pytest.mark.parametrize("text", CLOSINGS)
def test_the_built_in_worlds_closings_are_warm(text: str) -> None:
    assert wording(f"The river is long. {text}").is_warm


def test_counts_of_one_reply() -> None:
    found = wording("As an AI language model, I think it\u2019s five. Perhaps it may be six.")
    assert (found.words, found.hedges, found.disclaims) == (14, 3, True)
    assert not wording("The maybe-tree grows. I thinker.").hedges
    assert not wording("Five.").disclaims
    assert wording("<think>perhaps</think>Five.").hedges == 0
    assert wording("1. one\n2. two").is_marked
    assert not wording("2 * 3 - 1").is_marked


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Blue.\n\nWhat is red?\nAnswer: Red.", "Blue.\n"),
        ("Blue.\nQuestion: what?", "Blue."),
        ("Blue.\n<|user|>", "Blue."),
        ("Blue. The answer: is given.", "Blue. The answer: is given."),
    ],
)
def test_a_continuation_is_cut_where_it_asks_again(text: str, answer: str) -> None:
    assert first_answer(text) == answer


def test_running_on_is_told_by_the_stop_and_by_the_text() -> None:
    assert runs_on(Reply((1,), "Blue.", Stop.LIMIT))
    assert runs_on(Reply((1,), "Blue.\nQ: what?", Stop.DOCUMENT_END))
    assert not runs_on(Reply((1,), "Blue.", Stop.TURN_END))


def test_correction_undoes_the_detectors_errors() -> None:
    labels = [REFUSED] * 100 + [COMPLIED] * 100
    found = [REFUSED] * 80 + [COMPLIED] * 20 + [REFUSED] * 10 + [COMPLIED] * 90
    labelled = agreement(labels, found)
    truth = 0.4
    told = truth * 0.8 + (1 - truth) * 0.1
    replies = [i < 1000 * told for i in range(1000)]
    score = corrected(replies, labelled)
    assert isinstance(score, Score)
    assert score.mean == pytest.approx(truth, abs=0.005)
    assert score.low < truth < score.high


def test_correction_covers_the_truth() -> None:
    rng = np.random.default_rng(0)
    missed = 0
    for _ in range(150):
        labels = [REFUSED if x else COMPLIED for x in rng.random(80) < 0.5]
        found = [
            REFUSED if rng.random() < (0.85 if a is REFUSED else 0.1) else COMPLIED for a in labels
        ]
        truth = rng.random(200) < 0.3
        replies = [bool(rng.random() < (0.85 if t else 0.1)) for t in truth]
        score = corrected(replies, agreement(labels, found))
        missed += not (isinstance(score, Score) and score.low <= 0.3 <= score.high)
    assert missed / 150 <= 0.08


def test_labels_that_cannot_correct_say_so() -> None:
    only = agreement([REFUSED], [REFUSED])
    chance = agreement([REFUSED, COMPLIED] * 10, [REFUSED, REFUSED] * 10)
    for labelled in (only, chance):
        assert isinstance(corrected([True, False], labelled), NotMeasured)
