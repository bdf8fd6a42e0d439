"""A text file as rows of cells: its encoding, its separator, its shape; not what the cells mean."""

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.data.errors import DataError, LoadingStopped
from app.data.regular_file import MEBIBYTE, read_regular_file

LARGEST_FILE = 200 * MEBIBYTE
LONGEST_LINE = 2 * MEBIBYTE
MOST_COLUMNS = 20_000
MOST_ROWS = 5_000_000

ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252",
    "iso-8859-15", "cp1250", "cp1251", "mac-roman", "koi8-r", "shift_jis", "euc-jp", "gb18030",
    "big5", "euc-kr",
)  # fmt: skip
"""Encodings that can be chosen. (Python knows others that are slow, or unpack what they read.)"""

SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar", ",": "comma", " ": "space"}
"""Guessed in this order: with decimal commas, a comma may fit as well as the semicolon does."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_OTHER_FORMATS = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "a database"),
)
_SAMPLE = 65_536
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*")
_DECIMAL_POINT = re.compile(r"\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class TableFormat:
    """How a text file is to be read: what of it was given, and the rest as it was guessed."""

    separator: str
    decimal: str
    encoding: str


@dataclass(frozen=True)
class TextTable:
    """A text file whose every row has the same number of cells.

    Attributes:
        shown: name of the file, for messages.
        content: the whole text in UTF-8, without a byte-order mark.
        first: the cells of the first row that is not blank.
        lines: (rows,) int64, the line of the file on which each row starts, from 1; the first row
            included.
    """

    shown: str
    format: TableFormat
    content: bytes
    first: tuple[str, ...]
    lines: np.ndarray


def guess_format(
    path: str, separator: str | None = None, decimal: str | None = None, encoding: str | None = None
) -> TableFormat:
    """How the file at `path` is to be read; given values are kept. Raises as `read_table` does."""
    _, text, encoding = _read_text(path, encoding)
    return _format(text[:_SAMPLE], separator, decimal, encoding)


def read_table(
    path: str,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    stop: Callable[[], bool] | None = None,
    fewest_columns: int = 2,
) -> TextTable:
    """Read a file and check its shape.

    Raises:
        DataError: no ordinary text file, undecodable, empty, ragged, an open quote, NUL bytes, one
            column, too many columns, a line or a file that is too long; the message names the line.
        LoadingStopped: `stop()` was true.
    """
    shown, text, encoding = _read_text(path, encoding)
    table_format = _format(text[:_SAMPLE], separator, decimal, encoding)
    content = text.encode("utf-8")
    del text
    _refuse_long_lines(shown, content)
    first, lines = _shape(shown, content, table_format, fewest_columns, stop)
    return TextTable(shown, table_format, content, first, lines)


def _read_text(path: str, encoding: str | None) -> tuple[str, str, str]:
    """(name for messages, text without byte-order mark, encoding)."""
    shown = Path(path).name
    data = read_regular_file(path, LARGEST_FILE)
    for mark, what in _OTHER_FORMATS:
        if data.startswith(mark):
            raise DataError(
                f"The file {shown!r:.120} is {what}, not a table in a text file.",
                "A text file is needed with one row a line and separated columns (CSV or TSV).",
                "Open it in the program that it belongs to and export it as CSV.",
            )
    if encoding is None:
        encoding = _guess_encoding(data)
    elif encoding.lower().replace("_", "-") not in {e.replace("_", "-") for e in ENCODINGS}:
        raise DataError(
            f"The encoding {encoding!r:.60} is not known.",
            f"One of these is needed: {', '.join(ENCODINGS)}.",
            "Choose another encoding, or none, so that it is guessed.",
        )
    try:
        text = data.decode(encoding)
    except UnicodeError as error:
        line = data[: getattr(error, "start", 0)].count(b"\n") + 1
        raise DataError(
            f"The file {shown!r:.120} is not encoded in {encoding}: line {line} cannot be read.",
            f"Bytes that mean something in {encoding} are needed.",
            "Choose another encoding, for example latin-1, or save the file as UTF-8.",
        ) from None
    text = text.removeprefix("\ufeff").removesuffix("\x1a")
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        what = "a NUL byte" if control.group() == "\0" else "a control character"
        raise DataError(
            f"The file {shown!r:.120} holds {what} in line {line}: it is damaged or no text file.",
            "A text file is needed with one row a line and separated columns.",
            "Export the table again as CSV, or choose another encoding.",
        )
    if not text.strip():
        raise DataError(
            f"The file {shown!r:.120} is empty.",
            "A line of column names and at least two rows are needed.",
            "Choose another file.",
        )
    return shown, text, encoding


def _guess_encoding(data: bytes) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return name
    sample = np.frombuffer(data[: _SAMPLE - _SAMPLE % 2], np.uint8)
    if len(sample) >= 4:
        # Latin letters and digits in UTF-16 are every other byte a zero.
        even, odd = (sample[0::2] == 0).mean(), (sample[1::2] == 0).mean()
        if odd > 0.4 and even < 0.1:
            return "utf-16-le"
        if even > 0.4 and odd < 0.1:
            return "utf-16-be"
    for name in ("utf-8", "cp1252"):
        try:
            data.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"


def _format(sample: str, separator: str | None, decimal: str | None, encoding: str) -> TableFormat:
    if separator is None:
        separator = _guess_separator(sample)
    elif separator.isalnum() or separator in "\"'\r\n\0.+-" or len(separator) != 1:
        raise DataError(
            f"{separator!r:.20} cannot separate columns.",
            "One character is needed that is no letter, digit, quote, sign or point.",
            "Choose a comma, a semicolon or a tab.",
        )
    if decimal is None:
        decimal = _guess_decimal(sample, separator)
    return TableFormat(separator, decimal, encoding)


def _sample_rows(sample: str, separator: str) -> list[list[str]]:
    text = sample if len(sample) < _SAMPLE else sample[: max(sample.rfind("\n"), 1)]
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []
    return [row for row in rows if not _blank(row)]


def _blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def _guess_separator(sample: str) -> str:
    """The one by which the most rows have the same number of cells, more than one."""
    best, best_score = ",", (0.0, False)
    for separator in SEPARATORS:
        counts = [len(row) for row in _sample_rows(sample, separator)]
        if not counts:
            continue
        usual, times = Counter(counts).most_common(1)[0]
        score = (times / len(counts), counts[0] == usual)
        if usual > 1 and score > best_score:
            best, best_score = separator, score
    return best


def _guess_decimal(sample: str, separator: str) -> str:
    # Where the comma separates, a cell can hold one only in quotes.
    cells = [cell for row in _sample_rows(sample, separator)[1:] for cell in row]
    commas = sum(1 for cell in cells if _DECIMAL_COMMA.fullmatch(cell))
    points = sum(1 for cell in cells if _DECIMAL_POINT.fullmatch(cell))
    return "," if commas > points else "."


def _refuse_long_lines(shown: str, content: bytes) -> None:
    data = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero((data == 10) | (data == 13))
    edges = np.concatenate([[-1], ends, [len(data)]])
    lengths = np.diff(edges)
    longest = int(np.argmax(lengths))
    if lengths[longest] > LONGEST_LINE:
        line = content[: int(edges[longest]) + 1].count(b"\n") + 1
        raise DataError(
            f"Line {line} of {shown!r:.120} is {lengths[longest] / MEBIBYTE:.1f} MiB long.",
            f"A line may have {LONGEST_LINE // MEBIBYTE} MiB: one row of the table.",
            "Check that the file has line breaks, and that it is a table at all.",
        )


def _shape(
    shown: str,
    content: bytes,
    table_format: TableFormat,
    fewest_columns: int,
    stop: Callable[[], bool] | None,
) -> tuple[tuple[str, ...], np.ndarray]:
    """The first row, and the line on which each row starts; all rows must be of one length."""
    first: tuple[str, ...] = ()
    lines = array("q")
    for line, row in _rows(shown, content, table_format.separator):
        if _blank(row):
            continue
        if not first:
            first = tuple(row)
            _refuse_width(shown, first, table_format, fewest_columns)
        elif len(row) != len(first):
            raise DataError(
                f"Line {line} of {shown!r:.120} has {_cells(len(row))}, "
                f"the first row has {len(first)}.",
                "Each row needs the same number of cells.",
                "Mend this line (a missing or surplus separator, or a text with the "
                "separator in it that lacks quotes), or choose another separator.",
            )
        lines.append(line)
        if len(lines) > MOST_ROWS:
            raise DataError(
                f"The file {shown!r:.120} has more than {MOST_ROWS:,} rows.",
                f"At most {MOST_ROWS:,} rows can be read.",
                "Use a part of the file.",
            )
        if stop is not None and len(lines) % 10_000 == 0 and stop():
            raise LoadingStopped
    return first, np.array(lines, np.int64)


def _rows(shown: str, content: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it starts on."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    reader = csv.reader(text, delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"The row that starts in line {line} of {shown!r:.120} cannot be read: "
                f"{_csv_reason(error)}.",
                "A quote opens a text and another one closes it; a quote inside is written twice.",
                "Close or remove the quote in this line.",
            ) from None
        yield line, row


def _csv_reason(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end of data" in reason:
        return "a quote is opened and never closed"
    if "field limit" in reason:
        longest = csv.field_size_limit()
        return f"a text is longer than {longest:,} characters, as if a quote were never closed"
    return "something stands behind a closing quote"


def _refuse_width(
    shown: str, first: tuple[str, ...], table_format: TableFormat, fewest: int
) -> None:
    separator = SEPARATORS.get(table_format.separator, repr(table_format.separator))
    if len(first) < fewest:
        raise DataError(
            f"The file {shown!r:.120} has only one column when it is separated by {separator}.",
            "At least two columns are needed: a feature and a target.",
            "Choose another separator, or a table with more columns.",
        )
    if len(first) > MOST_COLUMNS:
        raise DataError(
            f"The file {shown!r:.120} has {len(first):,} columns "
            f"when it is separated by {separator}.",
            f"At most {MOST_COLUMNS:,} columns can be read.",
            "Leave columns out, or choose another separator.",
        )


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count:,} cells"
