"""Rooms for the studio's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from studio_rooms import asked, settings, without_models


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A studio whose processes run no models."""
    without_models(tmp_path, monkeypatch)
    with asked(settings(tmp_path)) as found:
        yield found
