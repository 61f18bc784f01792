"""A template under examination: its renders, its syntax, and where its turns begin and end."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from headstart.domain.template import TemplateSource, Use
from headstart.templates.errors import TemplateError
from headstart.templates.limits import TEMPLATE_SECONDS
from headstart.templates.probes import (
    ANSWER,
    NEXT_QUESTION,
    PROBES,
    QUESTION,
    Probe,
    calls,
    in_parts,
    key,
    user,
)
from headstart.templates.sandbox import Rendered, render_all
from headstart.templates.syntax import Syntax

BOS = "<|begin-of-text|>"
EOS = "<|end-of-text|>"
"""Stand in for the special tokens where the caller names none."""
_LEAST_SECONDS = 0.1
"""With less than this left nothing more is rendered."""
_MARKER_LIKE = r"<[^<>\s]{1,60}>|\[[^\[\]\s]{1,40}\]"


class Tokenizer(Protocol):
    """What the lint asks of a tokenizer; transformers' own have it."""

    @property
    def bos_token_id(self) -> int | None:
        """Id that begins a text, if there is one."""

    @property
    def eos_token_id(self) -> int | None:
        """Id that ends a text, if there is one."""

    @property
    def pad_token_id(self) -> int | None:
        """Id that fills up a batch, if there is one."""

    def encode(self, text: str, *, add_special_tokens: bool) -> Sequence[int]:
        """Ids of a text; special tokens inside it are read as such."""


class NotRendered(Exception):
    """A check needs a render that does not exist; the message says which and why."""


@dataclass(frozen=True)
class Subject:
    """One template with everything that was rendered of it."""

    template: TemplateSource
    """The template."""
    use: Use
    """What it is to be used for."""
    bos: str | None
    """The tokenizer's bos as text, if known."""
    eos: str | None
    """The tokenizer's eos as text, if known."""
    stops: tuple[str, ...]
    """Further texts at which generation stops."""
    tokenizer: Tokenizer | None
    """The tokenizer, if there is one."""
    syntax: Syntax | TemplateError
    """What the syntax tree says."""
    renders: Mapping[str, Rendered | TemplateError]
    """Every probe's render, or why there is none, by the probe's name."""
    takes_parts: bool
    """Whether the probes were given as lists of parts, since plain text was lost."""
    seconds_left: float = TEMPLATE_SECONDS
    """Processor time that further renders may take."""

    @property
    def bos_text(self) -> str:
        """What `bos_token` was in the renders."""
        return BOS if self.bos is None else self.bos

    @property
    def eos_text(self) -> str:
        """What `eos_token` was in the renders."""
        return EOS if self.eos is None else self.eos

    def text(self, probe: str) -> str | None:
        """A probe's render, or None."""
        found = self.renders[probe]
        return found.text if isinstance(found, Rendered) else None

    def why_not(self, probe: str) -> str:
        """Why a probe has no render; empty where it has one."""
        found = self.renders[probe]
        return "" if isinstance(found, Rendered) else found.fact

    def need(self, probe: str, *contents: str) -> str:
        """A probe's render that holds the contents given.

        Raises:
            NotRendered: there is none, or it lacks one of them.
        """
        text = self.text(probe)
        if text is None:
            raise NotRendered(f"the conversation {probe} is not rendered: {self.why_not(probe)}")
        for content in contents:
            if key(content) not in text:
                raise NotRendered(f"the render of {probe} lacks {content!r}")
        return text

    @cached_property
    def before_answer(self) -> str:
        """What stands between question and answer.

        Raises:
            NotRendered: there is no such render.
        """
        text = self.need("UA", QUESTION, ANSWER)
        return after(text, QUESTION).partition(key(ANSWER))[0]

    @cached_property
    def tail(self) -> str:
        """What stands after the last answer.

        Raises:
            NotRendered: there is no such render.
        """
        return after(self.need("UA", QUESTION, ANSWER), ANSWER)

    @cached_property
    def turn_end(self) -> str | None:
        """The token that closes an answer, or the text that does; None where nothing does.

        The first thing that looks like a special token, unless it is the one that opens
        the assistant's turn: some templates put the next turn's header after every turn.
        A token that stands before a header in plain text opens nothing, it closes the
        user's turn too. Of several in a row, the one at which generation stops.

        Raises:
            NotRendered: there is no such render.
        """
        found = self._markers.findall(self.tail)
        if found:
            if found[0] == self._opener and found[0] not in (self.eos, *self.stops):
                return None
            stopping = [one for one in self._closing_row() if one in (self.eos, *self.stops)]
            return str([*stopping, found[0]][0])
        left = self.tail.strip()
        if not left or self.before_answer.strip().endswith(left):
            return None
        return left.splitlines()[0]

    @cached_property
    def _opener(self) -> str | None:
        """The special token directly before the answer, or None."""
        opened = self._markers.findall(self.before_answer)
        last = opened[-1] if opened else None
        return last if last is not None and self.before_answer.rstrip().endswith(last) else None

    def _closing_row(self) -> list[str]:
        """Special tokens directly after the answer that also close it in mid-conversation."""
        row = self._markers.findall((self.tail.split() or [""])[0])
        longer = self.text("UAUA") or ""
        between = before(after(longer, ANSWER), NEXT_QUESTION)
        return [one for one in row if one in between]

    @cached_property
    def opens_after_answer(self) -> bool:
        """Whether a finished conversation ends with the header of another answer.

        Raises:
            NotRendered: there is no such render.
        """
        asked, done = self.need("U", QUESTION), self.need("UA", QUESTION, ANSWER)
        if not done.startswith(asked) or done[len(asked) :].partition(key(ANSWER))[0].strip():
            return False
        if (self.text("UAUA") or "").startswith(done):
            return False
        return bool(common_end(after(asked, QUESTION), self.tail).strip())

    @cached_property
    def _markers(self) -> re.Pattern[str]:
        known = [text for text in (self.eos_text, self.bos_text, *self.stops) if text.strip()]
        known.sort(key=len, reverse=True)
        return re.compile("|".join([*map(re.escape, known), _MARKER_LIKE]))


def examine(
    template: TemplateSource,
    use: Use,
    *,
    bos: str | None,
    eos: str | None,
    stops: tuple[str, ...] = (),
    tokenizer: Tokenizer | None = None,
    seconds: float = TEMPLATE_SECONDS,
) -> Subject:
    """Render every probe of a template; about 5 ms, a second more than `seconds` if it is hostile.

    Where plain text is lost and a list of parts is not, all probes are given in parts.
    """
    bos_text, eos_text = BOS if bos is None else bos, EOS if eos is None else eos
    syntax, found, spent = _rendered(template.text, PROBES, bos_text, eos_text, seconds)
    parts = _has_question(found["U in parts"]) and not _has_question(found["U"])
    left = seconds - spent
    if parts and left >= _LEAST_SECONDS:
        given = [*map(in_parts, PROBES)]
        syntax, found, spent = _rendered(template.text, given, bos_text, eos_text, left)
        left -= spent
    return Subject(
        template=template,
        use=use,
        bos=bos,
        eos=eos,
        stops=stops,
        tokenizer=tokenizer,
        syntax=syntax,
        renders=found,
        takes_parts=parts,
        seconds_left=left,
    )


def rendered_marker(subject: Subject, marker: str) -> str:
    """The render of a question that quotes a marker.

    Raises:
        NotRendered: it is not rendered.
    """
    probe = Probe("a question that quotes a marker", (user(f"{QUESTION} {marker}"),))
    return _rendered_once(subject, subject.template.text, probe).text


def rendered_as(subject: Subject, template: str, probe: str) -> Rendered:
    """One probe's render with another template, everything else alike.

    Raises:
        NotRendered: it is not rendered.
    """
    return _rendered_once(subject, template, next(one for one in PROBES if one.name == probe))


def retold(subject: Subject, text: str) -> Subject:
    """The subject with another text for its template; its renders stay as they are."""
    return replace(subject, template=subject.template.model_copy(update={"text": text}))


def _rendered_once(subject: Subject, template: str, probe: Probe) -> Rendered:
    if subject.seconds_left < _LEAST_SECONDS:
        raise NotRendered("the template has used up its time")
    given = in_parts(probe) if subject.takes_parts else probe
    _, found, _ = _rendered(
        template, [given], subject.bos_text, subject.eos_text, subject.seconds_left
    )
    outcome = found[probe.name]
    if isinstance(outcome, TemplateError):
        raise NotRendered(f"the conversation {probe.name} is not rendered: {outcome.fact}")
    return outcome


def _rendered(
    template: str, probes: Sequence[Probe], bos: str, eos: str, seconds: float
) -> tuple[Syntax | TemplateError, dict[str, Rendered | TemplateError], float]:
    done = render_all(template, calls(probes, bos, eos), seconds=seconds)
    names = [probe.name for probe in probes]
    return done.syntax, dict(zip(names, done.outcomes, strict=True)), done.seconds


def _has_question(outcome: Rendered | TemplateError) -> bool:
    return isinstance(outcome, Rendered) and key(QUESTION) in outcome.text


def after(text: str, content: str) -> str:
    """What stands after the last mention of a probe's text."""
    return text.rpartition(key(content))[2]


def before(text: str, content: str) -> str:
    """What stands before the first mention of a probe's text."""
    return text.partition(key(content))[0]


def common_end(one: str, other: str) -> str:
    """The longest end that two texts share."""
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return one[len(one) - length :]


def first_difference(one: str, other: str) -> int:
    """Where two texts part; the shorter one's length where it begins the other."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def quoted(text: str, most: int = 160) -> str:
    """A text as Python writes it, so that nothing in it acts; the middle left out if long."""
    if len(text) > most:
        half = most // 2
        return f"{text[:half]!r} ... {text[-half:]!r}"
    return repr(text)


def ending(text: str, most: int = 80) -> str:
    """The last of a text as Python writes it."""
    return ("... " if len(text) > most else "") + repr(text[-most:])
