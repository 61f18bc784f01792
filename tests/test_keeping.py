"""Tuned starts kept as checkpoints: they answer as their trials did."""

import json
import shutil
from math import log
from pathlib import Path
from typing import Any

import pytest
import torch
from plain import plain_logprobs
from tiny import save_tiny
from transformers import AutoModelForCausalLM, AutoTokenizer

from headstart.choose import choose, read_request
from headstart.domain.event import Event
from headstart.domain.trial import Kind
from headstart.engine.alignment.saving import read_lineage
from headstart.engine.render import Renderer
from headstart.errors import Interrupted, RequestError, StoreError
from headstart.keeping import keep_tuned
from headstart.store import RunFolder

SMALL: dict[str, Any] = {
    "max_train": 12,
    "max_test": 6,
    "seeds": 2,
    "epochs": 2,
    "shots": 0,
    "rank": 4,
    "device": "cpu",
    "precision": "float32",
    "budget_seconds": 3600.0,
    "instruction": "Say the letter.",
}
METHODS: dict[str, dict[str, Any]] = {
    "adapters": {},
    "all weights": {"full": True},
    "rows of role tokens": {"starts": ("base:borrowed",)},
}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("keeping")
    save_tiny(room / "base", template=None, seed=1)
    save_tiny(room / "instruct", seed=2)
    rows = [{"text": f"{('red', 'blue')[n % 2]} {n}", "label": "ab"[n % 2]} for n in range(30)]
    (room / "colors.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return room


def run_of(room: Path, name: str, **more: Any) -> Path:
    pair = (f"{room}/base", f"instruct={room}/instruct")
    choose(*pair, data=f"{room}/colors.jsonl", out=room / name, **SMALL | more)
    return room / name


@pytest.mark.parametrize("method", METHODS)
def test_a_kept_start_answers_as_its_trial_did(room: Path, method: str) -> None:
    run = run_of(room, method.replace(" ", "-"), **METHODS[method])
    own, tuned = keep_tuned(run)
    assert own == (f"base={room}/base", f"instruct={room}/instruct")
    folder = RunFolder(run)
    plan = folder.plan()
    assert plan is not None
    _, task = read_request(plan.request, lambda _: None)
    assert [each.partition("=")[0] for each in tuned] == [f"tuned-{s.name}" for s in plan.starts]
    for start, ref in zip(plan.starts, tuned, strict=True):
        place = Path(ref.partition("=")[2])
        (trial,) = [t for t in folder.trials() if t.spec.key == place.name]
        assert (trial.spec.kind, trial.spec.rows) == (Kind.TUNED, plan.rungs[-1])
        assert trial.spec.seed == plan.seeds[0]
        model = AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(place)
        assert model.generation_config.eos_token_id == tokenizer.eos_token_id
        renderer = Renderer(tokenizer, tokenizer.chat_template, task.instruction)
        assert (renderer.template is None) == (start.template_from is None)
        tests = {example.id: example for example in task.test}
        for item in trial.items:
            row = tests[item.id]
            prompt, answer = renderer.prompt(row.prompt), renderer.completion(row.completion)
            bits = -sum(plain_logprobs(model, prompt, answer)[: -renderer.end_length()]) / log(2)
            assert item.bits_per_byte == pytest.approx(bits / len(row.completion), rel=1e-3)


def test_a_lineage_tells_where_a_kept_start_comes_from(room: Path) -> None:
    run = run_of(room, "told")
    _, tuned = keep_tuned(run)
    place = Path(tuned[1].partition("=")[2])
    lineage = read_lineage(place)
    assert lineage is not None
    assert (lineage.stage, lineage.parent) == ("trial", f"{room}/instruct")
    assert lineage.recipe["rows"] == 12
    assert lineage.notes == ()
    trial = next(t for t in RunFolder(run).trials() if t.spec.key == place.name)
    assert lineage.figures["loss"] == pytest.approx(trial.losses[-1])


def test_what_was_kept_is_not_trained_again(room: Path) -> None:
    run = run_of(room, "twice")
    first: list[Event] = []
    keep_tuned(run, on_event=first.append)
    assert {event.stage for event in first} == {"resolve", "plan", "training"}
    again: list[Event] = []
    keep_tuned(run, on_event=again.append)
    assert {event.stage for event in again} == {"resolve"}


def test_an_interruption_keeps_what_was_finished_and_nothing_half(room: Path) -> None:
    run = run_of(room, "stopped")
    seen: list[Event] = []
    with pytest.raises(Interrupted):
        keep_tuned(
            run,
            on_event=seen.append,
            should_stop=lambda: len({e.message for e in seen if e.stage == "training"}) == 2,
        )
    kept = [path for path in (run / "tuned").iterdir() if read_lineage(path)]
    assert len(kept) == len(list((run / "tuned").iterdir())) == 1
    assert len(keep_tuned(run)[1]) == 2


def test_a_run_on_another_machine_says_where_it_differs(room: Path) -> None:
    run = run_of(room, "elsewhere")
    for path in (run / "trials").glob("*tuned*"):
        trial = json.loads(path.read_text())
        trial["losses"][0] += 0.5
        path.write_text(json.dumps(trial))
    told: list[str] = []
    keep_tuned(run, on_event=lambda event: told.append(event.message))
    assert sum("differs from the trial's by 0.5 nats" in each for each in told) == 2


def test_what_cannot_be_kept_is_refused(room: Path, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="holds no run"):
        keep_tuned(tmp_path)
    run = run_of(room, "changed")
    data = room / "colors.jsonl"
    before = data.read_text()
    try:
        data.write_text(before.replace("red", "green"))
        with pytest.raises(StoreError, match="have changed"):
            keep_tuned(run)
    finally:
        data.write_text(before)
    shutil.rmtree(run / "trials")
    with pytest.raises(RequestError, match="no tuned trial"):
        keep_tuned(run)
