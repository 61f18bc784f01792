"""Inspection that also tries what a checkpoint does: its weights are loaded."""

from collections.abc import Sequence

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.domain.kinship import InspectReport
from headstart.preflight import TemplateLint, behaviour_on


def tried(refs: Sequence[str]) -> InspectReport:
    """What `headstart inspect --deep` finds of one checkpoint, or of two.

    Raises:
        RequestError, CheckpointError: as `inspect` and `load`.
    """
    lint, behaviour = TemplateLint(), behaviour_on("auto")
    found = tuple(inspect(ref, lint=lint, behaviour=behaviour) for ref in refs)
    pair = inspect_pair(found[0], found[1]) if len(found) == 2 else None
    return InspectReport(checkpoints=found, pair=pair)
