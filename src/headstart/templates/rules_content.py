"""What becomes of a message's content: trimmed, deleted, printed as Python, refused."""

from collections.abc import Iterator

from headstart.templates.errors import TemplateError
from headstart.templates.probes import ANSWER, QUESTION, SPACES, THOUGHT, key
from headstart.templates.rule import Answer, Found, Skipped
from headstart.templates.subject import Subject, after, before, quoted

_WITH_CALLS = (
    ("UATA", ("UATA none", "UATA absent")),
    ("UATA as text", ("UATA none as text", "UATA absent as text")),
)


def text_content_lost(subject: Subject) -> Iterator[Answer]:
    """Plain text is refused or lost; only lists of parts are taken."""
    if subject.takes_parts:
        yield Found("a question as plain text is lost; as a list of parts it is rendered")


def answer_trimmed(subject: Subject) -> Iterator[Answer]:
    """White space around an answer is cut off."""
    plain, spaced = subject.need("UA", ANSWER), subject.need("UA spaced", ANSWER)
    yield from _trimmed(plain, spaced, ANSWER)


def user_text_trimmed(subject: Subject) -> Iterator[Answer]:
    """White space around the user's text is cut off."""
    plain, spaced = subject.need("U", QUESTION), subject.need("U spaced", QUESTION)
    yield from _trimmed(plain, spaced, QUESTION)


def _trimmed(plain: str, spaced: str, content: str) -> Iterator[Answer]:
    kept_before = before(spaced, content) == before(plain, content) + SPACES
    kept_after = after(spaced, content) == SPACES + after(plain, content)
    if kept_before and kept_after:
        return
    sides = [name for name, kept in (("before", kept_before), ("after", kept_after)) if not kept]
    start = max(0, len(before(spaced, content)) - 20)
    end = len(spaced) - len(after(spaced, content)) + 20
    yield Found(f"two spaces {' and '.join(sides)} the text are lost: {quoted(spaced[start:end])}")


def final_thinking_deleted(subject: Subject) -> Iterator[Answer]:
    """Reasoning disappears even from the last answer."""
    subject.need("UA", ANSWER)
    text = subject.need("UA thinking", ANSWER)
    if key(THOUGHT) not in text:
        yield Found(
            "reasoning written as <think> in the last answer is gone: "
            + quoted(after(text, QUESTION))
        )
    if isinstance(subject.syntax, TemplateError) or not subject.syntax.claims_reasoning:
        return
    text = subject.need("UA with reasoning", ANSWER)
    if key(THOUGHT) not in text:
        yield Found(
            "reasoning in the last answer's field is gone: " + quoted(after(text, QUESTION))
        )


def list_content_refused(subject: Subject) -> Iterator[Answer]:
    """Content given as a list of parts is an error."""
    subject.need("U", QUESTION)
    if subject.text("U in parts") is None:
        yield Found(f"a question as a list of parts fails: {subject.why_not('U in parts')}")


def list_content_garbled(subject: Subject) -> Iterator[Answer]:
    """Content given as a list of parts is printed as Python writes it, or lost."""
    subject.need("U", QUESTION)
    text = subject.text("U in parts")
    if text is None:
        return
    if key(QUESTION) not in text:
        yield Found(f"a question as a list of parts is lost: {quoted(text)}")
    elif "'type'" in text or '"type"' in text:
        yield Found(f"a question as a list of parts is printed: {quoted(text)}")


def none_content_refused(subject: Subject) -> Iterator[Answer]:
    """A call of a tool without content is an error, or prints None."""
    if isinstance(subject.syntax, TemplateError):
        yield Skipped(f"the syntax tree was not read: {subject.syntax.fact}")
        return
    if not subject.syntax.claims_tools:
        return
    for whole, bare in _WITH_CALLS:
        text = subject.text(whole)
        if text is None:
            continue
        for probe in bare:
            yield from _bare(subject, probe, text)
        return


def _bare(subject: Subject, probe: str, whole: str) -> Iterator[Answer]:
    """What a call without content gives, where one with empty content renders as `whole`."""
    how = "left out, as transformers 5 does" if "absent" in probe else "None"
    text = subject.text(probe)
    if text is None:
        yield Found(f"a call of a tool whose content is {how} fails: {subject.why_not(probe)}")
    elif text.count("None") > whole.count("None"):
        yield Found(f"a call of a tool whose content is {how} prints None")
