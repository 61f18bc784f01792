import pytest

from headstart.domain.task import Example
from headstart.errors import DataError, RequestError
from headstart.tasks.columns import LayoutKind, find_layout, parse_columns, unused_columns
from headstart.tasks.examples import to_examples
from headstart.tasks.rows import Row, Rows


def _rows(*cells: dict[str, object]) -> Rows:
    columns = tuple(dict.fromkeys(name for row in cells for name in row))
    rows = tuple(Row(number, row) for number, row in enumerate(cells, start=1))
    return Rows(file="mine.jsonl", unit="line", columns=columns, rows=rows)


def _one(cells: dict[str, object], **columns: str) -> Example:
    rows = _rows(cells)
    (example,) = to_examples(rows, find_layout(rows, columns), "train")
    return example


def _turns(example: Example) -> list[tuple[str, str]]:
    return [(turn.role, turn.content) for turn in example.prompt]


def test_a_mapping_is_read() -> None:
    assert parse_columns(" prompt = q , completion=a=b") == {"prompt": "q", "completion": "a=b"}
    assert parse_columns("") == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("promt=a", "unknown target 'promt'"),
        ("prompt", "not of the form"),
        ("prompt=", "not of the form"),
        ("=a", "not of the form"),
        ("prompt=a,prompt=b", "twice"),
        ("prompt=a,completion=a", "one column for two targets"),
        ("prompt=a,label=b", "mixes layouts"),
    ],
)
def test_a_bad_mapping_is_refused(text: str, told: str) -> None:
    with pytest.raises(RequestError, match=told) as caught:
        parse_columns(text)
    assert caught.value.hint


def test_an_unknown_target_is_answered_with_the_close_one() -> None:
    with pytest.raises(RequestError) as caught:
        parse_columns("promt=a")
    assert "'prompt'" in caught.value.hint


def test_a_column_not_in_the_file_is_answered_with_those_that_are() -> None:
    with pytest.raises(DataError, match=r"no column 'question'.*'Question', 'answer'") as caught:
        find_layout(_rows({"Question": "a", "answer": "b"}), {"prompt": "question"})
    assert "'Question'" in caught.value.hint


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("messages", "prompt", "completion"), LayoutKind.MESSAGES),
        (("conversations", "text"), LayoutKind.CONVERSATIONS),
        (("text", "label", "prompt", "completion"), LayoutKind.PROMPT),
        (("instruction", "output"), LayoutKind.INSTRUCTION),
        (("label", "text"), LayoutKind.LABEL),
        (("text", "title"), LayoutKind.TEXT),
    ],
)
def test_the_first_layout_that_fits_is_taken(names: tuple[str, ...], kind: LayoutKind) -> None:
    assert find_layout(_rows(dict.fromkeys(names, "x")), {}).kind is kind


def test_a_mapping_goes_before_the_order_of_layouts() -> None:
    rows = _rows({"messages": [], "q": "a", "completion": "b"})
    layout = find_layout(rows, {"prompt": "q"})
    assert layout.kind is LayoutKind.PROMPT
    assert unused_columns(rows, layout) == ("messages",)


def test_no_layout_is_answered_with_columns_and_an_example() -> None:
    with pytest.raises(DataError, match="'question', 'my answer'") as caught:
        find_layout(_rows({"question": "a", "my answer": "b"}), {})
    assert "--columns 'prompt=question,completion=my answer'" in caught.value.hint


def test_a_conversation_is_cut_before_its_last_assistant_turn() -> None:
    chat = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "A"},
        {"role": "assistant", "content": "B"},
        {"role": "user", "content": [{"type": "text", "text": "C"}]},
        {"role": "assistant", "content": "D"},
    ]
    example = _one({"messages": chat})
    assert _turns(example) == [("system", "S"), ("user", "A"), ("assistant", "B"), ("user", "C")]
    assert example.completion == "D"
    assert example.id == "train:1"


def test_all_layouts_of_one_exchange_give_the_same_example() -> None:
    chat = '[{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}]'
    shares = [{"from": "human", "value": "A"}, {"from": "gpt", "value": "B"}]
    answer = [{"role": "assistant", "content": "B"}]
    examples = [
        _one({"messages": chat}),
        _one({"conversations": shares}),
        _one({"prompt": "A", "completion": "B"}),
        _one({"prompt": [{"role": "user", "content": "A"}], "completion": answer}),
        _one({"instruction": "A", "input": None, "output": "B"}),
        _one({"text": "A", "label": "B"}),
        _one({"q": "A", "a": "B"}, prompt="q", completion="a"),
    ]
    assert all(example == examples[0] for example in examples)


def test_an_input_follows_its_instruction() -> None:
    example = _one({"instruction": "Translate.", "input": "Hund", "output": "dog"})
    assert _turns(example) == [("user", "Translate.\n\nHund")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (3.0, "3"),
        (0.5, "0.5"),
        (True, "true"),
        (None, ""),
        (float("nan"), ""),
        (float("inf"), "inf"),
        (1e300, "1e+300"),
        ({"a": ["ü", None]}, '{"a": ["ü", null]}'),
        ([1], "[1]"),
    ],
)
def test_cells_become_text(value: object, text: str) -> None:
    assert _one({"prompt": "x", "completion": value}).completion == text


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"messages": [{"role": "user", "content": "A"}]}, "has no assistant"),
        ({"messages": "hello"}, "not a JSON list of turns"),
        ({"messages": 3}, "not a list of turns"),
        ({"messages": ["hello"]}, "not a list of turns"),
        ({"messages": [{"role": "narrator", "content": "A"}]}, "unknown role 'narrator'"),
        ({"messages": [{"role": ["x"], "content": "A"}]}, "unknown role"),
        ({"messages": [{"role": "user"}]}, "neither 'content' nor 'value'"),
        (
            {"messages": [{"role": "assistant", "content": "", "tool_calls": [{}]}]},
            "turn 1: holds tool_calls",
        ),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "part of type 'image'"),
        (
            {"messages": [{"role": "user", "content": "A"}, {"role": "system", "content": "B"}]},
            "turn 2: a system message after the first turn",
        ),
        (
            {"messages": [{"role": "assistant", "content": "A"}, {"role": "user", "content": "B"}]},
            "ends with a user turn",
        ),
        ({"prompt": "a", "completion": b"b"}, "column 'completion': bytes is no text"),
        ({"prompt": "a", "completion": [b"b"]}, "column 'completion': bytes is no text"),
        ({"prompt": "a\ud800", "completion": "b"}, "column 'prompt': half a surrogate pair"),
        ({"prompt": "a\0", "completion": "b"}, "null character"),
        (
            {"prompt": "a", "completion": [{"role": "user", "content": "B"}]},
            "instead of one assistant turn",
        ),
    ],
)
def test_a_cell_that_cannot_be_used_is_named(cells: dict[str, object], told: str) -> None:
    with pytest.raises(DataError, match=told) as caught:
        _one(cells)
    assert "mine.jsonl, line 1" in caught.value.fact
    assert caught.value.hint


def test_an_error_names_the_column_as_the_file_does() -> None:
    with pytest.raises(DataError, match="column 'answer'"):
        _one({"q": "a", "answer": b"b"}, prompt="q", completion="answer")
