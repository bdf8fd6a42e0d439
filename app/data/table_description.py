"""The beginning of a table, so that the user sees what was guessed and can correct it before all of
it is read.
"""

from dataclasses import dataclass

import numpy as np

from app.data.date_texts import iso_of_seconds
from app.data.errors import DataError
from app.data.excel_table import read_workbook, sheet_names
from app.data.parquet_table import describe_parquet
from app.data.regular_file import open_regular_file, shown_name
from app.data.rows_above import notes_above
from app.data.table_columns import ColumnType, guessed_type, number_text
from app.data.table_files import GUESSED, TableForm, kind_of_file
from app.data.table_frame import (
    Cells,
    DateCells,
    FileKind,
    NumberCells,
    TableFrame,
    header_of,
    texts_of,
)
from app.data.text_blocks import GUESSES, TextBlocks, WrongGuessError
from app.data.text_format import (
    SAMPLE,
    TableFormat,
    guess_encoding,
    known_encoding,
    refuse_other_formats,
    sample_rows,
)
from app.data.text_table import beginning_of, largest_file

MOST_ROWS_SHOWN = 20
_ROWS_LOOKED_AT = 200
_CELLS_LOOKED_AT = 100_000
_LONGEST_CELL = 200


@dataclass(frozen=True)
class DescribedColumn:
    """A column and what it holds, as guessed from the first rows; `empty`: nothing in them."""

    name: str
    type: ColumnType
    empty: bool = False


@dataclass(frozen=True)
class TableDescription:
    """How a table would be read, and its first rows.

    Attributes:
        kind: of file.
        shown: name of the file.
        size: bytes of the file.
        columns: in the order of the file; none where the sheet of a workbook holds no table.
        rows: the first ones below the header as texts; in a text file that is not read rightly they
            may be of different lengths.
        header: whether the first row holds the names; None where there is no table.
        separator, decimal, encoding: of a text file, as told or guessed; None for others.
        sheets: names of the sheets of a workbook.
        sheet: which of them this is; None for other files.
        notes: remarks in full sentences.
        above: the texts of the lines or rows above the table, as in `TableFrame`.
    """

    kind: FileKind
    shown: str
    size: int
    columns: tuple[DescribedColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    header: bool | None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    sheets: tuple[str, ...] = ()
    sheet: str | None = None
    notes: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


def describe_table(path: str, form: TableForm = GUESSED) -> TableDescription:
    """Look at the beginning of a table; of a large text file a few MiB are read. A workbook whose
    sheet holds no table tells its other sheets.

    Raises:
        DataError: the file cannot be read at all.
    """
    kind = kind_of_file(path)
    if kind == "text":
        return _text(path, form)
    with open_regular_file(path, largest_file()) as (_, stamp):
        size = stamp.size
    if kind == "parquet":
        return _of_frame(describe_parquet(path, _ROWS_LOOKED_AT), size)
    sheets = sheet_names(path)
    sheet = form.sheet or next(iter(sheets), None)
    try:
        frame = read_workbook(path, form.sheet, form.header, form.skip_rows, most=_ROWS_LOOKED_AT)
    except DataError:
        if not sheets:
            raise
        shown = shown_name(path)
        return TableDescription(kind, shown, size, (), (), form.header, sheets=sheets, sheet=sheet)
    return _of_frame(frame, size, sheets, sheet)


def _text(path: str, form: TableForm) -> TableDescription:
    shown = shown_name(path)
    told = None if form.encoding is None else known_encoding(form.encoding)
    for tried in (told, *GUESSES[1:]):
        with open_regular_file(path, largest_file()) as (file, stamp):
            beginning = file.read(SAMPLE)
            refuse_other_formats(shown, beginning)
            encoding = tried or guess_encoding(beginning)
            file.seek(0)
            try:
                blocks = TextBlocks(file, stamp.size, shown, encoding, told is None)
                marks = form.separator, form.decimal
                found, sample, above = beginning_of(blocks, marks, encoding, form.skip_rows)
            except WrongGuessError:
                continue
            return _of_sample(shown, stamp.size, sample, found, form.header, above)
    raise AssertionError("latin-1 gives each byte a meaning")


def _of_sample(
    shown: str,
    size: int,
    sample: str,
    found: TableFormat,
    names: bool | None,
    above: tuple[str, ...],
) -> TableDescription:
    rows = sample_rows(sample, found.separator) or [[""]]
    header = header_of(rows[0], found.decimal, names)
    width = len(header.names)
    rows = rows[header.present :][: max(5, min(_ROWS_LOOKED_AT, _CELLS_LOOKED_AT // width))]
    whole = [row for row in rows if len(row) == width]
    columns = tuple(
        _described(name, texts_of([row[place] for row in whole]), found.decimal)
        for place, name in enumerate(header.names)
    )
    return TableDescription(
        kind="text",
        shown=shown,
        size=size,
        columns=columns,
        rows=tuple(_short(row) for row in rows[:MOST_ROWS_SHOWN]),
        header=header.present,
        separator=found.separator,
        decimal=found.decimal,
        encoding=found.encoding,
        notes=(*notes_above(above, "line"), *header.notes),
        above=above,
    )


def _of_frame(
    frame: TableFrame, size: int, sheets: tuple[str, ...] = (), sheet: str | None = None
) -> TableDescription:
    columns = tuple(
        _described(name, cells, frame.decimal)
        for name, cells in zip(frame.names, frame.cells, strict=True)
    )
    rows = [
        _short([_shown_cell(frame, place, row) for place in range(len(frame.names))])
        for row in range(min(len(frame), MOST_ROWS_SHOWN))
    ]
    return TableDescription(
        kind=frame.kind,
        shown=frame.shown,
        size=size,
        columns=columns,
        rows=tuple(rows),
        header=frame.header,
        sheets=sheets,
        sheet=sheet,
        notes=frame.notes,
        above=frame.above,
    )


def _described(name: str, cells: Cells, decimal: str) -> DescribedColumn:
    if isinstance(cells, NumberCells):
        values = cells.values
    elif isinstance(cells, DateCells):
        values = cells.seconds
    else:
        return DescribedColumn(name, guessed_type(cells, decimal), bool((cells.places < 0).all()))
    return DescribedColumn(name, guessed_type(cells, decimal), bool(np.isnan(values).all()))


def _shown_cell(frame: TableFrame, place: int, row: int) -> str:
    cells = frame.cells[place]
    if isinstance(cells, NumberCells):
        value = float(cells.values[row])
        return "" if value != value else number_text(value)
    if isinstance(cells, DateCells):
        seconds = float(cells.seconds[row])
        return "" if seconds != seconds else iso_of_seconds(seconds)
    text = int(cells.places[row])
    return "" if text < 0 else cells.texts[text]


def _short(row: list[str]) -> tuple[str, ...]:
    return tuple(cell[:_LONGEST_CELL] for cell in row)
