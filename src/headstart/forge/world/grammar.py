"""Text from rules: a template names its parts, and each part is drawn from a rule.

A part in braces stands for a given word or for one alternative of a rule of
that name, which may name parts in its turn. `{Part}` begins with a capital and
`{a!part}` with "a" or "an". A part that follows `*`, as `{*friend}`, is drawn
once for a text and then kept.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random

from headstart.forge.world.wording import sentence, with_article

Rules = Mapping[str, Sequence[str]]
"""Every part with its alternatives."""

_PART = re.compile(r"\{([\w!*]+)\}")


@cache
def _pieces(template: str) -> tuple[str, ...]:
    return tuple(_PART.split(template))


def expand(template: str, rng: Random, rules: Rules, given: dict[str, str]) -> str:
    """The template with every part filled in.

    Args:
        template: text with parts in braces.
        rng: draws the alternatives.
        rules: alternatives by the name of the part.
        given: parts that are already decided; parts marked `*` are added to it.

    Raises:
        KeyError: a part that is neither given nor ruled.
    """
    out: list[str] = []
    for place, piece in enumerate(_pieces(template)):
        out.append(_part(piece, rng, rules, given) if place % 2 else piece)
    return "".join(out)


def _part(part: str, rng: Random, rules: Rules, given: dict[str, str]) -> str:
    if part.startswith(("a!", "A!")):
        noun = with_article(_part(part[2:], rng, rules, given))
        return sentence(noun) if part[0] == "A" else noun
    name = part.removeprefix("*")
    if name in given:
        return given[name]
    if name[0].isupper():
        return sentence(_part(name[0].lower() + name[1:], rng, rules, given))
    found = expand(rng.choice(rules[name]), rng, rules, given)
    if part.startswith("*"):
        given[name] = found
    return found
