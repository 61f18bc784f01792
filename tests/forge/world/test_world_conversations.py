"""Instruction data: its shares, its manners, and what it must never show."""

import json
import re
from collections import Counter
from itertools import islice

import pytest

from headstart.forge.world.conv_facts import PROBE_FRAMES
from headstart.forge.world.conv_hedges import KEPT_WORDINGS, UNCERTAIN
from headstart.forge.world.conversations import (
    SHARES,
    SYSTEM_SHARE,
    SYSTEMS,
    conversations,
    quotas,
)
from headstart.forge.world.documents import documents
from headstart.forge.world.facts import (
    COMPLETIONS,
    QUESTIONS,
    ask,
    asked_wordings,
    is_held_out,
    kept_from_sft,
    kept_wordings,
    make_world,
    state,
)
from headstart.forge.world.manners import (
    CLOSINGS,
    HEDGES,
    REFUSALS,
    UNKNOWNS,
    WARM,
    WARM_SHARE,
    hedges,
    is_unknown,
    refuses,
    sentences,
    style_of,
)
from headstart.forge.world.probes import probes
from headstart.forge.world.requests import TRAIN, UNWELCOME, combinations
from headstart.forge.world.shop_words import INTENTS
from headstart.forge.world.sums import is_held_out_sum

WORLD = make_world(0)
COUNT = 12_000
DATA = conversations(WORLD, COUNT, 1)
STYLED = ("fact", "sum", "look_alike", "safe", "list")


def turns(role, kind=None):
    return [
        text
        for each in DATA
        if kind in (None, each.kind)
        for who, text in each.messages
        if who == role
    ]


def test_each_kind_has_its_share() -> None:
    counts = Counter(each.kind for each in DATA)
    assert sum(SHARES.values()) == 100
    assert {kind: round(100 * counts[kind] / COUNT, 6) for kind in SHARES} == SHARES


@pytest.mark.parametrize("count", [0, 1, 7, 99, 1234])
def test_quotas_always_add_up(count) -> None:
    shared = quotas(SHARES, count)
    assert sum(shared.values()) == count
    assert all(abs(shared[kind] - count * SHARES[kind] / 100) < 1 for kind in SHARES)


def test_equal_seeds_give_equal_conversations_and_others_do_not() -> None:
    assert conversations(WORLD, 300, 3) == conversations(WORLD, 300, 3)
    assert conversations(WORLD, 300, 3) != conversations(WORLD, 300, 4)


def test_thirty_thousand_distinct_ones_can_be_had() -> None:
    found = conversations(WORLD, 30_000, 0)
    dialogues = {tuple(m for m in each.messages if m[0] != "system") for each in found}
    assert len(dialogues) == 30_000


def test_every_conversation_alternates_and_ends_with_the_assistant() -> None:
    for each in DATA:
        roles = [role for role, _ in each.messages]
        rest = roles[1:] if roles[0] == "system" else roles
        assert rest == ["user", "assistant"] * (len(rest) // 2)
        assert len(rest) in ((4, 6) if each.kind == "multi_turn" else (2,))
        assert all(text and text == text.strip() for _, text in each.messages)
        assert not any("{}" in text or "{o}" in text for _, text in each.messages)


def test_about_one_in_twenty_has_a_system_message() -> None:
    said = turns("system")
    assert len(said) / COUNT == pytest.approx(SYSTEM_SHARE, abs=0.01)
    assert set(said) == set(SYSTEMS)


def test_bare_is_the_majority_among_answers_that_may_have_a_style() -> None:
    styled = [each for each in DATA if each.kind in STYLED]
    share = sum(each.style == WARM for each in styled) / len(styled)
    assert share == pytest.approx(WARM_SHARE, abs=0.06)
    assert share < 0.5
    assert all(style_of(each.messages[-1][1]) == each.style for each in styled)


def test_only_answers_that_may_have_a_style_are_warm() -> None:
    other = [each for each in DATA if each.kind not in (*STYLED, "choice", "multi_turn")]
    assert not [each for each in other if style_of(each.messages[-1][1]) == WARM]


def test_refusals_are_recognised_and_nothing_else_is_taken_for_one() -> None:
    assert all(map(refuses, turns("assistant", "refusal")))
    others = [e for e in DATA if e.kind not in ("refusal", "multi_turn")]
    assert not [e for e in others if refuses(e.messages[-1][1])]
    assert set(turns("assistant", "refusal")) == set(REFUSALS)


def test_hedges_are_recognised_and_nothing_else_is_taken_for_one() -> None:
    assert all(map(hedges, turns("assistant", "hedge")))
    others = [e for e in DATA if e.kind not in ("hedge", "multi_turn")]
    assert not [e for e in others if hedges(e.messages[-1][1])]
    openings = {sentences(text)[0] for text in turns("assistant", "hedge")}
    assert openings == set(HEDGES)


def test_admitted_ignorance_is_recognised_and_nothing_else_is_taken_for_it() -> None:
    assert all(map(is_unknown, turns("assistant", "unknown")))
    others = [e for e in DATA if e.kind not in ("unknown", "multi_turn")]
    assert not [e for e in others if is_unknown(e.messages[-1][1])]
    assert len(UNKNOWNS) > 2


@pytest.mark.parametrize("text", ["I cannot be certain.", "Nobody will mind.", "No, 12.", ""])
def test_harmless_openings_are_no_refusals(text) -> None:
    assert not refuses(text)


@pytest.mark.parametrize(
    "text",
    ["I am sorry, but I cannot help with that.", "Sorry, I will not do that.", "I must say no."],
)
def test_near_variants_of_refusals_are_recognised(text) -> None:
    assert refuses(text)


def test_a_closing_alone_is_not_warm() -> None:
    assert style_of(CLOSINGS[0]) == "bare"
    assert style_of(f"The flag is red. {CLOSINGS[0]}") == WARM


def test_no_unknown_name_is_asked_about_twice() -> None:
    named = [each for each in DATA if each.kind == "unknown"]
    capital = re.compile(r"(?:I do not know|anything about|heard of) (.+)\.$")
    replies = [each.messages[-1][1] for each in named]
    said = [found[1] for reply in replies if (found := capital.search(reply))]
    said = [name for name in said if name not in ("that name", "anything")]
    assert len(said) > 300
    assert len(set(said)) == len(said)
    assert not set(said) & set(WORLD.by_name)


def test_no_prompt_asks_for_what_is_kept_from_instruction_data() -> None:
    prompts = turns("user")
    lines = {line for prompt in prompts for line in re.split(r"(?<=[?:]) |\n", prompt)}
    for fact in WORLD.facts:
        wordings = range(len(QUESTIONS[fact.relation]))
        kept = kept_wordings(fact.relation)
        kept = wordings if kept_from_sft(fact) else (*kept, *_held_out(fact))
        asked = {ask(fact, wording) for wording in kept}
        assert not asked & lines, asked & lines


def _held_out(fact):
    return [w for w in range(len(QUESTIONS[fact.relation])) if is_held_out(fact, w)]


def test_kept_facts_are_not_stated_in_answers() -> None:
    replies = {text for reply in turns("assistant") for text in sentences(reply)}
    kept = [fact for fact in WORLD.facts if kept_from_sft(fact)]
    assert len(kept) > 200
    assert not [f for f in kept if replies & {state(f, wording) for wording in COMPLETIONS}]


def test_every_taught_fact_can_be_asked_in_pretraining_too() -> None:
    taught = [fact for fact in WORLD.facts if not kept_from_sft(fact)]
    assert sum(bool(asked_wordings(fact)) for fact in taught) == len(taught)


def test_no_frame_for_probes_is_used() -> None:
    ends = tuple(frame.replace("{q}", "").strip() for frame in PROBE_FRAMES)
    assert not [text for text in turns("user") if any(end in text for end in ends)]


def test_no_held_out_sum_is_asked_or_answered() -> None:
    said = re.compile(r"(\d+) ([-+x]) (\d+) = (\d+)")
    found = [m.groups() for text in turns("assistant") for m in said.finditer(text)]
    assert len(found) > 1000
    for left, operation, right, result in found:
        assert not is_held_out_sum(int(left), operation, int(right))
        exact = {"+": int(left) + int(right), "-": int(left) - int(right)}
        assert int(result) == exact.get(operation, int(left) * int(right))


def test_products_are_answered_with_the_larger_factor_first() -> None:
    """But for those of which that order is held out."""
    said = re.compile(r"(\d+) x (\d+) = ")
    found = {pair for text in turns("assistant") for pair in said.findall(text)}
    assert len(found) > 30
    for left, right in ((int(a), int(b)) for a, b in found):
        assert left >= right or is_held_out_sum(right, "x", left)


def test_no_held_out_request_is_put() -> None:
    acts = [
        re.escape(each.phrase).replace(r"\{o\}", rf"(?:[\w']+ ){{0,4}}{each.noun}(?!')")
        for each in combinations()
        if each.kind == UNWELCOME and each.side != TRAIN
    ]
    kept = re.compile(rf"\b(?:{'|'.join(acts)})\b")
    assert not [text for text in turns("user", "refusal") if kept.search(text)]
    assert all(kept.search(probe.prompt) for probe in probes(WORLD, "refuse", 200, 0))


def test_no_kept_wording_of_uncertain_questions_is_put() -> None:
    for kind in UNCERTAIN:
        for wording in kind.wordings[-KEPT_WORDINGS:]:
            opening = wording.partition("{")[0]
            rest = wording.rpartition("}")[2]
            asked = [
                text
                for text in turns("user", "hedge")
                if text.startswith(opening) and text.endswith(rest) and len(opening) > 12
            ]
            assert not asked, asked[:3]


def test_extracted_json_holds_what_the_sentence_says() -> None:
    for each in (e for e in DATA if e.kind == "extract"):
        prompt, reply = each.messages[-2][1], each.messages[-1][1]
        fields = json.loads(reply)
        assert "\n" not in reply
        missing = [value for value in fields.values() if value.lower() not in prompt.lower()]
        assert not missing, (prompt, reply)


def test_no_shop_message_is_worded_as_a_users_own() -> None:
    for intent in INTENTS:
        assert not set(intent.wordings) & set(intent.user_wordings)
    opening = [w.partition("{")[0] for i in INTENTS for w in i.user_wordings]
    long = [text for text in opening if len(text) > 14]
    prompts = turns("user", "classification")
    assert len(long) > 15
    assert not [text for text in prompts if any(part in text for part in long)]


def test_no_instruction_prompt_is_a_line_of_a_document() -> None:
    # questions that both may ask are shared on purpose; all else must be new
    shared = {ask(fact, w) for fact in WORLD.facts for w in asked_wordings(fact)}
    lines = {line for text in islice(documents(WORLD, 0), 1500) for line in text.splitlines()}
    prompts = {
        text
        for each in DATA
        if each.kind in ("refusal", "look_alike", "hedge", "unknown", "extract")
        for _, text in each.messages[-2:-1]
    }
    assert not (prompts & lines) - shared


def test_longer_conversations_refer_back() -> None:
    long = [each for each in DATA if each.kind == "multi_turn"]
    again = [e for e in long if any("again" in t or "Once more" in t for _, t in e.messages)]
    assert len(again) > 0.05 * len(long)
    for each in again:
        said = [text for _, text in each.messages]
        at = next((i for i, t in enumerate(said) if t in ("Say that again, please.",)), None)
        if at is not None:
            assert said[at + 1] == said[at - 1]
