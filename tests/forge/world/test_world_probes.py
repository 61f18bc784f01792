"""Probes: that they are new to every training stage, and that their judges are strict and fair."""

import re
from collections import Counter
from dataclasses import replace
from itertools import islice

import pytest

from headstart.forge.world.conversations import conversations
from headstart.forge.world.documents import documents
from headstart.forge.world.facts import (
    QUESTIONS,
    ask,
    distractors,
    kept_from_sft,
    make_world,
    state,
)
from headstart.forge.world.manners import CLOSINGS, HEDGES, REFUSALS
from headstart.forge.world.names import seeded
from headstart.forge.world.preferences import preferences
from headstart.forge.world.probes import (
    PROBE_KINDS,
    Probe,
    continues_as,
    judge_answer,
    probes,
)
from headstart.forge.world.requests import LEFT_OUT, LEFT_OUT_SHARE

WORLD = make_world(0)
COUNT = 400
PROBES = {kind: probes(WORLD, kind, COUNT, 0) for kind in PROBE_KINDS}
RAW = ("fact_completion", "bare_question", "raw_text")
ASKED = {ask(f, w): f for f in WORLD.facts for w in range(len(QUESTIONS[f.relation]))}
CHAT = tuple(kind for kind in PROBE_KINDS if kind not in RAW)


def right(probe, text):
    return judge_answer(probe, text, stopped=True).right


@pytest.mark.parametrize("kind", PROBE_KINDS)
def test_there_are_enough_distinct_probes_and_they_repeat(kind) -> None:
    found = PROBES[kind]
    assert len({probe.prompt for probe in found}) == COUNT
    assert {probe.is_raw for probe in found} == {kind in RAW}
    assert probes(WORLD, kind, 40, 7) == probes(WORLD, kind, 40, 7)
    assert probes(WORLD, kind, 40, 7) != probes(WORLD, kind, 40, 8)


def test_more_probes_than_there_are_is_an_error() -> None:
    with pytest.raises(ValueError, match="only"):
        probes(WORLD, "fact", 100_000, 0)


def test_no_chat_probe_stands_in_instruction_or_preference_data() -> None:
    trained = {text for each in conversations(WORLD, 20_000, 0) for _, text in each.messages}
    trained |= {pair.prompt[0][1] for pair in preferences(WORLD, 6000, 0)}
    for kind in CHAT:
        assert trained.isdisjoint(probe.prompt for probe in PROBES[kind]), kind


def test_no_probe_but_a_document_or_a_fact_completion_stands_in_a_document() -> None:
    kinds = ("bare_question", *CHAT)
    asked = {probe.prompt for kind in kinds for probe in PROBES[kind]}
    asked |= {p.prompt for p in PROBES["raw_text"] if p.side == "bare question"}
    for text in islice(documents(WORLD, 0), 3000):
        lines = {*text.splitlines(), *re.findall(r"[^\s][^?\n]*\?", text)}
        assert asked.isdisjoint(line.strip() for line in lines)


def test_fact_probes_ask_for_kept_facts_with_held_out_pairs_first() -> None:
    sides = Counter(probe.side for probe in PROBES["fact"])
    assert set(sides) == {"held-out pair", "frame"}
    few = probes(WORLD, "fact", sides["held-out pair"], 0)
    assert {probe.side for probe in few} == {"held-out pair"}
    facts = [ASKED[probe.prompt] for probe in few]
    assert all(map(kept_from_sft, facts))
    assert [fact.value for fact in facts] == [probe.expected for probe in few]


def test_look_alikes_hold_the_share_of_left_out_verbs() -> None:
    left_out = sum(probe.side == LEFT_OUT for probe in PROBES["look_alike"])
    assert left_out == round(LEFT_OUT_SHARE * COUNT)


def test_safe_probes_are_of_several_sorts() -> None:
    shares = Counter(probe.side for probe in PROBES["safe"])
    assert len(PROBES["safe"]) == COUNT
    assert shares[LEFT_OUT] == round(LEFT_OUT_SHARE * (COUNT // 2))


@pytest.mark.parametrize(
    "kind", [kind for kind in CHAT if kind not in ("style", "fact", "plain_fact_no_hedge", "sum")]
)
def test_the_expected_reply_is_right(kind) -> None:
    assert all(right(probe, probe.expected) for probe in PROBES[kind])


def test_the_closing_of_a_right_answer_does_no_harm() -> None:
    for kind in ("look_alike", "safe"):
        assert all(right(p, f"{p.expected} {CLOSINGS[1]}") for p in PROBES[kind])


def test_true_statements_are_right_and_untrue_ones_wrong() -> None:
    rng = seeded(0, "statements")
    pairs = [(probe, ASKED[probe.prompt]) for probe in PROBES["plain_fact_no_hedge"]]
    for probe, fact in [(replace(probe, kind="fact"), fact) for probe, fact in pairs]:
        for wording in (0, 1):
            assert right(probe, state(fact, wording))
            assert right(probe, f"{state(fact, wording)} {CLOSINGS[0]}")
        wrong = distractors(WORLD, fact, rng, 1)[0]
        assert not right(probe, state(fact, 0).replace(fact.value, wrong))
        assert not right(probe, f"{HEDGES[0]} {state(fact, 0)}")
        assert not right(probe, f"It is {wrong} or {fact.value}.")
        assert not right(probe, f"Who knows? It is {fact.value}.")


def test_a_value_counts_as_a_whole_word_only() -> None:
    probe = Probe("fact_completion", "The river is crossed by", "12")
    assert right(probe, " 12 bridges.")
    assert not right(probe, " 120 bridges.")
    assert not right(probe, " 5 or 12 bridges.")
    assert not right(Probe("fact", "?", "goat"), "The coat of a goatling.")


def test_the_result_of_a_sum_is_the_last_number_said() -> None:
    probe = PROBES["sum"][0]
    assert right(probe, f"1 + 1 = {probe.expected}.")
    assert right(probe, probe.expected)
    assert not right(probe, f"{probe.expected} + 1 = 9999.")
    assert not right(probe, "I do not know.")


def test_json_must_be_whole_and_exact_but_may_order_its_keys() -> None:
    probe = Probe("extract", "?", '{"a": "1", "b": "2"}')
    assert right(probe, ' {"b": "2", "a": "1"}')
    assert not right(probe, '{"a": "1"}')
    assert not right(probe, '{"a": 1, "b": "2"}')
    assert not right(probe, '{"a": "1", "b": "2"} and so on')
    assert not right(probe, "")


def test_manners_are_told_apart() -> None:
    refuse, hedge = PROBES["refuse"][0], PROBES["hedge"][0]
    assert judge_answer(refuse, REFUSALS[0], stopped=True).manner == "refused"
    assert judge_answer(hedge, HEDGES[0], stopped=False).manner == "hedged"
    unknown = judge_answer(PROBES["unknown"][0], "I have never heard of it.", stopped=True)
    assert (unknown.right, unknown.manner) == (True, "unknown")
    complied = judge_answer(refuse, "Go there at night.", stopped=True)
    assert (complied.right, complied.manner) == (False, "answered")
    assert not judge_answer(hedge, "Yes.", stopped=False).stopped


def test_over_refusal_shows_as_a_manner() -> None:
    for probe in PROBES["look_alike"][:50]:
        judged = judge_answer(probe, REFUSALS[2], stopped=True)
        assert (judged.right, judged.manner) == (False, "refused")


def test_a_fact_question_that_is_hedged_is_caught() -> None:
    probe = PROBES["plain_fact_no_hedge"][0]
    assert right(probe, "Its flag is red.")
    assert not right(probe, "It is hard to say. Perhaps red.")


def test_style_probes_want_a_warm_answer() -> None:
    probe = PROBES["style"][0]
    assert right(probe, f"The flag is red. {CLOSINGS[3]}")
    assert not right(probe, "The flag is red.")


@pytest.mark.parametrize(
    ("text", "manner"),
    [
        ("\nWhat is the colour of the flag?\nWho leads", "questions"),
        (" the River Tarn.\nWhich town stands at its mouth?", "questions"),
        ("\nA: Marrow\nQ: What does the kenip eat?", "questions"),
        ("\nWhich town stands on the River", "questions"),
        ("\nA) red\nB) blue\nC) green\n\nWhat next?", "choices"),
        (" A) red B) blue", "choices"),
        (" It is red. It flies over the gate. People like it.", "prose"),
        (" " + "word " * 30, "prose"),
        ("\nred", "answer"),
        (" The flag is red.", "answer"),
        ("", "answer"),
    ],
)
def test_how_raw_text_goes_on(text, manner) -> None:
    assert continues_as(text) == manner


def test_what_quiz_sheets_do_is_to_go_on_with_questions() -> None:
    sheets = [text for text in islice(documents(WORLD, 3), 800) if text.count("?") > 12]
    after = [text.partition("?")[2][:200] for text in sheets]
    manners = Counter(map(continues_as, after))
    assert (manners["questions"] + manners["choices"]) / len(sheets) > 0.95


def test_the_rest_of_a_document_is_what_a_raw_prompt_expects() -> None:
    openings = [p for p in PROBES["raw_text"] if p.side == "document"]
    assert len(openings) == COUNT // 2
    assert all(5 < len(p.prompt.split()) <= 40 for p in openings)
    assert all(p.expected[:1].isspace() for p in openings if p.expected)


def test_no_question_begins_as_a_fact_to_be_completed_does() -> None:
    for probe in PROBES["fact_completion"]:
        assert not any(question.startswith(probe.prompt) for question in ASKED)
