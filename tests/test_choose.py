"""The whole story on toy checkpoints: random weights, two layers, float32, on the CPU."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tiny import save_tiny

from headstart.choose import choose, plan_only, run
from headstart.domain.event import Event
from headstart.domain.plan import Request
from headstart.domain.report import Report
from headstart.domain.verdict import Outcome
from headstart.errors import HeadstartError, Interrupted, RequestError, StoreError
from headstart.report.jsonfile import from_json, to_json
from headstart.report.markdown import markdown

ROOT = Path(__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs/reference/report.schema.json").read_text(encoding="utf-8"))
SMALL: dict[str, Any] = {
    "max_train": 8,
    "max_test": 4,
    "seeds": 1,
    "epochs": 1,
    "shots": 1,
    "rank": 4,
    "device": "cpu",
    "precision": "float32",
    "budget_seconds": 3600.0,
    "instruction": "",
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `base` (no template), `instruct` (ChatML), both of one vocabulary."""
    home = tmp_path_factory.mktemp("models")
    save_tiny(home / "base", template=None, seed=1)
    save_tiny(home / "instruct", seed=2)
    return home


def rows(shape: str, count: int = 24) -> list[dict[str, Any]]:
    words = ("red", "blue")
    made: dict[str, Any] = {
        "classification": lambda n: {"text": f"{words[n % 2]} {n}", "label": "ab"[n % 2]},
        "extraction": lambda n: {
            "prompt": f"{words[n % 2]} {n}",
            "completion": json.dumps({"n": n, "color": words[n % 2]}),
        },
        "short answer": lambda n: {"prompt": f"{n} + 1", "completion": str(n + 1)},
        "free text": lambda n: {
            "prompt": f"Say {n}",
            "completion": f"I was told to say the number {n} aloud, so here it is.",
        },
        "raw text": lambda n: {"text": f"Once upon a time number {n} met number {n + 1}."},
        "messages": lambda n: {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": f"Say {n}"},
                {"role": "assistant", "content": f"{n}"},
                {"role": "user", "content": "Again"},
                {"role": "assistant", "content": f"I say the number {n} again, as you wanted."},
            ]
        },
    }
    return [made[shape](n) for n in range(count)]


def write(path: Path, shape: str, count: int = 24) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(shape, count)))
    return str(path)


def faults(value: Any, node: Mapping[str, Any], at: str = "report") -> Iterator[str]:
    """Where `value` departs from a schema of the kind that pydantic writes."""
    if "$ref" in node:
        yield from faults(value, SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[-1]], at)
    elif "anyOf" in node:
        if all(list(faults(value, each, at)) for each in node["anyOf"]):
            yield f"{at}: fits none of the kinds"
    elif "const" in node or "enum" in node:
        if value not in node.get("enum", [node.get("const")]):
            yield f"{at}: {value!r} is no allowed value"
    elif not is_kind(value, node["type"]):
        yield f"{at}: {value!r} is no {node['type']}"
    elif node["type"] == "array":
        for number, each in enumerate(value):
            yield from faults(each, node["items"], f"{at}[{number}]")
    elif node["type"] == "object":
        yield from faults_within(value, node, at)


def faults_within(value: dict[str, Any], node: Mapping[str, Any], at: str) -> Iterator[str]:
    yield from (f"{at}: lacks {key}" for key in node.get("required", ()) if key not in value)
    for key, each in value.items():
        inner = node.get("properties", {}).get(key, node.get("additionalProperties"))
        if isinstance(inner, dict):
            yield from faults(each, inner, f"{at}.{key}")
        else:
            yield f"{at}: {key} is unknown"


def is_kind(value: Any, kind: str) -> bool:
    # a bool is an int in Python, but none in JSON
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


KINDS: dict[str, Any] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "null": type(None),
    "number": int | float,
    "object": dict,
    "string": str,
}


def test_the_checker_of_the_schema_finds_faults() -> None:
    for value in ({}, [], None, {"verdict": 3}):
        assert list(faults(value, SCHEMA))


def require_published(folder: Path, report: Report) -> None:
    """What stands in the run folder is the report, by the published layout."""
    text = (folder / "report.json").read_text(encoding="utf-8")
    plain = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in report.json"))
    assert list(faults(plain, SCHEMA)) == []
    assert Report.model_validate_json(text) == from_json(text, "") == report
    assert to_json(report) == text
    drawn = (folder / "report.md").read_bytes().decode()
    assert drawn == markdown(report)
    assert str(Path.home()) + "/" not in text + drawn
    assert not re.search(r"\b(nan|inf)\b", drawn)


SHAPES = ("classification", "extraction", "short answer", "free text", "raw text", "messages")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_data_comes_to_a_report(
    shape: str, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(models))
    data = write(tmp_path / f"{shape.replace(' ', '-')}.jsonl", shape)
    asked = SMALL | ({"instruction": None} if shape in ("raw text", "messages") else {})
    pair = (f"{models}/base", f"instruct={models}/instruct")
    report = choose(*pair, data=data, out=tmp_path / "run", **asked)
    require_published(tmp_path / "run", report)
    assert report.shape.value == ("free text" if shape == "messages" else shape)
    raw = shape == "raw text"
    assert [s.name for s in report.starts] == ["base-raw", "instruct-raw" if raw else "instruct"]
    assert report.verdict.outcome in Outcome
    assert sum(report.verdict.probability_best.values()) == pytest.approx(1)
    assert report.test_items == 4
    assert not any(t.failed for t in report.trials)
    kinds = {t.kind for t in report.trials}
    assert kinds == {"zero-shot", "sweep", "tuned"} | (set() if raw else {"few-shot"})
    assert report.verdict.screening
    for start in report.starts:
        assert any(token.trained for token in start.training_tokens)
        assert start.source == f"~/{start.checkpoint}"
        assert start.curve[-1].n == 8


def test_conversations_train_every_assistant_turn(models: Path, tmp_path: Path) -> None:
    data = write(tmp_path / "chats.jsonl", "messages")
    asked = SMALL | {"instruction": None}
    plan = plan_only(Request(checkpoints=(f"{models}/instruct",), data=data, **asked))
    view = plan.views["instruct"]
    runs = re.findall(r"1+", "".join(str(int(t.trained)) for t in view.training_tokens))
    assert len(runs) == 2
    assert view.training_text.startswith("<|im_start|>system\nBe brief.<|im_end|>")


def test_one_checkpoint_alone_is_judged_against_itself_untuned(
    models: Path, tmp_path: Path
) -> None:
    data = write(tmp_path / "d.jsonl", "classification")
    report = choose(f"{models}/instruct", data=data, out=tmp_path / "run", **SMALL)
    require_published(tmp_path / "run", report)
    assert [s.name for s in report.starts] == ["instruct"]
    assert report.verdict.probability_best == {"instruct": 1.0}
    assert (report.rules, report.contrasts) == ((), ())
    assert {d.how for d in report.verdict.differences} <= {"zero-shot", "few-shot"}


@pytest.fixture(scope="module")
def twin(models: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, Path]:
    """One checkpoint under two names, on labels that a keyword gives away."""
    home = tmp_path_factory.mktemp("twin")
    data = write(home / "colors.jsonl", "classification", 120)
    asked = SMALL | {"max_train": 64, "max_test": 20, "epochs": 4, "seeds": 2, "rank": 8}
    pair = (f"one={models}/instruct", f"two={models}/instruct")
    return choose(*pair, data=data, out=home / "run", **asked), home / "run"


def test_one_checkpoint_under_two_names_is_a_tie(twin: tuple[Report, Path]) -> None:
    report, folder = twin
    verdict = report.verdict
    assert (verdict.outcome, verdict.start) == (Outcome.TIE, "one")
    assert verdict.probability_best == {"one": 0.5, "two": 0.5}
    gap = next(d.gap for d in verdict.differences if d.start == "two" and d.how == "tuned")
    assert (gap.mean, verdict.regret_bound) == (0, pytest.approx(0, abs=verdict.margin))
    assert report.contrasts == ()
    require_published(folder, report)


def test_training_on_a_keyword_learns_it(twin: tuple[Report, Path]) -> None:
    report, _ = twin
    for start in report.starts:
        untuned = max(b.score.mean for b in start.baselines)
        assert start.curve[-1].mean > untuned + 0.2


def test_the_same_plan_gives_the_same_numbers(twin: tuple[Report, Path]) -> None:
    report, _ = twin
    one, two = report.starts
    assert one.curve == two.curve
    assert one.sweep == two.sweep
    assert one.baselines == two.baselines


def test_borrowed_role_tokens_that_were_never_trained_get_trainable_rows(
    models: Path, tmp_path: Path
) -> None:
    data = write(tmp_path / "d.jsonl", "classification")
    report = choose(
        f"{models}/base",
        f"{models}/instruct",
        data=data,
        out=tmp_path / "run",
        starts=("base:borrowed", "instruct:chat"),
        **SMALL,
    )
    require_published(tmp_path / "run", report)
    borrowed = report.starts[0]
    assert (borrowed.name, borrowed.format) == ("base-chat", "borrowed")
    assert borrowed.training_text.startswith("<|im_start|>user\n")
    told = " ".join(borrowed.findings)
    assert "<|im_start|>" in told
    assert "<|im_end|>" in told


def test_the_default_of_a_tie_may_be_named(models: Path, tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", "classification")
    asked = SMALL | {"default": "base-raw"}
    pair = (f"{models}/base", f"{models}/instruct")
    plan = plan_only(Request(checkpoints=pair, data=data, **asked))
    assert plan.default == "base-raw"


def test_a_stopped_run_goes_on_where_it_was(models: Path, tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", "classification")
    request = Request(checkpoints=(f"{models}/instruct",), data=data, **SMALL)
    stored = tmp_path / "run" / "trials"
    with pytest.raises(Interrupted):
        run(request, out=tmp_path / "run", should_stop=lambda: len(list(stored.iterdir())) == 3)
    before = {p.name: p.stat().st_mtime_ns for p in stored.iterdir()}
    assert len(before) == 3
    events: list[Event] = []
    report, folder = run(request, out=tmp_path / "run", on_event=events.append)
    after = {p.name: p.stat().st_mtime_ns for p in stored.iterdir()}
    assert before.items() <= after.items()
    assert len([e for e in events if e.stage == "stored"]) == len(after) - 3
    assert not any("loading and timing" in e.message for e in events)
    require_published(folder.path, report)


def test_a_finished_run_is_only_drawn_again(twin: tuple[Report, Path]) -> None:
    report, folder = twin
    plan = json.loads((folder / "plan.json").read_text())
    request = Request.model_validate(plan["request"])
    events: list[Event] = []
    again, _ = run(request, out=folder, on_event=events.append)
    assert again == report
    assert not [e for e in events if e.stage == "stored"]


def test_a_folder_takes_only_its_own_run(twin: tuple[Report, Path]) -> None:
    _, folder = twin
    plan = json.loads((folder / "plan.json").read_text())
    other = Request.model_validate(plan["request"] | {"seeds": 1})
    before = (folder / "report.json").read_bytes()
    with pytest.raises(StoreError, match="holds a run of another request"):
        run(other, out=folder)
    assert (folder / "report.json").read_bytes() == before


def test_without_a_folder_runs_lie_below_the_current_one_and_find_themselves_again(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = write(tmp_path / "colors.jsonl", "classification")
    report = choose(f"{models}/instruct", data=data, **SMALL)
    (folder,) = (tmp_path / "headstart-runs").iterdir()
    assert re.fullmatch(r"colors-[0-9a-f]{8}", folder.name)
    assert choose(f"{models}/instruct", data="colors.jsonl", **SMALL) == report
    assert [folder] == list((tmp_path / "headstart-runs").iterdir())


def test_to_plan_writes_no_run_folder(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = write(tmp_path / "colors.jsonl", "classification")
    plan = plan_only(Request(checkpoints=(f"{models}/base",), data=data, **SMALL))
    assert plan.rungs[-1] == 8
    assert [p.name for p in tmp_path.iterdir()] == ["colors.jsonl"]


def test_the_python_call_refuses_unknown_options_as_the_command_does(models: Path) -> None:
    with pytest.raises(RequestError, match="option seds"):
        choose(f"{models}/base", data="d.csv", seds=1)


def test_every_rate_failing_is_an_error_that_says_so(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headstart.engine.train.DIVERGED_NATS", -1000.0)
    data = write(tmp_path / "d.jsonl", "classification", 100)
    asked = SMALL | {"max_train": 64, "epochs": 6}
    with pytest.raises(HeadstartError, match="none of 1 starts finished a trial"):
        choose(f"{models}/base", data=data, out=tmp_path / "run", **asked)
    failed = [json.loads(p.read_text()) for p in (tmp_path / "run" / "trials").glob("*sweep*")]
    assert len(failed) == 3
    assert all("diverged" in t["failed"] and not t["items"] for t in failed)
    assert not (tmp_path / "run" / "report.json").exists()
