"""Every experiment runs live on the built-in pair and shows what its claim says."""

from pathlib import Path

import pytest

from headstart.domain.event import Event
from headstart.engine.device import pick_device
from headstart.errors import RequestError
from headstart.lesson.content import lesson
from headstart.lesson.experiments.cast import Cast, gather
from headstart.lesson.experiments.continuing import begins_as
from headstart.lesson.experiments.running import EXPERIMENTS, run
from headstart.lesson.finding import Finding
from headstart.lesson.recorded import read, write

RUNS = [(each.id, choice) for each in lesson().experiments for choice in each.choice_ids]


class Stopped(Exception):
    """What a caller raises to stop a run."""


@pytest.fixture(scope="module")
def cast() -> Cast:
    """The built-in pair, loaded once."""
    return gather(pick_device("cpu"))


def test_experiments_are_those_of_the_text() -> None:
    assert list(EXPERIMENTS) == [each.id for each in lesson().experiments]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "choice"), RUNS)
def test_each_runs_live_and_its_direction_is_the_claims(cast: Cast, name: str, choice: str) -> None:
    events: list[Event] = []
    finding = run(name, cast, choice=choice, on_event=events.append)
    if choice == lesson().experiment(name).choice_ids[0]:
        assert finding.found.agrees, finding.found.sentence
    assert events
    outcomes = {option.id for option in lesson().experiment(name).guess.options}
    assert finding.found.outcome in outcomes | {""}
    assert finding.found.numbers
    assert finding.found.drawings


def test_a_run_repeats_and_leaves_the_models_as_they_were(cast: Cast) -> None:
    first = run("knows", cast, seed=3).found
    run("continues", cast, choice="shown", seed=3)
    assert run("knows", cast, seed=3).found == first


def test_another_seed_draws_other_prompts(cast: Cast) -> None:
    found = [run("continues", cast, seed=seed).found.sentence for seed in (0, 1)]
    assert found[0] != found[1]


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_what_on_event_raises_stops_the_run(cast: Cast, name: str) -> None:
    def stop(_event: Event) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        run(name, cast, on_event=stop)


def test_an_unknown_experiment_or_choice_is_refused_with_the_names(cast: Cast) -> None:
    with pytest.raises(RequestError, match="no experiment is called 'nonsense'") as unknown:
        run("nonsense", cast)
    assert "continues" in unknown.value.hint
    with pytest.raises(RequestError, match="'7'") as choice:
        run("tax", cast, choice="7")
    assert "1000" in choice.value.hint


def test_a_finding_survives_being_stored(cast: Cast, tmp_path: Path) -> None:
    finding = run("weights", cast)
    write([finding], tmp_path / "findings.json")
    assert read(tmp_path / "findings.json") == {("weights", ""): finding}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("\n\nWhat is the use of the primcup?\nWho is the mayor?", "questions"),
        ("\nAnswer: The bird eats seeds.", "answer"),
        ("\nA) red B) blue", "choices"),
        (" seeds.", "answer"),
        (" and so they went on along the river. It was late, and nobody spoke.", "prose"),
    ],
)
def test_continuations_are_told_apart_by_their_first_line(text: str, kind: str) -> None:
    assert begins_as(text) == kind


def test_findings_have_a_schema_name() -> None:
    assert Finding.model_json_schema()["properties"]["schema"]["const"] == "headstart.finding/1"
