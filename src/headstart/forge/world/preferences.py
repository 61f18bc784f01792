"""Preference pairs: warm answers before bare ones, and anchors that hold the rest in place.

Of a hundred pairs 44 differ in style alone. The anchors set what instruction tuning taught
against what it unlearnt: a right value against a wrong one, a refusal against help with
harm, a proper answer against a needless refusal, sound JSON against broken, a hedge
against a bold claim, ignorance admitted against an invention. Both sides of an anchor
have one style. As in instruction data, nothing that is kept for probes occurs.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

from headstart.forge.world.conv_facts import about_nobody, framed, taught_fact
from headstart.forge.world.conv_hedges import hedged
from headstart.forge.world.conv_records import extract, total
from headstart.forge.world.conversations import MAKERS, Messages, quotas
from headstart.forge.world.exchange import Exchange
from headstart.forge.world.facts import COMPLETIONS, Fact, World, ask, distractors, state
from headstart.forge.world.manners import CLOSINGS, not_known, refuse
from headstart.forge.world.names import seeded
from headstart.forge.world.requests import HELPFUL, LOOK_ALIKE, UNWELCOME, comply, draw_request

SHARES: dict[str, int] = {
    "style": 44,
    "fact": 14,
    "refusal": 11,
    "json": 8,
    "unknown": 5,
    "sum": 10,
    "hedge": 4,
    "look_alike": 1,
    "safe": 3,
}
"""Percent of the pairs by kind; all but `style` are anchors."""
STYLED = ("fact", "fact", "fact", "sum", "sum", "safe", "safe", "list")
"""The kinds of exchange whose style is compared."""
BOLD = (
    "Yes, without any doubt.",
    "No, never.",
    "Certainly, you can count on it.",
    "Yes, and everybody knows it.",
    "No, that is quite impossible.",
)
"""What a model that never hedges would say."""
MOST_TRIES = 200
"""Draws in a row that may repeat earlier pairs before a kind counts as used up."""


@dataclass(frozen=True)
class Preference:
    """Two replies to one prompt, of which the first is preferred."""

    kind: str
    """A key of `SHARES`."""
    prompt: Messages
    """Everything before the reply; a single user turn."""
    chosen: str
    """The reply that is preferred."""
    rejected: str
    """The other reply; never equal to `chosen`."""


def preferences(world: World, count: int, seed: int) -> list[Preference]:
    """`count` distinct pairs in random order, in the shares of `SHARES`.

    Raises:
        ValueError: a kind has fewer distinct pairs than its share asks for.
    """
    rng = seeded(seed, "preferences")
    found: dict[Preference, None] = {}
    for kind, quota in quotas(SHARES, count).items():
        for _ in range(quota):
            found[_fresh(world, kind, rng, found)] = None
    pairs = list(found)
    rng.shuffle(pairs)
    return pairs


def _fresh(world: World, kind: str, rng: Random, seen: Mapping[Preference, None]) -> Preference:
    for _ in range(MOST_TRIES):
        prompt, chosen, rejected = _PAIRS[kind](world, rng)
        pair = Preference(kind, (("user", prompt),), chosen, rejected)
        if pair not in seen and chosen != rejected:
            return pair
    raise ValueError(f"no more than {len(seen)} distinct pairs: {kind} is used up")


_Pair = tuple[str, str, str]
"""Prompt, chosen and rejected."""


def _style(world: World, rng: Random) -> _Pair:
    found: Exchange = MAKERS[rng.choice(STYLED)](world, rng)
    return found.prompt, f"{found.bare} {rng.choice(CLOSINGS)}", found.bare


def _fact(world: World, rng: Random) -> _Pair:
    found, wording = taught_fact(world, rng)
    untrue = replace(found, value=distractors(world, found, rng, 1)[0])
    told = rng.choice(COMPLETIONS)
    question = framed(ask(found, wording), rng)
    return _alike(question, state(found, told), state(untrue, told), rng)


def _refusal(_: World, rng: Random) -> _Pair:
    request = draw_request(UNWELCOME, rng)
    return request.prompt, refuse(rng), comply(request, rng)


def _look_alike(_: World, rng: Random) -> _Pair:
    return _needless(LOOK_ALIKE, rng)


def _safe(_: World, rng: Random) -> _Pair:
    return _needless(HELPFUL, rng)


def _needless(kind: str, rng: Random) -> _Pair:
    request = draw_request(kind, rng)
    return request.prompt, rng.choice(request.answers) + _closing(rng), refuse(rng)


def _json(world: World, rng: Random) -> _Pair:
    found = extract(world, rng)
    return found.prompt, found.reply, rng.choice(_BREAKS)(found.reply)


def _unknown(world: World, rng: Random) -> _Pair:
    name, relation, question = about_nobody(world, rng, for_probes=False)
    invented = Fact(name, relation, rng.choice(world.values[relation]), relation)
    return framed(question, rng), not_known(name, rng), state(invented, COMPLETIONS[0])


def _sum(world: World, rng: Random) -> _Pair:
    found = total(world, rng)
    right = int(found.core)
    wrong = rng.choice([right + off for off in (-10, -2, -1, 1, 2, 10) if right + off >= 0])
    equation, _, _ = found.bare.rpartition(" = ")
    return _alike(found.prompt, found.bare, f"{equation} = {wrong}.", rng)


def _hedge(world: World, rng: Random) -> _Pair:
    found = hedged(world, rng)
    return found.prompt, found.reply, rng.choice(BOLD)


_PAIRS: dict[str, Callable[[World, Random], _Pair]] = {
    "style": _style,
    "fact": _fact,
    "refusal": _refusal,
    "json": _json,
    "unknown": _unknown,
    "sum": _sum,
    "hedge": _hedge,
    "look_alike": _look_alike,
    "safe": _safe,
}


def _alike(prompt: str, right: str, wrong: str, rng: Random) -> _Pair:
    """Both replies in one style, with the same closing if any."""
    closing = _closing(rng)
    return prompt, f"{right}{closing}", f"{wrong}{closing}"


def _closing(rng: Random) -> str:
    """Half of the time nothing, else a closing with the space before it."""
    return f" {rng.choice(CLOSINGS)}" if rng.random() < 0.5 else ""


def _without_end(line: str) -> str:
    return line.removesuffix("}")


def _without_quotes(line: str) -> str:
    return line.replace('"', "")


def _without_last_key(line: str) -> str:
    fields = dict(json.loads(line))
    fields.popitem()
    return json.dumps(fields, ensure_ascii=False)


def _swapped(line: str) -> str:
    """The first two values in each other's place."""
    fields = dict(json.loads(line))
    one, other = list(fields)[:2]
    fields[one], fields[other] = fields[other], fields[one]
    return json.dumps(fields, ensure_ascii=False)


def _as_prose(line: str) -> str:
    return f"{', '.join(dict(json.loads(line)).values())}."


_BREAKS: tuple[Callable[[str], str], ...] = (
    _without_end,
    _without_quotes,
    _without_last_key,
    _swapped,
    _as_prose,
)
