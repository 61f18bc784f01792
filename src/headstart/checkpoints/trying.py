"""In which chat form a checkpoint is tried, and which token ends its documents."""

from headstart.checkpoints.declared import Declared
from headstart.checkpoints.kind import BEHAVIOUR
from headstart.checkpoints.role_forms import guessed_form
from headstart.checkpoints.signals import not_measured
from headstart.checkpoints.token_forms import ends_documents
from headstart.checkpoints.turns import turn_end
from headstart.domain.evidence import Signal
from headstart.domain.template import TemplateSource


def chat_form(declared: Declared) -> tuple[TemplateSource, str | None] | Signal:
    """The template to try it in, and the form's name where it is guessed from role tokens.

    A signal that says "not measured" where there is neither.
    """
    if declared.template is not None:
        return declared.template, None
    guessed = guessed_form(declared.vocabulary)
    if guessed is None:
        why = "there is no chat template, and the vocabulary has no role tokens of a known form"
        return not_measured(BEHAVIOUR, why)
    return guessed, guessed.name


def document_end(declared: Declared) -> str | None:
    """The text of the token that ends documents, or None where the turn end does, or none is known.

    An end token that some file names goes before one that the vocabulary merely has.
    """
    end = turn_end(declared)
    named = sorted(declared.named("eos") - {end} if isinstance(end, str) else declared.named("eos"))
    candidates = [*named, *declared.vocabulary.added]
    return next((text for text in candidates if ends_documents(text) and text != end), None)
