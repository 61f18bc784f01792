import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headstart.errors import DataError
from headstart.tasks.read import read_rows

_TABLE = [{"prompt": "007", "completion": "a,b\nc"}, {"prompt": 'say "x"', "completion": "NA"}]


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _csv(delimiter: str) -> bytes:
    cells = (('"' + row[c].replace('"', '""') + '"') for row in _TABLE for c in row)
    values = list(cells)
    lines = [delimiter.join(["prompt", "completion"])]
    lines += [delimiter.join(values[:2]), delimiter.join(values[2:])]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", "\n".join(json.dumps(row) for row in _TABLE).encode()),
        ("a.ndjson", "\r\n".join(json.dumps(row) for row in _TABLE).encode()),
        ("a.json", json.dumps(_TABLE).encode()),
        ("b.json", json.dumps({"version": 1, "data": _TABLE}).encode()),
        ("a.csv", _csv(",")),
        ("bom.CSV", b"\xef\xbb\xbf" + _csv(",")),
        ("a.tsv", _csv("\t")),
    ],
)
def test_every_format_gives_the_same_rows(tmp_path: Path, name: str, content: bytes) -> None:
    rows = read_rows(_write(tmp_path / name, content))
    assert rows.columns == ("prompt", "completion")
    assert [dict(row.cells) for row in rows.rows] == _TABLE
    assert [row.number for row in rows.rows] == [1, 2]


def test_parquet_gives_the_rows_with_their_values(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a", None], "label": [1, 2]}), tmp_path / "a.parquet")
    rows = read_rows(tmp_path / "a.parquet")
    assert [dict(r.cells) for r in rows.rows] == [
        {"text": "a", "label": 1},
        {"text": None, "label": 2},
    ]


def test_jsonl_rows_carry_their_physical_line(tmp_path: Path) -> None:
    rows = read_rows(_write(tmp_path / "a.jsonl", '{"a": "x\u2028y"}\n\n\n{"b": 1}\n'.encode()))
    assert [row.number for row in rows.rows] == [1, 4]
    assert rows.columns == ("a", "b")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_huge_line_is_read(tmp_path: Path, name: str) -> None:
    cell = "x" * 3_000_000
    content = f"text\n{cell}\n" if name == "a.csv" else json.dumps({"text": cell})
    (row,) = read_rows(_write(tmp_path / name, content.encode())).rows
    assert row.cells["text"] == cell


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b" \n\n", "empty"),
        ("a.csv", b"a,b\n", "holds no rows"),
        ("a.csv", b"a,b\n1,2\n3,4,5\n", "row 2: 3 cells where the header has 2"),
        ("a.csv", b'a,b\n1,2\n3,"4\n5,6\n', "row 2"),
        ("a.csv", b'a\n"x\ny\n', "a quote is opened and never closed"),
        ("a.csv", b"a,a\n1,2\n", "more than one column named 'a'"),
        ("a.csv", b"a;b\n1;2\n", "semicolons"),
        ("a.csv", b"a,b\nx,caf\xe9\n", "byte 0xe9 at offset 9 (line 2)"),
        ("a.csv", b"a,b\nx,\0\n", "null byte at offset 6 (line 2)"),
        ("a.csv", b"\xff\xfea\0,\0b\0", "not UTF-8"),
        ("a.csv", b"a" * 200_000, "header"),
        ("a.csv", b"a,b\r1,2\r", "header"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "line 2 is no JSON"),
        ("a.jsonl", b'{"a": 1}\n[1]\n', "line 2 is a list instead of an object"),
        ("a.jsonl", b'{"a": 1}\nnull\n', "line 2 is null instead of an object"),
        ("a.jsonl", b"[" * 100_000, "nested too deeply"),
        ("a.jsonl", b'{"a": ' + b"1" * 10_000 + b"}", "line 1"),
        ("a.jsonl", b"\x80\x01\x02", "offset 0"),
        ("a.jsonl", b"{}\n{}", "no row holds any column"),
        ("a.jsonl", b'{"\\ud800": 1}', "half a surrogate pair in the column name"),
        ("a.json", b"[]", "holds no rows"),
        ("a.json", b"[1]", "row 1: a number instead of an object"),
        ("a.json", b"3", "a number instead of a list of objects"),
        ("a.json", b'{"a": [{}], "b": [{}]}', "lists of objects under 'a', 'b'"),
        ("a.json", b'{"a": 1}', "no list of objects"),
        ("a.json", b'{"a": 1}\n{"a": 2}\n', "Extra data at line 2"),
        ("a.parquet", b"PAR1 and no more", "no readable Parquet file"),
        ("a.parquet", b"\0\1\2\3", "no readable Parquet file"),
        ("a.xlsx", b"x", "unknown extension '.xlsx'"),
        ("a", b"x", "unknown extension ''"),
    ],
)
def test_hostile_files_raise_a_data_error(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    with pytest.raises(DataError) as caught:
        read_rows(_write(tmp_path / name, content))
    assert told in caught.value.fact
    assert name in caught.value.fact
    assert caught.value.hint


@settings(deadline=None)
@given(
    content=st.binary(min_size=1, max_size=200),
    end=st.sampled_from([".csv", ".tsv", ".jsonl", ".json", ".parquet"]),
)
def test_no_bytes_raise_anything_but_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, end: str
) -> None:
    path = _write(tmp_path_factory.getbasetemp() / f"fuzz{end}", content)
    try:
        rows = read_rows(path)
    except DataError:
        return
    assert rows.rows


@settings(deadline=None)
@given(text=st.text(alphabet='a,"\n\t ;x', min_size=1, max_size=40))
def test_no_csv_text_raises_anything_but_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = _write(tmp_path_factory.getbasetemp() / "fuzztext.csv", text.encode())
    try:
        assert read_rows(path).rows
    except DataError:
        return


def test_a_missing_file_is_answered_with_close_names(tmp_path: Path) -> None:
    _write(tmp_path / "train.csv", b"a\n1\n")
    for slip in ("trian.csv", "train.jsonl", "train"):
        with pytest.raises(DataError, match="no such file") as caught:
            read_rows(tmp_path / slip)
        assert str(tmp_path / "train.csv") in caught.value.hint
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path / "nowhere" / "train.csv")
    assert "nowhere" in caught.value.hint


@pytest.mark.parametrize("odd", ["x" * 5000, "a\0b.csv", "a\nb"])
def test_odd_paths_are_missing_files(odd: str) -> None:
    with pytest.raises(DataError, match="no such file"):
        read_rows(Path(odd))


def test_a_file_name_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(DataError, match="no UTF-8 file name"):
        read_rows(Path("a\udcff.csv"))


def test_a_device_is_not_read() -> None:
    with pytest.raises(DataError, match="no regular file"):
        read_rows(Path("/dev/zero"))


def test_an_unreadable_file_tells_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DataError, match="Permission denied"):
        read_rows(_write_text(tmp_path / "a.csv"))


def _write_text(path: Path) -> Path:
    path.write_text("a\n1\n")
    return path


def test_a_folder_is_answered_with_the_files_in_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder") as caught:
        read_rows(tmp_path)
    assert "no file" in caught.value.hint
    _write_text(tmp_path / "only.csv")
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path)
    assert str(tmp_path / "only.csv") in caught.value.hint
    _write_text(tmp_path / "train.csv")
    _write_text(tmp_path / "test.csv")
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path)
    assert f"--data {tmp_path / 'train.csv'} --test {tmp_path / 'test.csv'}" in caught.value.hint


def test_the_loader_reads_saved_folders_and_hub_ids_only(tmp_path: Path) -> None:
    asked: list[str] = []

    def load(source: str) -> list[dict[str, object]]:
        asked.append(source)
        return [{"text": "a"}, {"text": "b"}]

    read_rows(_write_text(tmp_path / "a.csv"), load)
    assert asked == []
    for slip in (tmp_path / "b.csv", Path("owner/name.csv"), tmp_path / "some" / "thing"):
        with pytest.raises(DataError, match="no such file"):
            read_rows(slip, load)
    assert asked == []
    saved = tmp_path / "saved"
    saved.mkdir()
    _write(saved / "dataset_info.json", b"{}")
    assert [row.number for row in read_rows(saved, load).rows] == [1, 2]
    read_rows(Path("owner/name"), load)
    assert asked == [str(saved), "owner/name"]
