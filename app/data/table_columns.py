"""What the cells of a text table mean: columns of numbers and columns of categories."""

import io
import re
from dataclasses import dataclass

import numpy as np

from app.data.errors import DataError
from app.data.text_table import TextTable

MISSING = (
    "", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "<NA>", "#NA",
)  # fmt: skip
"""Cells that mean: nothing is known."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class TableColumn:
    """One column of a text table.

    Attributes:
        name: from the header, unique in the table.
        values: (rows,) float64, NaN where nothing is known; of categories their positions.
        categories: the different texts in alphabetical order; empty for a column of numbers.
    """

    name: str
    values: np.ndarray
    categories: tuple[str, ...] = ()

    @property
    def missing(self) -> np.ndarray:
        """(rows,) bool."""
        return np.asarray(np.isnan(self.values))


@dataclass(frozen=True)
class Header:
    """Names of the columns; whether the first row holds them or is a sample already; remarks."""

    names: tuple[str, ...]
    present: bool
    notes: tuple[str, ...] = ()


def read_header(table: TextTable) -> Header:
    """Find out what the first row is. Empty and repeated names are completed, with a note."""
    cells = tuple(cell.strip() for cell in table.first)
    if _is_sample(cells, table.format.decimal):
        return Header(
            tuple(f"column {number}" for number in range(1, len(cells) + 1)),
            present=False,
            notes=("The first line holds no names but numbers, so it is read as a sample.",),
        )
    names: list[str] = []
    notes: list[str] = []
    taken = set(cells)
    for number, cell in enumerate(cells, 1):
        name = cell or f"column {number}"
        if name in names or (not cell and name in taken):
            copy = 2
            while f"{name} ({copy})" in taken:
                copy += 1
            notes.append(f"There are two columns {name!r:.60}; the later one is called ({copy}).")
            name = f"{name} ({copy})"
        taken.add(name)
        names.append(name)
    return Header(tuple(names), present=True, notes=tuple(notes))


def _is_sample(cells: tuple[str, ...], decimal: str) -> bool:
    """Names are rarely numbers, and if so, whole ones (years) that differ."""
    numbers = [number for cell in cells if (number := _number(cell, decimal)) is not None]
    if not numbers:
        return False
    whole = all(number >= 0 and float(number).is_integer() for number in numbers)
    return not whole or len(set(numbers)) < len(numbers)


def read_columns(table: TextTable, header: Header, wanted: frozenset[str]) -> list[TableColumn]:
    """The wanted columns, in the order of the file.

    A column is one of numbers when at least half of its cells are numbers; then all must be.

    Raises:
        DataError: a text stands in a column of numbers, or an infinite value; names line and
            column.
    """
    import pandas as pd

    lines = table.lines[1:] if header.present else table.lines
    try:
        frame = pd.read_csv(
            io.BytesIO(table.content),
            sep=table.format.separator,
            decimal=table.format.decimal,
            header=0 if header.present else None,
            names=list(range(len(header.names))),
            usecols=[place for place, name in enumerate(header.names) if name in wanted],
            index_col=False,
            encoding="utf-8",
            skipinitialspace=True,
            keep_default_na=False,
            na_values=list(MISSING),
            low_memory=False,
        )
    except (ValueError, OverflowError) as error:  # pandas' ParserError is a ValueError
        raise DataError(
            f"The table {table.shown!r:.120} cannot be read: {error!s:.200}.",
            "Rows of separated cells are needed.",
            "Export the table again as CSV.",
        ) from None
    if len(frame) != len(lines):
        raise DataError(
            f"The rows of {table.shown!r:.120} cannot be told apart: "
            f"{len(lines):,} or {len(frame):,}.",
            "Each row needs a line of its own, and each quote its partner.",
            "Export the table again as CSV.",
        )
    return [
        _column(table, header.names[int(place)], frame[place].to_numpy(), lines)
        for place in frame.columns
    ]


def _column(table: TextTable, name: str, cells: np.ndarray, lines: np.ndarray) -> TableColumn:
    if cells.dtype.kind in "iuf":
        return TableColumn(name, _finite(table, name, cells.astype(np.float64), lines))
    texts = [None if _is_missing(cell) else str(cell).strip() for cell in cells]
    texts = [None if text in MISSING else text for text in texts]
    present = [text for text in texts if text is not None]
    numbers = [None if text is None else _number(text, table.format.decimal) for text in texts]
    count = sum(number is not None for number in numbers)
    if present and count * 2 >= len(present):
        for text, number, line in zip(texts, numbers, lines, strict=True):
            if text is not None and number is None:
                raise DataError(
                    f"Column {name!r:.60} holds numbers, but {text!r:.60} in line {line} "
                    f"of {table.shown!r:.120}.",
                    f"Each cell of a column of numbers needs a number with "
                    f"{table.format.decimal!r} as decimal mark, or nothing.",
                    "Mend or empty this cell, choose another decimal mark, or ignore the column.",
                )
        values = np.array([np.nan if n is None else n for n in numbers], np.float64)
        return TableColumn(name, _finite(table, name, values, lines))
    other = "," if table.format.decimal == "." else "."
    if sum(_number(text, other) is not None for text in present) * 2 > len(present):
        line = next(
            line
            for line, text in zip(lines, texts, strict=True)
            if text is not None and _number(text, other) is not None
        )
        raise DataError(
            f"Column {name!r:.60} holds numbers with {other!r} as decimal mark (line {line} of "
            f"{table.shown!r:.120}), but {table.format.decimal!r} is set.",
            "All numbers of a table need the same decimal mark.",
            f"Choose {other!r} as decimal mark, or ignore the column.",
        )
    categories = tuple(sorted(set(present)))
    places = {category: place for place, category in enumerate(categories)}
    return TableColumn(
        name,
        np.array([np.nan if text is None else places[text] for text in texts], np.float64),
        categories,
    )


def _is_missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and cell != cell)


def _number(text: str, decimal: str) -> float | None:
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    return float(text) if _NUMBER.fullmatch(text) else None


def _finite(table: TextTable, name: str, values: np.ndarray, lines: np.ndarray) -> np.ndarray:
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        raise DataError(
            f"Column {name!r:.60} holds an infinite value in line {lines[infinite[0]]} "
            f"of {table.shown!r:.120}.",
            "Finite numbers are needed.",
            "Mend or empty this cell, or ignore the column.",
        )
    return values
