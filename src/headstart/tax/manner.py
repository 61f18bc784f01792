"""How a reply is said: hedged, disclaimed, warm, long. Counts of wording, never of meaning.

Limits: English; a phrase counts wherever it stands, quoted or meant.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.tax.refusal_text import repaired, sentences

HEDGES = (
    "it depends",
    "that depends",
    "hard to say",
    "difficult to say",
    "hard to tell",
    "hard to know",
    "not certain",
    "not sure",
    "cannot be certain",
    "cannot be sure",
    "can be sure",
    "nobody knows",
    "no clear answer",
    "no one answer",
    "no single answer",
    "dare to say",
    "opinions differ",
    "open to debate",
    "it is possible that",
    "it's possible that",
    "may or may not",
    "might or might not",
    "could be",
    "might be",
    "may be",
    "perhaps",
    "possibly",
    "presumably",
    "arguably",
    "seemingly",
    "it seems",
    "it appears",
    "in my opinion",
    "i believe",
    "i think",
    "as far as i know",
    "to some extent",
    "in some cases",
    "generally speaking",
    "roughly speaking",
)
"""At most forty phrases that hold back belief, in lower case."""
PLEASANTRIES = (
    "i hope that helps",
    "i hope this helps",
    "hope it helps",
    "let me know if",
    "feel free to",
    "happy to help",
    "glad to help",
    "happy to assist",
    "great question",
    "good question",
    "just ask",
    "ask me more",
    "ask away",
    "have a great",
    "have a lovely",
    "have a nice",
    "good luck",
    "enjoy!",
    "you're welcome",
    "of course!",
    "sure!",
    "certainly!",
    "absolutely!",
    "is there anything else",
)
"""What is said for politeness' sake, in lower case."""

_DISCLAIMER = re.compile(
    r"\W*(?:(?:i'm|i am) (?:sorry|afraid|just|only|not)|sorry|i apologi[sz]e|please note"
    r"|it(?:'s| is) important to|as an? (?:[\w-]+ ){0,4}?(?:ai|language model|assistant|chatbot)"
    r"|while i (?:am|can|cannot)|i must|disclaimer|first of all, )\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")
_MARKS = re.compile(r"(?m)^\s*(?:[-*\u2022]\s|\d+[.)]\s|#{1,6}\s)|\*\*\S|```")


@dataclass(frozen=True)
class Wording:
    """Counts of one reply."""

    words: int
    """Words."""
    hedges: int
    """Phrases of `HEDGES`."""
    disclaims: bool
    """Whether it opens with a disclaimer or an apology."""
    is_warm: bool
    """Whether it holds any of `PLEASANTRIES`."""
    is_marked: bool
    """Whether it uses lists, headings, bold type or code blocks."""


def wording(reply: str) -> Wording:
    """Count what a reply says besides its matter; thoughts in `<think>` tags are skipped."""
    said = sentences(repaired(reply), most=1000)
    text = " ".join(each.text for each in said)
    lower = re.sub(r"\s+", " ", text.lower())
    return Wording(
        words=len(_WORD.findall(text)),
        hedges=sum(len(pattern.findall(lower)) for pattern in _HEDGING),
        disclaims=_DISCLAIMER.match(text) is not None,
        is_warm=any(phrase in lower for phrase in PLEASANTRIES),
        is_marked=_MARKS.search(reply) is not None,
    )


def per_hundred_words(found: Sequence[Wording]) -> tuple[list[float], list[float]]:
    """Hedges and words of each reply, as `contrasts.ratios` takes them, per 100 words."""
    return [100.0 * each.hedges for each in found], [float(each.words) for each in found]


_HEDGING = tuple(re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)") for phrase in HEDGES)
