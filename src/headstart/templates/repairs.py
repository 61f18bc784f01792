"""The faults that can be repaired: for each, what might mend it and what proves that it did.

A repair says exactly which bytes may change. A double BOS loses one BOS; a missing
generation prompt comes to stand behind prompts, and a dangling one leaves finished
conversations; a missing turn end comes behind answers; tags change nothing at all.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from headstart.templates.marking import Span, loop_name, markings, unmarked
from headstart.templates.markup import pieces, quoted_literal
from headstart.templates.places import Spot, locate
from headstart.templates.probes import ANSWER, NEXT_ANSWER, NEXT_QUESTION, PROBES, QUESTION, key
from headstart.templates.sandbox import Rendered
from headstart.templates.subject import NotRendered, Subject, before, retold
from headstart.templates.wrapping import ended_by_wrapping, marked_by_wrapping

_BOS_OUTPUT = re.compile(r"\{\{[-+]?\s*bos_token\s*[-+]?\}\}|bos_token\s*[+~]\s*")
_MOST_TRIED = 40


@dataclass(frozen=True)
class Remedy:
    """One way to repair what one rule finds."""

    rule: str
    """The rule's id."""
    probe: str
    """The conversation that shows the difference."""
    candidates: Callable[[Subject], Iterator[str]]
    """Patched templates, the plainest first; any of them may be wrong."""
    keeps: Callable[[Subject, Subject], bool]
    """Whether a patched template's renders differ from the old ones only as they should."""

    def tries(self, subject: Subject) -> Iterator[str]:
        """The candidates, as many as may be tried; none where the template renders too little."""
        try:
            yield from islice(self.candidates(subject), _MOST_TRIED)
        except NotRendered:
            return


def _texts(old: Subject, new: Subject) -> Iterator[tuple[str, str, str]]:
    """Name, old and new render of every probe that rendered before."""
    for name, was in old.renders.items():
        now = new.renders[name]
        if isinstance(was, Rendered):
            yield name, was.text, now.text if isinstance(now, Rendered) else "\0"


def _fails_alike(old: Subject, new: Subject) -> bool:
    """Whether what failed before fails still: an error must not turn into silence."""
    return all(
        isinstance(was, Rendered) or type(was) is type(new.renders[name])
        for name, was in old.renders.items()
    )


def _without_second_bos(subject: Subject) -> Iterator[str]:
    template = subject.template.text
    for found in _BOS_OUTPUT.finditer(template):
        yield template[: found.start()] + template[found.end() :]
    if subject.bos:
        for found in re.finditer(re.escape(subject.bos), template):
            yield template[: found.start()] + template[found.end() :]
    yield "{% set bos_token = '' %}\n" + template


def _loses_one_bos(old: Subject, new: Subject) -> bool:
    bos = old.bos_text
    twice = re.compile(rf"(\s*){re.escape(bos)}(\s*{re.escape(bos)})")
    return _fails_alike(old, new) and all(
        now in {was, twice.sub(r"\1\2", was, count=1)} and not twice.match(now)
        for _, was, now in _texts(old, new)
    )


def _with_prompt_when_asked(subject: Subject) -> Iterator[str]:
    template = subject.template.text
    if subject.opens_after_answer:
        yield from _header_only_when_asked(template)
        return
    plain, told = subject.need("U"), before(subject.need("UA", ANSWER), ANSWER)
    if told.startswith(plain) and told[len(plain) :].strip():
        # jinja2 drops one line break at the end of a template, and only there
        body, header = template.removesuffix("\n"), quoted_literal(told[len(plain) :])
        yield f"{body}{{% if add_generation_prompt %}}{{{{ {header} }}}}{{% endif %}}"
        yield f"{body}{{%+ if add_generation_prompt %}}{{{{ {header} }}}}{{% endif %}}"


def _header_only_when_asked(template: str) -> Iterator[str]:
    for piece in reversed(pieces(template)[-12:]):
        if piece.kind in {"output", "text"}:
            for end in (piece.end, len(template)):
                yield _when_asked(template, piece.start, end)


def _when_asked(template: str, start: int, end: int) -> str:
    inside = template[start:end]
    if end == len(template):
        inside = inside.removesuffix("\n")
    left = "-" if inside.startswith("{{-") else ""
    return (
        f"{template[:start]}{{%{left} if add_generation_prompt %}}{inside}"
        f"{{% endif %}}{template[end:]}"
    )


def _differs_in_header(old: Subject, new: Subject) -> bool:
    """Either prompts gain one header, the same everywhere, or finished texts lose it."""
    gained, lost = set(), set()
    asked = {probe.name for probe in PROBES if probe.asked}
    for name, was, now in _texts(old, new):
        if name in asked and now.startswith(was):
            gained.add(now[len(was) :])
        elif name not in asked and was.startswith(now):
            lost.add(was[len(now) :])
        else:
            return False
    return _fails_alike(old, new) and (
        (len(gained) == 1 and lost == {""}) or (len(lost) == 1 and gained == {""})
    )


def _with_turn_end(subject: Subject) -> Iterator[str]:
    located = locate(subject, "UA", "")
    template = subject.template.text
    behind = located.text.rfind(key(ANSWER)) + len(key(ANSWER))
    for spot in located.behind(behind):
        yield from _ending_at(template, spot)
    if not subject.tail.strip():
        yield ended_by_wrapping(template, subject.tail)


def _ending_at(template: str, spot: Spot) -> Iterator[str]:
    """An eos at one spot: for whatever is written there, or for the assistant only."""
    loop = loop_name(template, spot.start)
    role = f"{loop}['role'] == 'assistant'"
    head, tail = template[: spot.start], template[spot.end :]
    if spot.close == " }}":  # between the terms of a sum
        yield f"{head} + eos_token + {tail}"
        if loop:
            yield f"{head} + (eos_token if {role} else '') + {tail}"
        return
    inside = re.search(r"\s*([-+]?\}\})$", head)
    if inside and spot.start == spot.end and not spot.close:  # behind an output
        yield f"{head[: inside.start()]} + eos_token {inside[1]}{tail}"
        if loop:
            end = f"(eos_token if {role} else '')"
            yield f"{head[: inside.start()]} + {end} {inside[1]}{tail}"
            # as an output of its own, where what is written may be no text
            yield f"{head}{{{{ {end} {inside[1]}{tail}"


def _gains_turn_ends(old: Subject, new: Subject) -> bool:
    eos = old.eos_text
    answers = [(key(ANSWER), 2), (key(NEXT_ANSWER), 2)]
    for name, was, now in _texts(old, new):
        if now.replace(eos, "") != was.replace(eos, ""):
            return False
        said = [number for number, times in answers if was.count(number) >= times]
        if not said and now != was:
            return False
        for number in said:
            if name != "UA spaced" and not _after_last(now, number).startswith(eos):
                return False
    return _fails_alike(old, new)


def _after_last(text: str, number: str) -> str:
    return text.rpartition(number)[2]


def _with_tags(subject: Subject) -> Iterator[str]:
    end = subject.turn_end
    if end is None:
        return
    bare = unmarked(subject.template.text)
    try:
        located = locate(retold(subject, bare), "UAUA", end)
        spans = [
            _span(located.text, QUESTION, ANSWER, end),
            _span(located.text, NEXT_QUESTION, NEXT_ANSWER, end),
        ]
        yield from islice(markings(bare, located, spans), _MOST_TRIED - 1)
    except NotRendered:
        pass  # the marks were too much for it; the macro needs none
    yield marked_by_wrapping(bare, end)


def _span(text: str, question: str, answer: str, turn_end: str) -> Span:
    """Where an answer and its turn end stand in a render.

    Raises:
        NotRendered: the render lacks one of them.
    """
    floor, begin = text.rfind(key(question)), text.find(key(answer))
    close = text.find(turn_end, text.rfind(key(answer)))
    if min(floor, begin, close) < 0:
        raise NotRendered("an answer is not where it should be")
    return Span(floor, begin, close + len(turn_end))


def _changes_nothing(old: Subject, new: Subject) -> bool:
    return _fails_alike(old, new) and all(was == now for _, was, now in _texts(old, new))


REMEDIES: tuple[Remedy, ...] = (
    Remedy("double-bos", "U", _without_second_bos, _loses_one_bos),
    Remedy("no-generation-prompt", "U asked", _with_prompt_when_asked, _differs_in_header),
    Remedy("no-turn-end", "UA", _with_turn_end, _gains_turn_ends),
    Remedy("generation-mask-wrong", "UA", _with_tags, _changes_nothing),
    Remedy("no-generation-markers", "UA", _with_tags, _changes_nothing),
)
"""In the order in which they are tried: tags need turn ends, and turn ends a sound header."""
