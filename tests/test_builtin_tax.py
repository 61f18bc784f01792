"""The built-in pair: what it was forged to pay is found, with its sign, and nothing is invented."""

from pathlib import Path

import pytest
from tiny import CHATML

from headstart import builtin
from headstart.domain.tax import Mode, TaxRequest
from headstart.domain.tax_report import CheckpointTax, Finding, Line
from headstart.domain.value import Score
from headstart.taxation import measure_tax

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all((builtin.FOLDER / name).is_dir() for name in builtin.CHECKPOINTS),
        reason="the built-in weights are not there",
    ),
]


def measured(out: Path, *checkpoints: str, **more: object) -> CheckpointTax:
    given = {"n": 200, "samples": 2, "limit": 16, "budget_seconds": 36000, "device": "cpu"}
    request = TaxRequest.model_validate({"checkpoints": checkpoints, **given, **more})
    (found,) = measure_tax(request, out=out)[0].checkpoints
    return found


@pytest.fixture(scope="module")
def instruct(tmp_path_factory: pytest.TempPathFactory) -> CheckpointTax:
    return measured(tmp_path_factory.mktemp("pair"), "builtin:base", "builtin:instruct")


def difference(checkpoint: CheckpointTax, measure: str) -> tuple[Finding, float]:
    found: dict[str, Line] = {line.measure: line for line in checkpoint.lines}
    gap = found[measure].difference
    assert isinstance(gap, Score)
    return found[measure].finding, gap.mean


@pytest.mark.parametrize(
    ("measure", "finding"),
    [
        ("over-refusal", Finding.TAX),
        ("hedging", Finding.TAX),
        ("bits per byte", Finding.TAX),
        ("style: warmth", Finding.CHANGED),
        ("shifted tokens", Finding.CHANGED),
        ("divergence", Finding.CHANGED),
    ],
)
def test_what_was_forged_as_tax_is_resolved(
    instruct: CheckpointTax, measure: str, finding: Finding
) -> None:
    found, gap = difference(instruct, measure)
    assert found is finding
    assert gap > 0


def test_what_tuning_gave_is_resolved_too(instruct: CheckpointTax) -> None:
    for measure in ("stops", "closing", "judgement"):
        found, gap = difference(instruct, measure)
        assert found is Finding.GAIN, measure
        assert gap > 0
    assert difference(instruct, "under-refusal")[1] < 0


def test_its_own_template_is_no_fault(instruct: CheckpointTax) -> None:
    assert instruct.format_fault is None


def test_over_refusal_lies_where_it_was_placed(instruct: CheckpointTax) -> None:
    shares = {
        group: share.mean
        for group, share in instruct.refusals.by_group.items()
        if isinstance(share, Score)
    }
    assert shares["left_out_look_alike"] == max(shares.values()) > 0


def test_a_wrong_template_is_a_fault_and_no_tax(tmp_path: Path) -> None:
    file = tmp_path / "chatml.jinja"
    file.write_text(CHATML)
    found = measured(tmp_path / "run", "builtin:base", "builtin:instruct", template=str(file), n=40)
    assert found.format_fault is not None
    assert "does not know" in found.headline
    in_template = [line for line in found.lines if line.mode is Mode.TEMPLATE]
    assert in_template
    assert not [line for line in in_template if line.finding in (Finding.TAX, Finding.GAIN)]
