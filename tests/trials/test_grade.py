from dataclasses import dataclass

import pytest
from toy_trials import example, toy_task

from headstart.domain.task import Example, Shape, Task
from headstart.domain.trial import Answer, ItemResult
from headstart.domain.value import NotMeasured
from headstart.trials.grade import figures, grade


@dataclass(frozen=True)
class Case:
    shape: Shape
    metric: str
    reference: str
    right: str
    wrong: str


FREE = Case(Shape.FREE_TEXT, "chrf", "the cat sat on a mat", "the cat sat on a mat", "no idea")
CASES = [
    Case(Shape.CLASSIFICATION, "accuracy", "cat", "cat", "dog"),
    Case(Shape.EXTRACTION, "field-f1", '{"who": "Ann"}', '{ "who": "Ann" }', '{"who": "Bo"}'),
    Case(Shape.SHORT_ANSWER, "exact-match", "12", "12.0", "13"),
    FREE,
]


def answer(label: str | None = None, written: str | None = None, **changes: object) -> Answer:
    fields: dict[str, object] = {
        "label": label,
        "written": written,
        "stopped": None if written is None else True,
        "bits": 8.0,
        "byte_count": 4,
        "stop_bits": 0.5,
    }
    return Answer(**(fields | changes))


def one(task: Task, row: Example, given: Answer) -> ItemResult:
    return grade(task, [row], [given])[0]


def shaped(case: Case) -> Task:
    row = example("test:1", case.reference)
    return toy_task(shape=case.shape, metric=case.metric).model_copy(
        update={"test": (row,), "train": (row,)}
    )


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.shape.value)
def test_the_right_answer_scores_one_and_beats_a_wrong_one(case: Case) -> None:
    task = shaped(case)
    as_label = case.shape is Shape.CLASSIFICATION

    def score(text: str) -> float:
        given = answer(label=text, written=text) if as_label else answer(written=text)
        return one(task, task.test[0], given).score

    assert score(case.right) == pytest.approx(1.0)
    assert score(case.wrong) < 0.5


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.shape.value)
def test_every_shape_gets_figures_that_are_numbers_or_say_why_not(case: Case) -> None:
    task = shaped(case)
    as_label = case.shape is Shape.CLASSIFICATION
    given = answer(label="cat" if as_label else None, written=case.right)
    items = grade(task, task.test, [given])
    found = figures(task, task.test, items)
    assert found["bits per completion byte"] == pytest.approx(2.0)
    assert found["stopped by itself"] == 1.0
    assert len(found) > 2
    assert all(isinstance(v, float | NotMeasured) for v in found.values())


def test_a_label_is_judged_by_likelihood_and_the_writing_beside_it() -> None:
    task = toy_task()
    item = one(task, example("test:1", "cat"), answer(label="cat", written="a cat, I think"))
    assert (item.score, item.prediction) == (1.0, "cat")
    assert (item.written, item.written_score) == ("a cat, I think", 0.0)


def test_free_generation_tells_wrong_from_no_label_at_all() -> None:
    task = toy_task()
    rows = [example(f"test:{n}", "cat") for n in range(4)]
    written = ["cat", " cat\n", "dog", "no idea"]
    items = grade(task, rows, [answer(label="cat", written=w) for w in written])
    found = figures(task, rows, items)
    assert found["free generation: right"] == 0.5
    assert found["free generation: not a label"] == 0.25


def test_an_answer_that_cannot_be_read_is_wrong_and_said_to_be_unread() -> None:
    task = shaped(CASES[1])
    item = one(task, task.test[0], answer(written="I would rather not"))
    assert (item.score, item.extracted) == (0.0, False)


def test_nothing_written_is_an_empty_prediction() -> None:
    task = shaped(FREE)
    item = one(task, task.test[0], answer())
    assert (item.prediction, item.score, item.stopped) == ("", 0.0, None)
    found = figures(task, task.test, [item])
    assert found["stopped by itself"] == NotMeasured(why="nothing was generated")


def raw_task() -> Task:
    return toy_task(shape=Shape.RAW_TEXT, metric="bits-per-byte", test=2)


def test_raw_text_scores_its_own_bits_per_byte() -> None:
    row = example("test:1", "abcd", prompt=None)
    item = one(raw_task(), row, answer(bits=12.0, byte_count=4, stop_bits=None))
    assert item.score == item.bits_per_byte == 3.0
    assert (item.extracted, item.written_score, item.stop_bits) == (True, None, None)


def test_a_loss_over_no_bytes_is_no_score_of_zero() -> None:
    with pytest.raises(ValueError, match="test:1 has no bytes"):
        one(raw_task(), example("test:1", "", prompt=None), answer(byte_count=0))


def test_bits_per_byte_of_a_set_weigh_by_bytes() -> None:
    task = toy_task()
    rows = [example("test:1", "cat"), example("test:2", "a much longer completion")]
    sizes = [len(r.completion.encode()) for r in rows]
    answers = [
        answer(label="cat", bits=b, byte_count=s) for b, s in zip((6, 12), sizes, strict=True)
    ]
    found = figures(task, rows, grade(task, rows, answers))
    assert found["bits per completion byte"] == pytest.approx(18 / sum(sizes))


def test_bits_per_byte_of_raw_text_count_every_byte_of_the_text() -> None:
    task = raw_task()
    rows = [example("test:1", "ab  \n", prompt=None), example("test:2", "abcdefgh", prompt=None)]
    answers = [answer(bits=10.0, byte_count=5), answer(bits=8.0, byte_count=8)]
    found = figures(task, rows, grade(task, rows, answers))
    assert found["bits per completion byte"] == pytest.approx(18 / 13)


def test_items_and_answers_must_pair_up() -> None:
    with pytest.raises(ValueError, match="zip"):
        grade(toy_task(), [example("test:1", "cat")], [])
