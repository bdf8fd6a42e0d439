"""The columns that weight samples and put them into order."""

import numpy as np

from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.table_columns import TableColumn
from app.data.table_frame import TableFrame


class Places:
    """Where a row stands, for messages."""

    def __init__(self, frame: TableFrame, test: TableFrame | None) -> None:
        self._frame = frame
        self._test = test

    def __call__(self, row: int) -> str:
        """Line 12 of a file."""
        frame = self._frame
        if self._test is not None and row >= len(frame):
            row -= len(frame)
            frame = self._test
        return f"{frame.word} {frame.lines[row]} of {quoted(frame.shown, 120)}"


def weights_of(
    where: Places, column: TableColumn, rows: np.ndarray | None, told: frozenset[str]
) -> np.ndarray:
    """(samples,) float32, how often each counts.

    Args:
        where: says for messages where a row stands.
        column: that has the role weight.
        rows: which of its rows (bool) are samples; None: all.
        told: names of the columns whose type was told.

    Raises:
        DataError: it holds no numbers, a negative one, or nothing but 0.
    """
    if column.type != "number":
        raise _refused(
            column, "weight", "A weight is a number, 0 or more: how often a sample counts.", told
        )
    values = column.values
    negative = values < 0
    if negative.any():
        row = int(np.argmax(negative))
        raise DataError(
            f"The weight {values[row]:g} in {where(row)} is negative (column "
            f"{quoted(column.name)}).",
            "A weight is a number, 0 or more: how often a sample counts.",
            "Mend this cell, or give the column another role.",
            column=column.name,
            roles=("feature",),
        )
    kept = values if rows is None else values[rows]
    with np.errstate(over="ignore"):
        weights = kept.astype(np.float32)
    if not np.isfinite(weights).all() or not weights.any():
        raise DataError(
            f"The weights in the column {quoted(column.name)} are "
            f"{'all 0' if not weights.any() else 'too large for 32 bits'}.",
            "At least one sample must count, and numbers up to 3.4e38 are possible.",
            "Give the weights in another unit, or give the column another role.",
            column=column.name,
            roles=("feature",),
        )
    return weights


def times_of(column: TableColumn, rows: np.ndarray | None, told: frozenset[str]) -> np.ndarray:
    """(samples,) float64, by which samples are put into order; else as `weights_of`."""
    if column.type == "category":
        expected = "Dates such as 2024-01-31 or 31.01.2024, or numbers, put samples into order."
        raise _refused(column, "time", expected, told)
    values = column.values if rows is None else column.values[rows]
    return np.array(values, np.float64)


def _refused(column: TableColumn, role: str, expected: str, told: frozenset[str]) -> DataError:
    """For what its column holds, or for the type that was chosen for it."""
    chosen = column.name in told
    if chosen:
        why = f"it was given the type {column.type}"
    elif column.type == "date":
        why = "it holds dates"
    else:
        why = f"it holds texts such as {quoted(column.categories[0])}"
    return DataError(
        f"The column {quoted(column.name)} has the role {role}, but {why}.",
        expected,
        "Give it the type number, or another role."
        if chosen
        else "Choose another column, or give this one another role.",
        column=column.name,
        types=("number",) if chosen else (),
        roles=("feature",),
    )
