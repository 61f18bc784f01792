"""Models: what a checkpoint is, with its evidence; whether two are a pair."""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.checkpoints.kind import FLAGS, conflicts
from headstart.domain.evidence import Inspection, Signal, Strength
from headstart.domain.kinship import InspectReport
from headstart.domain.value import Value
from headstart.errors import HeadstartError, RequestError
from headstart.preflight import TemplateLint
from headstart.report.inspect_figures import fact_rows, findings, headline, pair_rows, template_text
from headstart.studio.forms import read_form
from headstart.studio.pages import Told, respond
from headstart.studio.state import Studio, studio_of

CONFLICTS = (
    "conflicting-evidence",
    "base-ships-template",
    "instruct-without-template",
    "eos-disagree",
    "templates-disagree",
)
"""Flags that say that two things do not fit; the first is told signal by signal."""


class ModelRow(Value):
    """One checkpoint in the table of models."""

    name: str
    """Its name."""
    verdict: str
    """base, instruct or undecided."""
    strength: Strength
    """Of the strongest signal for the verdict."""
    conflicts: tuple[str, ...]
    """What does not fit together: signals against the verdict, files that disagree."""
    notes: tuple[str, ...]
    """What else a person must know."""
    facts: tuple[tuple[str, str], ...]
    """What the files say, a name and a text each."""
    templates: tuple[str, ...]
    """Each chat template in one line."""
    findings: tuple[tuple[str, str, str, str], ...]
    """Where, how grave, what is wrong, and what to do."""


class ModelsView(Value):
    """The page."""

    refs: tuple[str, ...]
    """What is asked about, as typed."""
    closed: tuple[str, ...]
    """Those that are not open yet: a button on the page opens them."""
    rows: tuple[ModelRow, ...]
    """One for each checkpoint."""
    pair: tuple[tuple[str, str], ...]
    """What two have in common; empty for one."""
    report: InspectReport | None
    """All that was found, as `headstart inspect --json` gives it."""
    error: Told | None
    """Why nothing was found."""


async def models(request: Request) -> Response:
    """What `?a=` and `?b=` are; without them, the way to begin."""
    studio = studio_of(request)
    refs = _refs(request.query_params.get("a", ""), request.query_params.get("b", ""))
    closed = studio.grants.closed(*refs)
    report, error = None, None
    if refs and not closed:
        try:
            report = await run_in_threadpool(_inspected, studio, refs)
        except HeadstartError as found:
            error = Told.of(found)
    view = ModelsView(
        refs=refs,
        closed=closed,
        rows=tuple(_row(one) for one in report.checkpoints) if report else (),
        pair=tuple(pair_rows(report.pair)) if report and report.pair else (),
        report=report,
        error=error,
    )
    return respond(request, "models.html", view, {"active": "Models"})


async def open_models(request: Request) -> Response:
    """Open what the form names, and go to what it is."""
    studio, form = studio_of(request), await read_form(request)
    refs = _refs(form.get("a", ""), form.get("b", ""))
    studio.grants.open(*refs)
    studio.inspected.pop("\n".join(refs), None)
    query = urlencode(dict(zip("ab", refs, strict=False)))
    return RedirectResponse(f"/?{query}" if query else "/", 303)


async def try_models(request: Request) -> Response:
    """Open what the form names, load it, try what it does, and go to what was found."""
    studio, form = studio_of(request), await read_form(request)
    refs = _refs(form.get("a", ""), form.get("b", ""))
    studio.grants.open(*refs)
    async for line in studio.models.ask("try", {"refs": refs}):
        if line.get("type") == "failed":
            raise RequestError(line["fact"], hint=line["hint"])
        if "checkpoints" in line:
            studio.inspected["\n".join(refs)] = InspectReport.model_validate(line)
    return RedirectResponse(f"/?{urlencode(dict(zip('ab', refs, strict=False)))}", 303)


ROUTES = (
    Route("/", models),
    Route("/models.json", models),
    Route("/models", open_models, methods=["POST"]),
    Route("/models/try", try_models, methods=["POST"]),
)


def _refs(*typed: str) -> tuple[str, ...]:
    return tuple(ref.strip() for ref in typed if ref.strip())


def _inspected(studio: Studio, refs: tuple[str, ...]) -> InspectReport:
    key = "\n".join(refs)
    found = studio.inspected.get(key)
    if found is None:
        lint = TemplateLint()
        each = tuple(inspect(ref, lint=lint) for ref in refs)
        pair = inspect_pair(each[0], each[1]) if len(each) == 2 else None
        found = InspectReport(checkpoints=each, pair=pair)
        studio.inspected[key] = found
    return found


def _row(found: Inspection) -> ModelRow:
    return ModelRow(
        name=found.name,
        verdict=headline(found),
        strength=max((s.strength for s in _for(found)), key=_weight, default=Strength.NONE),
        conflicts=tuple(_conflicts(found)),
        notes=tuple(FLAGS[flag] for flag in found.flags if flag not in CONFLICTS),
        facts=tuple(fact_rows(found)),
        templates=tuple(template_text(one) for one in found.templates),
        findings=tuple(
            (where, one.severity.value, f"{one.title}: {one.evidence}", one.fix)
            for where, one in findings(found)
        ),
    )


def _for(found: Inspection) -> list[Signal]:
    return [signal for signal in found.evidence if signal.says is found.kind]


def _weight(strength: Strength) -> int:
    return strength.weight


def _conflicts(found: Inspection) -> list[str]:
    against = conflicts(found.kind, found.evidence)
    told = [f"{one.signal} says {one.says.value}: {one.detail}" for one in against]
    return told + [FLAGS[flag] for flag in found.flags if flag in CONFLICTS[1:]]
