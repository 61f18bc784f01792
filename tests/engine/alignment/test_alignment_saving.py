"""A checkpoint is whole or absent, and unfinished work goes on or is refused."""

from pathlib import Path

import pytest
from forging import origin

from headstart.domain.lineage import Lineage
from headstart.engine.alignment.saving import (
    finished,
    library_versions,
    new_checkpoint,
    read_lineage,
    write_lineage,
)
from headstart.engine.alignment.work import COMPLETE, claimed, work_path
from headstart.errors import CheckpointBroken, DataError, RequestError, StoreError


def lineage() -> Lineage:
    return Lineage(
        **origin().model_dump(),
        figures={"loss": 1.0},
        versions=library_versions(),
        device="a processor",
        started="2026-01-01T00:00:00+00:00",
        finished="2026-01-01T00:01:00+00:00",
        seconds=60.0,
    )


def make(out: Path) -> None:
    with new_checkpoint(out) as scratch:
        (scratch / "config.json").write_text("{}")
        write_lineage(scratch, lineage())


def fail(out: Path) -> None:
    with new_checkpoint(out) as scratch:
        (scratch / "config.json").write_text("{}")
        raise ZeroDivisionError


def test_a_finished_checkpoint_is_found_again_with_its_lineage(tmp_path: Path) -> None:
    make(tmp_path / "out")
    assert read_lineage(tmp_path / "out") == lineage()
    assert finished(tmp_path / "out", origin()) == lineage()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_error_while_writing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        fail(tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_what_a_killed_process_left_is_swept_and_never_taken_for_whole(tmp_path: Path) -> None:
    half = tmp_path / ".out.making-1"
    half.mkdir()
    (half / "config.json").write_text("{}")
    assert read_lineage(half) is None
    make(tmp_path / "out")
    assert not half.exists()


def test_a_folder_without_lineage_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(RequestError, match="no forged checkpoint"):
        finished(tmp_path / "out", origin())


def test_an_empty_folder_is_free(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert finished(tmp_path / "out", origin()) is None
    make(tmp_path / "out")
    assert read_lineage(tmp_path / "out") is not None


@pytest.mark.parametrize("change", ["data_sha256", "parent_fingerprint", "recipe", "seed", "stage"])
def test_another_origin_is_refused(change: str, tmp_path: Path) -> None:
    others = {"recipe": {"rank": 4}, "seed": 1, "stage": "dpo"}
    make(tmp_path / "out")
    with pytest.raises(RequestError, match="another sft"):
        finished(tmp_path / "out", origin(**{change: others.get(change, "1")}))


def test_names_of_files_and_parents_do_not_matter() -> None:
    assert origin(data=("other.jsonl",), parent="elsewhere").key == origin().key


def test_a_broken_lineage_is_told(tmp_path: Path) -> None:
    (tmp_path / "lineage.json").write_text('{"stage": "sft"}')
    with pytest.raises(CheckpointBroken, match="not a lineage"):
        read_lineage(tmp_path)


def test_a_half_written_state_is_dropped_and_the_whole_one_before_it_taken(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out, origin()) as work:
        for step in (5, 10):
            state = work.path / f"checkpoint-{step}"
            state.mkdir()
            (state / "model.safetensors").write_bytes(b"1")
            if step == 5:
                work.mark_whole(state)
        assert work.last_state() == work.path / "checkpoint-5"
        assert not (work.path / "checkpoint-10").exists()
        assert (work.path / "checkpoint-5" / COMPLETE).is_file()


def test_the_newest_whole_state_counts_by_number(tmp_path: Path) -> None:
    with claimed(tmp_path / "out", origin()) as work:
        for step in (5, 100, 20):
            (work.path / f"checkpoint-{step}").mkdir()
            work.mark_whole(work.path / f"checkpoint-{step}")
        assert work.last_state() == work.path / "checkpoint-100"


def test_work_of_another_origin_is_refused(tmp_path: Path) -> None:
    with claimed(tmp_path / "out", origin()):
        pass
    with (
        pytest.raises(StoreError, match="unfinished work"),
        claimed(tmp_path / "out", origin(seed=1)),
    ):
        pass


def test_two_processes_never_work_on_one_checkpoint(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with (
        claimed(out, origin()),
        pytest.raises(StoreError, match="at work"),
        claimed(out, origin()),
    ):
        pass


def test_time_spent_before_a_resumption_counts(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with claimed(out, origin()) as work:
        started = work.started
        (work_path(out) / "progress.json").write_text(
            f'{{"started": "{started}", "seconds": 100.0}}'
        )
    with claimed(out, origin()) as work:
        assert work.started == started
        assert 100.0 <= work.seconds < 160.0


def begin_on_bad_data(out: Path, *, computed: bool) -> None:
    with claimed(out, origin()) as work:
        if computed:
            work.note_progress()
        raise DataError("every row is empty", hint="give others")


@pytest.mark.parametrize("computed", [False, True])
def test_unusable_data_leaves_the_place_free_unless_something_was_computed(
    computed: bool, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(DataError, match="empty"):
        begin_on_bad_data(out, computed=computed)
    assert work_path(out).exists() is computed
