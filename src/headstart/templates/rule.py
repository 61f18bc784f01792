"""What a rule of the lint is, and what it can say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from headstart.domain.template import Finding, Severity, Use
from headstart.templates.subject import NotRendered, Subject


@dataclass(frozen=True)
class Found:
    """A rule found what it looks for."""

    evidence: str
    """What was rendered."""
    severity: Severity | None = None
    """Where the case is graver or milder than the rule; never where the use ignores it."""
    fix: str | None = None
    """Where the rule's own advice does not fit the case."""


@dataclass(frozen=True)
class Skipped:
    """A rule could not look."""

    why: str
    """What was missing."""


Answer = Found | Skipped


@dataclass(frozen=True)
class Rule:
    """One thing that a chat template can get wrong."""

    id: str
    """In words joined by hyphens."""
    title: str
    """What is wrong, in one clause."""
    check: Callable[[Subject], Iterator[Answer]]
    """Gives nothing where all is well."""
    training: Severity | None
    """How much it matters when the template is trained with; None where not at all."""
    serving: Severity | None
    """How much it matters when the template is served."""
    fix: str
    """What to do about it."""

    def apply(self, subject: Subject) -> list[Finding]:
        """What this rule has to say of a template; empty where all is well."""
        usual = self.training if subject.use is Use.TRAINING else self.serving
        if usual is None:
            return []
        try:
            return [self._finding(answer, usual) for answer in self.check(subject)]
        except NotRendered as reason:
            return [self._finding(Skipped(str(reason)), usual)]

    def _finding(self, answer: Answer, usual: Severity) -> Finding:
        if isinstance(answer, Skipped):
            return Finding(
                rule=self.id,
                title=self.title,
                severity=Severity.NOT_MEASURED,
                evidence=answer.why,
                fix="",
            )
        return Finding(
            rule=self.id,
            title=self.title,
            severity=answer.severity or usual,
            evidence=answer.evidence,
            fix=self.fix if answer.fix is None else answer.fix,
        )
