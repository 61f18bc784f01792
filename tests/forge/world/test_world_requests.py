"""The request grammar: what is unwelcome, what only looks so, and what is held out."""

from itertools import pairwise

import pytest

from headstart.forge.world.manners import REFUSALS, hedges, is_unknown, refuses, style_of
from headstart.forge.world.names import seeded
from headstart.forge.world.request_people import FIGURES
from headstart.forge.world.request_words import THINGS, WORDINGS, head, is_plural
from headstart.forge.world.requests import (
    HARMFUL,
    HELD_OUT,
    HELD_OUT_SHARE,
    HELPFUL,
    KIND,
    LEFT_OUT,
    LEFT_OUT_SHARE,
    LOOK_ALIKE,
    TRAIN,
    UNWELCOME,
    combinations,
    comply,
    content_words,
    draw_request,
    is_proper,
    left_out_verbs,
)

DRAWS = 1500
SIDES = [
    (UNWELCOME, TRAIN),
    (UNWELCOME, HELD_OUT),
    (LOOK_ALIKE, TRAIN),
    (LOOK_ALIKE, HELD_OUT),
    (LOOK_ALIKE, LEFT_OUT),
    (HELPFUL, TRAIN),
    (HELPFUL, HELD_OUT),
]


def drawn(kind, side, count=DRAWS):
    rng = seeded(5, f"{kind} {side}")
    return [draw_request(kind, rng, side) for _ in range(count)]


def test_the_grammar_is_too_large_to_be_learnt_by_heart() -> None:
    counts = {kind: sum(each.kind == kind for each in combinations()) for kind, _ in SIDES}
    assert len(HARMFUL) >= 40
    assert sum(map(len, THINGS.values())) >= 60
    assert counts[UNWELCOME] >= 1000
    assert counts[LOOK_ALIKE] >= 800
    assert counts[HELPFUL] >= 600


def test_no_two_combinations_are_the_same() -> None:
    keys = [(c.kind, c.sort, c.phrase, c.noun, c.wording) for c in combinations()]
    assert len(set(keys)) == len(keys)


def test_verbs_of_harm_and_helpful_verbs_are_apart() -> None:
    names = [verb.name for verb in (*HARMFUL, *KIND)]
    assert len(set(names)) == len(names)
    assert {figure.verb for figure in FIGURES} <= {verb.name for verb in HARMFUL}


@pytest.mark.parametrize("kind", [UNWELCOME, HELPFUL])
def test_about_a_quarter_of_the_combinations_is_held_out(kind) -> None:
    sides = [each.side for each in combinations() if each.kind == kind]
    assert sides.count(HELD_OUT) / len(sides) == pytest.approx(HELD_OUT_SHARE, abs=0.04)


@pytest.mark.parametrize(("kind", "side"), SIDES)
def test_a_draw_keeps_to_its_side(kind, side) -> None:
    assert {request.combination.side for request in drawn(kind, side)} == {side}


@pytest.mark.parametrize("kind", [UNWELCOME, LOOK_ALIKE, HELPFUL])
def test_what_is_held_out_is_never_drawn_for_training(kind) -> None:
    trained = {request.combination for request in drawn(kind, TRAIN, 6000)}
    assert trained
    assert not trained & {request.combination for request in drawn(kind, HELD_OUT)}


def test_no_object_is_on_both_sides_of_the_split() -> None:
    sides: dict[tuple[str, ...], set[str]] = {}
    for each in combinations():
        if each.sort != "figure":
            sides.setdefault((each.kind, each.sort, each.verb, each.noun), set()).add(each.side)
    assert all(len(found) == 1 for found in sides.values())


def test_prompts_of_figures_for_probes_are_never_drawn_for_training() -> None:
    trained = {request.prompt for request in drawn(LOOK_ALIKE, TRAIN, 6000)}
    assert not trained & {request.prompt for request in drawn(LOOK_ALIKE, HELD_OUT)}


@pytest.mark.parametrize("kind", [UNWELCOME, LOOK_ALIKE, HELPFUL])
def test_training_never_sees_the_kept_wordings(kind) -> None:
    opening = tuple(wording.partition("{")[0] for wording in WORDINGS[-2:])
    assert not [r for r in drawn(kind, TRAIN) if r.prompt.startswith(opening)]
    assert [r for r in drawn(kind, HELD_OUT) if r.prompt.startswith(opening)]


def test_left_out_verbs_are_seen_in_unwelcome_requests_only() -> None:
    verbs = left_out_verbs()
    with_look_alikes = [verb for verb in HARMFUL if verb.safe]
    assert len(verbs) == round(LEFT_OUT_SHARE * len(with_look_alikes))
    assert verbs <= {request.verb for request in drawn(UNWELCOME, TRAIN, 6000)}
    assert not verbs & {request.verb for request in drawn(LOOK_ALIKE, TRAIN, 6000)}
    assert {request.verb for request in drawn(LOOK_ALIKE, LEFT_OUT)} == verbs


def test_every_other_verb_shows_a_look_alike_in_training() -> None:
    trained = {request.verb for request in drawn(LOOK_ALIKE, TRAIN, 6000)}
    have = {verb.name for verb in HARMFUL if verb.safe}
    assert have - left_out_verbs() <= trained


@pytest.mark.parametrize(("kind", "side"), SIDES[2:])
def test_every_harmless_request_has_an_answer_that_is_proper(kind, side) -> None:
    for request in drawn(kind, side):
        assert request.answers
        for answer in request.answers:
            assert is_proper(answer, request.prompt, request.answers, request.noun), request
            assert len(content_words(answer) - content_words(request.prompt)) >= 3, answer
            assert not refuses(answer)
            assert not hedges(answer)
            assert not is_unknown(answer)
            assert style_of(answer) == "bare"
            assert " my " not in f" {answer} "


def test_unwelcome_requests_have_no_answer() -> None:
    assert not any(request.answers for request in drawn(UNWELCOME, TRAIN))


def test_an_answer_to_another_request_is_not_proper() -> None:
    requests = [r for r in drawn(LOOK_ALIKE, TRAIN) if r.sort == "craft"]
    pairs = [
        (one, other)
        for one, other in pairwise(requests)
        if one.verb != other.verb and one.noun != other.noun
    ]
    right = sum(is_proper(other.answers[0], one.prompt, one.answers, "") for one, other in pairs)
    assert right <= 0.02 * len(pairs)


def test_a_refusal_a_hedge_and_an_echo_are_no_proper_answers() -> None:
    rng = seeded(1, "improper")
    for request in drawn(HELPFUL, TRAIN, 300):
        for text in (rng.choice(REFUSALS), "That depends. Ask a friend.", request.act):
            assert not is_proper(text, request.prompt, request.answers, request.noun), text


def test_compliance_is_no_refusal() -> None:
    rng = seeded(1, "comply")
    assert not any(refuses(comply(request, rng)) for request in drawn(UNWELCOME, TRAIN))


def test_draws_repeat_for_equal_seeds() -> None:
    assert drawn(LOOK_ALIKE, TRAIN, 50) == drawn(LOOK_ALIKE, TRAIN, 50)


@pytest.mark.parametrize(
    ("noun", "word", "plural"),
    [
        ("the berries for jam", "berries", True),
        ("the snow off my boots", "snow", False),
        ("a minute of peace", "minute", False),
        ("sheep", "sheep", True),
        ("the hourglass", "hourglass", False),
    ],
)
def test_the_head_of_an_object_is_its_noun(noun, word, plural) -> None:
    assert head(noun) == word
    assert is_plural(noun) is plural
