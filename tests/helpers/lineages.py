"""Lineages made up for tests of what is done with finished checkpoints."""

from typing import Any

from forging import origin

from headstart.domain.lineage import Lineage, StageName


def lineage(stage: StageName = "pretrain", **changes: Any) -> Lineage:
    """A finished stage that took ninety seconds."""
    told: dict[str, Any] = {
        "recipe": {"learning_rate": 1e-3, "window": None, "shape": {"hidden": 192}},
        "figures": {"loss": 1.5},
        "versions": {"torch": "2.13.0"},
        "device": "a processor, bfloat16",
        "started": "2026-01-01T00:00:00+00:00",
        "finished": "2026-01-01T00:01:30+00:00",
        "seconds": 90.0,
    }
    return Lineage(**(origin(stage).model_dump() | told | changes))
