"""How figures are put: shares with Wilson intervals, differences, and bars of either."""

from collections.abc import Mapping, Sequence
from typing import Literal

from headstart.domain.value import NotMeasured, Score
from headstart.engine.score import Tokens
from headstart.engine.speak import Speaker
from headstart.judge.shares import share
from headstart.lesson.finding import Bar, Bars, Gap, Measured
from headstart.report.figures import decimal
from headstart.tax.contrasts import Contrast

Side = Literal["base", "sft", "instruct", "plain"]


def score_of(flags: Sequence[bool]) -> Score:
    """A share with its 95% interval.

    Raises:
        ValueError: there is no item.
    """
    found = share(flags)
    if isinstance(found, NotMeasured):
        raise ValueError(found.why)
    return found


def percent(value: float) -> str:
    """`85%`: a share without decimals."""
    return f"{decimal(100 * value, 0)}%"


def of(flags: Sequence[bool]) -> str:
    """`34 of 40`."""
    return f"{sum(flags)} of {len(flags)}"


def share_bar(label: str, flags: Sequence[bool], side: Side = "plain") -> Bar:
    """A share as a bar that is full at 1."""
    found = score_of(flags)
    return Bar(
        label=label, value=found.mean, low=found.low, high=found.high, shown=of(flags), side=side
    )


def share_bars(title: str, flags: Mapping[str, Sequence[bool]], side: Side) -> Bars:
    """Shares of one side by their labels."""
    rows = tuple(share_bar(label, each, side) for label, each in flags.items())
    return Bars(title=title, most=1, rows=rows)


def token_bars(
    title: str, speaker: Speaker, prompts: Mapping[str, Tokens], count: int, side: Side
) -> Bars:
    """The most probable tokens after each prompt, by the prompt's label."""
    rows = tuple(
        Bar(label=f"{label}: {visible_token(token)}", value=each, shown=percent(each), side=side)
        for label, prompt in prompts.items()
        for token, each in speaker.next_tokens(prompt, count)
    )
    return Bars(title=title, most=1, rows=rows)


def share_figure(name: str, flags: Sequence[bool]) -> Measured:
    """A share by its name."""
    return Measured(name=name, unit="share", value=score_of(flags))


def gap_row(label: str, found: Contrast, *, factor: float, places: int, unit: str) -> Gap:
    """A difference in the unit shown: `factor` turns shares into points."""
    mean, low, high = (factor * value for value in (found.mean, found.low, found.high))
    shown = f"{signed(mean, places)} {unit}, 95% interval {interval(low, high, places)}"
    return Gap(label=label, mean=mean, low=low, high=high, n=found.n, shown=shown)


def gap_figure(name: str, unit: str, row: Gap) -> Measured:
    """A difference by its name."""
    return Measured(
        name=name, unit=unit, value=Score(mean=row.mean, low=row.low, high=row.high, n=row.n)
    )


def signed(value: float, places: int) -> str:
    """`+1.2` or `-0.4`."""
    text = decimal(value, places)
    return text if text.startswith("-") else f"+{text}"


def interval(low: float, high: float, places: int) -> str:
    """`-0.4 to +1.2`."""
    return f"{signed(low, places)} to {signed(high, places)}"


def visible_token(text: str) -> str:
    """A token as it is shown: line breaks as arrows, a leading space as an open box."""
    return text.replace("\n", "\u21b5").replace(" ", "\u2423") or "\u2205"
