"""Which jobs a run does, with how many items, and what that can show; pure arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from headstart.domain.tax import Battery, Detectable, Job, Mode, PromptSets
from headstart.judge.power import detectable_difference
from headstart.tax.asking import REPLY_TOKENS, SAMPLE_TOKENS

LEAST = 40
"""Items below which a measure shows next to nothing."""
WORTH = 100
"""Items from which both formats are asked for replies; below, each only in its own format."""
MARGIN = 0.85
"""Share of the budget that is planned for; the rest is loading and what runs late."""
SAMPLED = 100
"""Most open requests that samples are drawn for."""
_WRITTEN = (Battery.SAFE, Battery.UNSAFE, Battery.INSTRUCTIONS, Battery.SAMPLES, Battery.SHIFT)
_WEIGHED = (Battery.CHOICES, Battery.PASSAGES, Battery.ENDINGS)
_POWER_OF_MEANS = 2.8
"""Standard errors that a mean must lie from zero to be found with 80% power."""


@dataclass(frozen=True)
class Asked:
    """What a plan must know of a checkpoint."""

    name: str
    """Its name."""
    intended: Mode
    """The format it was made for."""
    modes: tuple[Mode, ...]
    """Formats it can be asked in."""
    batteries: frozenset[Battery] = frozenset(Battery)
    """What can be asked of it."""
    without: frozenset[tuple[Battery, Mode]] = frozenset()
    """What cannot be asked of it in one of the formats."""


@dataclass(frozen=True)
class Pace:
    """How long things take here, in seconds."""

    token: float
    """Each token of a reply, replies written side by side."""
    question: float
    """Each question with its options."""
    passage: float
    """Each passage of raw text."""

    def job(self, job: Job, limit: int, samples: int) -> float:
        """What a job takes."""
        match job.battery:
            case Battery.INSTRUCTIONS:
                return job.n * limit * self.token
            case Battery.SAMPLES:
                return job.n * samples * SAMPLE_TOKENS * self.token * 1.2
            case Battery.SHIFT:
                return job.n * REPLY_TOKENS * self.token * 1.2
            case Battery.SAFE | Battery.UNSAFE:
                return job.n * REPLY_TOKENS * self.token
            case Battery.PASSAGES:
                return job.n * self.passage
            case Battery.ENDINGS:
                return job.n * self.question / 3
        return job.n * self.question


@dataclass(frozen=True)
class Wanted:
    """What limits a plan."""

    n: int
    """Most items of a battery."""
    samples: int
    """Draws for each open request."""
    limit: int
    """Most tokens of a reply to checkable instructions."""
    seconds: float
    """The budget."""


def plan_jobs(
    checkpoints: Sequence[Asked], sets: PromptSets, pace: Pace, wanted: Wanted
) -> tuple[tuple[Job, ...], tuple[str, ...]]:
    """Jobs in order, and what was left out.

    The base comes first. Where time is short, items are fewer; where they would be too few,
    replies in the format that a checkpoint was not made for are left out.
    """
    everything = jobs(checkpoints, sets, wanted.n)

    def cost(some: Sequence[Job]) -> float:
        return sum(pace.job(job, wanted.limit, wanted.samples) for job in some)

    room = MARGIN * wanted.seconds
    if cost(everything) <= room:
        return everything, ()
    scaled = _scaled(checkpoints, sets, wanted, room / cost(everything), WORTH)
    if cost(scaled) <= room:
        return scaled, (_fewer(scaled, wanted),)
    intended = {each.name: each.intended for each in checkpoints}
    lean = [j for j in everything if j.battery in _WEIGHED or j.mode is intended[j.checkpoint]]
    cuts = ["replies are asked for only in the format that each checkpoint was made for"]
    if cost(lean) > room:
        lean = [replace_n(job, room / cost(lean), LEAST) for job in lean]
        cuts.append(_fewer(lean, wanted))
    if cost(lean) > wanted.seconds:
        cuts.append(
            f"the least that says anything should take {cost(lean) / 60:.0f} minutes, more than "
            "the budget; jobs that no longer fit are left for the next time the command is given"
        )
    return tuple(lean), tuple(cuts)


def jobs(checkpoints: Sequence[Asked], sets: PromptSets, n: int) -> tuple[Job, ...]:
    """Every battery in every format: what each checkpoint was made for first, then the rest.

    A run that is cut short has then asked all checkpoints the same before it asks them again in
    the other format; within each half, cheap and telling batteries go first.
    """
    sizes: Mapping[Battery, int] = {
        Battery.CHOICES: len(sets.choices),
        Battery.ENDINGS: len(sets.choices),
        Battery.PASSAGES: len(sets.passages),
        Battery.SAFE: len(sets.safe),
        Battery.UNSAFE: len(sets.unsafe),
        Battery.SHIFT: len(sets.open),
        Battery.SAMPLES: min(SAMPLED, len(sets.open)),
        Battery.INSTRUCTIONS: len(sets.instructions),
    }
    order = (*_WEIGHED, Battery.SAFE, Battery.UNSAFE, Battery.SHIFT, Battery.SAMPLES)
    return tuple(
        Job(checkpoint=each.name, mode=mode, battery=battery, n=min(n, sizes[battery]))
        for is_first in (True, False)
        for number, each in enumerate(checkpoints)
        for battery in (*order, Battery.INSTRUCTIONS)
        for mode in each.modes
        if (battery in _WEIGHED or mode is each.intended) is is_first
        if sizes[battery] and not (battery is Battery.SHIFT and number == 0)
        if battery in each.batteries and (battery, mode) not in each.without
    )


def replace_n(job: Job, factor: float, least: int) -> Job:
    """The same job with fewer items, but not below the least."""
    n = min(job.n, max(least, int(job.n * factor)))
    return job.model_copy(update={"n": n})


def detectable(planned: Sequence[Job]) -> tuple[Detectable, ...]:
    """The smallest true difference each measure finds with 80% power, taken by itself.

    Limits: Holm's adjustment asks for more where many lines stand side by side.
    """
    n = {job.battery: job.n for job in planned}
    found = []
    for measure, battery in (
        ("over-refusal", Battery.SAFE),
        ("under-refusal", Battery.UNSAFE),
        ("accuracy", Battery.CHOICES),
        ("prompts, strict", Battery.INSTRUCTIONS),
    ):
        if battery in n:
            gap = detectable_difference(n[battery])
            told = "one item in five is judged differently"
            found.append(
                Detectable(measure=measure, unit="share", n=n[battery], gap=gap, assumes=told)
            )
    for measure, battery, unit, sd in (
        ("bits per byte", Battery.PASSAGES, "bits per byte", 0.05),
        ("closing", Battery.ENDINGS, "probability", 0.3),
        ("self-BLEU", Battery.SAMPLES, "score", 0.1),
    ):
        if battery in n:
            gap = _POWER_OF_MEANS * sd / n[battery] ** 0.5
            told = f"differences spread by {sd:g}"
            found.append(
                Detectable(measure=measure, unit=unit, n=n[battery], gap=gap, assumes=told)
            )
    return tuple(found)


def _scaled(
    checkpoints: Sequence[Asked], sets: PromptSets, wanted: Wanted, factor: float, least: int
) -> tuple[Job, ...]:
    fewer = replace(wanted, n=max(least, int(wanted.n * factor)))
    return jobs(checkpoints, sets, fewer.n)


def _fewer(planned: Sequence[Job], wanted: Wanted) -> str:
    most = max(job.n for job in planned)
    return f"at most {most} items of each set instead of {wanted.n}, to stay within the budget"
