import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headstart.domain.plan import Format, Plan, Rates, Recipe, Request, StartSpec
from headstart.domain.task import DataCounts, Shape
from headstart.domain.trial import Clock, Kind, Trial, TrialSpec
from headstart.domain.value import NotMeasured
from headstart.errors import StoreError
from headstart.store import RunFolder, list_runs

SPEC = TrialSpec(start="base-raw", kind=Kind.TUNED, rows=64, learning_rate=3e-4, seed=1)
BARE = TrialSpec(start="base-raw", kind=Kind.ZERO_SHOT, rows=0, learning_rate=None, seed=None)


def trial(spec: TrialSpec = SPEC, tokens: int = 7) -> Trial:
    clock = Clock(train_seconds=1, score_seconds=2, peak_memory_bytes=3)
    return Trial(spec=spec, tokens=tokens, losses=(1.0, None), clock=clock)


def plan(fingerprint: str = "abc") -> Plan:
    start = StartSpec(
        name="base-raw", checkpoint="base", format=Format.RAW, rule="", learning_rates=(1e-4,)
    )
    rates = Rates(
        train_tokens_per_second=1,
        untuned_seconds_per_item=1,
        few_shot_seconds_per_item=1,
        tuned_seconds_per_item=1,
        dev_seconds_per_item=1,
        tokens_per_example=1,
    )
    return Plan(
        headstart="0",
        request=Request(checkpoints=("base",), data="d.csv"),
        request_fingerprint=fingerprint,
        checkpoints=(),
        starts=(start,),
        default="base-raw",
        task_name="d",
        task_fingerprint="t",
        shape=Shape.CLASSIFICATION,
        shape_reason="",
        metric="accuracy",
        higher_is_better=True,
        counts=DataCounts(read=1, empty=0, duplicate=0, leaked=0, train=1, test=1),
        train_ids=("train:1",),
        dev_ids=(),
        test_ids=("train:2",),
        shot_ids=(),
        rungs=(1,),
        seeds=(0,),
        recipe=Recipe(method="lora", rank=1, alpha=2, epochs=1),
        device="cpu",
        device_label="",
        dtype="float32",
        threads=1,
        libraries={},
        detectable_difference=NotMeasured(why="x"),
        rates={"base-raw": rates},
        views={},
        estimated_seconds=1.0,
    )


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "runs" / "one")
    run.prepare()
    return run


def files(folder: RunFolder) -> list[str]:
    return sorted(p.name for p in folder.path.rglob("*") if p.is_file())


def test_what_is_saved_is_what_is_read(folder: RunFolder) -> None:
    folder.save_plan(plan())
    folder.save_trial(trial())
    folder.save_text("report.md", "käse\r\n\u2028end")
    assert folder.plan() == plan()
    assert folder.trial(SPEC) == trial()
    assert folder.read_text("report.md") == "käse\r\n\u2028end"
    assert files(folder) == ["base-raw__tuned__n64__lr0.0003__s1.json", "plan.json", "report.md"]


def test_what_is_not_there_is_none(folder: RunFolder) -> None:
    assert folder.plan() is None
    assert folder.trial(SPEC) is None


def test_every_spec_has_a_file_of_its_own(folder: RunFolder) -> None:
    changes = (
        {},
        {"start": "instruct"},
        {"kind": Kind.SWEEP},
        {"rows": 65},
        {"learning_rate": 9e-4},
        {"seed": 2},
    )
    specs = [SPEC.model_copy(update=change) for change in changes] + [
        BARE,
        BARE.model_copy(update={"kind": Kind.FEW_SHOT}),
    ]
    for spec in specs:
        folder.save_trial(trial(spec))
    assert len(files(folder)) == len(specs)
    assert [folder.trial(spec).spec for spec in specs] == specs  # type: ignore[union-attr]


def test_to_prepare_twice_keeps_what_is_there(folder: RunFolder) -> None:
    folder.save_trial(trial())
    folder.prepare()
    assert folder.trial(SPEC) == trial()
    assert not [name for name in files(folder) if name.startswith(".")]


def refuse(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("target", ["os.fsync", "pathlib.Path.replace"])
def test_a_write_that_fails_leaves_the_old_content_whole(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    folder.save_trial(trial())
    folder.save_plan(plan())
    folder.save_text("report.json", "{}")
    monkeypatch.setattr(target, refuse)
    saves: list[Callable[[], object]] = [
        lambda: folder.save_trial(trial(tokens=8)),
        lambda: folder.save_plan(plan("other")),
        lambda: folder.save_text("report.json", "[]"),
    ]
    for save in saves:
        with pytest.raises(StoreError, match="No space left on device") as caught:
            save()
        assert "cannot write" in caught.value.fact
        assert str(folder.path) in caught.value.fact
    monkeypatch.undo()
    assert folder.trial(SPEC) == trial()
    assert folder.plan() == plan()
    assert folder.read_text("report.json") == "{}"


def test_content_is_on_the_disk_before_it_gets_its_name(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("fsync"), sync(handle)))
    monkeypatch.setattr(
        Path, "replace", lambda here, to: (order.append("rename"), replace(here, to))
    )
    folder.save_trial(trial())
    # the file, its name, and the folder that holds the name
    assert order == ["fsync", "rename", "fsync"]


def test_scratch_files_of_a_crash_are_ignored(folder: RunFolder) -> None:
    for name in (f".{SPEC.key}.json.123", f".{BARE.key}.json.9"):
        (folder.path / "trials" / name).write_text("{half")
    (folder.path / ".plan.json.123").write_text("{half")
    assert folder.plan() is None
    assert folder.trial(SPEC) is None
    folder.save_trial(trial())
    assert folder.trial(SPEC) == trial()
    assert list_runs(folder.path.parent) == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\x00", '{"schema": "headstart.plan/9"}'])
def test_a_plan_of_another_version_is_refused_by_name(folder: RunFolder, text: str) -> None:
    folder.plan_path.write_text(text)
    with pytest.raises(StoreError, match=r"plan\.json is not a plan of this version") as caught:
        folder.plan()
    assert "--out" in caught.value.hint


def test_a_report_that_is_not_there_is_named(folder: RunFolder) -> None:
    with pytest.raises(StoreError, match=r"report\.json cannot be read"):
        folder.read_text("report.json")
    (folder.path / "report.json").write_bytes(b"\xff\xfe")
    with pytest.raises(StoreError, match=r"report\.json cannot be read"):
        folder.read_text("report.json")


def test_a_folder_below_a_file_cannot_be_prepared(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write the run folder") as caught:
        RunFolder(tmp_path / "file" / "run").prepare()
    assert "Not a directory" in caught.value.fact


def test_a_folder_that_exists_but_takes_no_files_is_refused(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "touch", denied)
    with pytest.raises(StoreError, match="Permission denied"):
        folder.prepare()


def test_one_process_at_a_time(folder: RunFolder) -> None:
    code = (
        "import sys; from pathlib import Path; from headstart.store import RunFolder\n"
        "with RunFolder(Path(sys.argv[1])).claimed():\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreError, match="another headstart is at work in"), folder.claimed():
            pass
        holder.kill()
        holder.wait()
    # a crash frees the folder
    with folder.claimed():
        pass


def test_a_folder_is_free_again_after_an_error(folder: RunFolder) -> None:
    with pytest.raises(ValueError, match="inside"), folder.claimed():
        raise ValueError("inside")
    with folder.claimed():
        pass


def test_runs_are_listed_by_name_and_only_those_with_a_plan(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        run = RunFolder(tmp_path / name)
        run.prepare()
        if name != "c":
            run.save_plan(plan())
    assert [run.path.name for run in list_runs(tmp_path)] == ["a", "b"]
    assert list_runs(tmp_path / "nowhere") == []
