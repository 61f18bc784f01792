"""CSV, TSV and Parquet files into rows, through pyarrow."""

import csv
import io
from typing import Any

from headstart.errors import DataError, first_line
from headstart.tasks.read_json import decode
from headstart.tasks.rows import Row, Rows, listed

_LARGEST_BLOCK = 2**31 - 1


def read_csv(file: str, data: bytes) -> Rows:
    """A header line and comma-separated rows; every cell stays a string ("007" is "007").

    Raises:
        DataError: a row with too many or too few cells, a quote left open, two
            columns of one name; the fact names the row, counted without the header.
    """
    return _read_delimited(file, data, ",")


def read_tsv(file: str, data: bytes) -> Rows:
    """As `read_csv`, with tabs between the cells."""
    return _read_delimited(file, data, "\t")


def read_parquet(file: str, data: bytes) -> Rows:
    """Every row of a Parquet file, its values as Python objects.

    Raises:
        DataError: truncated, no Parquet, or with two columns of one name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        columns = _unique(file, table.column_names)
        return _rows(file, columns, table.to_pylist())
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise DataError(
            f"{file} is no readable Parquet file: {first_line(error)}",
            hint="write the file again; check that it was copied whole",
        ) from error


def _read_delimited(file: str, data: bytes, delimiter: str) -> Rows:
    text = decode(file, data)
    columns = _header(file, text, delimiter)
    table = _parse(file, text.encode(), columns, delimiter)
    # the header was read as a row under names given by hand, so that no type is inferred
    cells = table.slice(1).to_pylist()
    _refuse_open_quote(file, text, columns, cells)
    return _rows(file, columns, cells)


def _header(file: str, text: str, delimiter: str) -> tuple[str, ...]:
    try:
        names = next(row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row)
    except csv.Error as error:
        raise DataError(
            f"{file}: the header line cannot be read: {error}",
            hint="the first line holds the column names",
        ) from error
    for wrong, name in ((";", "semicolons"), (",", "commas"), ("\t", "tabs")):
        if len(names) == 1 and wrong != delimiter and wrong in names[0]:
            raise DataError(
                f"{file}: the header {names[0]!r} is one column that holds {name} ({wrong!r})",
                hint="save .csv with commas and .tsv with tabs",
            )
    return _unique(file, names)


def _parse(file: str, data: bytes, columns: tuple[str, ...], delimiter: str) -> Any:
    """A pyarrow table whose columns are all strings, the header its first row."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    broken: list[Any] = []

    def remember(row: Any) -> str:
        broken.append(row)
        return "skip"

    # one block for the whole file: a line longer than a block would be an error
    block = min(len(data) + 1, _LARGEST_BLOCK)
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=block, column_names=list(columns)
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=remember
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        raise DataError(
            f"{file} cannot be read: {first_line(error)}",
            hint="check the rows' delimiters and quotes",
        ) from error
    if broken:
        first = broken[0]
        raise DataError(
            f"{file}, row {first.number - 1}: {first.actual_columns} cells where the header"
            f" has {first.expected_columns}, in {first.text[:80]!r}",
            hint="put double quotes around cells that hold delimiters or newlines,"
            " and double the quotes inside them",
        )
    return table


def _refuse_open_quote(
    file: str, text: str, columns: tuple[str, ...], cells: list[dict[str, Any]]
) -> None:
    """Notice the quote that swallowed the rest of the file without an error."""
    if not cells or text.count('"') % 2 == 0 or "\n" not in cells[-1][columns[-1]].strip("\n"):
        return
    raise DataError(
        f"{file}, row {len(cells)}, column {columns[-1]!r}: a quote is opened and never closed",
        hint="close the quote; a quote inside a quoted cell is written twice",
    )


def _unique(file: str, names: list[str]) -> tuple[str, ...]:
    repeated = tuple(dict.fromkeys(name for name in names if names.count(name) > 1))
    if repeated:
        raise DataError(
            f"{file} has more than one column named {listed(repeated)}",
            hint="give each column its own name",
        )
    return tuple(names)


def _rows(file: str, columns: tuple[str, ...], cells: list[dict[str, Any]]) -> Rows:
    rows = tuple(Row(number, row) for number, row in enumerate(cells, start=1))
    return Rows(file=file, unit="row", columns=columns, rows=rows)
