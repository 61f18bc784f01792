"""The story of `headstart inspect`: from what the user typed to what a checkpoint is.

Files and headers first, then a few rows of the embedding; what a model does is asked of a port,
since it takes the engine.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from headstart.builtin import is_builtin
from headstart.checkpoints.card import relatives
from headstart.checkpoints.declared import Declared
from headstart.checkpoints.facts import gather_facts
from headstart.checkpoints.kind import BEHAVIOUR, Verdict, conflicts, decide, rows_signal
from headstart.checkpoints.kinship import compare
from headstart.checkpoints.opened import Opened, open_checkpoint
from headstart.checkpoints.refs import hub_id
from headstart.checkpoints.signals import file_signals, not_measured
from headstart.checkpoints.small_files import MOST_TEMPLATES
from headstart.checkpoints.stops import audit_stops
from headstart.checkpoints.template_end import read_ending
from headstart.checkpoints.turn_rows import turn_rows
from headstart.domain.checkpoint import Form
from headstart.domain.evidence import (
    Inspection,
    Kind,
    Relative,
    ShippedTemplate,
    Signal,
    Stops,
    TextFigures,
    TurnRows,
)
from headstart.domain.kinship import Pair
from headstart.domain.template import Finding, TemplateSource
from headstart.domain.value import NotMeasured
from headstart.errors import CheckpointMissing


class Lint(Protocol):
    """Says what is wrong with chat templates."""

    def template(
        self, template: TemplateSource, declared: Declared
    ) -> tuple[Finding, ...] | NotMeasured:
        """What is wrong with one of a checkpoint's templates."""

    def together(self, templates: Sequence[TemplateSource]) -> tuple[Finding, ...] | NotMeasured:
        """What is wrong between the templates of one checkpoint."""


_UNLINTED = NotMeasured(why="the templates were not linted")
Behaviour = Callable[[Opened], Sequence[Signal]]
"""Tries what a model does; one of its signals is called `behaviour` and sums up."""


def inspect(
    ref: str,
    *,
    lint: Lint | None = None,
    behaviour: Behaviour | None = None,
    data: Callable[[Opened], TextFigures | NotMeasured] | None = None,
) -> Inspection:
    """Say what a checkpoint is, from evidence.

    Without ports: files only, no torch, within a second also for 30 shards of a model of 70
    billion parameters, of which headers and some thousand embedding rows are read.

    Args:
        ref: `[name=]source`: a folder, GGUF file, adapter folder or hub id.
        lint: says what is wrong with a template; None leaves it "not measured".
        behaviour: runs the model; None leaves it "not measured".
        data: sees the user's data through the tokenizer; None leaves it "not measured".

    Raises:
        RequestError, CheckpointError: see `opened.open_checkpoint`; and what the ports raise.
    """
    opened = open_checkpoint(ref)
    rows = _rows(opened)
    signals = [*file_signals(opened.declared, _hint(opened)), rows_signal(rows)]
    signals += (
        [not_measured(BEHAVIOUR, "it takes --deep")] if behaviour is None else behaviour(opened)
    )
    verdict = decide(signals)
    stops = audit_stops(opened.declared, verdict.kind)
    return Inspection(
        ref=ref,
        name=opened.name,
        form=opened.form.value,
        kind=verdict.kind,
        because=verdict.because,
        leaning=verdict.leaning,
        would_decide=verdict.would_decide,
        flags=tuple(_flags(opened, verdict, signals, stops, rows)),
        evidence=tuple(sorted(signals, key=lambda signal: -signal.strength.weight)),
        templates=shipped(opened.declared, lint),
        between_templates=_between(opened.declared, lint),
        stops=stops,
        facts=gather_facts(opened.declared, opened.weights),
        rows=rows,
        relatives=_relatives(opened),
        data=NotMeasured(why="it takes --data") if data is None else data(opened),
    )


def inspect_pair(first: Inspection, second: Inspection) -> Pair:
    """Say whether two inspected checkpoints are a pair; reads both again, tensor by tensor.

    Raises:
        CheckpointError: as `inspect`.
    """
    return compare(open_checkpoint(first.ref), open_checkpoint(second.ref), (first, second))


def _rows(opened: Opened) -> TurnRows | NotMeasured:
    if opened.form is Form.ADAPTER:
        return NotMeasured(why="an adapter's rows are its parent's")
    if isinstance(opened.weights, NotMeasured):
        return opened.weights
    return turn_rows(opened.declared, opened.weights)


def _relatives(opened: Opened) -> tuple[Relative, ...]:
    """By the card, and by the card of a parent that ships with headstart."""
    found = relatives(opened.declared.card, _hint(opened))
    origins = [one.ref for one in found if one.relation == "origin" and is_builtin(one.ref)]
    if not origins or any(one.relation == "base" for one in found):
        return found
    try:
        card = open_checkpoint(origins[0]).declared.card
    except CheckpointMissing:
        return found
    behind = [one for one in relatives(card, origins[0]) if one.relation == "base"]
    whose = [one.model_copy(update={"why": f"{origins[0]}: {one.why}"}) for one in behind]
    return (*found, *whose)


def _hint(opened: Opened) -> str:
    """The hub id, or the name of folder or file."""
    hub = hub_id(opened.source) if opened.form is Form.HUB else None
    return hub[0] if hub else opened.path.stem if opened.form is Form.GGUF else opened.path.name


def _flags(
    opened: Opened,
    verdict: Verdict,
    signals: Sequence[Signal],
    stops: Stops,
    rows: TurnRows | NotMeasured,
) -> Iterator[str]:
    template = opened.declared.template
    if verdict.kind is Kind.BASE and template is not None:
        yield "base-ships-template"
    if verdict.kind is Kind.INSTRUCT and template is None:
        yield "instruct-without-template"
    if not isinstance(rows, NotMeasured) and rows.state == "untrained":
        yield "untrained-turn-tokens"
    if conflicts(verdict.kind, signals):
        yield "conflicting-evidence"
    found = {finding.rule for finding in stops.findings}
    yield from (
        rule
        for rule in ("turn-end-not-eos", "turn-end-no-token", "eos-disagree", "pad-is-eos")
        if rule in found
    )
    default = {one.text for one in opened.declared.templates if one.name == "default"}
    if len(default) > 1:
        yield "templates-disagree"
    if opened.form is Form.ADAPTER:
        yield "adapter"
    if isinstance(opened.weights, NotMeasured):
        yield "pickle-weights" if opened.pickled else "no-weights"


def shipped(declared: Declared, lint: Lint | None = None) -> tuple[ShippedTemplate, ...]:
    """Every template that the files bring, with what the lint says of it."""
    return tuple(_shipped(declared, lint))


def _shipped(declared: Declared, lint: Lint | None) -> Iterator[ShippedTemplate]:
    for one in declared.templates[:MOST_TEMPLATES]:
        yield ShippedTemplate(
            name=one.name,
            source=one.source,
            sha256=hashlib.sha256(one.text.encode("utf-8", errors="replace")).hexdigest(),
            characters=len(one.text),
            turn_end=_closes(one, declared),
            findings=_UNLINTED if lint is None else lint.template(one, declared),
        )


def _closes(template: TemplateSource, declared: Declared) -> str | NotMeasured:
    end = read_ending(template.text, declared.vocabulary.added)
    if isinstance(end, NotMeasured):
        return end
    if end.closes is None and not end.by_eos:
        return NotMeasured(why="it writes no token after an answer")
    eos = min(declared.named("eos"), default="")
    return end.closes or eos or NotMeasured(why="it writes eos, which no file names")


def _between(declared: Declared, lint: Lint | None) -> tuple[Finding, ...] | NotMeasured:
    return _UNLINTED if lint is None else lint.together(declared.templates[:MOST_TEMPLATES])
