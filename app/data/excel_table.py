"""A table in a sheet of an Excel workbook (.xlsx), read by openpyxl: values only, formulas as the
values that were saved with them, nothing that lies outside the file.
"""

import itertools
import math
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np

from app.core.number_words import counted
from app.core.short_names import quoted, shortened
from app.data.errors import DataError, LoadingStopped
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.regular_file import MEBIBYTE, open_regular_file, shown_name
from app.data.rows_above import MOST_LOOKED_AT, notes_above, rows_above
from app.data.table_columns import number_text
from app.data.table_frame import (
    Cells,
    DateCells,
    TableFrame,
    header_of,
    number_cells,
    texts_of,
)
from app.data.text_table import MOST_COLUMNS

LARGEST_WORKBOOK = 200 * MEBIBYTE
LARGEST_UNPACKED = 2_000 * MEBIBYTE
MOST_TIMES_PACKED = 200
MOST_PARTS = 5_000
MOST_CELLS = 30_000_000
MOST_ROWS = 2**20
_SMALL = 10 * MEBIBYTE
_MOST_NAMED = 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = tuple[object, ...]


def read_workbook(
    path: str,
    sheet: str | None = None,
    header: bool | None = None,
    skip_rows: int | None = None,
    stop: Stop = never,
    tell: Tell = silent,
    most: int | None = None,
) -> TableFrame:
    """All rows of a sheet, or the first `most`; rows and columns around them that are empty do not
    count.

    Args:
        path: of the workbook.
        sheet: its name; None: the first one.
        header: whether the first row holds the names; None: guessed.
        skip_rows: how many rows of the sheet stand above the table; None: guessed.
        stop: asked from time to time whether to give up.
        tell: told how far it is.

    Raises:
        DataError: openpyxl is not installed, the file is damaged or too large, there is no such
            sheet, or the sheet is empty.
        LoadingStopped: `stop()` was true.
    """
    shown = shown_name(path)
    with _workbook(path) as book:
        found = _sheet(shown, book, sheet)
        names = sheets_of(book)
        note = f"Read from the sheet {shortened(found.title)}, the first of {len(names)}."
        notes = () if sheet is not None or len(names) == 1 else (note,)
        others = [name for name in names if name != found.title]
        read = _rows(shown, found, others, stop, tell, most, skip_rows or 0)
        told = f"The sheet {quoted(found.title)} of {quoted(shown, 120)}"
    return _frame(shown, told, others, read, skip_rows is None, header, notes)


def sheet_names(path: str) -> tuple[str, ...]:
    """Names of the sheets with cells; raises as `read_workbook` does."""
    with _workbook(path) as book:
        return sheets_of(book)


def sheets_of(book: Any) -> tuple[str, ...]:
    return tuple(str(sheet.title) for sheet in book.worksheets)


class _workbook:  # noqa: N801 - a context manager, used as a function
    """The workbook at a path, open; what goes wrong while it is read is told as DataError."""

    def __init__(self, path: str) -> None:
        self._shown = shown_name(path)
        self._file = open_regular_file(path, LARGEST_WORKBOOK)
        self._warnings = warnings.catch_warnings()
        self._book: Any = None

    def __enter__(self) -> Any:
        openpyxl = _imported(self._shown)
        stream, _ = self._file.__enter__()
        self._warnings.__enter__()
        warnings.simplefilter("ignore")  # on styles and extensions that are of no concern
        try:
            _refuse_unfit(self._shown, stream)
            self._book = openpyxl.load_workbook(
                stream, read_only=True, data_only=True, keep_links=False, keep_vba=False
            )
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self._book

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._warnings.__exit__(None, None, None)
        if self._book is not None:
            self._book.close()
        told = error
        if isinstance(error, _UNREADABLE):
            reason = " ".join(str(error).split()) or type(error).__name__
            told = DataError(
                f"The workbook {quoted(self._shown, 120)} cannot be read: "
                f"{shortened(reason, 200)}.",
                "An undamaged workbook in the format .xlsx is needed.",
                "Open it in a spreadsheet program and save it again, or export the sheet as CSV.",
            )
        self._file.__exit__(type(told) if told else None, told, trace)
        if told is not error and told is not None:
            raise told from None


_UNREADABLE = (
    zipfile.BadZipFile, ParseError, KeyError, ValueError, TypeError, AttributeError, IndexError,
    NotImplementedError, OverflowError, EOFError, RuntimeError, AssertionError, zlib.error,
)  # fmt: skip
"""What openpyxl was seen to raise for damaged workbooks."""


def _imported(shown: str) -> Any:
    try:
        import openpyxl
    except ImportError:
        raise DataError(
            f"The file {quoted(shown, 120)} is an Excel workbook, and the package that reads them "
            "is not installed.",
            "The package openpyxl is needed.",
            "Install it with: pip install layerlab[excel] - or export the sheet as CSV.",
        ) from None
    return openpyxl


def _refuse_unfit(shown: str, stream: Any) -> None:
    """What the archive claims is looked at before anything is unpacked; a part that is larger than
    it claims is not read further.
    """
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
        packed = sum(part.compress_size for part in parts)
        unpacked = sum(part.file_size for part in parts)
        names = {part.filename for part in parts}
        bomb = unpacked > _SMALL and unpacked > MOST_TIMES_PACKED * max(packed, 1)
        if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED or bomb:
            raise DataError(
                f"The workbook {quoted(shown, 120)} unpacks to {unpacked / MEBIBYTE:,.0f} MiB in "
                f"{len(parts):,} parts.",
                f"At most {LARGEST_UNPACKED // MEBIBYTE:,} MiB in {MOST_PARTS:,} parts can be "
                f"read, and {MOST_TIMES_PACKED} times the size of the file.",
                "Export the sheet as CSV.",
            )
        if len(names) < len(parts) or "xl/workbook.xml" not in names:
            raise DataError(
                f"The file {quoted(shown, 120)} is a zip archive, but no Excel workbook.",
                "A workbook in the format .xlsx is needed, or a text file.",
                "Unpack the archive, or open the file in the program that it belongs to and export "
                "it as CSV.",
            )
    stream.seek(0)


def _sheet(shown: str, book: Any, name: str | None) -> Any:
    names = sheets_of(book)
    if not names:
        raise DataError(
            f"The workbook {quoted(shown, 120)} has no sheet with cells.",
            "A sheet with a table is needed.",
            "Choose another workbook.",
        )
    if name is not None and name not in names:
        raise DataError(
            f"The workbook {quoted(shown, 120)} has no sheet {quoted(name)}.",
            f"Its sheets are: {shortened(', '.join(names), 400)}.",
            "Choose one of these.",
        )
    return book.worksheets[0 if name is None else names.index(name)]


@dataclass
class _Rows:
    """The rows that hold something, their numbers, and the texts of all rows above them that are
    skipped.
    """

    rows: list[Row]
    numbers: list[int]
    above: list[str]

    def skip_above(self) -> None:
        """Take the rows away that stand above the table, by all appearances."""
        wide = max(len(row) for row in self.rows[:MOST_LOOKED_AT])
        looked = [[text_of(value) for value in row] for row in self.rows[:MOST_LOOKED_AT]]
        count = rows_above([row + [""] * (wide - len(row)) for row in looked])
        if count:
            self.above = [""] * (self.numbers[count] - 1)
            for row, number in zip(looked[:count], self.numbers, strict=False):
                self.above[number - 1] = _line(row)
            self.rows, self.numbers = self.rows[count:], self.numbers[count:]


def _line(row: Iterable[str]) -> str:
    return ", ".join(text for text in row if text)


def _rows(
    shown: str,
    sheet: Any,
    others: list[str],
    stop: Stop,
    tell: Tell,
    most: int | None,
    skip_rows: int,
) -> _Rows:
    """Those below the first `skip_rows`."""
    claimed = sheet.max_row or 0
    sheet.reset_dimensions()  # a sheet may claim any size: the cells tell
    rows: list[Row] = []
    numbers: list[int] = []
    above: list[str] = []
    cells = 0
    for number, row in enumerate(_values(sheet), 1):
        cells += len(row) + 1
        if number % 1_000 == 1:
            if stop():
                raise LoadingStopped
            share = number / claimed if claimed >= number else None
            tell(LoadingProgress(f"Reading the sheet, {number:,} rows", share))
        if len(row) > MOST_COLUMNS or cells > MOST_CELLS or number > MOST_ROWS:
            raise DataError(
                f"The sheet {quoted(sheet.title)} of {quoted(shown, 120)} is too large (row "
                f"{number:,}).",
                f"At most {MOST_ROWS:,} rows, {MOST_COLUMNS:,} columns and {MOST_CELLS:,} cells "
                "can be read from a workbook.",
                "Delete what lies far away from the table, or export the sheet as CSV.",
            )
        if number <= skip_rows:
            above.append(_line(map(text_of, row)))
        elif any(value is not None and value != "" for value in row):
            rows.append(row)
            numbers.append(number)
            if most is not None and len(rows) > most:
                break
    if not rows and any(above):
        raise DataError(
            f"The sheet {quoted(sheet.title)} of {quoted(shown, 120)} is empty below its first "
            f"{counted(skip_rows, 'row')}.",
            "A row of column names and at least two rows are needed below the rows that are "
            "skipped.",
            "Set Skip rows to a smaller number, or to none, so that it is guessed.",
        )
    if not rows:
        raise DataError(
            f"The sheet {quoted(sheet.title)} of {quoted(shown, 120)} is empty.",
            "A row of column names and at least two rows are needed.",
            _another_sheet(others) or "Choose another workbook.",
        )
    return _Rows(rows, numbers, above)


def _values(sheet: Any) -> Iterator[Row]:
    yield from sheet.iter_rows(values_only=True)


def _another_sheet(others: list[str]) -> str:
    """What to do when a sheet cannot be used; "" when it is the only one."""
    if not others:
        return ""
    first = ", ".join(quoted(name) for name in others[:_MOST_NAMED])
    more = f" and {len(others) - _MOST_NAMED:,} more" if len(others) > _MOST_NAMED else ""
    return f"Choose another sheet: the workbook has also {first}{more}."


def _frame(
    shown: str,
    told: str,
    others: list[str],
    read: _Rows,
    look_above: bool,
    header: bool | None,
    notes: tuple[str, ...],
) -> TableFrame:
    """Of the rows that were read; `told` is what the sheet is called in messages."""
    if look_above:
        read.skip_above()
    notes = (*notes, *notes_above(read.above, "row"))
    rows = read.rows

    def empty(value: object) -> bool:
        return value is None or value == ""

    width = max(len(row) for row in rows)
    columns = [list(column) for column in itertools.islice(itertools.zip_longest(*rows), width)]
    used = [column for column in columns if not all(empty(value) for value in column)]
    if len(used) < 2:
        raise DataError(
            f"{told} has only one column.",
            "At least two columns are needed: a feature and a target.",
            _another_sheet(others) or "Choose a table with more columns.",
        )
    first = [text_of(column[0]) for column in used]
    found = header_of(first, ".", header)
    skipped = int(found.present)
    if found.notes:
        notes = (*notes, *(note.replace("first line", "first row") for note in found.notes))
    return TableFrame(
        "excel",
        shown,
        found.names,
        tuple(_cells(column[skipped:]) for column in used),
        np.array(read.numbers[skipped:], np.int64),
        header=found.present,
        notes=notes,
        above=tuple(read.above),
    )


def _cells(values: list[object]) -> Cells:
    """Numbers if all of a column are, dates if all are, else texts."""
    kinds = {_kind(value) for value in values} - {"nothing"}
    if kinds <= {"number"}:
        known = [math.nan if _kind(v) == "nothing" else _float(v) for v in values]
        return number_cells(np.array(known, np.float64))
    if kinds == {"date"}:
        return DateCells(np.array([_seconds(value) for value in values], np.float64))
    return texts_of([text_of(value) for value in values])


def _kind(value: object) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        return "nothing"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number"
    return "date" if isinstance(value, date) else "text"


def _float(value: object) -> float:
    assert isinstance(value, (int, float))
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _seconds(value: object) -> float:
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime.combine(value, time())
    else:
        return math.nan
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) / timedelta(seconds=1)


def text_of(value: object) -> str:
    """A cell as it would stand in a text file."""
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, (datetime, date)):
        return str(value)
    return str(value).strip()
