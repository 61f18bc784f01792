"""Every experiment by its name, run and labelled."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from headstart.domain.event import OnEvent, ignore
from headstart.errors import RequestError
from headstart.lesson.content import lesson
from headstart.lesson.experiments.cast import Cast
from headstart.lesson.experiments.continuing import continues, knows
from headstart.lesson.experiments.fitting import fits
from headstart.lesson.experiments.formats import no_turn, template
from headstart.lesson.experiments.making import stages, weights
from headstart.lesson.experiments.outcomes import outcomes
from headstart.lesson.experiments.raw_text import raw, tax
from headstart.lesson.experiments.shifting import shift
from headstart.lesson.experiments.starting import start
from headstart.lesson.finding import Finding, Found
from headstart.version import __version__

Run = Callable[[Cast, str, int, OnEvent], Found]
MODEL = "the built-in pair"

EXPERIMENTS: Mapping[str, Run] = MappingProxyType(
    {
        "continues": continues,
        "knows": knows,
        "weights": weights,
        "stages": stages,
        "shift": shift,
        "template": template,
        "no-turn": no_turn,
        "start": start,
        "raw": raw,
        "tax": tax,
        "outcomes": outcomes,
        "fits": fits,
    }
)
"""In reading order, by the ids of the lesson's text."""


def run(
    name: str, cast: Cast, *, choice: str = "", seed: int = 0, on_event: OnEvent = ignore
) -> Finding:
    """Run one experiment on the built-in pair, under 15 seconds on two cores.

    Args:
        name: one of `EXPERIMENTS`.
        cast: loaded once by `cast.gather`; weights are the same before and after.
        choice: the value of what the experiment varies; empty takes the first.
        seed: draws prompts, continuations and rows; 0 or more.
        on_event: told of progress at least between steps. Whatever it raises stops the run
            and passes through: that is how a run is cancelled.

    Raises:
        RequestError: no experiment has that name, or it has no such choice.
    """
    known = next((each for each in lesson().experiments if each.id == name), None)
    if known is None:
        raise RequestError(
            f"no experiment is called {name!r}", hint="there are " + ", ".join(EXPERIMENTS)
        )
    used = choice or known.choice_ids[0]
    if used not in known.choice_ids or seed < 0:
        raise RequestError(
            f"the experiment {name} cannot be run with {choice!r} and seed {seed}",
            hint="choices are " + (", ".join(filter(None, known.choice_ids)) or "none"),
        )
    began = time.process_time()
    found = EXPERIMENTS[name](cast, used, seed, on_event)
    return Finding(
        experiment=name,
        choice=used,
        seed=seed,
        model=MODEL,
        fingerprint=cast.fingerprint,
        date=datetime.now(UTC).date().isoformat(),
        headstart=__version__,
        cpu_seconds=round(time.process_time() - began, 2),
        found=found,
    )
