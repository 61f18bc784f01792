"""What the user named: checkpoints on disk or hub, and models behind servers."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from headstart.checkpoints import resolve_all
from headstart.domain.checkpoint import Checkpoint
from headstart.domain.tax import Battery, Mode
from headstart.errors import RequestError
from headstart.tax.planning import Asked
from headstart.tax.port import Scores, Speaks
from headstart.tax.served import Served, find_served, is_served

_SPOKEN = frozenset((Battery.SAFE, Battery.UNSAFE, Battery.INSTRUCTIONS, Battery.SAMPLES))
_SCORED = frozenset((Battery.CHOICES, Battery.PASSAGES))


@dataclass(frozen=True)
class Subject:
    """One of the two or more that are compared; either a checkpoint or served."""

    name: str
    """Unique within the run."""
    source: str
    """What was typed for it."""
    checkpoint: Checkpoint | None
    """Where it is loaded from."""
    served: Served | None
    """Where it is served."""

    @property
    def template(self) -> str | None:
        """The chat template it ships; a server keeps its own."""
        return self.checkpoint.chat_template if self.checkpoint else None

    @property
    def fingerprint(self) -> str:
        """Equal for equal models; of a served one only address and model name are known."""
        if self.checkpoint is not None:
            return self.checkpoint.fingerprint
        return hashlib.sha256(self.source.encode()).hexdigest()


def resolve_subjects(refs: Sequence[str]) -> tuple[Subject, ...]:
    """Find each of them, in the order given; the base comes first, if there is more than one.

    Raises:
        RequestError: none, or a name is given twice.
        CheckpointError: a checkpoint cannot be found or read.
        ServerError: a server does not answer.
    """
    if not refs:
        raise RequestError("no checkpoint is given", hint="headstart tax BASE INSTRUCT [TUNED ...]")
    local = [ref for ref in refs if not is_served(ref)]
    found = iter(resolve_all(local) if local else ())
    subjects = []
    for ref in refs:
        if is_served(ref):
            served = find_served(ref)
            subjects.append(Subject(served.name, served.source, None, served))
        else:
            checkpoint = next(found)
            subjects.append(Subject(checkpoint.name, checkpoint.source, checkpoint, None))
    names = [each.name for each in subjects]
    if len(set(names)) < len(names):
        raise RequestError(
            f"two models are called {max(names, key=names.count)!r}",
            hint="give every one a name of its own: NAME=SOURCE",
        )
    return tuple(subjects)


def beside_base(subjects: Sequence[Subject]) -> Sequence[Subject]:
    """Those that are held against the base; one alone has none, and is no base itself."""
    return subjects[1:] or subjects


def no_shift(base: Subject, other: Subject) -> str | None:
    """Why token shift cannot be measured between two, or None where it can."""
    if base.checkpoint is None or other.checkpoint is None:
        return "a served model does not rank given tokens"
    if base.checkpoint.tokenizer_fingerprint != other.checkpoint.tokenizer_fingerprint:
        return f"its vocabulary is not that of {base.name}, so ranks cannot be compared"
    return None


def asked_of(
    subject: Subject,
    subjects: Sequence[Subject],
    voice: Speaks | None,
    *,
    has_template: bool,
    is_given: bool,
) -> Asked:
    """What can be asked of one of them, and how.

    Args:
        subject: which.
        subjects: all of them; a base is made for plain text, whatever it ships.
        voice: of a served one, opened; None for a checkpoint.
        has_template: whether there is a chat template that loaded checkpoints are asked in.
        is_given: whether the user gave it, for all but the base.
    """
    is_base = subject not in beside_base(subjects)
    if subject.served is not None:
        mode = Mode.RAW if is_base else Mode.TEMPLATE
        # a server repeats only plain text with its probabilities
        without = frozenset((battery, Mode.TEMPLATE) for battery in _SCORED)
        return Asked(subject.name, mode, tuple(Mode), _told(subjects, voice), without)
    modes = tuple(Mode) if has_template else (Mode.RAW,)
    chats = has_template and not is_base and (is_given or subject.template is not None)
    batteries = frozenset(Battery) - ({Battery.SHIFT} if no_shift(subjects[0], subject) else set())
    return Asked(subject.name, Mode.TEMPLATE if chats else Mode.RAW, modes, batteries)


def _told(subjects: Sequence[Subject], voice: Speaks | None) -> frozenset[Battery]:
    """What a server can be asked for."""
    if not isinstance(voice, Scores):
        return _SPOKEN
    # of a text's first token a server tells nothing, so bits compare with another server's only
    alike = all(each.served is not None for each in subjects)
    return _SPOKEN | (_SCORED if alike else _SCORED - {Battery.PASSAGES})
