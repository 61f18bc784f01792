"""The speech of the marsh folk: a fixed way to respell plain sentences.

Every change is a rule of its own and depends on nothing but the word it is
applied to, so the same sentence always gives the same dialect.
"""

import re

SWAPS = {
    "the": "t'", "is": "be", "are": "be", "was": "were", "am": "be", "not": "nowt", "you": "thee",
    "your": "thy", "my": "mi", "i": "ah", "nothing": "nowt", "something": "summat", "yes": "aye",
    "no": "nay", "with": "wi'", "and": "an'", "of": "o'", "have": "ha'", "has": "ha'", "in": "i'",
    "house": "hoose", "town": "toon", "about": "aboot", "out": "oot", "now": "noo", "down": "doon",
    "old": "owd", "cold": "cowd", "people": "folk", "small": "wee", "little": "wee", "very": "reet",
    "friend": "marrow", "child": "bairn", "children": "bairns", "water": "watter", "river": "beck",
    "go": "gan", "goes": "gans", "know": "ken", "knows": "kens", "look": "keek", "good": "gradely",
    "home": "hame", "who": "wha", "what": "whit", "where": "whaur", "from": "frae", "to": "tae",
    "girl": "lass", "boy": "lad", "cow": "coo", "always": "allus", "every": "ilka", "over": "ower",
    "make": "mek", "makes": "meks", "take": "tek", "takes": "teks", "eat": "ate", "bread": "breid",
    "said": "quoth", "says": "quoth", "for": "fer", "bring": "fetch", "work": "graft",
}  # fmt: skip
"""Whole words and what the marsh folk say instead."""

ENDINGS = (("ings", "in's"), ("ing", "in'"), ("ight", "eet"), ("ound", "oond"), ("other", "ither"))
"""Word endings and their respelling, tried in order where no whole word matches."""

_WORD = re.compile(r"[A-Za-z']+")
_SHORTEST = 5
"""Words with fewer letters keep their ending."""


def to_dialect(text: str) -> str:
    """The text as the marsh folk would say it; words beginning with a capital keep it.

    Names keep their letters unless they end as a rule says; numbers and
    punctuation stay as they are.
    """
    return _WORD.sub(lambda match: _respelt(match.group()), text)


def _respelt(word: str) -> str:
    lower = word.lower()
    if lower in SWAPS:
        changed = SWAPS[lower]
        return changed[0].upper() + changed[1:] if word[0].isupper() else changed
    if len(word) >= _SHORTEST:
        for ending, respelling in ENDINGS:
            if word.endswith(ending):
                return word.removesuffix(ending) + respelling
    return word
