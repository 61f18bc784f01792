"""Pages that need another room, served where that room is there: the lesson, the tax."""

from importlib import import_module
from importlib.util import find_spec

from starlette.routing import BaseRoute

ROOMS = (
    ("headstart.domain.tax_report", "headstart.studio.tax_page"),
    ("headstart.lesson", "headstart.studio.lesson_page"),
)
"""The room that is needed, and the module with its `ROUTES`."""


def mounted_routes() -> list[BaseRoute]:
    """Routes of the rooms that are installed."""
    return [
        route
        for needed, name in ROOMS
        if find_spec(needed) is not None
        for route in import_module(name).ROUTES
    ]
