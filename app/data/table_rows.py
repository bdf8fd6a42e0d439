"""Columns side by side: those of a second file below those of the first, without the rows that
lack something.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.table_columns import ColumnType, TableColumn, read_column
from app.data.table_frame import TableFrame

_ROWS_AT_ONCE = 8_192


def united(
    frame: TableFrame, columns: Sequence[TableColumn], other: TableFrame
) -> list[TableColumn]:
    """`columns` of `frame` with those of the same names of `other` below, of the same types.

    Raises:
        DataError: `other` lacks one of them, or holds something else in it.
    """
    places = {name: place for place, name in enumerate(other.names)}
    missing = [column.name for column in columns if column.name not in places]
    if missing:
        raise DataError(
            f"The file {quoted(other.shown, 120)} lacks "
            f"{'the column' if len(missing) == 1 else f'{len(missing)} columns:'} "
            f"{shortened(', '.join(missing), 300)}.",
            f"The same columns are needed as in {quoted(frame.shown, 120)}.",
            "Add what is missing, name the columns alike, or choose another test file.",
        )
    found = [_alike(frame, column, other, places[column.name]) for column in columns]
    return [_below(upper, lower) for upper, lower in zip(columns, found, strict=True)]


def _alike(frame: TableFrame, column: TableColumn, other: TableFrame, place: int) -> TableColumn:
    told: ColumnType = column.type
    try:
        return read_column(other, place, told, column.day_first, column.grouped)
    except DataError as error:
        raise DataError(
            f"{error.happened} In {quoted(frame.shown, 120)} this column holds "
            f"{'categories' if told == 'category' else f'{told}s'}.",
            error.expected,
            error.how_to_fix,
        ) from None


def _below(upper: TableColumn, lower: TableColumn) -> TableColumn:
    gaps = upper.gaps + lower.gaps
    if upper.type != "category" or upper.categories == lower.categories:
        values = np.concatenate([upper.values, lower.values])
        return replace(upper, values=values, gaps=gaps)
    both = {*upper.categories, *lower.categories}
    known = {*upper.categories}
    new = sorted(both - known)
    # Categories that are numbers stand in the order of their size; new ones come behind.
    numeric = list(upper.categories) != sorted(upper.categories)
    texts = [*upper.categories, *new] if numeric else sorted(both)
    places = {text: float(place) for place, text in enumerate(texts)}
    parts = []
    for column in (upper, lower):
        moved = np.array([*(places[text] for text in column.categories), np.nan])
        gap = np.isnan(column.values)
        parts.append(moved[np.where(gap, -1, column.values).astype(np.int64)])
    return replace(upper, values=np.concatenate(parts), gaps=gaps, categories=tuple(texts))


def side_by_side(frame: TableFrame, columns: Sequence[TableColumn]) -> np.ndarray:
    """(rows, columns) float64. Where the table has just these columns next to each other in memory,
    they are not copied.
    """
    first = columns[0].values
    if frame.numbers is not None:
        place = _place(frame.numbers, first)
        if place is not None and all(
            _place(frame.numbers, column.values) == place + number
            for number, column in enumerate(columns)
        ):
            return frame.numbers[:, place : place + len(columns)]
    whole = np.empty((len(first), len(columns)))
    for start in range(0, len(first), _ROWS_AT_ONCE):
        part = slice(start, start + _ROWS_AT_ONCE)
        for number, column in enumerate(columns):
            whole[part, number] = column.values[part]
    return whole


def _place(table: np.ndarray, column: np.ndarray) -> int | None:
    """Which column of `table` this is; None when it is none."""
    if column.strides != table.strides[:1] or column.shape != table.shape[:1]:
        return None
    offset = column.__array_interface__["data"][0] - table.__array_interface__["data"][0]
    place, rest = divmod(offset, table.strides[1]) if table.shape[1] else (0, 1)
    return place if rest == 0 and 0 <= place < table.shape[1] else None


def only(column: TableColumn, rows: np.ndarray | None) -> TableColumn:
    """`column` with some of its rows (bool), and without the categories that occur in none of
    them.
    """
    if rows is None:
        return column
    values = column.values[rows]
    gaps = int(np.isnan(values).sum()) if column.gaps else 0
    if not column.categories:
        return replace(column, values=values, gaps=gaps)
    known = ~np.isnan(values)
    present = np.zeros(len(column.categories), bool)
    present[values[known].astype(np.int64)] = True
    moved = np.append(np.cumsum(present) - 1.0, np.nan)
    values = moved[np.where(known, values, -1).astype(np.int64)]
    kept = zip(column.categories, present.tolist(), strict=True)
    return replace(
        column, values=values, gaps=gaps, categories=tuple(text for text, here in kept if here)
    )
