import json
import subprocess
import sys
from pathlib import Path

import pytest

from headstart.domain.task import Shape, Task
from headstart.errors import DataError, HeadstartError, RequestError
from headstart.tasks import DataRequest, build_task

_ROOT = Path(__file__).parents[2]
_DATA = _ROOT.parent / "shared" / "data"
_COLUMNS = {"prompt": "text", "completion": "category"}


def _file(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return str(path)


def _labelled(rows: int, start: int = 0) -> list[dict[str, object]]:
    return [{"text": f"message {n}", "label": f" l{n % 3} "} for n in range(start, start + rows)]


def _build(data: str, **options: object) -> Task:
    return build_task(DataRequest.model_validate({"data": data, **options}))


def test_labels_are_stripped_sorted_and_listed(tmp_path: Path) -> None:
    task = _build(_file(tmp_path / "mine.jsonl", _labelled(100)))
    assert task.name == "mine"
    assert (task.shape, task.metric) == (Shape.CLASSIFICATION, "accuracy")
    assert task.labels == ("l0", "l1", "l2")
    assert task.instruction.endswith("Answer with the label only. Labels: l0, l1, l2.")
    assert any("wrote the instruction" in finding for finding in task.findings)
    assert task.counts.train == len(task.train)
    assert task.counts.read == 100


def test_a_given_instruction_is_kept_and_an_empty_one_means_none(tmp_path: Path) -> None:
    data = _file(tmp_path / "a.jsonl", _labelled(100))
    assert _build(data, instruction="Go.").instruction == "Go."
    assert _build(data, instruction="").instruction == ""
    assert _build(data, instruction="").findings == ()


def test_rows_with_instructions_of_their_own_get_no_other(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"instruction": f"Is {n} even?", "output": "yes" if n % 2 else "no"} for n in range(50)
    ]
    task = _build(_file(tmp_path / "a.jsonl", rows))
    assert task.shape is Shape.CLASSIFICATION
    assert task.instruction == ""


def test_findings_tell_what_the_data_hides(tmp_path: Path) -> None:
    rows = [{"text": f"m{n}", "label": "big"} for n in range(60)]
    rows += [
        {"text": "m1", "label": "small"},
        {"text": "", "label": "big"},
        {"text": "m2", "label": "big"},
    ]
    test = [{"text": "m3", "label": "big"}, {"text": "new", "label": "rare"}]
    task = _build(
        _file(tmp_path / "a.jsonl", [{**row, "note": 1} for row in rows]),
        test=_file(tmp_path / "t.jsonl", list(test)),
    )
    told = "\n".join(task.findings)
    for part in (
        "1 row with an empty",
        "1 row already given",
        "1 training row with a prompt",
        "differ within 1 prompt",
        "98% of the training rows",
        "lack 1 test label (1 test row): 'rare'",
        "Only 2 test rows",
        "'note'",
    ):
        assert part in told
    assert task.labels == ("big", "rare", "small")


def test_the_fingerprint_follows_results_and_not_places(tmp_path: Path) -> None:
    here = _file(tmp_path / "a.jsonl", _labelled(50))
    there = _file(tmp_path / "b.jsonl", _labelled(50))
    one = _build(here)
    assert one.fingerprint == _build(there).fingerprint
    for change in (
        {"seed": 1},
        {"system": "S"},
        {"instruction": ""},
        {"metric": "exact-match"},
        {"max_test": 3},
    ):
        assert _build(here, **change).fingerprint != one.fingerprint
    (tmp_path / "b.jsonl").write_text(
        (tmp_path / "b.jsonl").read_text().replace("message 7", "m 7")
    )
    assert _build(there).fingerprint != one.fingerprint


def test_a_smaller_test_set_changes_neither_labels_nor_order(tmp_path: Path) -> None:
    data = _file(tmp_path / "a.jsonl", _labelled(50))
    test = _file(tmp_path / "t.jsonl", [*_labelled(30, 100), {"text": "x", "label": "rare"}])
    whole, small = _build(data, test=test), _build(data, test=test, max_test=2)
    assert small.test == whole.test[:2]
    assert (small.train, small.labels) == (whole.train, whole.labels)


def _chat(number: int) -> dict[str, object]:
    turns = [("system", "Be brief."), ("user", f"q{number}"), ("assistant", f"a{number}")]
    return {"messages": [{"role": role, "content": text} for role, text in turns]}


@pytest.mark.parametrize(
    ("rows", "options", "error", "told"),
    [
        (_labelled(1), {}, DataError, "1 usable rows"),
        ([{"text": "a", "label": "x"}, {"text": "b", "label": "x"}], {}, DataError, "'x'"),
        ([{"prompt": "", "completion": "x"}] * 3, {}, DataError, "every row has an empty"),
        (_labelled(30), {"metric": "field-f1"}, DataError, "no JSON objects"),
        (_labelled(30), {"metric": "nope"}, RequestError, "unknown metric"),
        (_labelled(30), {"metric": "json:dumps"}, DataError, "json:dumps"),
        (_labelled(30), {"max_test": 0}, RequestError, "--max-test is 0"),
        (_labelled(30), {"columns": {"prompt": "text"}}, DataError, "fits no accepted layout"),
        (_labelled(30), {"columns": {"x": "text"}}, RequestError, "unknown target"),
        ([_chat(n) for n in range(9)], {"system": "S"}, DataError, "line 1: a system message"),
        ([{"text": "a"}, {"text": "b"}], {"metric": "rouge-l"}, RequestError, "raw text"),
        ([{"text": "a"}, {"text": "b"}], {"system": "S"}, RequestError, "no prompts"),
    ],
)
def test_data_that_cannot_be_used_is_refused(
    tmp_path: Path,
    rows: list[dict[str, object]],
    options: dict[str, object],
    error: type[HeadstartError],
    told: str,
) -> None:
    with pytest.raises(error, match=told) as caught:
        _build(_file(tmp_path / "a.jsonl", rows), **options)
    assert caught.value.hint


def test_training_and_test_must_both_be_raw_text_or_neither(tmp_path: Path) -> None:
    data = _file(tmp_path / "a.jsonl", _labelled(30))
    with pytest.raises(DataError, match=r"laid out as \(text, label\)"):
        _build(data, test=_file(tmp_path / "t.jsonl", [{"text": "a"}]))


def test_raw_text_tells_of_a_label_column_that_it_overlooks(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"text": f"m{n}", "category": "a"} for n in range(30)]
    task = _build(_file(tmp_path / "a.jsonl", rows))
    assert (task.shape, task.metric) == (Shape.RAW_TEXT, "bits-per-byte")
    assert not task.higher_is_better
    assert any("completion=category" in finding for finding in task.findings)


def test_no_heavy_library_is_imported() -> None:
    code = (
        "import sys, headstart.tasks;"
        "heavy = {'torch', 'transformers', 'datasets', 'pyarrow', 'rouge_score', 'sacrebleu'};"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(_ROOT / "src")})


@pytest.mark.skipif(not (_DATA / "banking77").is_dir(), reason="../shared/data is absent")
def test_banking77_is_read_with_its_labels_and_leaks() -> None:
    folder = _DATA / "banking77"
    task = _build(str(folder / "train.csv"), test=str(folder / "test.csv"), columns=_COLUMNS)
    assert (task.shape, len(task.labels)) == (Shape.CLASSIFICATION, 77)
    assert (task.counts.read, task.counts.leaked, len(task.test)) == (13083, 7, 500)
    assert {e.group for e in task.train}.isdisjoint(e.group for e in task.test)


@pytest.mark.skipif(not (_DATA / "gsm8k").is_dir(), reason="../shared/data is absent")
def test_exact_match_grades_gsm8k_solutions_as_their_authors_did() -> None:
    from headstart.tasks.metrics.exact import exact_match

    lines = (_DATA / "gsm8k" / "model_solutions_175b.jsonl").read_text().splitlines()
    for row in map(json.loads, lines):
        reference = row["ground_truth"].replace("\nA: ", "\n#### ")
        for name in ("175b_finetuning", "175b_verification"):
            right = exact_match(row[name]["solution"], reference) == 1.0
            assert right == row[name]["is_correct"]


@pytest.mark.skipif(not (_DATA / "restaurant8k").is_dir(), reason="../shared/data is absent")
def test_the_guides_script_gives_rows_for_extraction(tmp_path: Path) -> None:
    script = _ROOT / "docs" / "guides" / "restaurant8k_rows.py"
    source, target = _DATA / "restaurant8k" / "train_3.json", tmp_path / "rows.jsonl"
    subprocess.run([sys.executable, str(script), str(source), str(target)], check=True)
    task = _build(str(target))
    assert (task.shape, task.counts.read) == (Shape.EXTRACTION, 1024)
    assert all(
        span in example.prompt[0].content
        for example in task.train
        for span in json.loads(example.completion).values()
    )
