"""A chat template as found, and what a lint has to say of it."""

from enum import StrEnum

from headstart.domain.value import Value


class Use(StrEnum):
    """What a template is to be used for; some faults matter to one use only."""

    TRAINING = "training"
    SERVING = "serving"


class Severity(StrEnum):
    """How much a finding matters for the use in question."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NOT_MEASURED = "not measured"


class TemplateSource(Value):
    """One chat template and where it was found."""

    name: str = "default"
    """Its name among the checkpoint's templates."""
    source: str = ""
    """The file or metadata key that holds it."""
    text: str
    """The template itself."""


class Finding(Value):
    """What one rule of the lint has to say of one template."""

    rule: str
    """The rule's id."""
    title: str
    """What is wrong, in one clause."""
    severity: Severity
    """How much it matters for the use; `not measured` where the check was skipped."""
    evidence: str
    """What was rendered, or why nothing could be; untrusted text is quoted as Python would."""
    fix: str
    """What to do about it; empty where the check was skipped."""
