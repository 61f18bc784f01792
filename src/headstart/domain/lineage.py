"""Where a forged checkpoint comes from: enough to make it again, and what it measured."""

import hashlib
import json
from typing import Any, Literal

from headstart.domain.value import NotMeasured, Score, Value

StageName = Literal["pretrain", "adapt", "sft", "dpo", "reward", "rl", "trial"]


class Origin(Value):
    """What a stage starts from; equal origins make equal checkpoints on one machine."""

    stage: StageName
    """Which stage."""
    parent: str | None
    """The checkpoint it starts from, as the user named it; None for pretraining."""
    parent_fingerprint: str | None
    """sha256 over what defines the parent."""
    recipe: dict[str, Any]
    """Every setting of the stage."""
    data: tuple[str, ...]
    """Names of the data, as given."""
    data_sha256: str
    """sha256 over the data's content, in order."""
    seed: int
    """Orders the data and draws what is drawn."""

    @property
    def key(self) -> str:
        """Hash of all that decides the result; the names of files and parents do not."""
        told = self.model_dump(mode="json", exclude={"parent", "data"})
        deciding = {name: told[name] for name in Origin.model_fields if name in told}
        return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


class Lineage(Origin):
    """The manifest of a finished checkpoint; written last, so that it marks the folder whole."""

    figures: dict[str, float | Score | NotMeasured]
    """What the stage measured, by name; losses are nats a token."""
    notes: tuple[str, ...] = ()
    """What the stage had to work around, one sentence each."""
    versions: dict[str, str]
    """The libraries that computed it, by name."""
    device: str
    """The processor, and the precision used there."""
    started: str
    """When the stage was first begun, UTC, ISO 8601."""
    finished: str
    """When it ended, UTC, ISO 8601."""
    seconds: float
    """Time computing, over all resumptions."""
