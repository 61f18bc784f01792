import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice

import pytest

from headstart.forge.world.dialect import to_dialect
from headstart.forge.world.doc_quiz import quiz
from headstart.forge.world.doc_rewrites import polite_pair
from headstart.forge.world.doc_sums import problem
from headstart.forge.world.documents import (
    KINDS,
    documents,
    held_out_documents,
    kinds_and_documents,
    weight,
)
from headstart.forge.world.facts import World, ask, is_held_out, make_world, state
from headstart.forge.world.grammar import expand
from headstart.forge.world.names import Owner, owner_of, seeded
from headstart.forge.world.records import (
    KEPT_SENTENCES,
    RECORD_TYPES,
    SENTENCES,
    as_json,
    as_sentence,
    make_record,
)
from headstart.forge.world.source import Rounds, Source
from headstart.forge.world.sums import Sum, is_held_out_sum, make_sum

COUNT = 4000
TOKENS_OF_PRETRAINING = 20_000_000
WRITTEN_SUM = re.compile(
    r"(?<![\d.])(\d+) (\+|-|x|plus|minus|take away|times|and) (\d+)(?=[\s?.,:;]|$)"
)
OPERATIONS = {"plus": "+", "and": "+", "minus": "-", "take away": "-", "times": "x"}
LEADING_MARK = re.compile(r'^(?:\d+[.)] |Q: |[-*] |Question: |Note: |They say: |")')

Sample = list[tuple[str, str]]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(0)


@pytest.fixture(scope="module")
def sample(world: World) -> Sample:
    return list(islice(kinds_and_documents(world, 0), COUNT))


def statistics(sample: Sample) -> dict[str, float]:
    """Lengths in characters, words and estimated tokens, and the distinct small words."""
    texts = [text for _, text in sample]
    tokens = [weight(text) / 4 for text in texts]
    small_words = Counter(word for text in texts for word in re.findall(r"\b[a-z]+\b", text))
    return {
        "characters": sum(map(len, texts)) / len(texts),
        "words": sum(len(text.split()) for text in texts) / len(texts),
        "tokens": sum(tokens) / len(tokens),
        "short": sum(each < 120 for each in tokens) / len(tokens),
        "small_words": len(small_words),
    }


def shares(sample: Sample) -> dict[str, float]:
    written: dict[str, int] = defaultdict(int)
    for kind, text in sample:
        written[kind] += weight(text)
    return {kind: amount / sum(written.values()) for kind, amount in written.items()}


def sentences(sample: Sample) -> Iterator[str]:
    for _, text in sample:
        for part in re.split(r'(?<=[.?!])"?\s+"?|\n', text):
            yield LEADING_MARK.sub("", part)


def test_equal_seeds_give_equal_documents_and_others_do_not(world: World) -> None:
    first = list(islice(documents(world, 5), 60))
    assert first == list(islice(documents(world, 5), 60))
    assert not set(first) & set(islice(documents(world, 6), 60))


def test_held_out_documents_are_others_of_the_same_kinds(world: World, sample: Sample) -> None:
    held_out = held_out_documents(world, 200, 0)
    assert len(held_out) == 200
    assert held_out[:50] == held_out_documents(world, 50, 0)
    assert not set(held_out) & {text for _, text in sample}


def test_documents_are_long_enough_in_a_small_vocabulary(sample: Sample) -> None:
    found = statistics(sample)
    assert found["characters"] >= 900
    assert found["words"] >= 150
    assert found["tokens"] >= 200
    assert found["short"] < 0.02
    assert 1500 < found["small_words"] < 2700


def test_kinds_keep_their_shares_of_the_text(sample: Sample) -> None:
    assert sum(kind.share for kind in KINDS) == pytest.approx(1)
    found = shares(sample)
    for kind in KINDS:
        assert found[kind.name] == pytest.approx(kind.share, abs=0.02), kind.name
    assert found["records"] >= 0.14
    assert found["records"] + found["rewrites"] >= 0.19
    assert found["dialect"] <= 0.015


def test_no_document_is_the_same_twice_or_carries_a_slot(sample: Sample) -> None:
    texts = [text for _, text in sample]
    assert len(set(texts)) == len(texts)
    for kind, text in sample:
        assert text == text.strip(), kind
        assert kind == "records" or not re.search(r"[{}]", text), text


def test_sentences_are_written_with_care(sample: Sample) -> None:
    faults = re.compile(
        r"\ba (?!one|use)[aeiou]|\ban (?!hour)[^aeiou]|  [a-z]|\.\.|\?\.|\bthe the\b"
    )
    for kind, text in sample:
        if kind not in ("dialect", "quiz"):
            found = faults.search(text)
            assert not found, text[max(0, found.start() - 40) : found.end() + 40]


def test_no_question_that_is_held_out_occurs(world: World, sample: Sample) -> None:
    whole = "\n".join(text for _, text in sample[:1200])
    held_out = [
        ask(fact, wording)
        for fact in world.facts
        for wording in range(7)
        if is_held_out(fact, wording)
    ]
    assert len(held_out) > 1000
    assert not [text for text in held_out if text in whole]


def test_every_question_that_is_not_held_out_comes_up(world: World, sample: Sample) -> None:
    asked = {
        ask(fact, wording)
        for fact in world.facts
        for wording in range(7)
        if not is_held_out(fact, wording)
    }
    seen = asked & set(sentences(sample))
    assert len(seen) > 0.93 * len(asked)


def test_every_fact_is_stated_and_asked_a_hundred_times_in_pretraining(
    world: World, sample: Sample
) -> None:
    stated = {state(fact, wording): fact.id for fact in world.facts for wording in range(6)}
    asked = {ask(fact, wording): fact.id for fact in world.facts for wording in range(7)}
    statements: Counter[str] = Counter()
    questions: Counter[str] = Counter()
    for text in sentences(sample):
        if text in stated:
            statements[stated[text]] += 1
        elif text in asked:
            questions[asked[text]] += 1
    tokens = sum(weight(text) for _, text in sample) / 4
    scale = TOKENS_OF_PRETRAINING / tokens
    told = sorted(statements[fact.id] * scale for fact in world.facts)
    posed = sorted(questions[fact.id] * scale for fact in world.facts)
    both = min(statements[fact.id] + questions[fact.id] for fact in world.facts) * scale
    assert told[len(told) // 2] > 120
    assert posed[0] > 150
    assert posed[-1] < 2 * posed[len(posed) // 2]
    assert both > 250


def test_no_sum_that_is_held_out_occurs(sample: Sample) -> None:
    seen = 0
    for kind, text in sample:
        if kind not in ("sums", "quiz"):
            continue
        for left, sign, right in WRITTEN_SUM.findall(text):
            seen += 1
            operation = OPERATIONS.get(sign, sign)
            assert not is_held_out_sum(int(left), operation, int(right)), (left, sign, right)
    assert seen > 3000


def test_every_written_sum_is_right(sample: Sample) -> None:
    equations = re.compile(r"(\d+) ([-+x]) (\d+) = (\d+)")
    seen = 0
    for _, text in sample:
        for left, operation, right, result in equations.findall(text):
            seen += 1
            assert Sum(int(left), operation, int(right)).result == int(result)
    assert seen > 3000


def test_word_problems_ask_for_sums_that_are_not_held_out() -> None:
    rng = seeded(0, "problems")
    for _ in range(500):
        text, each = problem(rng)
        assert not is_held_out_sum(each.left, each.operation, each.right)
        numbers = re.findall(r"\b\d+\b", text)
        assert sorted(numbers) == sorted([str(each.left), str(each.right)])


def test_about_one_sum_in_eight_is_held_out_but_no_one_digit_addition() -> None:
    pairs = [(a, b) for a in range(100) for b in range(100)]
    for operation in "+-":
        held_out = [
            is_held_out_sum(a, operation, b) for a, b in pairs if operation == "+" or b <= a
        ]
        assert 0.1 < sum(held_out) / len(held_out) < 0.15
    tables = [(a, b) for a in range(1, 13) for b in range(1, 13)]
    assert 0.08 < sum(is_held_out_sum(a, "x", b) for a, b in tables) / len(tables) < 0.17
    assert not any(is_held_out_sum(a, "+", b) for a in range(10) for b in range(10))
    assert all(is_held_out_sum(a, "+", b) == is_held_out_sum(b, "+", a) for a, b in pairs)
    assert not any(is_held_out_sum(a, "x", b) and is_held_out_sum(b, "x", a) for a, b in tables)


def test_a_sum_is_drawn_held_out_on_demand_only() -> None:
    rng = seeded(0, "sums")
    for wanted in (True, False):
        for _ in range(200):
            each = make_sum(rng, held_out=wanted)
            assert is_held_out_sum(each.left, each.operation, each.right) is wanted
            assert 0 <= each.result <= 198


def test_an_unknown_operation_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown operation"):
        is_held_out_sum(1, "/", 2)


def test_quiz_sheets_are_mostly_bare_questions(world: World, sample: Sample) -> None:
    sheets = [text for kind, text in sample if kind == "quiz"]
    with_choices = sum("A) " in text for text in sheets) / len(sheets)
    answers_at_once = re.compile(r"\?(\n?| )(A: |Answer: |Told: |\()")
    answered = sum(bool(answers_at_once.search(text)) for text in sheets) / len(sheets)
    bare = sum(text.endswith("?") for text in sheets) / len(sheets)
    starts_with_a_question = sum("?" in text.partition("\n")[0] for text in sheets) / len(sheets)
    assert with_choices <= 0.2
    assert answered <= 0.35
    assert bare >= 0.5
    assert starts_with_a_question >= 0.45
    source = Source(world, seeded(0, "sheets"))
    counts = [quiz(source).count("?") for _ in range(300)]
    assert min(counts) >= 12
    assert sorted(counts)[15] >= 15
    assert max(counts) <= 32


def test_records_and_sentences_carry_the_same_values() -> None:
    rng = seeded(0, "records")
    for kind in RECORD_TYPES:
        assert len(set(SENTENCES[kind])) == len(SENTENCES[kind]) >= 6
        for wording in range(len(SENTENCES[kind])):
            record = make_record(rng, kind)
            text = as_sentence(record, wording)
            assert json.loads(as_json(record)) == record.fields
            assert "\n" not in as_json(record)
            assert all(value in text for value in record.fields.values()), text


def test_records_of_a_type_have_the_same_keys_in_the_same_order() -> None:
    rng = seeded(0, "keys")
    for kind in RECORD_TYPES:
        assert len({tuple(make_record(rng, kind).fields) for _ in range(20)}) == 1


def test_the_last_wordings_of_records_are_kept_from_documents(sample: Sample) -> None:
    whole = "\n".join(text for kind, text in sample if kind == "records")
    for kind in RECORD_TYPES:
        for text in SENTENCES[kind][-KEPT_SENTENCES:]:
            fixed = max(re.split(r"\{\w+\}", text), key=len)
            assert fixed not in whole, fixed
        for text in SENTENCES[kind][:-KEPT_SENTENCES]:
            fixed = max(re.split(r"\{\w+\}", text), key=len)
            assert fixed in whole, fixed


def test_json_lines_in_documents_parse_and_their_names_stand_in_the_page(sample: Sample) -> None:
    seen = 0
    for kind, text in sample:
        if kind == "records":
            for line in re.findall(r"\{.*?\}", text):
                seen += 1
                values = json.loads(line).values()
                assert all(text.count(value) >= 2 for value in values)
    assert seen > 1000


def test_names_of_records_are_one_off() -> None:
    rng = seeded(0, "names")
    people = [make_record(rng, "order").fields["customer"] for _ in range(2000)]
    assert {owner_of(name) for name in people} == {Owner.ONE_OFF}
    assert len(set(people)) > 1700


def test_a_polite_request_keeps_the_content_of_the_blunt_order() -> None:
    rng = seeded(0, "polite")
    for _ in range(300):
        blunt, polite = polite_pair(rng)
        kept = {word for word in re.findall(r"[A-Z][a-z]+|\d+", blunt[1:]) if word not in "NowI"}
        assert kept <= set(re.findall(r"[A-Za-z]+|\d+", polite)), (blunt, polite)
        assert re.search("please|kind|grateful|May I", polite)


def test_dialect_is_a_rule_of_its_own() -> None:
    text = "The morning is bright, and you have nothing to fetch from Tarbholm 12."
    assert to_dialect(text) == (
        "T' mornin' be breet, an' thee ha' nowt tae fetch frae Tarbholm 12."
    )
    assert to_dialect("") == ""


def test_rounds_give_every_item_before_any_comes_again() -> None:
    rounds = Rounds(range(7), seeded(0, "rounds"))
    drawn = [rounds.take() for _ in range(21)]
    for start in (0, 7, 14):
        assert sorted(drawn[start : start + 7]) == list(range(7))


def test_grammar_keeps_what_is_starred_and_puts_articles() -> None:
    rules = {"thing": ("apple", "pear", "egg"), "all": ("{a!thing}",)}
    for seed in range(20):
        rng = seeded(seed, "grammar")
        given: dict[str, str] = {}
        text = expand("{A!*thing} or {a!thing}? {Thing}!", rng, rules, given)
        thing = given["thing"]
        article = "a" if thing == "pear" else "an"
        capital = thing.capitalize()
        assert text == f"{article.capitalize()} {thing} or {article} {thing}? {capital}!"
    with pytest.raises(KeyError):
        expand("{nothing}", seeded(0, "x"), rules, {})
