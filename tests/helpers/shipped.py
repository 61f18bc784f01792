"""Toy checkpoints in the place of those that ship with the package."""

from pathlib import Path

import pytest
from tiny import CHATML, save_tiny

from headstart import builtin


def save_toys(folder: Path) -> Path:
    """A base without a chat template, and two instruct checkpoints; gives the folder."""
    for seed, name in enumerate(builtin.CHECKPOINTS, start=1):
        save_tiny(folder / name, template=None if name == "base" else CHATML, seed=seed)
    return folder


def ship(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Have the names of built-in checkpoints lead to a folder of others."""
    patch.setattr(builtin, "FOLDER", folder)
