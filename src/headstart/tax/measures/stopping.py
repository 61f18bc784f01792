"""Measure 8, stopping: whether replies end, and whether a complete answer would."""

from headstart.domain.reply import Reply, Stop
from headstart.domain.tax import Battery, NumberItem, ReplyItem
from headstart.tax.measures.sides import Draft, Kind, Side, mean_line, share_line
from headstart.tax.stopping import runs_on

_CLOSES = Kind(
    "closing", "stopping", "probability of the end after a complete answer", "probability", "higher"
)
_STOPS = Kind("stops", "stopping", "replies that end within the limit", "share", "higher")
_RUNS_ON = Kind("run-on", "stopping", "replies that go on into a next question, or are cut off",
                "share", "lower")  # fmt: skip


def lines(first: Side, second: Side) -> list[Draft]:
    """From replies to harmless requests, and from complete answers to multiple choice."""
    closes = [closing(side) for side in (first, second)]
    found = [mean_line(_CLOSES, *closes)] if all(closes) else []
    stopped = [stops(side) for side in (first, second)]
    if all(stopped):
        found.append(share_line(_STOPS, *stopped))
        found.append(share_line(_RUNS_ON, *(_running(side) for side in (first, second))))
    return found


def closing(side: Side) -> dict[str, float]:
    """Probability that a complete answer ends, by question."""
    items = side.items(Battery.ENDINGS, NumberItem)
    return {id_: item.value for id_, item in items.items()}


def stops(side: Side) -> dict[str, bool]:
    """Whether each reply ended by itself."""
    return {i: r.stop is not Stop.LIMIT for i, r in side.items(Battery.SAFE, ReplyItem).items()}


def closes_turn(side: Side) -> dict[str, bool]:
    """Whether each reply ended as its format ends a turn, and through no other stop."""
    items = side.items(Battery.SAFE, ReplyItem)
    return {i: item.stop is Stop.TURN_END for i, item in items.items()}


def _running(side: Side) -> dict[str, bool]:
    items = side.items(Battery.SAFE, ReplyItem)
    return {i: runs_on(Reply((), item.text, item.stop)) for i, item in items.items()}
