"""How a prompt is opened: the generation prompt, stable beginnings, text nobody wrote."""

import re
from collections.abc import Iterator

from headstart.domain.template import Severity, Use
from headstart.templates.probes import ANSWER, QUESTION, RULE, key
from headstart.templates.rule import Answer, Found
from headstart.templates.subject import (
    Subject,
    after,
    before,
    ending,
    first_difference,
    quoted,
)

_MARKERS = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_FEW_WORDS = 4
"""Headers such as `GPT4 Correct User:` have three."""


def no_generation_prompt(subject: Subject) -> Iterator[Answer]:
    """Asking for a generation prompt changes nothing."""
    plain, asked = subject.need("U", QUESTION), subject.need("U asked", QUESTION)
    if plain != asked:
        return
    told = subject.need("UA", QUESTION, ANSWER)
    opening = before(told, ANSWER)
    shown = f"R([user]) with and without generation prompt ends {ending(plain)}"
    if subject.opens_after_answer:
        severity = Severity.ERROR if subject.use is Use.TRAINING else Severity.WARNING
        yield Found(
            f"R([user, assistant]) ends {ending(told)}: the header of another answer",
            severity,
            "put the last header inside {% if add_generation_prompt %}; "
            "`headstart template fix` does it",
        )
    elif opening.startswith(plain) and not opening[len(plain) :].strip():
        yield Found(
            f"{shown}, and the answer follows directly",
            Severity.INFO,
            "nothing to do: the user's turn already opens the answer",
        )
    else:
        yield Found(f"{shown}; the answer is opened by {ending(opening)}")


def generation_prompt_not_prefix(subject: Subject) -> Iterator[Answer]:
    """What is trained does not begin with what is asked."""
    asked, told = subject.need("U asked", QUESTION), subject.need("UA", QUESTION, ANSWER)
    if told.startswith(asked):
        return
    shown = f"asked: {ending(asked)}; trained: {ending(before(told, ANSWER))} before the answer"
    if told.startswith(asked.rstrip()) and not before(told, ANSWER)[len(asked.rstrip()) :].strip():
        yield Found(f"{shown} (white space only)", Severity.WARNING)
    else:
        yield Found(shown)


def prefix_unstable(subject: Subject) -> Iterator[Answer]:
    """A conversation is rewritten when it goes on."""
    yield from _unstable(subject.need("UA", ANSWER), subject.need("UAUA", ANSWER))


def prefix_unstable_with_thinking(subject: Subject) -> Iterator[Answer]:
    """A conversation is rewritten when it goes on, but only where answers hold reasoning."""
    short, long = subject.need("UA", ANSWER), subject.need("UAUA", ANSWER)
    if long.startswith(short):
        yield from _unstable(
            subject.need("UA thinking", ANSWER), subject.need("UAUA thinking", ANSWER)
        )


def _unstable(short: str, long: str) -> Iterator[Answer]:
    if long.startswith(short):
        return
    same = first_difference(short, long)
    start = max(0, same - 30)
    yield Found(
        f"after two messages {quoted(short[start : same + 50])}; "
        f"after four, in the same place, {quoted(long[start : same + 50])}"
    )


def default_system_prompt(subject: Subject) -> Iterator[Answer]:
    """Text that nobody wrote stands before the question."""
    opening = before(subject.need("U", QUESTION), QUESTION)
    ruled = subject.text("SU") or ""
    added = ""
    if key(RULE) in ruled and key(QUESTION) in after(ruled, RULE):
        head, middle = before(ruled, RULE), before(after(ruled, RULE), QUESTION)
        inside = opening[len(head) : len(opening) - len(middle)]
        fits = opening.startswith(head) and opening.endswith(middle)
        if fits and len(opening) > len(head) + len(middle):
            added = inside
    words = re.findall(r"\w+", _MARKERS.sub(" ", opening))
    if re.search(r"\w", added) or len(words) >= _FEW_WORDS:
        yield Found(f"R([user]) begins {quoted(opening, 400)}")


def date_dependent(subject: Subject) -> Iterator[Answer]:
    """The render depends on the day."""
    early, late = subject.need("U asked"), subject.need("U asked later")
    if early == late:
        return
    place = first_difference(early, late)
    window = slice(max(0, place - 25), place + 15)
    yield Found(f"{early[window]!r} on one day, {late[window]!r} on another")
