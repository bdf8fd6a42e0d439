"""A table once it is read, before anyone says what its columns are for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.core.short_names import quoted

MISSING = (
    "", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "<NA>", "#NA",
)  # fmt: skip
"""Cells that mean: nothing is known."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"[+-]?(inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True)
class NumberCells:
    """A column whose cells are all numbers or nothing.

    Attributes:
        values: (rows,) float64, NaN where nothing is known.
        gaps: how many are NaN.
        infinite: how many are infinite.
    """

    values: np.ndarray
    gaps: int
    infinite: int


@dataclass(frozen=True)
class TextCells:
    """A column with texts.

    Attributes:
        places: (rows,) int32, positions in `texts`, -1 where nothing is known.
        texts: those that occur, each once, as they stand in the file without spaces around.
    """

    places: np.ndarray
    texts: tuple[str, ...]


@dataclass(frozen=True)
class DateCells:
    """A column that the file itself calls one of dates.

    Attributes:
        seconds: (rows,) float64 since 1970 (UTC), NaN where nothing is known.
    """

    seconds: np.ndarray


Cells = NumberCells | TextCells | DateCells
FileKind = Literal["text", "parquet", "excel"]


@dataclass(frozen=True)
class TableFrame:
    """All rows of a table, the names apart.

    Attributes:
        kind: of file.
        shown: name of the file, for messages.
        names: of the columns, each another.
        cells: of each column.
        lines: (rows,) int64, where each row starts: the line of a text file, the row of a sheet, or
            simply its number, from 1.
        decimal: mark of the numbers, for messages and for texts that are numbers.
        header: whether the names stand in the file.
        notes: remarks in full sentences.
        above: the texts of the lines or rows above the table, from the first one of the file.
        numbers: (rows, columns) float64, whose columns are those of most `NumberCells`; None when
            each has an array of its own.
    """

    kind: FileKind
    shown: str
    names: tuple[str, ...]
    cells: tuple[Cells, ...]
    lines: np.ndarray
    decimal: str = "."
    header: bool = True
    notes: tuple[str, ...] = ()
    numbers: np.ndarray | None = None
    above: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def word(self) -> Literal["line", "row"]:
        """What `lines` counts, for messages."""
        return "line" if self.kind == "text" else "row"

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""
        total = self.lines.nbytes + (0 if self.numbers is None else self.numbers.nbytes)
        for cells in self.cells:
            if isinstance(cells, TextCells):
                total += cells.places.nbytes + sum(80 + len(text) for text in cells.texts)
            elif isinstance(cells, DateCells):
                total += cells.seconds.nbytes
            elif self.numbers is None:
                total += cells.values.nbytes
        return total


@dataclass(frozen=True)
class Header:
    """Names of the columns; whether the first row holds them or is a sample already; remarks."""

    names: tuple[str, ...]
    present: bool
    notes: tuple[str, ...] = ()


def number_cells(values: np.ndarray) -> NumberCells:
    """A column of numbers, counted."""
    return NumberCells(values, int(np.isnan(values).sum()), int(np.isinf(values).sum()))


def header_of(first: list[str], decimal: str, present: bool | None) -> Header:
    """Find out what the first row is unless `present` tells. Empty and repeated names are
    completed, with a note.
    """
    cells = [cell.strip() for cell in first]
    if present is False or (present is None and _is_sample(cells, decimal)):
        told = "The first line holds no names but numbers, so it is read as a sample."
        return Header(
            tuple(f"column {number}" for number in range(1, len(cells) + 1)),
            present=False,
            notes=(told,) if present is None else (),
        )
    names: dict[str, None] = {}
    notes: list[str] = []
    taken = set(cells)
    for number, cell in enumerate(cells, 1):
        name = cell or f"column {number}"
        if name in names or (not cell and name in taken):
            copy = 2
            while f"{name} ({copy})" in taken:
                copy += 1
            notes.append(f"There are two columns {quoted(name)}; the later one is called ({copy}).")
            name = f"{name} ({copy})"
        taken.add(name)
        names[name] = None
    if len(notes) > 5:
        notes = [*notes[:4], f"So it is with {len(notes) - 4:,} more columns."]
    return Header(tuple(names), present=True, notes=tuple(notes))


def _is_sample(cells: list[str], decimal: str) -> bool:
    """Names are rarely numbers, and if so, whole ones (years) that differ."""
    numbers = [number for cell in cells if (number := number_of(cell, decimal)) is not None]
    if not numbers:
        return False
    whole = all(number >= 0 and float(number).is_integer() for number in numbers)
    return not whole or len(set(numbers)) < len(numbers)


def number_of(text: str, decimal: str = ".") -> float | None:
    """The number that a cell without spaces around shows; None when it is none."""
    if decimal != ".":
        if "." in text:
            return None
        text = text.replace(decimal, ".")
    if _NUMBER.fullmatch(text) or _INFINITE.fullmatch(text):
        return float(text)
    return None


def texts_of(cells: Sequence[str | None]) -> TextCells:
    """A column from its cells; those of `MISSING` are nothing."""
    known: dict[str, int] = {}
    places = np.empty(len(cells), np.int32)
    for row, cell in enumerate(cells):
        text = "" if cell is None else cell.strip()
        places[row] = -1 if text in MISSING else known.setdefault(text, len(known))
    return TextCells(places, tuple(known))


def numbers_of(cells: TextCells, decimal: str) -> np.ndarray | None:
    """(rows,) float64, NaN where nothing is known; None when a text is no number."""
    numbers = np.full(len(cells.texts) + 1, np.nan)
    for place, text in enumerate(cells.texts):
        number = number_of(text, decimal)
        if number is None:
            return None
        numbers[place] = number
    return np.asarray(numbers[cells.places])
