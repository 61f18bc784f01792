"""The tax from checkpoints to report, on toy models; and that a run goes on where it stopped."""

import json
from pathlib import Path

import pytest
from hostile import WALKS
from tiny import CHATML, save_tiny

from headstart import taxation
from headstart.domain.event import Event
from headstart.domain.tax import Battery, Mode, TaxRequest
from headstart.domain.tax_report import Finding, TaxReport, WeightGap
from headstart.errors import StoreError
from headstart.tax.folder import TaxFolder
from headstart.templates.errors import TemplateUnsafe

SMALL = {"n": 8, "samples": 2, "limit": 12, "budget_seconds": 36000, "device": "cpu"}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("tax")
    save_tiny(room / "base", template=None, seed=1)
    save_tiny(room / "chat", seed=2)
    return room


def request(room: Path, *names: str, **more: object) -> TaxRequest:
    given = tuple(f"{name}={room / source}" for name, source in (n.split("=") for n in names))
    return TaxRequest.model_validate({"checkpoints": given, **SMALL, **more})


@pytest.fixture(scope="module")
def measured(room: Path) -> tuple[TaxReport, TaxFolder]:
    return taxation.measure_tax(request(room, "base=base", "chat=chat"), out=room / "run")


def test_both_are_asked_everything_in_both_formats(
    measured: tuple[TaxReport, TaxFolder],
) -> None:
    report, folder = measured
    stored = {path.stem for path in (folder.path / "outputs").iterdir()}
    for mode in Mode:
        for battery in Battery:
            assert f"chat-{mode.value}-{battery.value}" in stored
            assert (f"base-{mode.value}-{battery.value}" in stored) is (
                battery is not Battery.SHIFT
            )
    (chat,) = report.checkpoints
    assert {line.mode for line in chat.same_format} == set(Mode)
    assert {(line.base_mode, line.mode) for line in chat.lines} == {
        (Mode.RAW, Mode.RAW),
        (Mode.RAW, Mode.TEMPLATE),
    }
    assert {table.mode for table in chat.shift} == set(Mode)
    assert isinstance(chat.weights, WeightGap)
    assert isinstance(chat.weights.barrier_bits, float)


def test_every_file_of_the_run_is_there_and_says_the_same(
    measured: tuple[TaxReport, TaxFolder],
) -> None:
    report, folder = measured
    told = (folder.path / "tax.json").read_text(encoding="utf-8")
    assert TaxReport.model_validate_json(told) == report
    assert (folder.path / "tax.md").read_text(encoding="utf-8").startswith("# The alignment tax")
    assert (folder.path / "tax.html").exists()
    for line in (folder.path / "doubtful.jsonl").read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["label"] is None


def test_a_finished_run_loads_no_model_again(
    room: Path, measured: tuple[TaxReport, TaxFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a finished run needs no weights")

    monkeypatch.setattr(taxation, "load", refuse)
    told: list[Event] = []
    again, _ = taxation.measure_tax(
        request(room, "base=base", "chat=chat"), out=room / "run", on_event=told.append
    )
    assert again == measured[0]
    assert not [event for event in told if event.stage == "stored"]


def test_labels_may_come_later(
    room: Path, measured: tuple[TaxReport, TaxFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taxation, "load", None)
    rows = [{"completion": "I cannot help with that.", "label": "refusal"}] * 9
    rows += [{"completion": "By the river.", "label": "compliance"}] * 9
    file = room / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    labelled, _ = taxation.measure_tax(
        request(room, "base=base", "chat=chat", labels=str(file)), out=room / "run"
    )
    assert "--labels" in labelled.command
    agreement = labelled.checkpoints[0].refusals.agreement
    assert agreement != measured[0].checkpoints[0].refusals.agreement


def test_a_folder_of_another_run_is_not_written_to(
    room: Path, measured: tuple[TaxReport, TaxFolder]
) -> None:
    with pytest.raises(StoreError, match="another request"):
        taxation.measure_tax(request(room, "base=base", "chat=chat", seed=5), out=room / "run")


def test_a_base_beside_itself_resolves_nothing(room: Path) -> None:
    report, _ = taxation.measure_tax(request(room, "one=base", "two=base"), out=room / "itself")
    (two,) = report.checkpoints
    found = {line.finding for line in (*two.lines, *two.same_format)}
    assert found <= {Finding.UNRESOLVED, Finding.NOT_MEASURED}
    assert "No difference between one and two is resolved" in two.headline
    assert "no checkpoint ships a chat template" in report.notes
    for table in two.shift:
        assert {row.unshifted for row in table.positions} == {1.0}


def test_the_plan_alone_asks_nothing(room: Path, tmp_path: Path) -> None:
    plan = taxation.plan_only(request(room, "base=base", "chat=chat"))
    assert plan.jobs
    assert len(plan.job_seconds) == len(plan.jobs)
    assert plan.estimated_seconds > 0
    assert plan.template_from == "chat"


def test_a_given_template_is_asked_in_and_named(room: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.jinja"
    file.write_text(CHATML.replace("assistant", "helper"))
    plan = taxation.plan_only(request(room, "base=base", "two=base", template=str(file)))
    assert plan.template_from == "mine.jinja"
    assert plan.intended == (Mode.RAW, Mode.TEMPLATE)


def test_a_template_that_means_harm_is_never_rendered(room: Path, tmp_path: Path) -> None:
    file = tmp_path / "evil.jinja"
    file.write_text(WALKS["globals of a function"])
    with pytest.raises(TemplateUnsafe, match="not safe to use"):
        taxation.plan_only(request(room, "base=base", "chat=chat", template=str(file)))
