"""Words, capitals and languages as IFEval counts them, with nothing to download.

Words are cut as the Penn Treebank cuts them where that changes a count of capitals. Languages
are detected by langdetect, which draws at random; here it draws with a fixed seed.
"""

import functools
import re
from typing import Any

from headstart.tax.sentences import split_sentences

SEED = 0
"""Of langdetect's draws. The reference leaves it open, so that its short texts differ by run."""

_WORD = re.compile(r"\w+")
_FINAL_STOP = re.compile(r"\.(?=[\s\"')\]}>\u201d\u00bb\u2019]*$)")
_APART = re.compile(
    r"(?<!\d)[:,]|[:,](?!\d)|\.{2,}|--|[;@#$%&?!*<>(){}\[\]\"`\u00ab\u00bb\u2018\u2019\u201c-\u201e\u2012-\u2015]"
)
_CLITIC = re.compile(
    r"(?<=[^\s'])(?=(?:'(?:s|m|d|ll|re|ve)|n't)(?:\s|$))"
    r"|\b(?:can(?=not\b)|(?:gon|wan)(?=na\b)|got(?=ta\b)|(?:gim|lem)(?=me\b))",
    re.IGNORECASE,
)


def count_words(text: str) -> int:
    """Runs of letters, digits and underscores."""
    return len(_WORD.findall(text))


def count_capital_words(text: str) -> int:
    """Words without small letters and with a capital; clitics count, a hyphen does not split."""
    return sum(word.isupper() for part in split_sentences(text) for word in _words(part))


def language_of(text: str) -> str | None:
    """The most probable language's ISO 639-1 code (zh-cn and zh-tw); None without letters."""
    factory, error = _languages()
    detector = factory.create()
    detector.append(text)
    try:
        return str(detector.detect())
    except error:
        return None


def _words(sentence: str) -> list[str]:
    apart = _APART.sub(" ", _FINAL_STOP.sub(" ", sentence))
    return _CLITIC.sub(lambda found: found.group() + " ", apart).split()


@functools.cache
def _languages() -> tuple[Any, type[Exception]]:
    """A detector factory of our own, so that nobody else's draws are seeded."""
    from langdetect.detector_factory import PROFILES_DIRECTORY, DetectorFactory
    from langdetect.lang_detect_exception import LangDetectException

    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.set_seed(SEED)
    return factory, LangDetectException
