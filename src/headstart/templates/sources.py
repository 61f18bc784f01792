"""All templates of one checkpoint together: where they lie, whether they agree.

A checkpoint may hold templates in several files, and several named ones in one file.
What is loaded then depends on the program that loads it.
"""

import hashlib
from collections.abc import Sequence

from headstart.domain.template import Finding, Severity, TemplateSource
from headstart.errors import CheckpointBroken
from headstart.templates.limits import TEMPLATE_SECONDS
from headstart.templates.probes import PROBES, calls
from headstart.templates.sandbox import Rendered, render_all
from headstart.templates.subject import BOS, EOS

DEFAULT = "default"


def named_templates(value: object, source: str) -> tuple[TemplateSource, ...]:
    """The templates in a `chat_template` value: one text, or a list of {name, template}.

    Args:
        value: as parsed from JSON; None gives no templates.
        source: the file or key it comes from.

    Raises:
        CheckpointBroken: it is neither, or a name stands twice.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return ()
    if isinstance(value, str):
        return (TemplateSource(name=DEFAULT, source=source, text=value),)
    if isinstance(value, dict):
        value = [{"name": name, "template": text} for name, text in value.items()]
    if not isinstance(value, list):
        raise _broken(source, f"`chat_template` is a {type(value).__name__}")
    found = tuple(_named(one, source) for one in value)
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise _broken(source, f"the chat template {name[:60]!r} stands twice")
    return found


def _named(one: object, source: str) -> TemplateSource:
    if isinstance(one, dict):
        name, text = one.get("name"), one.get("template")
        if isinstance(name, str) and isinstance(text, str):
            return TemplateSource(name=name, source=source, text=text)
    raise _broken(source, "`chat_template` holds something else than name and template")


def _broken(source: str, what: str) -> CheckpointBroken:
    return CheckpointBroken(
        f"{source}: {what}",
        hint='write one text, or a list of {"name": ..., "template": ...}',
    )


def compare(
    templates: Sequence[TemplateSource], *, seconds: float = TEMPLATE_SECONDS
) -> tuple[Finding, ...]:
    """Find what is wrong between a checkpoint's templates: two rules of their own.

    `no-default-template` where there are some and none of them is `default`;
    `sources-disagree` where two places hold different templates under one name: a
    warning where they render differently, else information.

    Args:
        templates: those of one checkpoint.
        seconds: how long rendering each of them may take.

    Limits: rendered on the lint's probes only.
    """
    return (*_without_default(templates), *_disagreeing(templates, seconds))


def _without_default(templates: Sequence[TemplateSource]) -> list[Finding]:
    names = [one.name for one in templates]
    if not names or DEFAULT in names:
        return []
    places = ", ".join(dict.fromkeys(one.source or "the template" for one in templates))
    return [
        Finding(
            rule="no-default-template",
            title="several templates are named, and none is the default",
            severity=Severity.ERROR,
            evidence=f"{places} names {', '.join(map(repr, names[:6]))}",
            fix="name one of them `default`",
        )
    ]


def _disagreeing(templates: Sequence[TemplateSource], seconds: float) -> list[Finding]:
    found: list[Finding] = []
    for name in dict.fromkeys(one.name for one in templates):
        first, *others = (one for one in templates if one.name == name)
        found += [_disagreement(first, one, seconds) for one in others if one.text != first.text]
    return found


def _disagreement(one: TemplateSource, other: TemplateSource, seconds: float) -> Finding:
    different = differing(one.text, other.text, seconds=seconds)
    hashes = " and ".join(f"{_digest(each.text)} in {each.source}" for each in (one, other))
    shown = f"renders differ on {', '.join(different[:6])}" if different else "renders are alike"
    return Finding(
        rule="sources-disagree",
        title="two places hold different templates",
        severity=Severity.WARNING if different else Severity.INFO,
        evidence=f"the template {one.name!r} is {hashes}; {shown}",
        fix="keep one; transformers reads chat_template.jinja before tokenizer_config.json",
    )


def differing(one: str, other: str, *, seconds: float = TEMPLATE_SECONDS) -> tuple[str, ...]:
    """Names of the probes that two templates render differently; empty where they agree.

    Each of them may take `seconds`.
    """
    requests = calls(PROBES, BOS, EOS)
    pairs = zip(
        PROBES,
        render_all(one, requests, seconds=seconds).outcomes,
        render_all(other, requests, seconds=seconds).outcomes,
        strict=True,
    )
    return tuple(probe.name for probe, a, b in pairs if not _alike(a, b))


def _alike(one: object, other: object) -> bool:
    if isinstance(one, Rendered) and isinstance(other, Rendered):
        return one.text == other.text
    return not isinstance(one, Rendered) and not isinstance(other, Rendered)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
