"""The two sample checkpoints: by their rows at once, and by what they do."""

from pathlib import Path

import pytest

from headstart.checkpoints.inspection import inspect, inspect_pair
from headstart.domain.evidence import Kind, TurnRows
from headstart.domain.kinship import Kinship
from headstart.preflight import behaviour_on

pytestmark = pytest.mark.real


NAMED = (
    "general.name",
    "general.basename",
    "general.finetune",
    "general.size_label",
    "general.organization",
)


def blanked(source: Path, target: Path) -> Path:
    """A copy whose names, in the file and of the file, say nothing."""
    raw = bytearray(source.read_bytes())
    for key in NAMED:
        marker = len(key).to_bytes(8, "little") + key.encode() + (8).to_bytes(4, "little")
        at = raw.find(marker)
        if at >= 0:
            start = at + len(marker) + 8
            length = int.from_bytes(raw[start - 8 : start], "little")
            raw[start : start + length] = b"x" * length
    target.write_bytes(raw)
    return target


def test_they_are_told_by_their_rows(gemma: Path, smollm2: Path) -> None:
    for path, kind, state in ((gemma, Kind.BASE, "untrained"), (smollm2, Kind.INSTRUCT, "trained")):
        found = inspect(str(path))
        assert found.kind is kind
        assert isinstance(found.rows, TurnRows)
        assert found.rows.state == state


def test_blanked_names_change_no_verdict(gemma: Path, smollm2: Path, tmp_path: Path) -> None:
    for path, kind in ((gemma, Kind.BASE), (smollm2, Kind.INSTRUCT)):
        found = inspect(str(blanked(path, tmp_path / "x.gguf")))
        assert found.kind is kind
        hints = {one.signal: one.says for one in found.evidence}
        assert hints["name"] is Kind.UNDECIDED


def test_they_are_no_pair(gemma: Path, smollm2: Path) -> None:
    found = inspect_pair(inspect(str(gemma)), inspect(str(smollm2)))
    assert found.kinship is Kinship.REFUSED


def test_one_against_itself_is_the_same_model(smollm2: Path) -> None:
    one = inspect(str(smollm2))
    found = inspect_pair(one, one)
    assert found.kinship is Kinship.VERIFIED
    assert found.identical is True


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "does"),
    [("smollm2", Kind.INSTRUCT, Kind.INSTRUCT), ("gemma", Kind.BASE, Kind.UNDECIDED)],
)
def test_what_they_do_agrees(
    name: str, kind: Kind, does: Kind, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    path = blanked(request.getfixturevalue(name), tmp_path / "x.gguf")
    found = inspect(str(path), behaviour=behaviour_on("cpu"))
    assert found.kind is kind
    signals = {one.signal: one for one in found.evidence}
    assert signals["behaviour"].says is does
    assert isinstance(signals["turn-end-probability"].value, float)
