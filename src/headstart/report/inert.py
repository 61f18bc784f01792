"""Text from data, models, checkpoints and file names, made harmless where it is shown.

A report quotes tokens, prompts, predictions and error messages that nobody has
vetted. In a terminal they could move the cursor or turn the reading direction; in
Markdown they could become links, tables or HTML. Here they become plain text.

Limits: some Markdown renderers turn an e-mail address into a link whatever stands
before its @.
"""

import re
import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
# letters and marks that draw nothing: a combining joiner and the Hangul fillers
_HIDDEN_LETTERS = frozenset("\u034f\u115f\u1160\u3164\uffa0")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "`": "&#96;"}
_SIGNIFICANT = re.compile(
    r"[<>&|`\\*~$#{}@]|\[|\]"
    r"|_+|:(?=//)|(?i:(?<=www)\.)"
)
_OPENS_A_BLOCK = re.compile(r"^(?=[-+=])|^\d{1,9}(?=[.)](?: |$))")


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with everything unseen written out: `\n`, `\x1b`, `\u202e`.

    Covers control and format characters (the bidi controls among them), lone
    surrogates, line separators and every space but the common one. Characters
    of `keep` stay. A backslash stays single, so that paths and formulas read well.
    """
    return "".join(_shown(letter) if letter not in keep else letter for letter in text)


def inline(text: str) -> str:
    """The text on one line, without any meaning to a Markdown parser, table cells included.

    Entities stand in for what could open HTML, code or a cell, since parsers
    disagree on backslashes there; a backslash stands before the rest.
    """
    flat = visible(text).strip()
    escaped = _SIGNIFICANT.sub(_escaped, flat)
    return _OPENS_A_BLOCK.sub(lambda match: f"{match.group()}\\", escaped, count=1)


def fenced(text: str, info: str = "") -> str:
    """A fenced block whose fence is longer than any run of backticks in the text.

    Line breaks and tabs stay as they are; what else is unseen is written out.
    """
    body = visible(text, keep="\n\t")
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{info}\n{body}{'' if body.endswith(chr(10)) else chr(10)}{fence}"


def _shown(letter: str) -> str:
    if letter == " " or " " < letter < "\x7f":
        return letter
    if letter in _SHORT:
        return _SHORT[letter]
    hidden = unicodedata.category(letter) in _HIDDEN_CATEGORIES or letter in _HIDDEN_LETTERS
    return code_point(letter) if hidden else letter


def code_point(letter: str) -> str:
    r"""A character as Python would escape it: `\x1b`, `\u202e`, `\U000e0001`."""
    point = ord(letter)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    if found[0] == "_":
        # underscores inside a word mean nothing, and names are full of them
        ends = match.string[: match.start()][-1:] + match.string[match.end() :][:1]
        inside = len(ends) == 2 and ends.isascii() and ends.isalnum()
        return found if inside else "\\_" * len(found)
    return _ENTITIES.get(found, f"\\{found}")
