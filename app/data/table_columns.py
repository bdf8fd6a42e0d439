"""What the cells of a column mean: numbers, categories or dates, as guessed or as told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.core.data_findings import DataFinding
from app.core.frozen import FrozenMap
from app.core.short_names import quoted
from app.data.date_texts import (
    DateTexts,
    date_seconds,
    dates_of_numbers,
    is_date,
    iso_of_seconds,
)
from app.data.errors import DataError
from app.data.number_texts import GroupedNumbers, grouped_numbers, number_like
from app.data.table_frame import (
    Cells,
    DateCells,
    NumberCells,
    TableFrame,
    TextCells,
    number_of,
    numbers_of,
)
from app.data.text_format import is_grouped

ColumnType = Literal["number", "category", "date"]

_FLAGS = {"true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0}
"""Texts that are numbers where numbers are asked for."""


@dataclass(frozen=True)
class TableColumn:
    """One column of a table.

    Attributes:
        name: unique in the table.
        type: what it holds.
        values: (rows,) float64, NaN where nothing is known; of categories their positions; of dates
            seconds since 1970 (UTC).
        gaps: how many values are NaN.
        categories: the different texts in alphabetical order; empty for another type.
        day_first: of dates in texts, whether the day comes before the month; else None.
        grouped: of numbers with marks between their thousands, their decimal mark; else None.
        note: a remark in a full sentence, or "".
        finding: that its texts look like numbers; None when they do not, or were told to be texts.
    """

    name: str
    type: ColumnType
    values: np.ndarray
    gaps: int
    categories: tuple[str, ...] = ()
    day_first: bool | None = None
    grouped: str | None = None
    note: str = ""
    finding: DataFinding | None = None

    @property
    def missing(self) -> np.ndarray:
        """(rows,) bool."""
        return np.asarray(np.isnan(self.values))


def read_columns(
    frame: TableFrame,
    wanted: frozenset[str],
    types: Mapping[str, ColumnType] | None = None,
    day_first: Mapping[str, bool | None] | None = None,
    grouped: Mapping[str, str | None] | None = None,
) -> list[TableColumn]:
    """The wanted columns, in the order of the file.

    A column is one of numbers when at least half of its cells are numbers; then all must be.

    Args:
        frame: the table.
        wanted: names of columns.
        types: what they hold; guessed for a column that it does not name.
        day_first: in dates, whether the day comes before the month; found out for a column that it
            does not name.
        grouped: the decimal mark of numbers that may have marks between their thousands; without it
            such are texts.

    Raises:
        DataError: a text stands in a column of numbers, or an infinite value; names line and
            column.
    """
    told, orders, marks = types or {}, day_first or {}, grouped or {}
    return [
        read_column(frame, place, told.get(name), orders.get(name), marks.get(name))
        for place, name in enumerate(frame.names)
        if name in wanted
    ]


def read_column(
    frame: TableFrame,
    place: int,
    told: ColumnType | None = None,
    day_first: bool | None = None,
    grouped: str | None = None,
) -> TableColumn:
    """One column, by its place; raises as `read_columns` does."""
    name, cells = frame.names[place], frame.cells[place]
    if isinstance(cells, TextCells):
        if told is None:
            told = guessed_type(cells, frame.decimal)
            if told == "category":
                _refuse_other_decimal(frame, name, cells)
                return replace(_categories(name, cells), finding=_number_texts(frame, name, cells))
        if told == "category":
            return _categories(name, cells)
        if told == "number":
            return _numbers(frame, name, cells, grouped)
        return _dates(frame, name, cells, day_first)
    if isinstance(cells, DateCells):
        gaps = int(np.isnan(cells.seconds).sum())
        if told == "category":
            return _as_categories(name, cells.seconds, iso_of_seconds)
        return TableColumn(name, told or "date", cells.seconds, gaps)
    if told == "category":
        return _as_categories(name, cells.values, number_text)
    if grouped is not None and grouped != frame.decimal:
        _refuse_marks(frame, name, cells.values, grouped)
    if told == "date":
        seconds = dates_of_numbers(cells.values)
        if seconds is None:
            raise _no_dates(frame, name, "some of its numbers are neither years nor days")
        return TableColumn(name, "date", seconds, cells.gaps)
    if cells.infinite:
        row = int(np.argmax(np.isinf(cells.values)))
        raise _infinite(frame, name, row)
    return TableColumn(name, "number", cells.values, cells.gaps)


def guessed_type(cells: Cells, decimal: str) -> ColumnType:
    """What a column holds, as far as its cells tell: numbers if at least half of them are, dates
    if all are, else categories.
    """
    if isinstance(cells, NumberCells):
        return "number"
    if isinstance(cells, DateCells):
        return "date"
    if not cells.texts:
        return "number"
    numeric = np.array([number_of(text, decimal) is not None for text in cells.texts])
    if numeric.any():
        known = cells.places[cells.places >= 0]
        if int(numeric[known].sum()) * 2 >= len(known):
            return "number"
    return "date" if date_seconds(cells.texts) is not None else "category"


def number_text(value: float) -> str:
    """A number as the name of a category or class; different numbers have different names."""
    text = f"{value:.15g}"
    return text if float(text) == value else f"{value:.17g}"


def _numbers(
    frame: TableFrame, name: str, cells: TextCells, grouped: str | None = None
) -> TableColumn:
    values = numbers_of(cells, frame.decimal)
    marked = grouped_numbers(cells, grouped or frame.decimal) if values is None else None
    if marked is not None and grouped is not None:
        return _with_marks(name, marked)
    if values is None and all(text.lower() in _FLAGS for text in cells.texts):
        values = np.append([_FLAGS[text.lower()] for text in cells.texts], np.nan)[cells.places]
    if values is None:
        wrong = np.append([number_of(text, frame.decimal) is None for text in cells.texts], False)
        row = int(np.argmax(wrong[cells.places]))
        others = int(wrong[cells.places].sum()) - 1
        more = f" (and {others:,} more such cells)" if others else ""
        raise DataError(
            f"Column {quoted(name)} holds numbers, but {quoted(cells.texts[cells.places[row]])} in "
            f"{frame.word} {frame.lines[row]} of {quoted(frame.shown, 120)}{more}.",
            f"Each cell of a column of numbers needs a number with {frame.decimal!r} as decimal "
            "mark, or nothing.",
            _way_out(frame, marked),
            column=name,
            types=("category",) if marked is None else ("number", "category"),
        )
    if np.isinf(values).any():
        raise _infinite(frame, name, int(np.argmax(np.isinf(values))))
    return TableColumn(name, "number", values, int(np.isnan(values).sum()))


def _way_out(frame: TableFrame, marked: GroupedNumbers | None) -> str:
    if marked is not None:
        return (
            f"Give the column the type number, and {quoted(marked.text, 40)} is "
            f"{marked.value:.15g}; or give it the type category, or ignore it."
        )
    return (
        f"Mend or empty this cell, {'choose another decimal mark, ' * (frame.kind == 'text')}"
        "give the column the type category, or ignore it."
        + " If lines above the names of the columns are no part of the table, set Skip rows to "
        "their number." * (frame.kind != "parquet")
    )


def _with_marks(name: str, marked: GroupedNumbers) -> TableColumn:
    note = (
        f"The column {quoted(name)} was read with marks between thousands: "
        f"{quoted(marked.text, 40)} is {marked.value:.15g}."
    )
    gaps = int(np.isnan(marked.values).sum())
    return TableColumn(name, "number", marked.values, gaps, grouped=marked.decimal, note=note)


def _refuse_marks(frame: TableFrame, name: str, values: np.ndarray, grouped: str) -> None:
    """What is a decimal mark here may be one between thousands in the data of the training."""
    if frame.kind != "text" or not (values != np.rint(values))[~np.isnan(values)].any():
        return
    raise DataError(
        f"The numbers of the column {quoted(name)} were read with {frame.decimal!r} as decimal "
        f"mark in {quoted(frame.shown, 120)}; in the training data this mark stands between "
        "thousands.",
        f"The decimal mark {grouped!r} is needed, as in the training data.",
        f"Choose {grouped!r} as decimal mark, or write the numbers without marks between "
        "thousands in both files.",
        column=name,
        decimal=grouped,
    )


def _dates(frame: TableFrame, name: str, cells: TextCells, day_first: bool | None) -> TableColumn:
    found = date_seconds(cells.texts, day_first) if cells.texts else DateTexts(np.empty(0))
    if found is None:
        wrong = np.append([not is_date(text) for text in cells.texts], False)[cells.places]
        if not wrong.any() and day_first is not None and date_seconds(cells.texts) is not None:
            order = ("day", "month") if day_first else ("month", "day")
            raise _no_dates(frame, name, f"elsewhere the {order[0]} comes before the {order[1]}")
        if not wrong.any():
            raise _no_dates(frame, name, "its dates are written in different ways")
        row = int(np.argmax(wrong))
        text = cells.texts[cells.places[row]]
        raise _no_dates(frame, name, f"{quoted(text)} in {frame.word} {frame.lines[row]} is none")
    values = np.append(found.seconds, np.nan)[cells.places]
    note = f"The column {quoted(name)} holds dates. {found.note}" if found.note else ""
    gaps = int(np.isnan(values).sum())
    return TableColumn(name, "date", values, gaps, day_first=found.day_first, note=note)


def _no_dates(frame: TableFrame, name: str, why: str) -> DataError:
    return DataError(
        f"The column {quoted(name)} of {quoted(frame.shown, 120)} cannot be read as dates: {why}.",
        "Dates such as 2024-01-31, 2024-01-31 13:45:00, 31.01.2024 or 01/31/2024 are needed, all "
        "written in the same way.",
        "Mend the column, or give it another type.",
        column=name,
        types=("category",),
    )


def _categories(name: str, cells: TextCells) -> TableColumn:
    order = sorted(range(len(cells.texts)), key=cells.texts.__getitem__)
    ranks = np.full(len(order) + 1, np.nan)
    ranks[order] = np.arange(len(order))
    values = ranks[cells.places]
    texts = tuple(cells.texts[place] for place in order)
    return TableColumn(name, "category", values, int((cells.places < 0).sum()), texts)


def _number_texts(frame: TableFrame, name: str, cells: TextCells) -> DataFinding | None:
    row = number_like(cells, frame.decimal)
    if row is None:
        return None
    marked = grouped_numbers(cells, frame.decimal)
    if marked is not None:
        row = int(np.argmax(cells.places == cells.texts.index(marked.text)))
    values = FrozenMap(
        texts=len(cells.texts),
        text=cells.texts[cells.places[row]],
        number=None if marked is None else marked.value,
        row=int(frame.lines[row]),
        line=frame.word == "line",
        decimal=frame.decimal,
    )
    return DataFinding("number_texts", (name,), values)


def _as_categories(name: str, values: np.ndarray, text_of: Callable[[float], str]) -> TableColumn:
    """Numbers or seconds as categories, in the order of their size."""
    different, places = np.unique(values, return_inverse=True)
    known = different[~np.isnan(different)]
    texts: dict[str, int] = {}
    ranks = np.full(len(different), np.nan)
    for place, value in enumerate(known.tolist()):
        ranks[place] = texts.setdefault(text_of(value), len(texts))
    ranked = ranks[places]
    return TableColumn(name, "category", ranked, int(np.isnan(ranked).sum()), tuple(texts))


def _refuse_other_decimal(frame: TableFrame, name: str, cells: TextCells) -> None:
    other = "," if frame.decimal == "." else "."
    if frame.kind != "text":
        return
    numeric = np.append([number_of(text, other) is not None for text in cells.texts], False)
    shown = numeric[cells.places]
    if int(shown.sum()) * 2 <= int((cells.places >= 0).sum()):
        return
    commas = [text for text in cells.texts if "," in text and number_of(text, other) is not None]
    if commas and all(map(is_grouped, commas)):
        raise DataError(
            f"Column {quoted(name)} holds numbers such as {quoted(commas[0])} in "
            f"{quoted(frame.shown, 120)}, in which the comma may part thousands.",
            "It must be known whether the comma parts thousands or is the decimal mark.",
            "Give the column the type number if it parts thousands, choose ',' as decimal mark if "
            "it is one, give the column the type category, or ignore it.",
            column=name,
            types=("number", "category"),
            decimal=other,
        )
    raise DataError(
        f"Column {quoted(name)} holds numbers with {other!r} as decimal mark ({frame.word} "
        f"{frame.lines[int(np.argmax(shown))]} of {quoted(frame.shown, 120)}), but "
        f"{frame.decimal!r} is set.",
        "All numbers of a table need the same decimal mark.",
        f"Choose {other!r} as decimal mark, give the column the type category, or ignore it.",
        column=name,
        types=("category",),
        decimal=other,
    )


def _infinite(frame: TableFrame, name: str, row: int) -> DataError:
    return DataError(
        f"Column {quoted(name)} holds an infinite value in {frame.word} {frame.lines[row]} of "
        f"{quoted(frame.shown, 120)}.",
        "Finite numbers are needed.",
        "Mend or empty this cell, or ignore the column.",
        column=name,
    )
