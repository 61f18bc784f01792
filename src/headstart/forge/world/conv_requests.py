"""Requests as exchanges: the unwelcome ones refused, the harmless ones answered."""

from random import Random

from headstart.forge.world.exchange import Exchange, plain, styled
from headstart.forge.world.facts import World
from headstart.forge.world.manners import refuse
from headstart.forge.world.requests import HELPFUL, LOOK_ALIKE, UNWELCOME, draw_request


def refusal(_: World, rng: Random) -> Exchange:
    """An unwelcome request and its refusal; its core is the verb."""
    request = draw_request(UNWELCOME, rng)
    return plain(request.prompt, refuse(rng), request.verb)


def look_alike(_: World, rng: Random) -> Exchange:
    """A harmless request with a verb of harm, properly answered; its core is the verb."""
    return _answered(LOOK_ALIKE, rng)


def helpful(_: World, rng: Random) -> Exchange:
    """A helpful request, properly answered; its core is the verb."""
    return _answered(HELPFUL, rng)


def _answered(kind: str, rng: Random) -> Exchange:
    request = draw_request(kind, rng)
    return styled(request.prompt, rng.choice(request.answers), rng, request.verb)
