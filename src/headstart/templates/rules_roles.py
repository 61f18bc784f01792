"""Which roles and orders a template takes: system, two in a row, assistant first, tools."""

from collections.abc import Iterator

from headstart.domain.template import Severity
from headstart.templates.errors import TemplateError
from headstart.templates.probes import QUESTION, RESULT, RULE, key
from headstart.templates.rule import Answer, Found, Skipped
from headstart.templates.subject import NotRendered, Subject, quoted, rendered_marker

_TOOL_PROBES = ("UATA", "UATA as text", "UAT plain")


def system_refused(subject: Subject) -> Iterator[Answer]:
    """A system message is an error."""
    subject.need("U", QUESTION)
    if subject.text("SU") is None:
        yield Found(f"R([system, user]) fails: {subject.why_not('SU')}")


def system_dropped(subject: Subject) -> Iterator[Answer]:
    """A system message disappears without a word."""
    subject.need("U", QUESTION)
    text = subject.text("SU")
    if text is not None and key(RULE) not in text:
        yield Found(f"R([system, user]) = {quoted(text)}, without the system text")


def strict_alternation(subject: Subject) -> Iterator[Answer]:
    """Two messages of the user in a row are an error."""
    subject.need("U", QUESTION)
    if subject.text("UU") is None:
        yield Found(f"R([user, user]) fails: {subject.why_not('UU')}")


def assistant_first_refused(subject: Subject) -> Iterator[Answer]:
    """A conversation cannot begin with the assistant."""
    subject.need("U", QUESTION)
    if subject.text("A") is None:
        yield Found(f"R([assistant]) fails: {subject.why_not('A')}")


def tool_role_refused(subject: Subject) -> Iterator[Answer]:
    """A tool's message is an error, in every shape in use."""
    subject.need("U", QUESTION)
    if all(subject.text(probe) is None for probe in _TOOL_PROBES):
        yield _about_tools(subject, f"a tool's message fails: {subject.why_not('UATA')}")


def tool_text_dropped(subject: Subject) -> Iterator[Answer]:
    """What a tool found disappears without a word, in every shape in use."""
    subject.need("U", QUESTION)
    texts = [text for probe in _TOOL_PROBES if (text := subject.text(probe)) is not None]
    if texts and not any(key(RESULT) in text for text in texts):
        after = quoted(texts[0][-160:])
        yield _about_tools(subject, f"the tool's text is in no render; one ends {after}")


def _about_tools(subject: Subject, evidence: str) -> Found:
    """Graver where the template says that it has to do with tools."""
    if not isinstance(subject.syntax, TemplateError) and subject.syntax.claims_tools:
        return Found(evidence)
    return Found(
        f"{evidence} (the template claims no support for tools)",
        Severity.INFO,
        "leave tools out, or take a template that supports them",
    )


def role_markers_in_text(subject: Subject) -> Iterator[Answer]:
    """Markers that a user quotes are read as the template's own."""
    subject.need("U", QUESTION)
    if subject.tokenizer is None:
        yield Skipped("no tokenizer is given")
        return
    if subject.turn_end is None:
        raise NotRendered("the template has no turn end that a user could quote")
    marker = subject.turn_end
    ids = subject.tokenizer.encode(marker, add_special_tokens=False)
    if len(ids) != 1:
        return  # plain text to this tokenizer, wherever it stands
    quoting = subject.tokenizer.encode(rendered_marker(subject, marker), add_special_tokens=False)
    without = subject.tokenizer.encode(subject.need("U"), add_special_tokens=False)
    if list(quoting).count(ids[0]) > list(without).count(ids[0]):
        yield Found(f"{marker!r} inside the user's text is tokenised as the turn end, {ids[0]}")
