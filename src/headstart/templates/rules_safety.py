"""Whether a template renders at all, within limits, and reaches for nothing it should not."""

from collections.abc import Iterator

from headstart.templates.errors import (
    TemplateBroken,
    TemplateError,
    TemplateOverrun,
    TemplateUnsafe,
)
from headstart.templates.probes import QUESTION, key
from headstart.templates.rule import Answer, Found, Skipped
from headstart.templates.subject import Subject, quoted


def does_not_render(subject: Subject) -> Iterator[Answer]:
    """The simplest conversation, one question, gives no text or one without the question."""
    found = subject.renders["U"]
    if isinstance(found, (TemplateOverrun, TemplateUnsafe)):
        return  # rules of their own
    if isinstance(found, TemplateError):
        yield Found(f"R([user]) fails: {found.fact}")
    elif key(QUESTION) not in found.text:
        yield Found(f"R([user]) = {quoted(found.text)}, without the question")


def breaks_limits(subject: Subject) -> Iterator[Answer]:
    """A render ran out of time, memory, steps, recursion or space."""
    for name, found in subject.renders.items():
        if isinstance(found, TemplateOverrun):
            yield Found(f"rendering {name}: {found.fact}")
            return


def template_injection(subject: Subject) -> Iterator[Answer]:
    """The syntax tree names what lies behind Python's underscores, or other templates."""
    if isinstance(subject.syntax, TemplateBroken):
        yield Skipped(f"there is no syntax tree: {subject.syntax.fact}")
        return
    if isinstance(subject.syntax, TemplateError):
        yield Skipped(f"the syntax tree was not read: {subject.syntax.fact}")
        return
    named = subject.syntax.forbidden
    if named:
        yield Found(f"the syntax tree holds {', '.join(named[:5])}")
        return
    for name, found in subject.renders.items():
        if isinstance(found, TemplateUnsafe):
            yield Found(f"rendering {name}: {found.fact}")
            return
