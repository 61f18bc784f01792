"""Pages of other rooms that are served where the room is there: the lesson, the tax."""

from importlib import import_module
from importlib.util import find_spec

from starlette.routing import BaseRoute

ROOMS = ("headstart.studio.tax_page", "headstart.studio.lesson_page")
"""Each has `ROUTES`."""


def mounted_routes() -> list[BaseRoute]:
    """Routes of the rooms that are installed."""
    return [
        route
        for name in ROOMS
        if find_spec(name) is not None
        for route in import_module(name).ROUTES
    ]
