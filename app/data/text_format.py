"""How a text file with a table in it is to be read: its encoding, separator and decimal mark, as
given or as guessed from its beginning.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.rows_above import MOST_LOOKED_AT, rows_above

if TYPE_CHECKING:
    from _csv import Reader as CsvReader  # has this name in the stubs alone

ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252",
    "iso-8859-15", "cp1250", "cp1251", "mac-roman", "koi8-r", "shift_jis", "euc-jp", "gb18030",
    "big5", "euc-kr",
)  # fmt: skip
"""Encodings that can be chosen. (Python knows others that are slow, or unpack what they read.)"""

SEPARATORS = {";": "semicolon", "\t": "tab", "|": "bar", ",": "comma", " ": "space"}
"""Guessed in this order: with decimal commas, a comma may fit as well as the semicolon does."""

SAMPLE = 65_536
"""Characters by which a format is guessed, and as many more as the first four lines need."""

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
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*")
_GROUPED = re.compile(r"\s*[+-]?[1-9]\d{0,2}(,\d{3})+\s*")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_DECIMAL_POINT = re.compile(r"\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*")


@dataclass(frozen=True)
class TableFormat:
    """How a text file is to be read: what of it was given, and the rest as it was guessed.

    Attributes:
        skip_rows: how many lines at its beginning stand above the table.
    """

    separator: str
    decimal: str
    encoding: str
    skip_rows: int = 0


def refuse_other_formats(shown: str, beginning: bytes) -> None:
    """Raise DataError when the first bytes of a file are those of no text file."""
    for mark, what in _OTHER_FORMATS:
        if beginning.startswith(mark):
            raise DataError(
                f"The file {quoted(shown, 120)} is {what}, not a table in a text file.",
                "A text file is needed with one row a line and separated columns (CSV or TSV).",
                "Open it in the program that it belongs to and export it as CSV.",
            )


def known_encoding(encoding: str) -> str:
    """`encoding` as Python spells it.

    Raises:
        DataError: it is none of `ENCODINGS`.
    """
    spelled = encoding.lower().replace("_", "-")
    for known in ENCODINGS:
        if known.replace("_", "-") == spelled:
            return known
    raise DataError(
        f"The encoding {quoted(encoding)} is not known.",
        f"One of these is needed: {', '.join(ENCODINGS)}.",
        "Choose another encoding, or none, so that it is guessed.",
    )


def guess_encoding(beginning: bytes) -> str:
    """By the mark at the beginning, or by the zeros between Latin letters; else UTF-8, until a line
    is met that is not.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if beginning.startswith(mark):
            return name
    sample = np.frombuffer(beginning[: min(len(beginning), SAMPLE) // 2 * 2], np.uint8)
    if len(sample) >= 4:
        # Latin letters and digits in UTF-16 are every other byte a zero.
        even, odd = (sample[0::2] == 0).mean(), (sample[1::2] == 0).mean()
        if odd > 0.4 and even < 0.1:
            return "utf-16-le"
        if even > 0.4 and odd < 0.1:
            return "utf-16-be"
    return "utf-8"


def sample_of(text: str) -> str:
    """What of the beginning of a file the rest of its format is guessed by: whole lines, unless
    it is all that there is.
    """
    end = 0
    for _ in range(4):
        end = max(text.find("\n", end), text.find("\r", end)) + 1 or len(text)
    end = max(end, SAMPLE)
    if len(text) <= end:
        return text
    cut = max(text.rfind("\n", 0, end), text.rfind("\r", 0, end))
    return text[: cut + 1] if cut >= 0 else text[:end]


def table_format(
    sample: str,
    separator: str | None,
    decimal: str | None,
    encoding: str,
    skip_rows: int | None = 0,
) -> TableFormat:
    """The format with what is None guessed from `sample`, which begins behind the rows that are
    told to be skipped.

    Raises:
        DataError: this character cannot separate columns.
    """
    if separator is None:
        separator = _guess_separator(sample, skip_rows is None)
    elif separator.isalnum() or separator in "\"'\r\n\0.+-" or len(separator) != 1:
        raise DataError(
            f"{quoted(separator, 20)} cannot separate columns.",
            "One character is needed that is no letter, digit, quote, sign or point.",
            "Choose a comma, a semicolon or a tab.",
        )
    if skip_rows is None:
        skip_rows = _lines_above(numbered_sample(sample, separator), separator)
        sample = without_lines(sample, skip_rows)
    if decimal is None:
        decimal = _guess_decimal(sample, separator)
    return TableFormat(separator, decimal, encoding, skip_rows)


def sample_rows(sample: str, separator: str) -> list[list[str]]:
    """The rows of a sample that are not blank, as far as its quotes can be read."""
    return [row for _, row in numbered_sample(sample, separator)]


def numbered_sample(sample: str, separator: str) -> list[tuple[int, list[str]]]:
    """`sample_rows`, each with the line on which it starts."""
    rows: list[tuple[int, list[str]]] = []
    reader = csv_rows(io.StringIO(sample, newline=""), separator)
    line = 1
    try:
        for row in reader:
            row = cells_of(row, separator)
            if not is_blank(row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error:
        return rows
    return rows


def lines_of(text: str) -> Iterator[str]:
    """The lines with their ends, as `io.StringIO(text, newline="")` has them; of a long text of
    which only a few are wanted in no time.
    """
    return (line.group() for line in _LINE.finditer(text))


def without_lines(text: str, count: int) -> str:
    """`text` behind its first `count` lines."""
    return text[sum(map(len, islice(lines_of(text), count))) :]


def csv_rows(lines: Iterable[str], separator: str, strict: bool = False) -> "CsvReader":
    """Python's reader of rows. (Python 3.13 refuses to skip spaces where they separate.)"""
    return csv.reader(lines, delimiter=separator, skipinitialspace=separator != " ", strict=strict)


def cells_of(row: list[str], separator: str) -> list[str]:
    """The cells of a row: several spaces separate as one does, and none at an end."""
    return [cell for cell in row if cell] if separator == " " else row


def is_blank(row: list[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip())


def is_grouped(cell: str) -> bool:
    """Whether commas in a number part its thousands, by all appearances: 1,250 and 12,345,678."""
    return _GROUPED.fullmatch(cell) is not None


def _lines_above(rows: list[tuple[int, list[str]]], separator: str) -> int:
    """How many lines stand above the table, by all appearances."""
    above = rows_above([row for _, row in rows[:MOST_LOOKED_AT]], separator == " ")
    return rows[above][0] - 1 if above else 0


def _guess_separator(sample: str, look_above: bool) -> str:
    """The one by which the most rows have the same number of cells, more than one.

    Args:
        look_above: whether rows that seem to stand above the table do not count.
    """
    best, best_score = ",", (0.0, False, False)
    for separator in SEPARATORS:
        rows = numbered_sample(sample, separator)
        above = _lines_above(rows, separator) if look_above else 0
        counts = [len(row) for line, row in rows if line > above]
        if not counts:
            continue
        usual, times = Counter(counts).most_common(1)[0]
        score = (times / len(counts), counts[0] == usual, not above)
        if usual > 1 and score > best_score:
            best, best_score = separator, score
    return best


def _guess_decimal(sample: str, separator: str) -> str:
    # Where the comma separates, a cell can hold one only in quotes.
    cells = [cell for row in sample_rows(sample, separator)[1:] for cell in row]
    found = [cell for cell in cells if _DECIMAL_COMMA.fullmatch(cell)]
    if separator == "," and all(map(is_grouped, found)):
        return "."  # "1,250" beside other commas: rather thousands than three decimals
    commas = len(found)
    points = sum(1 for cell in cells if _DECIMAL_POINT.fullmatch(cell))
    return "," if commas > points else "."
