"""HTML of the lesson and of single findings, drawn on the server; readable without JavaScript."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from headstart.lesson.content import Experiment, Lesson, lesson
from headstart.lesson.finding import Finding, Gaps
from headstart.lesson.prose import inline, paragraphs, typeset
from headstart.lesson.recorded import recorded
from headstart.report.inert import visible
from headstart.report.pages import page_environment

HERE = Path(__file__).parent
STATIC = HERE / "static"
"""Style sheet, modules and icon; to be served as files beside the page."""
MODULE = "lesson.js"
"""The module that brings the page to life, among `STATIC`."""
STYLE = "lesson.css"
"""The style sheet, among `STATIC`; it uses classes below `.lesson` only."""
_MARKER = re.compile(r"(<\|[a-z_]+\|>)")


def lesson_html(
    *, run_url: str = "", findings: Mapping[tuple[str, str], Finding] | None = None
) -> Markup:
    """The whole lesson as one `<article class="lesson">`, without head and header.

    Args:
        run_url: where experiments can be run live; empty leaves only the recorded findings.
            `run.js` posts `{experiment, choice, seed}` there as JSON and reads JSON lines:
            `{"message", "done", "total"}` for progress, then `{"html"}` with `finding_html`,
            or `{"error"}` with a sentence. Closing the request cancels the run.
        findings: what to show first; those that ship unless others are given.
    """
    shown = recorded() if findings is None else findings
    return _draw("lesson.html", lesson=lesson(), findings=shown, run_url=run_url)


def finding_html(finding: Finding, *, live: bool = False) -> Markup:
    """One finding as a `<div class="finding">`, its badge saying Live or Recorded."""
    experiment = lesson().experiment(finding.experiment)
    return _draw("finding.html", finding=finding, experiment=experiment, live=live)


def site_page(title: str, article: Markup) -> str:
    """A page of its own around the lesson, for the static site."""
    return str(_draw("site.html", title=title, article=article))


def steps(content: Lesson) -> int:
    """What can be done in all: experiments and questions."""
    return len(content.experiments) + len(content.check)


def _draw(name: str, **values: object) -> Markup:
    return Markup(_environment().get_template(name).render(**values))  # noqa: S704  autoescaped


@cache
def _environment() -> Environment:
    found = page_environment(HERE / "templates")
    found.filters |= {
        "inline": inline,
        "paragraphs": paragraphs,
        "typeset": typeset,
        "day": _day,
        "pieces": _pieces,
        "span": _span,
    }
    found.globals |= {"finding_html": finding_html, "choice_text": _choice_text, "steps": steps}
    return found


def _day(text: str) -> str:
    found = date.fromisoformat(text)
    return f"{found.day} {found:%B %Y}"


def _pieces(text: str) -> list[tuple[bool, str]]:
    """Text in pieces, each with whether it is a role marker; what is unseen is written out."""
    shown = visible(text, keep="\n")
    return [
        (_MARKER.fullmatch(piece) is not None, piece) for piece in _MARKER.split(shown) if piece
    ]


def _span(drawing: Gaps) -> float:
    """The distance from zero that the drawing must hold on either side."""
    return max(max(abs(row.low), abs(row.high)) for row in drawing.rows) or 1.0


def _choice_text(experiment: Experiment, choice: str) -> str:
    return next((each.text for each in experiment.choices if each.id == choice), "")
