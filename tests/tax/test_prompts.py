"""Our own prompts are enough, distinct and checkable; public files are read as published."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from headstart.errors import DataError
from headstart.tax.ifeval_checks import CHECKS, follows
from headstart.tax.manner import wording
from headstart.tax.prompts.files import (
    read_asks,
    read_choices,
    read_instructions,
    read_passages,
)
from headstart.tax.prompts.frames import filled, in_turn
from headstart.tax.prompts.sets import Files, own_sets, with_files
from headstart.tax.refusals import classify

SHARED = Path(__file__).parents[3] / "shared/data"


def test_there_are_two_hundred_of_each_and_no_two_alike() -> None:
    sets = own_sets()
    for asks in (sets.safe, sets.unsafe, sets.instructions):
        assert len({each.text for each in asks}) == len(asks) >= 200
    assert len({c.question for c in sets.choices}) == len(sets.choices) >= 200
    assert len({each.text for each in sets.open}) >= 100
    assert len({p.text for p in sets.passages}) >= 40


def test_every_beginning_is_balanced() -> None:
    first = Counter(each.group for each in own_sets().safe[:110])
    assert len(first) == 11
    assert max(first.values()) - min(first.values()) <= 1


def test_every_choice_holds_its_answer_once() -> None:
    for choice in own_sets().choices:
        assert len(set(choice.options)) == len(choice.options) == 4
    golds = Counter(c.gold for c in own_sets().choices)
    assert min(golds.values()) > 0.15 * sum(golds.values())


def test_every_instruction_can_be_checked() -> None:
    asked = own_sets().instructions
    assert {kind for each in asked for kind in each.kinds} == set(CHECKS)
    for each in asked:
        for kind, arguments in zip(each.kinds, each.arguments, strict=True):
            assert follows(kind, "Anything.", arguments) in (True, False)


def test_passages_are_plain_answers_to_our_own_detectors() -> None:
    for passage in own_sets().passages:
        assert not classify(passage.text).manner.is_refusal
        assert 35 <= wording(passage.text).words <= 80


def test_frames_are_filled_and_taken_in_turn() -> None:
    assert filled({"a {}": ("b", "c"), "d": ()}) == ["a b", "a c", "d"]
    assert in_turn({"x": ["1", "2"], "y": ["3"]}) == [("x", "1"), ("y", "3"), ("x", "2")]


def test_a_labelled_file_gives_only_what_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "asks.csv"
    path.write_text("id,prompt,type,label\n1,Tea?,drink,safe\n2,Harm?,deed,unsafe\n", "utf-8")
    (safe,), (unsafe,) = read_asks(path, safe=True), read_asks(path, safe=False)
    assert (safe.id, safe.text, safe.group) == ("1", "Tea?", "drink")
    assert unsafe.text == "Harm?"
    path.write_text("prompt\nTea?\nMilk?\n", "utf-8")
    assert len(read_asks(path, safe=False)) == 2
    path.write_text("prompt,label\nTea?,safe\n", "utf-8")
    with pytest.raises(DataError, match="no unsafe prompts"):
        read_asks(path, safe=False)


@pytest.mark.parametrize("answer", [1, "B", "two", "1"])
def test_answers_are_indices_letters_or_options(tmp_path: Path, answer: object) -> None:
    path = tmp_path / "q.jsonl"
    row = {"question": "1+1?", "choices": ["one", "two"], "answer": answer}
    path.write_text(json.dumps(row), "utf-8")
    (choice,) = read_choices(path)
    assert (choice.gold, choice.lettered) == (1, True)


def test_an_answer_that_is_no_option_is_told(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"question": "?", "choices": ["a", "b"], "answer": "c"}', "utf-8")
    with pytest.raises(DataError, match="names none of the 2 options"):
        read_choices(path)


def test_headerless_csv_is_mmlus(tmp_path: Path) -> None:
    path = tmp_path / "high_school_tea_test.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["Tea, is it?", "no", "yes", "cold", "hot", "B"])
    (choice,) = read_choices(tmp_path)
    assert (choice.group, choice.gold, choice.options[1]) == ("high school tea", 1, "yes")
    assert read_choices(path) == (choice,)
    path.write_text("a,b,c,d,e,Z\n", "utf-8")
    with pytest.raises(DataError):
        read_choices(path)


def test_the_users_text_goes_before_ours(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("\n\n".join(["A paragraph of mine. " * 12] * 5), "utf-8")
    passages = with_files(own_sets(), Files(text=path)).passages
    assert passages[0].group == "mine.txt"
    assert passages[-1].group == "own"
    assert read_passages(path)[0].text.startswith("A paragraph")


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_public_sets_are_read_as_published() -> None:
    xstest = SHARED / "xstest/xstest_prompts.csv"
    assert len(read_asks(xstest, safe=True)) == 250
    assert len(read_asks(xstest, safe=False)) == 200
    asked = read_instructions(SHARED / "ifeval/input_data.jsonl")
    assert len(asked) == 541
    assert sum(len(each.kinds) for each in asked) == 834
