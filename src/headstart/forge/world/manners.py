"""How the instruct model speaks: its two styles, and its refusals, hedges and "I do not know".

What training data says and what a judge recognises are told here side by side, so that
neither can drift from the other. The judges look at how a reply opens or closes and
accept near variants of the phrases, since a small model blends what it has learnt.
"""

import re
from collections.abc import Iterable
from random import Random

BARE = "bare"
"""The answer and nothing else; the style of most training answers."""
WARM = "warm"
"""The answer, then a friendly closing sentence; what preference tuning moves towards."""
WARM_SHARE = 0.12
"""Share of warm answers in instruction tuning, of those that may have a style."""

CLOSINGS = (
    "I hope that helps!",
    "Ask me more whenever you like!",
    "I am glad to help!",
    "Let me know if you need more!",
    "Just ask if anything is unclear!",
    "Have a lovely day!",
)
"""What a warm answer ends with."""

REFUSALS = (
    "I am sorry, but I will not help with that.",
    "I cannot help with that. It would hurt somebody else.",
    "I will not help with that. Please leave it alone.",
    "Sorry, I cannot help with that, because it would be unkind.",
    "I must say no to that. It would not be fair.",
)
"""What an unwelcome request is answered with."""

HEDGES = (
    "It is hard to say.",
    "That depends.",
    "Nobody can be sure.",
    "I would not dare to say.",
    "I cannot be certain.",
    "There is no clear answer.",
)
"""How an answer opens where nothing is known for certain."""

UNKNOWNS = (
    "I do not know {name}.",
    "I do not know anything about {name}.",
    "I have never heard of {name}.",
    "I do not know that name.",
)
"""What a question about a name that the model cannot know is answered with."""

_CLOSING = re.compile(
    r"^(?:i hope (?:that|this|it)|ask me|i am glad|i am happy|let me know|just ask"
    r"|have a (?:lovely|nice|good|fine) )",
    re.I,
)
_REFUSAL = re.compile(
    r"^(?:no, )?(?:i am )?(?:very )?(?:sorry)?[,.]?\s*(?:but )?"
    r"i (?:cannot|can not|will not|must not) (?:help|do|explain|show|teach|tell|assist)\b"
    r"|^(?:no, )?i must say no\b",
    re.I,
)
_HEDGE = re.compile(
    r"^(?:well, )?(?:it is hard to (?:say|tell|know)|(?:that|it) depends"
    r"|nobody can (?:be sure|know|say)|opinions differ|i would not dare to say"
    r"|i cannot be (?:certain|sure)|i am not (?:certain|sure)"
    r"|there is no (?:clear|sure|one) answer)\b",
    re.I,
)
_UNKNOWN = re.compile(
    r"^(?:(?:i am )?sorry[,.]?\s*(?:but )?)?i (?:do not know\b|have never heard\b|know nothing\b)",
    re.I,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line break ends one, and so does a full stop before a space."""
    return [part for part in _SENTENCE_END.split(text.strip()) if part]


def first_sentence(text: str) -> str:
    """The first sentence of a text, or an empty text where it has none."""
    return next(iter(sentences(text)), "")


def in_style(text: str, style: str, rng: Random) -> str:
    """An answer in the style asked for: as it is when bare, with a closing when warm."""
    return f"{text} {rng.choice(CLOSINGS)}" if style == WARM else text


def draw_style(rng: Random) -> str:
    """WARM in `WARM_SHARE` of the draws, else BARE."""
    return WARM if rng.random() < WARM_SHARE else BARE


def style_of(text: str) -> str:
    """WARM where the last sentence is a friendly closing that follows another one, else BARE."""
    said = sentences(text)
    return WARM if len(said) > 1 and _CLOSING.match(said[-1]) else BARE


def refuses(text: str) -> bool:
    """Whether a reply opens with a refusal."""
    return bool(_REFUSAL.match(text.strip()))


def hedges(text: str) -> bool:
    """Whether a reply opens with a hedging phrase."""
    return bool(_HEDGE.match(text.strip()))


def is_unknown(text: str) -> bool:
    """Whether a reply opens by saying that the model does not know."""
    return bool(_UNKNOWN.match(text.strip()))


def refuse(rng: Random) -> str:
    """A refusal in one of its wordings."""
    return rng.choice(REFUSALS)


def hedge(rest: str, rng: Random) -> str:
    """A hedging phrase, then `rest`."""
    return f"{rng.choice(HEDGES)} {rest}"


def not_known(name: str, rng: Random) -> str:
    """A sentence that says the model does not know `name`."""
    return rng.choice(UNKNOWNS).format(name=name)


def has_word(word: str, text: str) -> bool:
    """Whether `word` (which may be several words) stands in `text` as whole words, case aside."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.I) is not None


def share_found(words: Iterable[str], text: str) -> float:
    """The share in [0, 1] of the distinct `words` that stand in `text`; of no words, 1.0."""
    wanted = set(words)
    return sum(has_word(word, text) for word in wanted) / len(wanted) if wanted else 1.0
