"""Sentences are cut as Punkt cuts them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.tax.sentences import ABBREVIATIONS, STARTERS, split_sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It rains. It pours.", 2),
        ("Mr. Smith met Dr. J. R. Jones at 3.5 km p.m. sharp.", 1),
        ("He works for Acme Inc. The firm is old.", 2),
        ("Really?! Yes... and no.", 2),
        ("Wait... The end.", 2),
        ('"Is it?" she asked. "Yes."', 3),
        ("(It is so.) They left.", 2),
        ("No break after 1. item here.", 1),
        ("Total: 12. The rest is silence.", 2),
        ("**Bold end.** Next.", 2),
        ("one\n\ntwo without stops", 1),
        ("", 0),
        ("   ", 0),
    ],
)
def test_sentences_are_counted(text: str, sentences: int) -> None:
    assert len(split_sentences(text)) == sentences


def test_a_closing_quote_stays_with_its_sentence() -> None:
    assert split_sentences('He said "Go." She went.') == ['He said "Go."', "She went."]


@given(st.text(alphabet="aB1.?! \n\"')(,-*;", max_size=60))
def test_nothing_is_lost(text: str) -> None:
    kept = "".join(split_sentences(text))
    assert "".join(kept.split()) == "".join(text.split())


WORDS = (
    *("The", "it", "Mr.", "p.m.", "5", "3.5", "1.", "J.", "so...", "why?", "no!", "end.", "etc.,"),
    *(
        '"Go."',
        "(is.)",
        "*",
        "--",
        "he",
        "Acme",
        "Inc.",
        "u.s.",
        "a,",
        "b;",
        "**bold.**",
        "really?!",
    ),
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
def test_it_agrees_with_nltk_given_the_same_words(text: str) -> None:
    punkt = pytest.importorskip("nltk.tokenize.punkt")
    parameters = punkt.PunktParameters()
    parameters.abbrev_types, parameters.sent_starters = set(ABBREVIATIONS), set(STARTERS)
    assert split_sentences(text) == punkt.PunktSentenceTokenizer(parameters).tokenize(text)
