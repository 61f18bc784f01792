"""The checkpoints that ship with the package, and the names of the tasks made for them.

    builtin:base          from next-token training on the text of one invented land
    builtin:sft           base, after supervised tuning on conversations
    builtin:instruct      sft, after preference optimisation
    builtin:task/NAME     rows written on the fly, wherever data is asked for

The weights lie beside this file, one folder each; `headstart forge builtin` makes them again.
"""

from pathlib import Path

from headstart.errors import CheckpointMissing

__all__ = ["CHECKPOINTS", "PREFIX", "builtin_checkpoint", "builtin_pair", "is_builtin"]

PREFIX = "builtin:"
"""Opens every name of something that ships with the package."""
CHECKPOINTS = ("base", "sft", "instruct")
"""In the order they were made."""
FOLDER = Path(__file__).parent
"""Holds one folder for each checkpoint."""


def is_builtin(source: str) -> bool:
    """Whether a source names something that ships with the package, spelled right or not."""
    return source.startswith(PREFIX)


def builtin_checkpoint(name: str) -> Path:
    """The folder of a checkpoint that ships with the package.

    Args:
        name: one of `CHECKPOINTS`, without the prefix.

    Raises:
        CheckpointMissing: no checkpoint has that name, or this installation lacks its weights.
    """
    if name not in CHECKPOINTS:
        raise CheckpointMissing(
            f"no built-in checkpoint is called {PREFIX}{name}",
            hint="built in are " + ", ".join(PREFIX + each for each in CHECKPOINTS),
        )
    folder = FOLDER / name
    if not (folder / "model.safetensors").is_file():
        raise CheckpointMissing(
            f"{PREFIX}{name}: this installation of headstart lacks the weights",
            hint="install the wheel, or make them: headstart forge builtin --out FOLDER",
        )
    return folder


def builtin_pair() -> tuple[Path, Path]:
    """The folders of the built-in base and instruct checkpoints.

    Both are plain Hugging Face folders of one shape, about 3 million parameters each.

    Raises:
        CheckpointMissing: this installation lacks the weights.
    """
    return builtin_checkpoint("base"), builtin_checkpoint("instruct")
