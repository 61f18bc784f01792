"""A template that means harm is refused before anything outside the sandbox renders it."""

from headstart.domain.template import Severity, TemplateSource, Use
from headstart.templates.errors import TemplateUnsafe
from headstart.templates.lint import lint

HOSTILE = ("breaks-limits", "template-injection")
"""Rules of the lint whose errors mean harm; all others are mere faults."""


def require_harmless(text: str, where: str, *, hint: str) -> None:
    """Refuse a chat template that reaches for Python or would not end.

    Args:
        text: the template; it is rendered in a sandbox, within limits.
        where: whose it is, for the message.
        hint: what to do instead.

    Raises:
        TemplateUnsafe: with what was found.
    """
    for one in lint(TemplateSource(text=text, source=where), use=Use.SERVING):
        if one.rule in HOSTILE and one.severity is Severity.ERROR:
            raise TemplateUnsafe(
                f"the chat template of {where} is not safe to use: {one.title}: {one.evidence}",
                hint=hint,
            )
