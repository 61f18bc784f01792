"""Jobs run one after the other; each is stored as it ends, and what is stored is not run again."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from headstart.domain.event import Event, OnEvent
from headstart.domain.tax import Battery, Job, Mode, Output, PromptSets, TaxPlan
from headstart.domain.tax_report import FamilyGap, WeightGap
from headstart.domain.value import NotMeasured
from headstart.errors import Interrupted
from headstart.tax.asking import Asking, ask
from headstart.tax.folder import TaxFolder
from headstart.tax.planning import Pace
from headstart.tax.port import Scores, Speaks, Weighs

ALPHAS = (0.25, 0.5, 0.75)
"""Where between two checkpoints the barrier is looked for."""
BARRIER_PASSAGES = 16
_PACE_ASKS = 8
_PACE_TOKENS = 16

OpenVoice = Callable[[str], Speaks]


@dataclass(frozen=True)
class Runner:
    """Runs what is missing of a plan."""

    plan: TaxPlan
    """What to do."""
    sets: PromptSets
    """What is asked."""
    folder: TaxFolder
    """Where results are stored."""
    open_voice: OpenVoice
    """Gives a checkpoint by name, loaded."""
    on_event: OnEvent
    """Takes progress."""
    should_stop: Callable[[], bool] = lambda: False
    """Asked before each job."""

    def run(self) -> tuple[dict[Job, Output], tuple[str, ...]]:
        """Every output there is in the end, and what was left for another time.

        Raises:
            Interrupted: the user asked to stop; what was finished is stored.
        """
        began, late = time.monotonic(), []
        found: dict[Job, Output] = {}
        budget = self.plan.request.budget_seconds
        for number, job in enumerate(self.plan.jobs):
            if self.should_stop():
                raise Interrupted
            stored = self.folder.output(job)
            if stored is None and time.monotonic() - began > budget:
                late.append(job.key)
                continue
            found[job] = stored or self._run(number, job)
        return found, _left_over(late)

    def _run(self, number: int, job: Job) -> Output:
        name = f"{job.checkpoint}, {job.mode.value}: {job.battery.value}"
        began = time.monotonic()
        voice = self.open_voice(job.checkpoint)
        place = self.plan.names.index(job.checkpoint)
        how = Asking(
            sets=self.sets,
            limit=self.plan.request.limit,
            samples=self.plan.request.samples,
            # each checkpoint draws its own, as if it were another one
            seed=self.plan.request.seed + 1_000_003 * (place + 1),
            on_done=lambda done, total: self._tell(name, done, total),
        )
        if job.battery is Battery.SHIFT:
            how = replace(how, base=self.open_voice(self.plan.names[0]))
        items = ask(job, voice, how)
        output = Output(job=job, items=items, seconds=time.monotonic() - began)
        self.folder.save_output(output)
        message = f"{name}: {len(items)} items ({output.seconds:.0f} s)"
        left = sum(
            seconds
            for other, seconds in zip(
                self.plan.jobs[number + 1 :], self.plan.job_seconds[number + 1 :], strict=True
            )
            if not self.folder.has_output(other)
        )
        self.on_event(Event(stage="stored", message=message, eta_seconds=left))
        return output

    def _tell(self, name: str, done: int, total: int) -> None:
        self.on_event(Event(stage="tax", message=name, done=done, total=total))


def _left_over(late: Sequence[str]) -> tuple[str, ...]:
    if not late:
        return ()
    return (
        f"the budget was used up before {', '.join(late)}; the same command goes on from there",
    )


def pace(voice: Speaks, sets: PromptSets) -> Pace:
    """How long things take, each tried twice: the first time warms up."""
    mode = voice.modes[-1]
    scored = Mode.RAW
    asks = [a.text for a in sets.safe[:_PACE_ASKS]]

    def write() -> float:
        written = voice.replies(asks, mode, limit=_PACE_TOKENS)
        return sum(len(reply.ids) for reply in written) or len(asks) * _PACE_TOKENS

    token = _seconds(write)
    if not isinstance(voice, Scores):
        return Pace(token=token, question=0.0, passage=0.0)
    weighs = voice
    items = [(c.question, c.options) for c in sets.choices[:_PACE_ASKS]]
    # ours come first and are the shortest, so those to be timed are taken from all over
    apart = max(1, len(sets.passages) // _PACE_ASKS)
    texts = [p.text for p in sets.passages[::apart][:_PACE_ASKS]]

    def weigh() -> float:
        return float(len(weighs.options(items, scored)) or 1)

    def read() -> float:
        return float(len(weighs.bits(texts, scored)) or 1)

    return Pace(
        token=token,
        question=_seconds(weigh) if items else 0.0,
        passage=_seconds(read) if texts else 0.0,
    )


def _seconds(work: Callable[[], float]) -> float:
    """For each unit of work that is told."""
    work()
    began = time.monotonic()
    units = work()
    return (time.monotonic() - began) / units


def barrier(base: Weighs, other: Weighs, sets: PromptSets) -> float | NotMeasured:
    """The most that bits per byte rise above the straight line between two checkpoints' own.

    Source: Frankle et al. 2020, arXiv 1912.05671, on the instability of linear paths.
    """
    texts = [p.text for p in sets.passages[:BARRIER_PASSAGES]]
    if not texts:
        return NotMeasured(why="there is no raw text")
    size = sum(len(text.encode()) for text in texts)
    ends = [sum(voice.bits(texts, Mode.RAW)) / size for voice in (base, other)]
    rises = []
    for alpha in ALPHAS:
        try:
            with base.between(other, alpha):
                found = sum(base.bits(texts, Mode.RAW)) / size
        except ValueError as error:
            return NotMeasured(why=str(error))
        rises.append(found - (1 - alpha) * ends[0] - alpha * ends[1])
    return max(0.0, *rises)


def weight_gap(
    kinship: str, modules: Mapping[str, tuple[int, float]], found: float | NotMeasured
) -> WeightGap:
    """Put together what files and engine told."""
    return WeightGap(
        kinship=kinship,
        modules=tuple(
            FamilyGap(module=name, tensors=tensors, relative_gap=gap)
            for name, (tensors, gap) in modules.items()
        ),
        barrier_bits=found,
    )
