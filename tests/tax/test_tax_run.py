"""Jobs are stored one by one, resumed, and kept within the budget."""

from pathlib import Path

import pytest
from tax_sides import made_sets
from toy_voices import ToyVoice, every_job, toy_plan

from headstart.domain.event import Event, ignore
from headstart.domain.tax import Battery, Facts, Job, Mode, SampleItem, ShiftItem
from headstart.domain.tax_report import Finding
from headstart.domain.value import NotMeasured
from headstart.errors import Interrupted, StoreError
from headstart.tax import run as running
from headstart.tax.asking import SAMPLE_TOKENS, Asking, ask, question
from headstart.tax.build import build_report, command
from headstart.tax.folder import TaxFolder
from headstart.tax.labelled import Labelled
from headstart.tax.port import Scores, Speaks
from headstart.tax.run import Runner, barrier, pace
from headstart.tax.voices import Voices

SETS = made_sets(12)


def folder(path: Path) -> TaxFolder:
    found = TaxFolder(path)
    found.prepare()
    return found


def voices(**given: ToyVoice) -> Voices:
    known = {"base": ToyVoice(), "instruct": ToyVoice(), **given}
    return Voices("base", lambda name: known[name])


def runner(path: Path, jobs: list[Job], opened: Voices, **more: object) -> Runner:
    return Runner(toy_plan(jobs, **more), SETS, folder(path), opened, ignore)  # type: ignore[arg-type]


def test_what_is_stored_is_not_asked_again(tmp_path: Path) -> None:
    jobs, first, second = every_job(6), ToyVoice(), ToyVoice()
    given, late = runner(tmp_path, jobs, voices(base=first, instruct=first)).run()
    assert set(given) == set(jobs)
    assert late == ()
    again, _ = runner(tmp_path, jobs, voices(base=second, instruct=second)).run()
    assert again == given
    assert first.asked
    assert second.asked == []


def test_a_job_of_another_size_is_asked_again(tmp_path: Path) -> None:
    job = Job(checkpoint="base", mode=Mode.RAW, battery=Battery.SAFE, n=3)
    runner(tmp_path, [job], voices()).run()
    more = job.model_copy(update={"n": 5})
    given, _ = runner(tmp_path, [more], voices()).run()
    assert len(given[more].items) == 5


def test_an_interrupted_run_keeps_what_it_had(tmp_path: Path) -> None:
    jobs = every_job(4)
    asked = iter([False, False, True])
    stopped = Runner(toy_plan(jobs), SETS, folder(tmp_path), voices(), ignore, lambda: next(asked))
    with pytest.raises(Interrupted):
        stopped.run()
    assert len(list((tmp_path / "outputs").iterdir())) == 2


def test_no_job_begins_after_the_budget_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = every_job(4)
    clock = iter(range(0, 100_000, 10))
    with monkeypatch.context() as patch:
        patch.setattr(running.time, "monotonic", lambda: float(next(clock)))
        given, late = runner(tmp_path, jobs, voices(), budget=100).run()
    assert 0 < len(given) < len(jobs)
    assert "budget was used up" in late[0]
    assert jobs[-1].key in late[0]
    whole, none = runner(tmp_path, jobs, voices()).run()
    assert set(whole) == set(jobs)
    assert none == ()


def test_time_left_counts_what_is_not_stored(tmp_path: Path) -> None:
    jobs, told = every_job(3)[:4], list[Event]()
    Runner(toy_plan(jobs), SETS, folder(tmp_path), voices(), told.append).run()
    left = [event.eta_seconds for event in told if event.stage == "stored"]
    assert left == [6, 4, 2, 0]


def test_each_checkpoint_draws_its_own_samples(tmp_path: Path) -> None:
    jobs = [
        Job(checkpoint=name, mode=Mode.RAW, battery=Battery.SAMPLES, n=4)
        for name in ("base", "instruct")
    ]
    given, _ = runner(tmp_path, jobs, voices()).run()
    first, second = (given[job].items[0] for job in jobs)
    assert isinstance(first, SampleItem)
    assert isinstance(second, SampleItem)
    assert len(first.texts) == len(first.entropies) == 3
    assert first.texts != second.texts


def test_a_base_beside_itself_resolves_nothing_in_the_whole_report(tmp_path: Path) -> None:
    jobs = every_job(12)
    given, _ = runner(tmp_path, jobs, voices()).run()
    facts = {name: Facts(vocabulary=300, untrained_roles=()) for name in ("base", "instruct")}
    report = build_report(
        toy_plan(jobs),
        SETS,
        given,
        facts=facts,
        weights={},
        labelled=Labelled(),
        shift_why={},
    )
    (other,) = report.checkpoints
    for line in (*other.lines, *other.same_format):
        assert line.finding in (Finding.UNRESOLVED, Finding.NOT_MEASURED), line.measure
    assert {line.group for line in other.lines} == {
        "shift",
        "capability",
        "refusal",
        "manner",
        "calibration",
        "diversity",
        "instructions",
        "stopping",
    }
    assert isinstance(other.weights, NotMeasured)


def test_the_command_that_repeats_a_run_names_what_was_changed_only() -> None:
    plan = toy_plan(every_job(2))
    told = command(plan)
    assert told == "headstart tax base=a instruct=b --samples 3 --limit 8 --budget 60s"


def test_shift_is_read_by_the_base_and_samples_are_short() -> None:
    how = Asking(SETS, limit=20, samples=2, seed=0, base=ToyVoice(says="Other words."))
    job = Job(checkpoint="instruct", mode=Mode.RAW, battery=Battery.SHIFT, n=5)
    items = ask(job, ToyVoice(), how)
    assert [item.ranks for item in items if isinstance(item, ShiftItem)] == [(9,) * 5] * 5
    drawn = ask(job.model_copy(update={"battery": Battery.SAMPLES}), ToyVoice("w " * 90), how)
    assert all(len(i) == SAMPLE_TOKENS for item in drawn for i in item.ids)  # type: ignore[union-attr]


def test_what_a_voice_cannot_tell_is_refused() -> None:
    class Mute:
        modes = tuple(Mode)
        replies = ToyVoice.replies

    how = Asking(SETS, limit=20, samples=2, seed=0)
    job = Job(checkpoint="x", mode=Mode.RAW, battery=Battery.PASSAGES, n=5)
    assert isinstance(Mute(), Speaks)
    assert not isinstance(Mute(), Scores)
    with pytest.raises(TypeError, match="does not tell"):
        ask(job, Mute(), how)


def test_lettered_questions_show_their_options() -> None:
    plain = SETS.choices[0]
    assert question(plain) == plain.question
    shown = question(plain.model_copy(update={"lettered": True}))
    assert shown.splitlines()[1:] == ["A. a", "B. b", "C. c"]


def test_pace_and_barrier_of_a_voice() -> None:
    found = pace(ToyVoice(), SETS)
    assert min(found.token, found.question, found.passage) > 0
    one = ToyVoice()
    assert barrier(one, ToyVoice(), SETS) == pytest.approx(10 / 100)
    gap = barrier(one, ToyVoice(vocabulary=9), SETS)
    assert isinstance(gap, NotMeasured)
    assert "name or shape" in gap.why


def test_voices_keep_the_base_and_one_other() -> None:
    loads: list[str] = []

    def load(name: str) -> ToyVoice:
        loads.append(name)
        return ToyVoice()

    opened = Voices("base", load)
    for name in ("base", "a", "base", "a", "b", "base", "a"):
        opened(name)
    assert loads == ["base", "a", "b", "a"]


def test_a_folder_that_holds_something_else_is_told(tmp_path: Path) -> None:
    one = folder(tmp_path)
    one.save_plan(toy_plan(every_job(2)))
    assert one.plan() == toy_plan(every_job(2))
    (tmp_path / "tax-plan.json").write_text("{}")
    with pytest.raises(StoreError, match="is not a taxplan"):
        one.plan()
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write the run folder"):
        folder(tmp_path / "file" / "run")
