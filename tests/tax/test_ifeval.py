"""The 25 kinds of checkable instruction, one by one, and whole files."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.domain.value import NotMeasured, Score
from headstart.tasks.rows import Row, Rows
from headstart.tax.ifeval import score_ifeval, variants
from headstart.tax.ifeval_checks import CHECKS, Unanswerable, follows
from headstart.tax.ifeval_text import count_capital_words, language_of
from headstart.tax.stored import read_stored

IFEVAL = Path(__file__).parents[3] / "shared/data/ifeval"

CASES: dict[str, tuple[dict[str, object], tuple[str, ...], tuple[str, ...]]] = {
    "keywords:existence": (
        {"keywords": ["river", "stone"]},
        ("A STONE in the river.", "rivers and stones"),
        ("A stone.",),
    ),
    "keywords:frequency": (
        {"keyword": "tea", "frequency": 2, "relation": "at least"},
        ("Tea and steam: tea.",),
        ("Tea.",),
    ),
    "keywords:forbidden_words": (
        {"forbidden_words": ["tea"]},
        ("Steam rises.",),
        ("No Tea!",),
    ),
    "keywords:letter_frequency": (
        {"letter": "#", "let_frequency": 2, "let_relation": "less than"},
        ("#one", "none"),
        ("# and #",),
    ),
    "language:response_language": (
        {"language": "de"},
        ("Der Fluss entspringt in den Bergen und fließt ins Meer.", "123"),
        ("The river rises in the hills and ends in the sea.",),
    ),
    "length_constraints:number_sentences": (
        {"num_sentences": 2, "relation": "less than"},
        ("Mr. Smith came home at 5 p.m. today.",),
        ("He came. He left.",),
    ),
    "length_constraints:number_words": (
        {"num_words": 3, "relation": "at least"},
        ("one two three", "it's so"),
        ("one two",),
    ),
    "length_constraints:number_paragraphs": (
        {"num_paragraphs": 2},
        ("a\n***\nb", "***\na\n***\nb\n***"),
        ("a", "a *** *** b"),
    ),
    "length_constraints:nth_paragraph_first_word": (
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Rivers"},
        ("One.\n\n'Rivers, they say.",),
        ("Rivers.\n\nOne.", "One.\n\nRivers.\n\nTwo."),
    ),
    "detectable_content:number_placeholders": (
        {"num_placeholders": 2},
        ("[name] of [town]",),
        ("[name]",),
    ),
    "detectable_content:postscript": (
        {"postscript_marker": "P.P.S"},
        ("Bye.\np. p.s. more",),
        ("Bye.\nP.S. more",),
    ),
    "detectable_format:number_bullet_lists": (
        {"num_bullets": 2},
        ("* a\n - b",),
        ("* a", "* a\n* b\n* c"),
    ),
    "detectable_format:constrained_response": (
        {},
        ("Well. My answer is maybe. So.",),
        ("my answer is yes.",),
    ),
    "detectable_format:number_highlighted_sections": (
        {"num_highlights": 2},
        ("*a* and *b*", "**a** and *b*"),
        ("*a* and **", "* a\n* b"),
    ),
    "detectable_format:multiple_sections": (
        {"section_spliter": "Part", "num_sections": 2},
        ("Part 1\na\nPart 2\nb",),
        ("Part 1\na\nPart two\nb",),
    ),
    "detectable_format:json_format": (
        {},
        ('```json\n{"a": 1}\n```', "[1]"),
        ("{a: 1}", 'Here: {"a": 1}'),
    ),
    "detectable_format:title": ({}, ("<<River>>\ntext",), ("<< >>", "<River>")),
    "combination:two_responses": (
        {},
        ("a\n******\nb",),
        ("a ****** a", "a", "a ****** b ****** c", "a ****** ****** b"),
    ),
    "combination:repeat_prompt": (
        {"prompt_to_repeat": "Say it. "},
        (" say it. There.",),
        ("There. Say it.",),
    ),
    "startend:end_checker": (
        {"end_phrase": "the end."},
        ('So. The End."',),
        ("The end. So.",),
    ),
    "startend:quotation": ({}, (' "a" ',), ('"', '"a', "'a'")),
    "change_case:capital_word_frequency": (
        {"capital_frequency": 2, "capital_relation": "at least"},
        ("NASA and the EU-27 met.", "IT'S done."),
        ("NASA met.",),
    ),
    "change_case:english_capital": (
        {},
        ("THE RIVER RISES IN THE HILLS AND ENDS IN THE SEA.",),
        ("The river rises.", "DER FLUSS ENTSPRINGT IN DEN BERGEN UND ENDET IM MEER."),
    ),
    "change_case:english_lowercase": (
        {},
        ("the river rises in the hills and ends in the sea.",),
        ("The river rises.", "der fluss entspringt in den bergen und endet im meer."),
    ),
    "punctuation:no_comma": ({}, ("one; two",), ("one, two",)),
}


def test_every_kind_is_tried() -> None:
    assert set(CASES) == set(CHECKS)
    assert len(CHECKS) == 25


@pytest.mark.parametrize("kind", CASES)
def test_what_follows_and_what_does_not(kind: str) -> None:
    arguments, good, bad = CASES[kind]
    assert [follows(kind, text, arguments) for text in good] == [True] * len(good)
    assert [follows(kind, text, arguments) for text in bad] == [False] * len(bad)
    assert not follows(kind, " \n", arguments)


def test_zero_is_an_argument_and_null_is_none() -> None:
    capitals = {"capital_frequency": 0, "capital_relation": "at least"}
    assert follows("change_case:capital_word_frequency", "none", capitals)
    with pytest.raises(Unanswerable, match="comes without num_words"):
        follows("length_constraints:number_words", "a", {"num_words": None, "relation": "at least"})


def test_a_keyword_that_is_no_expression_is_read_letter_by_letter() -> None:
    assert follows("keywords:existence", "I like C++ (a lot", {"keywords": ["C++", "(a"]})


def test_loose_verdicts_look_at_eight_texts() -> None:
    assert set(variants("Sure!\n*a*\nBye")) == {
        *("Sure!\n*a*\nBye", "*a*\nBye", "Sure!\n*a*", "*a*"),
        *("Sure!\na\nBye", "a\nBye", "Sure!\na", "a"),
    }


@settings(deadline=None)
@given(st.sampled_from(sorted(CASES)), st.text(max_size=120))
def test_what_is_followed_strictly_is_followed_loosely(kind: str, response: str) -> None:
    instructions = [{"instruction_id_list": [kind], "kwargs": [CASES[kind][0]]}]
    rows = Rows(
        file="f",
        unit="line",
        columns=("response", "instruction_id_list", "kwargs"),
        rows=tuple(Row(i, {"response": response, **each}) for i, each in enumerate(instructions)),
    )
    (verdict,) = score_ifeval(rows).rows[0].verdicts
    assert verdict.loose or not verdict.strict


def test_languages_are_told_alike_each_time() -> None:
    assert {language_of("cycle engine cycles") for _ in range(5)} == {
        language_of("cycle engine cycles")
    }
    assert language_of("12 34") is None


@pytest.mark.parametrize(
    "text",
    [
        "I'M SURE IT'S THEIRS' AND CAN'T CANNOT GONNA WON'T",
        'THE "BIG" (RED) **DOG**: A/B, U.S.A. ... OK? NO! X-RAY 3,000 4:30 E.G.',
        "\u201cQUOTED\u201d \u2014 DASHED\u2014ON SHE'D WE'LL YOU'VE, AT 5 P.M.",
    ],
)
def test_capital_words_are_those_of_the_treebank(text: str) -> None:
    tokenizer = pytest.importorskip("nltk.tokenize").NLTKWordTokenizer()
    assert count_capital_words(text) == sum(t.isupper() for t in tokenizer.tokenize(text))


def test_what_cannot_be_checked_is_said_and_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    kinds = ["punctuation:no_comma", "made:up", "length_constraints:number_words"]
    row = {
        "key": 7,
        "prompt": "p",
        "response": "a b",
        "instruction_id_list": str(kinds),
        "kwargs": [None, {}, {"num_words": 1, "relation": "exactly"}],
        "strict": "[True, True, True]",
        "loose": [True, True, True],
    }
    path.write_text(json.dumps(row), encoding="utf-8")
    scores = score_ifeval(*read_stored(path))
    assert isinstance(scores.instruction_strict, Score)
    assert scores.instruction_strict.n == 1
    assert isinstance(scores.rows[0].verdicts[1].strict, NotMeasured)
    assert len(scores.notes) == 2
    assert next((a.kind, a.n, a.strict) for a in scores.agreement) == ("all", 1, 1)


@pytest.mark.skipif(not IFEVAL.is_dir(), reason="../shared/data is absent")
def test_verdicts_equal_the_reference_on_four_models(tmp_path: Path) -> None:
    odd = {1122, 1129, 2785}
    published, _ = read_stored(IFEVAL / "input_data.jsonl")
    left_out = {str(r.cells["prompt"]) for r in published.rows if r.cells["key"] in odd}
    path = tmp_path / "reference.jsonl"
    with gzip.open(IFEVAL / "reference_results_4models.jsonl.gz", "rt", encoding="utf-8") as given:
        kept = [line for line in given if json.loads(line)["prompt"] not in left_out]
    path.write_text("".join(kept), encoding="utf-8")
    everything, *kinds = score_ifeval(*read_stored(path), published).agreement
    assert everything.n == 3312
    assert everything.strict / everything.n >= 0.999
    assert everything.loose / everything.n >= 0.999
    assert {k.kind for k in kinds if min(k.strict, k.loose) < k.n} == {
        *("language:response_language", "change_case:english_capital"),
        "change_case:english_lowercase",
    }
