"""What one checkpoint gave in one format, and how two of these are paired."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from headstart.domain.tax import (
    Battery,
    ChoiceItem,
    Items,
    Mode,
    NumberItem,
    ReplyItem,
    SampleItem,
    ShiftItem,
)
from headstart.domain.value import NotMeasured, Score
from headstart.judge.shares import share
from headstart.tax.contrasts import Contrast, mean_of, means, shares
from headstart.tax.labelled import Verdicts
from headstart.tax.stopping import first_answer

T = TypeVar("T", ReplyItem, SampleItem, ChoiceItem, NumberItem, ShiftItem)
Better = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class Side:
    """One checkpoint in one format."""

    mode: Mode
    """In which format it was asked."""
    given: Mapping[Battery, Items]
    """What was stored."""
    vocabulary: int | None = None
    """Tokens of its tokenizer; None where a server does not tell."""
    verdicts: Verdicts = field(default_factory=dict)
    """People's labels of its doubtful replies."""

    def items(self, battery: Battery, kind: type[T]) -> dict[str, T]:
        """By id; empty where the battery was not asked."""
        return {each.id: each for each in self.given.get(battery, ()) if isinstance(each, kind)}

    def texts(self, battery: Battery) -> dict[str, str]:
        """Replies by id; plain continuations end where the model asks the next question."""
        cut = first_answer if self.mode is Mode.RAW else str
        return {id_: cut(each.text) for id_, each in self.items(battery, ReplyItem).items()}


@dataclass(frozen=True)
class Draft:
    """A line before it is known how many there are."""

    measure: str
    """Its name."""
    group: str
    """Its table."""
    label: str
    """What it is, in words."""
    unit: str
    """Its unit."""
    better: Better
    """Which way is better."""
    base: Score | NotMeasured
    """The base's figure."""
    value: Score | NotMeasured
    """The checkpoint's."""
    contrast: Contrast | NotMeasured
    """Checkpoint minus base."""
    mode: Mode | None = None
    """The format of both, where it is not the sides' own."""


@dataclass(frozen=True)
class Kind:
    """What does not change from checkpoint to checkpoint."""

    measure: str
    group: str
    label: str
    unit: str
    better: Better = field(default="neither")


def share_line(kind: Kind, first: Mapping[str, bool], second: Mapping[str, bool]) -> Draft:
    """A share of yes-or-no items; only items on both sides count for the difference."""
    common = paired(first, second)
    return draft(
        kind,
        share(list(first.values())),
        share(list(second.values())),
        _told(lambda: shares([first[i] for i in common], [second[i] for i in common]), common, 1),
    )


def mean_line(kind: Kind, first: Mapping[str, float], second: Mapping[str, float]) -> Draft:
    """A mean of numbers."""
    common = paired(first, second)
    return draft(
        kind,
        mean_score(list(first.values())),
        mean_score(list(second.values())),
        _told(lambda: means([first[i] for i in common], [second[i] for i in common]), common),
    )


def draft(
    kind: Kind, base: Score | NotMeasured, value: Score | NotMeasured, found: Contrast | NotMeasured
) -> Draft:
    """Put a line together."""
    return Draft(kind.measure, kind.group, kind.label, kind.unit, kind.better, base, value, found)


def paired(first: Mapping[str, object], second: Mapping[str, object]) -> list[str]:
    """Ids that both sides have, in the first's order."""
    return [id_ for id_ in first if id_ in second]


def mean_score(values: Sequence[float]) -> Score | NotMeasured:
    """A mean with Student's 95% interval."""
    if len(values) < 2:
        return NotMeasured(why=f"{len(values)} items are too few")
    return score(mean_of(values))


def score(found: Contrast) -> Score:
    """A contrast as a figure with its interval."""
    return Score(mean=found.mean, low=found.low, high=found.high, n=found.n)


def _told(
    contrast: Callable[[], Contrast], common: Sequence[str], least: int = 2
) -> Contrast | NotMeasured:
    if len(common) < least:
        return NotMeasured(why=f"{len(common)} items were asked of both")
    return contrast()
