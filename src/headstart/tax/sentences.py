"""Sentences as Punkt cuts them, without its trained model: there is nothing to download.

Punkt (Kiss and Strunk 2006, doi 10.1162/coli.2006.32.4.485) looks at each full stop, question
mark and exclamation mark that space or closing punctuation follows, and asks whether the word
before it is an abbreviation, an initial or a number, and how the next word is written. Its English
model is a list of abbreviations and of words that often open a sentence, learnt from newspapers;
here short lists of our own stand in. The reference scorer of IFEval counts sentences this way.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

ABBREVIATIONS = frozenset(
    re.findall(
        r"\S+",
        "mr mrs ms dr prof sr jr st rev gen col capt lt maj sgt adm gov sen rep messrs"
        " inc corp co ltd bros cos jan feb aug sept sep oct nov dec"
        " ave ft vs u.s u.k u.n a.m p.m d.c n.y n.j l.a ph.d a.d e.g i.e no",
    )
)
"""Lower case, without the last full stop."""
STARTERS = frozenset(
    re.findall(
        r"\w+",
        "the a an in on at for but and however he she it they we this that these there if as"
        " while since although when some many most one another also so then",
    )
)
"""Words that end the sentence before them where an abbreviation stands in between."""

_CLOSE = r")\";}\]*:@'({\[!?"
_CANDIDATE = re.compile(rf"[.?!](?=(?P<after>[{_CLOSE}]|\s+(?P<next>\S+)))")
_TOKEN = re.compile(
    rf"--+|\.\.+|[^\s(\"`{{\[:;&#*@)}}\]\-,](?:(?!--|\.\.|,(?:$|[\s{_CLOSE}]|--|\.\.))[^\s{_CLOSE}])*"
    r"|\S"
)
_REST = re.compile(r"[\"')\]}]+?(?:\s+|(?=--)|$)", re.MULTILINE)
_INITIAL = re.compile(r"[^\W\d]\.$")
_COUNTED = re.compile(r"(?:[^\W\d]\.|-?[.,]?\d[\d,.-]*\.?)$")
_INNER = frozenset(";:,.!?")
_ELLIPSIS = re.compile(r"\.\.+$")


def split_sentences(text: str) -> list[str]:
    """The text in sentences; quotes and brackets that close one stay with it.

    Limits: English, and the straight quotation marks only, as in the reference.
    """
    found: list[str] = []
    skipped = 0
    pieces = list(_pieces(text))
    for (start, stop), following in zip(pieces, [*pieces[1:], None], strict=True):
        start, skipped = start + skipped, 0
        if following is not None:
            rest = _REST.match(text[slice(*following)])
            if rest is not None:
                stop = following[0] + len(rest.group().rstrip())
                skipped = rest.end()
        if text[start:stop]:
            found.append(text[start:stop])
    return found


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends, closing quotes still on the wrong side."""
    start = 0
    for candidate in _last_in_each_word(text):
        word = text[: candidate.end()].rsplit(None, 1)[-1]
        if _ends_sentence(word + candidate["after"]):
            yield start, candidate.end()
            start = candidate.start("next") if candidate["next"] else candidate.end()
    yield start, len(text.rstrip())


def _last_in_each_word(text: str) -> Iterator[re.Match[str]]:
    previous: re.Match[str] | None = None
    for match in _CANDIDATE.finditer(text):
        if previous is not None and re.search(r"\s", text[previous.end() : match.start()]):
            yield previous
        previous = match
    if previous is not None:
        yield previous


def _ends_sentence(context: str) -> bool:
    """Whether a sentence ends in the word and mark that `context` begins with."""
    tokens = _TOKEN.findall(context)
    return any(_is_end(token, following) for token, following in pairwise(tokens))


def _is_end(token: str, following: str) -> bool:
    if token in (".", "?", "!"):
        return True
    if not token.endswith("."):
        return False
    is_ellipsis = _ELLIPSIS.match(token) is not None
    word = token[:-1].lower()
    is_abbreviation = not token.endswith("..") and (
        word in ABBREVIATIONS or word.split("-")[-1] in ABBREVIATIONS
    )
    opens = following[0].isupper() and following.rstrip(".").lower() in STARTERS
    if _COUNTED.match(token) and (following in _INNER or following[0].islower()):
        return False
    if _INITIAL.match(token):
        return not is_abbreviation and not following[0].isupper()
    if is_ellipsis or is_abbreviation:
        return opens
    return not token.endswith("..")
