import pytest

from headstart.checkpoints.card import Card, named_kind, read_card, relatives

README = """---
license: apache-2.0
tags: [chat, "en"]  # words
base_model:
- acme/tiny-1b
base_model_relation: finetune
widget:
  text: no
---
# tiny
license: none
"""


def test_front_matter_is_read_and_nothing_behind_it() -> None:
    card = read_card(README)
    assert card.license == "apache-2.0"
    assert card.tags == ("chat", "en")
    assert card.base_models == ("acme/tiny-1b",)
    assert card.relation == "finetune"


@pytest.mark.parametrize(
    "text", ["", "# tiny", "---\nlicense: mit", "---", "----\nlicense: mit\n---"]
)
def test_without_front_matter_there_is_no_card(text: str) -> None:
    assert read_card(text) == Card()


def test_a_stated_base_is_stated_and_an_unstated_relation_is_likely() -> None:
    (base,) = relatives(read_card(README), "acme/tiny-1b-Instruct")
    assert (base.ref, base.relation, base.sure) == ("acme/tiny-1b", "base", "stated")
    card = Card(base_models=("acme/tiny-1b",), source="README.md")
    assert relatives(card, "acme/other")[0].sure == "likely"


def test_a_quantised_copy_has_an_origin_and_not_a_base() -> None:
    card = Card(base_models=("acme/tiny-Instruct",), relation="quantized", source="README.md")
    found = {one.relation: one for one in relatives(card, "acme/tiny-Instruct-GGUF")}
    assert found["origin"].ref == "acme/tiny-Instruct"
    assert found["origin"].sure == "stated"


@pytest.mark.parametrize(
    ("name", "ref", "relation"),
    [
        ("acme/tiny-1b-Instruct", "acme/tiny-1b", "base"),
        ("acme/tiny-1b-it", "acme/tiny-1b", "base"),
        ("tiny-1b-chat-v2", "tiny-1b-v2", "base"),
        ("acme/tiny-1b-Base", "acme/tiny-1b-Instruct", "instruct"),
        ("tiny-1b-Instruct.Q4_1", "tiny-1b", "base"),
    ],
)
def test_a_name_alone_gives_a_guess(name: str, ref: str, relation: str) -> None:
    (found,) = relatives(Card(), name)
    assert (found.ref, found.relation, found.sure) == (ref, relation, "guess")


@pytest.mark.parametrize(
    "name", ["", "acme/tiny-1b", "acme/digit", "acme/baseball", "acme/chatter"]
)
def test_other_names_give_none(name: str) -> None:
    assert named_kind(name) is None
    assert relatives(Card(), name) == ()
