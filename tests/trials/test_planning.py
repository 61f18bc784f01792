from pathlib import Path

import pytest
from toy_trials import MACHINE, TOY_RATES, checkpoint, example, toy_plan, toy_task

from headstart.domain.plan import Plan, Request
from headstart.domain.task import Shape
from headstart.domain.value import NotMeasured
from headstart.errors import DataError, RequestError
from headstart.tasks import DataRequest, build_task
from headstart.trials.planning import (
    MOST_TRAIN,
    check_request,
    check_task,
    detectable,
    draw_shots,
    fingerprint,
    make_plan,
    make_recipe,
    wanted_schedule,
)

ASKED = Request(checkpoints=("base", "instruct"), data="pets.csv")
PAIR = (checkpoint("base"), checkpoint("instruct", "t"))
OTHER = {
    "seeds": 2,
    "seed": 1,
    "margin": 0.02,
    "budget_seconds": 60.0,
    "starts": ("base:raw",),
    "default": "base-raw",
    "full": True,
    "rank": 8,
    "epochs": 1,
    "shots": 0,
    "max_train": 8,
    "max_test": 8,
    "device": "cpu",
    "memory_bytes": 2**32,
    "precision": "float32",
}


def changed(**changes: object) -> Request:
    return ASKED.model_copy(update=changes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"max_train": 0}, "--max-train is 0"),
        ({"max_test": 1}, "--max-test is 1"),
        ({"seeds": 0}, "--seeds is 0"),
        ({"rank": 0}, "--rank is 0"),
        ({"epochs": -1}, "--epochs is -1"),
        ({"shots": -1}, "--shots is -1"),
        ({"margin": 1.0}, "--margin is 1.0"),
        ({"margin": -0.1}, "--margin is -0.1"),
        ({"margin": float("nan")}, "--margin is nan"),
        ({"budget_seconds": 0.0}, "--budget is 0 s"),
        ({"budget_seconds": float("nan")}, "--budget is nan s"),
        ({"budget_seconds": float("inf")}, "--budget is inf s"),
    ],
)
def test_an_option_out_of_range_is_refused_by_name_and_value(
    change: dict[str, object], told: str
) -> None:
    with pytest.raises(RequestError) as caught:
        check_request(changed(**change))
    assert caught.value.fact == told


def test_the_usual_request_passes() -> None:
    check_request(ASKED)
    check_request(changed(max_train=1, max_test=2, shots=0, margin=0.0))


def test_test_rows_of_one_prompt_are_refused() -> None:
    task = toy_task(test=2)
    same = tuple(e.model_copy(update={"group": "one"}) for e in task.test)
    with pytest.raises(DataError, match="has 1 distinct prompt"):
        check_task(task.model_copy(update={"test": same}))
    check_task(task)


def test_data_without_dev_rows_is_refused_before_any_model_is_loaded() -> None:
    with pytest.raises(DataError, match="leave none to pick learning rates on"):
        check_task(toy_task(train=9, dev=0))


def test_the_smallest_data_that_is_taken_is_what_the_hint_says(tmp_path: Path) -> None:
    def task(rows: int) -> None:
        lines = "".join(f"text {n},{'ab'[n % 2]}\n" for n in range(rows))
        (tmp_path / "few.csv").write_text("text,label\n" + lines)
        check_task(build_task(DataRequest(data=str(tmp_path / "few.csv"))))

    task(15)
    with pytest.raises(DataError):
        task(11)


# the fingerprint of a request


def test_where_files_lie_and_how_they_are_spelled_does_not_change_the_fingerprint() -> None:
    task = toy_task()
    one = fingerprint(ASKED, task, PAIR)
    moved = changed(
        checkpoints=("base=/elsewhere/base", "./instruct"),
        data="/elsewhere/pets.csv",
        columns={"text": "text"},
    )
    elsewhere = [c.model_copy(update={"path": f"/elsewhere/{c.name}", "source": "x"}) for c in PAIR]
    assert fingerprint(moved, task, elsewhere) == one


def test_the_same_data_in_another_place_has_the_same_fingerprint(tmp_path: Path) -> None:
    rows = "".join(f"text {n},{'ab'[n % 2]}\n" for n in range(40))
    for name, head in (("one.csv", "text,label\n"), ("two.csv", "question,kind\n")):
        (tmp_path / name).write_text(head + rows)
    plain = DataRequest(data=str(tmp_path / "one.csv"))
    columns = {"text": "question", "label": "kind"}
    mapped = DataRequest(data=str(tmp_path / "two.csv"), columns=columns)
    one, two = (fingerprint(ASKED, build_task(request), PAIR) for request in (plain, mapped))
    assert one == two


@pytest.mark.parametrize("field", sorted(OTHER))
def test_whatever_decides_results_changes_the_fingerprint(field: str) -> None:
    task = toy_task()
    other = changed(**{field: OTHER[field]})
    assert fingerprint(other, task, PAIR) != fingerprint(ASKED, task, PAIR)


def test_no_option_is_forgotten_by_the_fingerprint() -> None:
    told_by_data_and_models = {"checkpoints", *DataRequest.model_fields} - {"max_test", "seed"}
    assert set(OTHER) == set(Request.model_fields) - told_by_data_and_models


def test_other_weights_names_order_or_data_change_the_fingerprint() -> None:
    task = toy_task()
    others = {
        fingerprint(ASKED, task, PAIR),
        fingerprint(ASKED, task, PAIR[::-1]),
        fingerprint(ASKED, task, PAIR[:1]),
        fingerprint(ASKED, task, (PAIR[0], checkpoint("chat", "t"))),
        fingerprint(ASKED, task, (PAIR[0], checkpoint("instruct", "t", fingerprint="new"))),
        fingerprint(ASKED, toy_task(train=121), PAIR),
    }
    assert len(others) == 6


# sizes, rows and findings of a plan


def test_the_largest_trial_is_what_is_asked_what_there_is_or_the_house_limit() -> None:
    assert wanted_schedule(ASKED, toy_task(train=50)).top == 50
    assert wanted_schedule(changed(max_train=20), toy_task(train=50)).top == 20
    assert wanted_schedule(changed(max_train=80), toy_task(train=50)).top == 50
    assert wanted_schedule(ASKED, toy_task(train=MOST_TRAIN + 1)).top == MOST_TRAIN


def test_rows_of_a_plan_are_prefixes_of_the_tasks_fixed_orders() -> None:
    task = toy_task(train=200, test=60)
    plan = toy_plan(task, max_train=80, max_test=30)
    assert plan.train_ids == tuple(e.id for e in task.train[:80])
    assert plan.test_ids == tuple(e.id for e in task.test[:30])
    assert plan.dev_ids == tuple(e.id for e in task.dev)
    assert plan.rungs[-1] == 80


def test_a_plan_that_is_cut_says_so_and_keeps_to_the_budget() -> None:
    plan = toy_plan(toy_task(train=2000), budget_seconds=200.0)
    assert plan.cuts
    assert plan.estimated_seconds <= 200
    assert len(plan.train_ids) == plan.rungs[-1] < 2000
    assert not any("smallest sound run" in finding for finding in plan.findings)


def test_a_budget_below_the_smallest_run_is_said() -> None:
    plan = toy_plan(toy_task(train=2000), budget_seconds=1.0)
    assert any("even the smallest sound run" in finding for finding in plan.findings)
    assert plan.estimated_seconds > 1


def test_a_plan_survives_its_file() -> None:
    plan = toy_plan(toy_task())
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_shots_show_different_answers_first_and_are_training_rows() -> None:
    rows = [example(f"train:{n}", text) for n, text in enumerate("aaabac", start=1)]
    task = toy_task().model_copy(update={"train": tuple(rows)})
    assert draw_shots(task, 4) == ["train:1", "train:4", "train:6", "train:2"]
    assert draw_shots(task, 99) == [f"train:{n}" for n in (1, 4, 6, 2, 3, 5)]
    assert draw_shots(task, 0) == []


def test_raw_text_has_no_shots() -> None:
    assert draw_shots(toy_task(shape=Shape.RAW_TEXT, metric="bits-per-byte"), 8) == []


def test_alpha_is_twice_the_rank() -> None:
    recipe = make_recipe(changed(rank=4), 2)
    assert (recipe.method, recipe.rank, recipe.alpha, recipe.epochs) == ("lora", 4, 8, 2)
    assert make_recipe(changed(full=True), 2).method == "full"


def test_what_the_test_set_can_show_falls_with_its_size_and_counts_groups() -> None:
    task = toy_task(test=100)
    small, large = detectable(task, 20), detectable(task, 100)
    assert isinstance(small, float)
    assert isinstance(large, float)
    assert 0 < large < small < 1
    paired = tuple(e.model_copy(update={"group": f"g{n // 5}"}) for n, e in enumerate(task.test))
    assert detectable(task.model_copy(update={"test": paired}), 100) == small


def test_for_a_loss_it_is_not_known_beforehand() -> None:
    task = toy_task(shape=Shape.RAW_TEXT, metric="bits-per-byte")
    assert isinstance(detectable(task, 40), NotMeasured)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, None),
        ({"tokenizer_fingerprint": "other"}, "different vocabularies"),
        ({"architecture": "Gemma3ForCausalLM"}, "not kin"),
    ],
)
def test_checkpoints_that_are_no_kin_are_named(change: dict[str, str], told: str | None) -> None:
    plan = toy_plan(toy_task())
    pair = [PAIR[0], PAIR[1].model_copy(update=change)]
    rates = {s.name: TOY_RATES for s in plan.starts}
    made = make_plan(ASKED, toy_task(), pair, plan.starts, "instruct", rates, plan.views, MACHINE)
    found = [f for f in made.findings if told is not None and told in f]
    assert len(made.findings) == len(found) == (told is not None)
