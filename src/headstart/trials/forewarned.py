"""What inspection warns of before a run, and what it forbids."""

from collections.abc import Iterable, Iterator, Mapping

from headstart.checkpoints.kind import FLAGS
from headstart.domain.evidence import Inspection
from headstart.domain.plan import StartSpec
from headstart.domain.template import Finding, Severity
from headstart.domain.value import NotMeasured
from headstart.errors import AuditFailed

HOSTILE = ("breaks-limits", "template-injection")
"""Rules of the template lint: such a template is never rendered outside the sandbox."""
TOLD = (
    "base-ships-template",
    "instruct-without-template",
    "conflicting-evidence",
    "turn-end-not-eos",
    "turn-end-no-token",
    "eos-disagree",
    "templates-disagree",
)
"""Flags that bear on what a run compares."""


def inspection_notes(
    starts: Iterable[StartSpec], found: Mapping[str, Inspection]
) -> tuple[str, ...]:
    """One sentence for each flag of a checkpoint, and for each error in a template in use."""
    told = [f"{name}: {FLAGS[flag]}" for name, one in found.items() for flag in _flags(one)]
    for name in dict.fromkeys(start.template_from for start in starts):
        told += [
            f"{name}'s chat template: {one.title}: {one.evidence}"
            for one in _of_template(found, name)
            if one.severity is Severity.ERROR
        ]
    return tuple(told)


def require_harmless(start: StartSpec, found: Mapping[str, Inspection]) -> None:
    """Refuse a start whose chat template means harm, before anything renders it.

    Raises:
        AuditFailed: with the finding and what to do instead.
    """
    for one in _of_template(found, start.template_from):
        if one.rule in HOSTILE and one.severity is Severity.ERROR:
            raise AuditFailed(
                f"the chat template of {start.template_from} is not safe to use: {one.title}: "
                f"{one.evidence}",
                hint=f"pass --starts {start.checkpoint}:raw, or {one.fix}",
            )


def _flags(found: Inspection) -> Iterator[str]:
    return (flag for flag in TOLD if flag in found.flags)


def _of_template(found: Mapping[str, Inspection], name: str | None) -> tuple[Finding, ...]:
    """The lint's findings on a checkpoint's default template."""
    one = found.get(name) if name is not None else None
    default = next((t for t in one.templates if t.name == "default"), None) if one else None
    if default is None or isinstance(default.findings, NotMeasured):
        return ()
    return default.findings
