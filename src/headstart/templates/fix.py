"""Repairs that can be made without asking, each proved by rendering and linting again."""

from dataclasses import dataclass

from headstart.domain.template import Finding, Severity, TemplateSource, Use
from headstart.templates.limits import TEMPLATE_SECONDS
from headstart.templates.lint import findings
from headstart.templates.repairs import REMEDIES, Remedy
from headstart.templates.sandbox import Rendered
from headstart.templates.subject import Subject, Tokenizer, examine

_GRAVE = frozenset({Severity.ERROR, Severity.WARNING})
_HOPELESS = frozenset({"does-not-render", "breaks-limits", "template-injection"})
"""A template with one of these is to be replaced, not repaired."""
FIX_SECONDS = 3.0
"""For all that is tried; nearly all repairs are found in a fifth of a second."""


@dataclass(frozen=True)
class Repair:
    """One repair that was made and proved."""

    rule: str
    """The rule whose finding is gone."""
    probe: str
    """The conversation that shows it: S system, U user, A assistant."""
    before: Rendered
    """Its render before."""
    after: Rendered
    """Its render after."""


@dataclass(frozen=True)
class Fixed:
    """A template after all repairs that could be proved."""

    template: TemplateSource
    """The patched template; the old one where nothing was repaired."""
    repairs: tuple[Repair, ...]
    """What was repaired, in the order in which it was done."""
    left: tuple[Finding, ...]
    """What the lint still finds, for training."""


def fix(
    template: TemplateSource,
    *,
    bos: str | None = None,
    eos: str | None = None,
    stops: tuple[str, ...] = (),
    tokenizer: Tokenizer | None = None,
    seconds: float = FIX_SECONDS,
) -> Fixed:
    """Repair double BOS, generation prompt, turn end and generation tags, where it can be proved.

    A repair counts as proved when the rule finds nothing any more, no other rule finds
    an error or warning that it did not find before, every conversation that failed
    fails still, and every other one renders the same bytes but for the repair itself.

    Args:
        template: the template; it is rendered in a sandbox and may be hostile.
        bos: the tokenizer's bos as text, for the rules that need it.
        eos: likewise.
        stops: further texts at which generation stops.
        tokenizer: for the rules that are about ids.
        seconds: of processor time for everything; what is not tried by then stays as it is.

    Limits: proved for the probes, which hold system, user, assistant, tool and reasoning
    messages, not for every conversation. Nothing is repaired of a template that does not
    render, breaks limits or reaches behind the sandbox.
    """
    left = seconds

    def examined(text: str) -> Subject:
        nonlocal left
        allowed = min(TEMPLATE_SECONDS, max(0.0, left))
        subject = examine(
            template.model_copy(update={"text": text}),
            Use.TRAINING,
            bos=bos,
            eos=eos,
            stops=stops,
            tokenizer=tokenizer,
            seconds=allowed,
        )
        left -= allowed - subject.seconds_left
        return subject

    subject = examined(template.text)
    told = findings(subject)
    repairs: list[Repair] = []
    for remedy in REMEDIES:
        if remedy.rule not in _grave(told) or _HOPELESS & _grave(told):
            continue
        for candidate in remedy.tries(subject):
            if left <= 0:
                break
            patched = examined(candidate)
            if remedy.keeps(subject, patched) and _proves(remedy, told, findings(patched)):
                repairs.append(_shown(remedy, subject, patched))
                subject, told = patched, findings(patched)
                break
    return Fixed(subject.template, tuple(repairs), told)


def _grave(told: tuple[Finding, ...]) -> set[str]:
    return {finding.rule for finding in told if finding.severity in _GRAVE}


def _proves(remedy: Remedy, was: tuple[Finding, ...], now: tuple[Finding, ...]) -> bool:
    return _grave(now) <= _grave(was) - {remedy.rule}


def _shown(remedy: Remedy, old: Subject, new: Subject) -> Repair:
    probe = remedy.probe
    if old.text(probe) == new.text(probe) and remedy.rule == "no-generation-prompt":
        probe = "UA"  # the header left finished conversations
    before, after = old.renders[probe], new.renders[probe]
    assert isinstance(before, Rendered)
    assert isinstance(after, Rendered)
    return Repair(remedy.rule, probe, before, after)
