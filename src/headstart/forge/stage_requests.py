"""What can be asked of the forge: one frozen request for each stage."""

from pydantic import Field

from headstart.domain.stage import (
    AdaptRecipe,
    DpoRecipe,
    ModelShape,
    PretrainRecipe,
    RewardRecipe,
    RlRecipe,
    SftRecipe,
)
from headstart.domain.value import Value


class Place(Value):
    """Where a stage writes and computes."""

    out: str
    """The folder of the new checkpoint."""
    device: str = "auto"
    """auto, cpu, cuda or mps."""
    precision: str = "auto"
    """auto, bfloat16 or float32."""


class PretrainStage(Value):
    """Next-token training from nothing."""

    place: Place
    """Where it writes and computes."""
    text: tuple[str, ...]
    """Files of raw documents, or patterns."""
    shape: ModelShape = ModelShape()
    """Of the model."""
    recipe: PretrainRecipe = PretrainRecipe()
    """How it trains."""


class AdaptStage(Value):
    """Continued pretraining."""

    place: Place
    """Where it writes and computes."""
    parent: str
    """The checkpoint it starts from."""
    text: tuple[str, ...]
    """Files of raw documents, or patterns."""
    recipe: AdaptRecipe = AdaptRecipe()
    """How it trains."""


class SftStage(Value):
    """Supervised tuning on conversations."""

    place: Place
    """Where it writes and computes."""
    parent: str
    """The checkpoint it starts from."""
    data: str
    """The file of conversations."""
    columns: dict[str, str] = Field(default_factory=dict)
    """From our column names to the file's."""
    replay: tuple[str, ...] = ()
    """Files of raw documents trained beside the conversations, or patterns."""
    recipe: SftRecipe = SftRecipe()
    """How it trains."""


class DpoStage(Value):
    """Direct preference optimisation."""

    place: Place
    """Where it writes and computes."""
    parent: str
    """The instruct checkpoint it starts from."""
    data: str
    """The file of preferences."""
    columns: dict[str, str] = Field(default_factory=dict)
    """From our column names to the file's."""
    keep: str | None = None
    """A file of prompts with answers that must survive, in a layout of SFT's data."""
    recipe: DpoRecipe = DpoRecipe()
    """How it trains."""


class RewardStage(Value):
    """A reward model from preferences."""

    place: Place
    """Where it writes and computes."""
    parent: str
    """The instruct checkpoint it starts from."""
    data: str
    """The file of preferences."""
    columns: dict[str, str] = Field(default_factory=dict)
    """From our column names to the file's."""
    recipe: RewardRecipe = RewardRecipe()
    """How it trains."""


class RlStage(Value):
    """Reinforcement learning with a reward."""

    place: Place
    """Where it writes and computes."""
    parent: str
    """The instruct checkpoint it starts from."""
    data: str
    """The file of prompts."""
    reward: str
    """A reward model's folder, or `module:function`."""
    columns: dict[str, str] = Field(default_factory=dict)
    """From our column names to the file's."""
    keep: str | None = None
    """A file of prompts with answers that must survive, in a layout of SFT's data."""
    recipe: RlRecipe = RlRecipe()
    """How it trains."""
