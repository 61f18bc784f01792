"""Exact match: labels as they stand, short answers normalised, numbers as numbers."""

import re
import string
import unicodedata
from decimal import Decimal

MARKER = "####"
"""Stands before the final answer where a completion also holds its working."""

_CURRENCY = "$€£¥"
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_MAGNITUDE = rf"(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s*[{_CURRENCY}]?\s*(?P<inner>[-+]?)"
    rf"(?P<magnitude>{_MAGNITUDE}(?:[eE][-+]?[0-9]{{1,4}})?)\s*[%{_CURRENCY}]?\.?"
)
# the sign is the number's own only where no word or number stands before it: 5-3 ends in 3
_NUMBER_IN_TEXT = re.compile(
    rf"(?:(?<![\w.)])[-+])?[{_CURRENCY}]?(?:{_DIGITS}(?:\.[0-9]+)?|\.[0-9]+)"
)
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def accuracy(prediction: str, reference: str) -> float:
    """1.0 where the label is the same, outer whitespace aside; else 0.0."""
    return float(prediction.strip() == reference.strip())


def exact_match(prediction: str, reference: str) -> float:
    """1.0 where the normalised answers agree; else 0.0.

    Case, punctuation, English articles and spacing do not count; numbers are
    compared as numbers ("1,000" is "1000.0", "$5" is "5", "50%" is "50"). Where
    the reference ends with a line `#### answer`, what follows the prediction's last
    `####` is compared with it, or failing that the prediction's last number.
    """
    expected = marked_answer(reference)
    if expected is None:
        return float(_same(prediction, reference))
    answer = extract_answer(prediction, expected)
    return float(answer is not None and _same(answer, expected))


def answer_extracted(prediction: str, reference: str) -> bool:
    """Whether the prediction holds something that can be compared at all."""
    expected = marked_answer(reference)
    if expected is None:
        return bool(prediction.strip())
    return extract_answer(prediction, expected) is not None


def marked_answer(completion: str) -> str | None:
    """What follows `####` in the last line, or None where that line does not start with it."""
    lines = completion.rstrip().splitlines()
    if not lines or not lines[-1].lstrip().startswith(MARKER):
        return None
    return lines[-1].lstrip().removeprefix(MARKER).strip() or None


def extract_answer(prediction: str, expected: str) -> str | None:
    """The answer that a prediction with its working comes to, or None.

    Where a number is expected, the first number after the last marker counts;
    without one, the last number of the whole prediction.
    """
    _, marker, tail = prediction.rpartition(MARKER)
    lines = tail.strip().splitlines() if marker else []
    line = lines[0].strip() if lines else ""
    if as_number(expected) is None or as_number(line) is not None:
        return line or None
    if found := _NUMBER_IN_TEXT.search(line):
        return found.group()
    numbers = _NUMBER_IN_TEXT.findall(prediction)
    return numbers[-1] if numbers else None


def as_number(text: str) -> Decimal | None:
    """The number that the whole text writes, or None; signs of money and percent do not count."""
    found = _NUMBER.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    if found is None or (found["sign"] and found["inner"]):
        return None
    return Decimal(found["sign"] + found["inner"] + found["magnitude"].replace(",", ""))


def normalised(text: str) -> str:
    """Casefolded, without punctuation, English articles and superfluous spacing."""
    plain = "".join(" " if _is_punctuation(letter) else letter for letter in text.casefold())
    return " ".join(_ARTICLES.sub(" ", plain).split())


def _same(one: str, other: str) -> bool:
    numbers = as_number(one), as_number(other)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] == numbers[1]
    texts = normalised(one), normalised(other)
    # "+" and "the" normalise to nothing, which would make them equal
    return texts[0] == texts[1] if any(texts) else one.strip() == other.strip()


def _is_punctuation(letter: str) -> bool:
    return letter in string.punctuation or unicodedata.category(letter).startswith("P")
