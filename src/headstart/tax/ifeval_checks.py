"""IFEval's 25 kinds of checkable instruction, each as a question asked of a response.

Written from the published definitions (Zhou et al. 2023, arXiv 2311.07911); where these leave room,
from what the reference scorer answers. Its oddities are kept, since scores are compared with
other people's: keywords are regular expressions, and most counts accept more than was asked.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from headstart.tax.ifeval_text import count_capital_words, count_words, language_of
from headstart.tax.sentences import split_sentences

Arguments = Mapping[str, object]


class Unanswerable(Exception):
    """The instruction cannot be checked as it was given; the message says why."""


@dataclass(frozen=True)
class Check:
    """One kind of instruction."""

    holds: Callable[[str, Arguments], bool]
    """Whether a response that is not blank follows it."""
    needs: tuple[str, ...] = ()
    """Arguments without which nothing can be checked."""


def follows(kind: str, response: str, arguments: Arguments) -> bool:
    """Whether a response follows one instruction; a blank one follows none.

    Args:
        kind: the published id, such as `length_constraints:number_words`.
        response: as the model wrote it.
        arguments: as published; null counts as not given, 0 and false as given.

    Raises:
        Unanswerable: an unknown kind, or an argument is missing or of the wrong type.
    """
    check = CHECKS.get(kind)
    if check is None:
        raise Unanswerable(f"unknown kind of instruction {kind!r}")
    missing = [name for name in check.needs if arguments.get(name) is None]
    if missing:
        raise Unanswerable(f"{kind} comes without {' and '.join(missing)}")
    return bool(response.strip()) and check.holds(response, arguments)


def _text(arguments: Arguments, name: str) -> str:
    value = arguments[name]
    if not isinstance(value, str):
        raise Unanswerable(f"{name} is no text: {value!r}")
    return value


def _texts(arguments: Arguments, name: str) -> list[str]:
    value = arguments[name]
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise Unanswerable(f"{name} is no list of texts: {value!r}")
    return [str(each) for each in value]


def _number(arguments: Arguments, name: str) -> float:
    value = arguments[name]
    if not isinstance(value, int | float):
        raise Unanswerable(f"{name} is no number: {value!r}")
    return value


def _compared(count: int, arguments: Arguments, relation: str, bound: str) -> bool:
    """`less than` or `at least` so many."""
    match arguments[relation]:
        case "less than":
            return count < _number(arguments, bound)
        case "at least":
            return count >= _number(arguments, bound)
    raise Unanswerable(f"{relation} is neither 'less than' nor 'at least'")


def _search(pattern: str, text: str, flags: re.RegexFlag) -> list[str]:
    """Matches of a keyword read as a regular expression, or letter by letter where it is none."""
    try:
        return [m.group() for m in re.finditer(pattern, text, flags)]
    except re.error:
        return [m.group() for m in re.finditer(re.escape(pattern), text, flags)]


def _existence(response: str, given: Arguments) -> bool:
    return all(_search(word, response, re.IGNORECASE) for word in _texts(given, "keywords"))


def _frequency(response: str, given: Arguments) -> bool:
    found = _search(_text(given, "keyword").strip(), response, re.IGNORECASE)
    return _compared(len(found), given, "relation", "frequency")


def _forbidden(response: str, given: Arguments) -> bool:
    words = _texts(given, "forbidden_words")
    return not any(_search(rf"\b{word}\b", response, re.IGNORECASE) for word in words)


def _letters(response: str, given: Arguments) -> bool:
    count = response.lower().count(_text(given, "letter").strip().lower())
    return _compared(count, given, "let_relation", "let_frequency")


def _language(response: str, given: Arguments) -> bool:
    return language_of(response) in (None, _text(given, "language"))


def _sentences(response: str, given: Arguments) -> bool:
    return _compared(len(split_sentences(response)), given, "relation", "num_sentences")


def _words(response: str, given: Arguments) -> bool:
    return _compared(count_words(response), given, "relation", "num_words")


def _paragraphs(response: str, given: Arguments) -> bool:
    """Parts between `***`; an empty part may only be the first or the last."""
    parts = [part.strip() for part in re.split(r"\s?\*\*\*\s?", response)]
    if not all(parts[1:-1]):
        return False
    return sum(map(bool, parts)) == _number(given, "num_paragraphs")


def _nth_paragraph(response: str, given: Arguments) -> bool:
    """Parts between blank lines: so many, and one of them begins with a word."""
    parts = response.split("\n\n")
    count, nth = sum(bool(p.strip()) for p in parts), _number(given, "nth_paragraph")
    if not 1 <= nth <= count or not (part := parts[int(nth) - 1].strip()):
        return False
    first = re.split(r"[.,?!'\"]", part.split()[0].lstrip("'").lstrip('"'))[0]
    wanted = _text(given, "first_word").lower()
    return count == _number(given, "num_paragraphs") and first.lower() == wanted


def _placeholders(response: str, given: Arguments) -> bool:
    return len(re.findall(r"\[.*?\]", response)) >= _number(given, "num_placeholders")


def _postscript(response: str, given: Arguments) -> bool:
    marker = _text(given, "postscript_marker").strip()
    patterns = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
    return bool(_search(patterns.get(marker, marker.lower()), response.lower(), re.MULTILINE))


def _bullets(response: str, given: Arguments) -> bool:
    stars = re.findall(r"^\s*\*[^*].*$", response, re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", response, re.MULTILINE)
    return len(stars) + len(dashes) == _number(given, "num_bullets")


def _constrained(response: str, _: Arguments) -> bool:
    return any(f"My answer is {which}." in response for which in ("yes", "no", "maybe"))


def _highlights(response: str, given: Arguments) -> bool:
    single = re.findall(r"\*[^\n*]*\*", response)
    double = re.findall(r"\*\*[^\n*]*\*\*", response)
    count = sum(bool(each.strip("*").strip()) for each in [*single, *double])
    return count >= _number(given, "num_highlights")


def _sections(response: str, given: Arguments) -> bool:
    splitter = _text(given, "section_spliter").strip()
    found = _search(rf"\s?{splitter}\s?\d+\s?", response, re.NOFLAG)
    return len(found) >= _number(given, "num_sections")


def _json(response: str, _: Arguments) -> bool:
    text = response.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def _title(response: str, _: Arguments) -> bool:
    titles = re.findall(r"<<[^\n]+>>", response)
    return any(title.lstrip("<").rstrip(">").strip() for title in titles)


def _two_responses(response: str, _: Arguments) -> bool:
    parts = [part.strip() for part in response.split("******")]
    if not all(parts[1:-1]):
        return False
    said = [part for part in parts if part]
    return len(said) == 2 and said[0] != said[1]


def _repeat_prompt(response: str, given: Arguments) -> bool:
    wanted = _text(given, "prompt_to_repeat").strip().lower()
    return response.strip().lower().startswith(wanted)


def _end(response: str, given: Arguments) -> bool:
    said = response.strip().strip('"').lower()
    return said.endswith(_text(given, "end_phrase").strip().lower())


def _quotation(response: str, _: Arguments) -> bool:
    text = response.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def _capital_words(response: str, given: Arguments) -> bool:
    count = count_capital_words(response)
    return _compared(count, given, "capital_relation", "capital_frequency")


def _is_english(response: str) -> bool:
    return language_of(response) in (None, "en")


CHECKS: Mapping[str, Check] = {
    "keywords:existence": Check(_existence, ("keywords",)),
    "keywords:frequency": Check(_frequency, ("keyword", "relation", "frequency")),
    "keywords:forbidden_words": Check(_forbidden, ("forbidden_words",)),
    "keywords:letter_frequency": Check(_letters, ("letter", "let_relation", "let_frequency")),
    "language:response_language": Check(_language, ("language",)),
    "length_constraints:number_sentences": Check(_sentences, ("relation", "num_sentences")),
    "length_constraints:number_words": Check(_words, ("relation", "num_words")),
    "length_constraints:number_paragraphs": Check(_paragraphs, ("num_paragraphs",)),
    "length_constraints:nth_paragraph_first_word": Check(
        _nth_paragraph, ("num_paragraphs", "nth_paragraph", "first_word")
    ),
    "detectable_content:number_placeholders": Check(_placeholders, ("num_placeholders",)),
    "detectable_content:postscript": Check(_postscript, ("postscript_marker",)),
    "detectable_format:number_bullet_lists": Check(_bullets, ("num_bullets",)),
    "detectable_format:constrained_response": Check(_constrained),
    "detectable_format:number_highlighted_sections": Check(_highlights, ("num_highlights",)),
    "detectable_format:multiple_sections": Check(_sections, ("section_spliter", "num_sections")),
    "detectable_format:json_format": Check(_json),
    "detectable_format:title": Check(_title),
    "combination:two_responses": Check(_two_responses),
    "combination:repeat_prompt": Check(_repeat_prompt, ("prompt_to_repeat",)),
    "startend:end_checker": Check(_end, ("end_phrase",)),
    "startend:quotation": Check(_quotation),
    "change_case:capital_word_frequency": Check(
        _capital_words, ("capital_relation", "capital_frequency")
    ),
    "change_case:english_capital": Check(lambda r, _: r.isupper() and _is_english(r)),
    "change_case:english_lowercase": Check(lambda r, _: r.islower() and _is_english(r)),
    "punctuation:no_comma": Check(lambda r, _: "," not in r),
}
"""By published id."""
