"""Other sizes of passes than those of a processor."""

from dataclasses import replace

import pytest

from headstart.engine import sizes


def resize(monkeypatch: pytest.MonkeyPatch, **changed: int) -> None:
    """Compute with these sizes for the rest of the test."""
    monkeypatch.setattr(sizes, "PROCESSOR", replace(sizes.PROCESSOR, **changed))
