"""Why a template gave no text.

    TemplateError           a chat template did not render; fact and hint, exit code 2
      TemplateBroken        it is no template: its syntax cannot be read
      TemplateRefused       it refuses these messages with its own `raise_exception`
      TemplateFailed        it met a value that it cannot handle
      TemplateUnsafe        it reached for what a sandbox forbids
      TemplateOverrun       it broke a limit on time, steps, recursion, size or memory

A lint renders many conversations and expects some to be refused, so these are also
handed about as values: see `sandbox.render_all`.
"""

from headstart.errors import HeadstartError


class TemplateError(HeadstartError):
    """A chat template did not render these messages."""


class TemplateBroken(TemplateError):
    """The template's syntax cannot be read."""


class TemplateRefused(TemplateError):
    """The template refuses these messages with its own `raise_exception`."""


class TemplateFailed(TemplateError):
    """The template met a value that it cannot handle."""


class TemplateUnsafe(TemplateError):
    """The template reached for what a sandbox forbids."""


class TemplateOverrun(TemplateError):
    """The template broke a limit on time, steps, recursion, size or memory."""


_KINDS: dict[str, tuple[type[TemplateError], str, str]] = {
    "broken": (
        TemplateBroken,
        "the chat template's syntax cannot be read",
        "correct the template at the line named",
    ),
    "refused": (
        TemplateRefused,
        "the chat template refuses these messages",
        "give the messages in the order and with the roles that it names",
    ),
    "failed": (
        TemplateFailed,
        "the chat template fails on these messages",
        "check that every message has the keys the template reads, or repair the template",
    ),
    "unsafe": (
        TemplateUnsafe,
        "the chat template reaches for what a sandbox forbids",
        "do not use this template; take the original author's",
    ),
    "overrun": (
        TemplateOverrun,
        "the chat template breaks a limit",
        "do not use this template, or render fewer and shorter messages",
    ),
}


def told(kind: str, says: str) -> TemplateError:
    """The error of one kind (broken, refused, failed, unsafe, overrun) with what was said."""
    error, fact, hint = _KINDS[kind]
    return error(f"{fact}: {says}", hint=hint)
