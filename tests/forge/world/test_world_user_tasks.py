"""User tasks: rows as users have them, splits that share nothing, labels that are new."""

import json
from collections import Counter
from itertools import product

import pytest

from headstart.forge.world.conversations import conversations
from headstart.forge.world.facts import make_world
from headstart.forge.world.probes import PROBE_KINDS, probes
from headstart.forge.world.shop_words import INTENTS
from headstart.forge.world.text_words import TOPICS, USER_TOPICS
from headstart.forge.world.user_tasks import SPLITS, TASKS, task_rows

WORLD = make_world(0)
COLUMNS = {
    "intents": {"text", "label"},
    "extract": {"prompt", "completion"},
    "dialect": {"text"},
    "facts": {"prompt", "completion"},
    "tone": {"text", "label"},
    "topics": {"text", "label"},
    "polite": {"prompt", "completion"},
}
TRAIN_ROWS, TEST_ROWS = 1024, 300


def rows(name, split, seed=0):
    return task_rows(WORLD, name, TRAIN_ROWS if split == "train" else TEST_ROWS, seed, split)


def first(row):
    return row.get("text", row.get("prompt"))


@pytest.mark.parametrize(("name", "split"), list(product(TASKS, SPLITS)))
def test_rows_have_a_users_columns_and_are_distinct(name, split) -> None:
    found = rows(name, split)
    assert {frozenset(row) for row in found} == {frozenset(COLUMNS[name])}
    assert all(text and text == text.strip() for row in found for text in row.values())
    assert len({tuple(row.values()) for row in found}) == len(found)


@pytest.mark.parametrize("name", TASKS)
def test_no_test_text_is_a_training_text_whatever_the_seeds(name) -> None:
    trained = {first(row) for seed in (0, 1) for row in rows(name, "train", seed)}
    assert trained.isdisjoint(first(row) for seed in (0, 2) for row in rows(name, "test", seed))


@pytest.mark.parametrize("name", TASKS)
def test_a_smaller_count_gives_the_first_rows(name) -> None:
    assert task_rows(WORLD, name, 64, 3) == task_rows(WORLD, name, 256, 3)[:64]


@pytest.mark.parametrize("name", TASKS)
def test_a_prompt_has_one_right_completion(name) -> None:
    pairs = {tuple(row.values()) for split in SPLITS for row in rows(name, split)}
    assert len({pair[0] for pair in pairs}) == len(pairs)


def test_an_unknown_split_and_too_many_rows_are_errors() -> None:
    with pytest.raises(ValueError, match="split"):
        task_rows(WORLD, "tone", 3, 0, "dev")
    with pytest.raises(ValueError, match="only about"):
        task_rows(WORLD, "facts", 100_000, 0)
    with pytest.raises(KeyError):
        task_rows(WORLD, "poems", 3, 0)


def test_intents_have_eight_labels_of_which_three_are_new() -> None:
    labels = Counter(row["label"] for row in rows("intents", "train"))
    assert len(labels) == 8
    assert min(labels.values()) > 0.08 * TRAIN_ROWS
    assert len(set(labels) - {intent.name for intent in INTENTS}) == 3


def test_about_half_of_the_intent_test_is_in_wordings_that_training_rows_lack() -> None:
    new = [w.partition("{")[0] for i in INTENTS for w in i.user_wordings[-2:]]
    openings = tuple(text for text in new if len(text) > 8)
    found = [row["text"] for row in rows("intents", "test")]
    share = sum(any(opening in text for opening in openings) for text in found) / len(found)
    assert 0.2 < share < 0.8
    trained = [row["text"] for row in rows("intents", "train")]
    assert not [text for text in trained if any(opening in text for opening in openings)]


def test_topics_are_partly_new() -> None:
    assert len(set(USER_TOPICS) - set(TOPICS)) == 2
    used = {wording for wordings in TOPICS.values() for wording in wordings}
    assert not used & {wording for wordings in USER_TOPICS.values() for wording in wordings}


def test_bookings_hold_what_their_note_says_under_keys_that_are_new() -> None:
    for row in rows("extract", "train"):
        fields = json.loads(row["completion"])
        assert list(fields) == ["who", "seats", "day", "hour"]
        assert all(value.lower() in row["prompt"].lower() for value in fields.values())


def test_dialect_is_not_plain_english() -> None:
    texts = " ".join(row["text"] for row in rows("dialect", "train")).lower().split()
    assert texts.count("the") == 0
    assert texts.count("t'") > 0.03 * len(texts)


def test_polite_orders_keep_the_order() -> None:
    for row in rows("polite", "test"):
        words = set(row["completion"].lower().rstrip(".!").replace(",", "").split())
        act = row["prompt"].lower().rstrip("!.").split()[-1]
        assert act in words or act in ("now", "quick")


def test_no_user_row_is_an_instruction_prompt_or_a_probe() -> None:
    asked = {t for each in conversations(WORLD, 10_000, 0) for r, t in each.messages if r == "user"}
    kinds = [kind for kind in PROBE_KINDS if kind != "raw_text"]
    asked |= {probe.prompt for kind in kinds for probe in probes(WORLD, kind, 300, 0)}
    for name, split in product(TASKS, SPLITS):
        assert asked.isdisjoint(first(row) for row in rows(name, split))
