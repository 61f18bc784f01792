"""Where texts and turns begin and end: BOS, turn end, padding, and the loss mask."""

import re
from collections.abc import Iterator

from headstart.domain.template import Severity
from headstart.templates.errors import TemplateError
from headstart.templates.probes import ANSWER, NEXT_ANSWER, NEXT_QUESTION, QUESTION, key
from headstart.templates.rule import Answer, Found, Skipped
from headstart.templates.sandbox import Rendered
from headstart.templates.subject import NotRendered, Subject, ending, quoted

_NO_TOKENIZER = "no tokenizer is given"


def double_bos(subject: Subject) -> Iterator[Answer]:
    """The text begins with two BOS, or gets a second one where it is tokenised."""
    text = subject.need("U", QUESTION)
    bos = re.escape(subject.bos_text)
    if subject.bos_text and re.match(rf"\s*{bos}\s*{bos}", text):
        yield Found(f"R([user]) begins {quoted(text[:80])}")
        return
    if subject.tokenizer is None:
        yield Skipped(f"what the tokenizer adds: {_NO_TOKENIZER}")
        return
    begin = subject.tokenizer.bos_token_id
    plain = subject.tokenizer.encode(text, add_special_tokens=False)
    full = subject.tokenizer.encode(text, add_special_tokens=True)
    if begin is None:
        return
    if list(plain[:2]) == [begin, begin]:
        yield Found(f"R([user]) is tokenised as {list(plain[:4])} ..., BOS is {begin}")
    elif list(full[:2]) == [begin, begin]:
        yield Found(
            f"R([user]) is tokenised with special tokens added as {list(full[:4])} ..., "
            f"BOS is {begin}",
            Severity.WARNING,
            "tokenise rendered text with add_special_tokens=False on every path: "
            "training, serving and evaluation",
        )


def missing_bos(subject: Subject) -> Iterator[Answer]:
    """The tokenizer begins a text with BOS, and the template does not."""
    text = subject.need("U", QUESTION)
    if subject.tokenizer is None:
        yield Skipped(_NO_TOKENIZER)
        return
    begin = subject.tokenizer.bos_token_id
    first = list(subject.tokenizer.encode("a", add_special_tokens=True)[:1])
    plain = list(subject.tokenizer.encode(text, add_special_tokens=False)[:4])
    if begin is not None and first == [begin] and plain[:1] != [begin]:
        yield Found(
            f"R([user]) begins {quoted(text[:60])} and is tokenised as {plain} ...; "
            f"the tokenizer begins a text with {begin}"
        )


def eos_not_turn_end(subject: Subject) -> Iterator[Answer]:
    """The token that closes an answer is none at which generation stops."""
    end = subject.turn_end
    if subject.eos is None and not subject.stops:
        yield Skipped("no eos is given")
    elif end is not None and end not in (subject.eos, *subject.stops):
        stops = ", ".join(map(repr, filter(None, (subject.eos, *subject.stops))))
        yield Found(f"after the answer comes {end!r}, and eos is {stops}")


def no_turn_end(subject: Subject) -> Iterator[Answer]:
    """Nothing closes an answer."""
    if subject.turn_end is None:
        yield Found(f"after the last answer comes {ending(subject.tail)}")


def pad_is_turn_end(subject: Subject) -> Iterator[Answer]:
    """The padding token is the one that closes an answer."""
    if subject.tokenizer is None:
        yield Skipped(_NO_TOKENIZER)
        return
    pad = subject.tokenizer.pad_token_id
    if pad is None:
        return
    end = subject.turn_end
    ids = subject.tokenizer.encode(end, add_special_tokens=False) if end else ()
    if pad == subject.tokenizer.eos_token_id:
        yield Found(f"pad and eos are both {pad}")
    elif len(ids) == 1 and ids[0] == pad:
        yield Found(f"pad and the turn end {end!r} are both {pad}")


def newline_after_turn_end(subject: Subject) -> Iterator[Answer]:
    """White space follows the turn end, and becomes a target in training."""
    end = subject.turn_end
    if end is None or subject.opens_after_answer:
        return
    left = subject.tail.partition(end)[2]
    if left and not left.strip():
        yield Found(f"after the answer comes {quoted(subject.tail)}")


def no_generation_markers(subject: Subject) -> Iterator[Answer]:
    """The template does not mark what the assistant says."""
    if isinstance(subject.syntax, TemplateError):
        yield Skipped(f"the syntax tree was not read: {subject.syntax.fact}")
    elif not subject.syntax.marks_generation:
        yield Found("the syntax tree has no {% generation %} tag")


def generation_mask_wrong(subject: Subject) -> Iterator[Answer]:
    """What the template marks is not the assistant's text with its turn end."""
    if isinstance(subject.syntax, TemplateError):
        yield Skipped(f"the syntax tree was not read: {subject.syntax.fact}")
        return
    if not subject.syntax.marks_generation:
        return
    for probe, answers in (("UA", [ANSWER]), ("UAUA", [ANSWER, NEXT_ANSWER])):
        wrong = _wrong_marks(subject, probe, answers)
        if wrong:
            yield Found(f"in {probe}, {wrong}")
            return
    yield from _marked_prompt(subject)


def _marked_prompt(subject: Subject) -> Iterator[Answer]:
    """Marks that begin inside the prompt: its header would be trained as if it were said."""
    for asked, told in (("U asked", "UA"), ("UAU asked", "UAUA")):
        prompt, whole = subject.text(asked), subject.renders[told]
        if prompt is None or not isinstance(whole, Rendered) or not whole.text.startswith(prompt):
            continue
        start, _ = whole.generation_spans[-1]
        inside = prompt[start:].strip()
        if inside:
            yield Found(
                f"in {told}, {quoted(inside)} is marked, which is part of the prompt",
                Severity.WARNING,
            )
            return


def _wrong_marks(subject: Subject, probe: str, answers: list[str]) -> str:
    found = subject.renders[probe]
    if not isinstance(found, Rendered):
        raise NotRendered(f"the conversation {probe} is not rendered: {subject.why_not(probe)}")
    marked = [found.text[start:end] for start, end in found.generation_spans]
    if len(marked) != len(answers):
        return f"{len(marked)} parts are marked for {len(answers)} answers"
    for part, answer in zip(marked, answers, strict=True):
        if part.count(key(answer)) < 2:
            return f"{quoted(part)} is marked, which is not the whole answer"
        if any(key(text) in part for text in (QUESTION, NEXT_QUESTION)):
            return f"{quoted(part)} is marked, which holds the user's text"
        if subject.turn_end and not part.rstrip().endswith(subject.turn_end):
            return f"{ending(part)} is marked, without the turn end {subject.turn_end!r}"
    return ""
