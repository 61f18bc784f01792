"""Keeps every test off the network and out of the user's cache.

The cache folder (`HEADSTART_HOME`) is a temporary one, one for the whole session: dense copies
of real checkpoints take most of a minute to make, and tests may share them. A test that needs
a cache of its own sets `HEADSTART_HOME` to its `tmp_path`.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from headstart.checkpoints.samples import sample_path
from headstart.errors import CheckpointMissing

_HOME = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module imports a library that reads it."""
    config.stash[_HOME] = tempfile.mkdtemp(prefix="headstart-tests-")
    os.environ["HEADSTART_HOME"] = config.stash[_HOME]
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the session's cache folder."""
    shutil.rmtree(config.stash[_HOME], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what needs real checkpoints where they are not installed."""
    real = [item for item in items if item.get_closest_marker("real")]
    if real and (reason := _missing_samples()):
        for item in real:
            item.add_marker(pytest.mark.skip(reason=reason))


def _missing_samples() -> str:
    try:
        sample_path("smollm2")
        sample_path("gemma")
    except CheckpointMissing as error:
        return error.fact
    return ""


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """GGUF file of SmolLM2-135M-Instruct; mark the test `real`."""
    return sample_path("smollm2")


@pytest.fixture(scope="session")
def gemma() -> Path:
    """GGUF file of the gemma-3-270m base model; mark the test `real`."""
    return sample_path("gemma")
