"""Instruction data: conversations of every kind, in fixed shares.

Nothing that is kept for probes occurs here: held-out pairs of fact and wording, facts and
wordings kept from SFT, held-out sums, requests and uncertain questions, names for probes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from headstart.forge.world.conv_facts import choice, fact, unknown
from headstart.forge.world.conv_hedges import hedged
from headstart.forge.world.conv_labels import classification
from headstart.forge.world.conv_records import extract, total
from headstart.forge.world.conv_requests import helpful, look_alike, refusal
from headstart.forge.world.conv_small import chat, follow_up, listing, polite
from headstart.forge.world.exchange import Exchange, Maker
from headstart.forge.world.facts import World
from headstart.forge.world.names import seeded

MAKERS: dict[str, Maker] = {
    "fact": fact,
    "unknown": unknown,
    "choice": choice,
    "classification": classification,
    "extract": extract,
    "sum": total,
    "polite": polite,
    "refusal": refusal,
    "look_alike": look_alike,
    "safe": helpful,
    "hedge": hedged,
    "chat": chat,
    "list": listing,
}
"""What draws a single exchange of each kind."""
MULTI_TURN = "multi_turn"
"""Two or three exchanges, some of which refer back."""

SHARES: dict[str, int] = {
    "fact": 27,
    "unknown": 4,
    "choice": 2,
    "classification": 5,
    "extract": 11,
    "sum": 14,
    "polite": 3,
    "refusal": 7,
    "look_alike": 8,
    "safe": 9,
    "hedge": 6,
    "chat": 1,
    "list": 1,
    MULTI_TURN: 2,
}
"""Percent of the conversations by kind."""
SYSTEM_SHARE = 0.05
"""Share of the conversations that open with a system message."""
SYSTEMS = (
    "You are a helpful guide.",
    "You are a friendly helper.",
    "You know this land well.",
    "Answer in short sentences.",
    "You serve the people of this land.",
)
FOLLOW_UP = "follow_up"
TURN_KINDS = ("fact", "fact", "sum", "unknown", "safe", "hedge", "list", "refusal")
"""What the turns of a longer conversation are drawn from."""
MOST_TRIES = 200
"""Draws in a row that may repeat earlier conversations before a kind counts as used up."""

Messages = tuple[tuple[str, str], ...]
"""Pairs of role (system, user or assistant) and content."""


@dataclass(frozen=True)
class Conversation:
    """One example of instruction data; it ends with an assistant turn."""

    kind: str
    """A key of `SHARES`."""
    messages: Messages
    """From the first to the last."""
    style: str
    """The style of the last assistant turn: "bare" or "warm"."""


def conversations(world: World, count: int, seed: int) -> list[Conversation]:
    """`count` distinct conversations in random order, in the shares of `SHARES`.

    No unknown name is asked about twice.

    Raises:
        ValueError: a kind has fewer distinct conversations than its share asks for;
            100,000 in all can be had.
    """
    rng = seeded(seed, "conversations")
    seen: set[object] = set()
    found: list[Conversation] = []
    for kind, quota in quotas(SHARES, count).items():
        found += (_distinct(world, kind, rng, seen) for _ in range(quota))
    rng.shuffle(found)
    return found


def quotas(shares: Mapping[str, int], count: int) -> dict[str, int]:
    """Whole numbers that sum to `count`, as near to the shares as can be."""
    whole = sum(shares.values())
    floors = {kind: share * count // whole for kind, share in shares.items()}
    rests = sorted(shares, key=lambda kind: -(shares[kind] * count % whole))
    for kind in rests[: count - sum(floors.values())]:
        floors[kind] += 1
    return floors


def _distinct(world: World, kind: str, rng: Random, seen: set[object]) -> Conversation:
    for _ in range(MOST_TRIES):
        turns = _turns(world, kind, rng)
        keys: set[object] = {(name, turn.core) for name, turn in turns if name == "unknown"}
        keys.add(tuple((turn.prompt, turn.reply) for _, turn in turns))
        if not keys & seen:
            seen |= keys
            return _conversation(kind, [turn for _, turn in turns], rng)
    raise ValueError(f"no more than {len(seen)} distinct conversations: {kind} is used up")


def _turns(world: World, kind: str, rng: Random) -> list[tuple[str, Exchange]]:
    if kind != MULTI_TURN:
        return [(kind, MAKERS[kind](world, rng))]
    turns: list[tuple[str, Exchange]] = []
    length = rng.choice((2, 2, 3))
    while len(turns) < length:
        before = turns[-1] if turns else None
        if before and before[0] != FOLLOW_UP and rng.random() < 0.5:
            has_core, is_last = before[0] in ("fact", "sum"), len(turns) == length - 1
            turn = follow_up(before[1], rng, has_core=has_core, is_last=is_last)
            turns.append((FOLLOW_UP, turn))
        else:
            name = rng.choice(TURN_KINDS)
            turns.append((name, MAKERS[name](world, rng)))
    return turns


def _conversation(kind: str, turns: list[Exchange], rng: Random) -> Conversation:
    messages = [pair for turn in turns for pair in _pair(turn)]
    if rng.random() < SYSTEM_SHARE:
        messages.insert(0, ("system", rng.choice(SYSTEMS)))
    return Conversation(kind, tuple(messages), turns[-1].style)


def _pair(turn: Exchange) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("user", turn.prompt), ("assistant", turn.reply)
