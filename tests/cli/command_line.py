"""Calls the program as a shell would, in this process."""

import signal
import sys
import warnings
from dataclasses import dataclass

import pytest

from headstart.cli.main import main


@dataclass(frozen=True)
class Said:
    """What the program left behind."""

    code: int
    out: str
    err: str


def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> Said:
    """Run `headstart WORDS`; signal handlers and warning filters are put back."""
    monkeypatch.setattr(sys, "argv", ["headstart", *words])
    handler, filters = signal.getsignal(signal.SIGINT), warnings.filters[:]
    capsys.readouterr()
    code = 0
    try:
        main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    finally:
        signal.signal(signal.SIGINT, handler)
        warnings.filters[:] = filters
    told = capsys.readouterr()
    return Said(code, told.out, told.err)
