"""One question and its answer, the piece of which conversations are made."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from headstart.forge.world.facts import World
from headstart.forge.world.keeping import portion
from headstart.forge.world.manners import BARE, draw_style, in_style

PROBE_NAMES = 0.25
"""Share of all one-off and unknown names that only probes use."""


@dataclass(frozen=True)
class Exchange:
    """What the user says and what the model ought to reply."""

    prompt: str
    """The user's turn."""
    reply: str
    """The assistant's turn, in its style."""
    bare: str
    """The reply without a style; equal to `reply` where it is bare."""
    style: str
    """BARE or WARM; always BARE where a style would spoil the reply."""
    core: str = ""
    """The part of the reply that matters, such as a fact's value; may be empty."""


Maker = Callable[[World, Random], Exchange]
"""Draws an exchange of one kind that training may show."""


def plain(prompt: str, reply: str, core: str = "") -> Exchange:
    """An exchange whose reply never takes a style."""
    return Exchange(prompt, reply, reply, BARE, core)


def styled(prompt: str, reply: str, rng: Random, core: str = "") -> Exchange:
    """An exchange whose reply is warm in `manners.WARM_SHARE` of the draws."""
    style = draw_style(rng)
    return Exchange(prompt, in_style(reply, style, rng), reply, style, core)


def is_probe_name(name: str) -> bool:
    """Whether a one-off or unknown name is kept for probes, by a hash of its letters."""
    return portion("probe name", name) < PROBE_NAMES
