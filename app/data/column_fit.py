"""What the training part tells of each column: its categories, and what its gaps become."""

from dataclasses import dataclass, replace

import numpy as np

from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.raw_data import Column, RawData
from app.data.sample_places import place_of
from app.data.samples import in_memory

GAP_CATEGORY = "(missing)"
"""The category that gaps make up where they are one of their own."""

_HOW = {"mean": "mean", "median": "median", "most_frequent": "most frequent value"}


@dataclass(frozen=True)
class FittedColumns:
    """Attributes:
    columns: with the categories that the training part holds.
    fill: as in `FittedPreprocessing`; empty where no column is filled.
    notes: remarks in full sentences.
    """

    columns: tuple[Column, ...]
    fill: tuple[float | None, ...] = ()
    notes: tuple[str, ...] = ()


def fit_columns(raw: RawData, training: np.ndarray) -> FittedColumns:
    """Categories and fillings of a table as its training part has them.

    The fillings are those of scikit-learn's SimpleImputer; of several values that are equally
    frequent the smallest, or the first category, is taken.

    Args:
        raw: the source; of pictures nothing is fitted.
        training: (n,) rows of the training part.

    Raises:
        DataError: a column that is to be filled has no value in the training part, or is filled in
            a way that its type does not know; a value is missing where gaps are not filled. Where
            all columns are numbers and none is filled, `refuse_gaps` tells it: nothing is fitted
            then, and who measures the numbers finds out on the way.
    """
    if all(column.missing == "drop" and not column.categories for column in raw.columns):
        return FittedColumns(raw.columns)
    x = in_memory(raw.x)
    with np.errstate(over="ignore", invalid="ignore"):  # a sum tells in no time that there is none
        gaps = np.flatnonzero(np.isnan(x).any(axis=0)) if np.isnan(x.sum()) else ()
    with_gaps = {int(index) for index in gaps}
    columns, fill, notes = [], [], []
    for index, column in enumerate(raw.columns):
        value: float | None = None
        if column.missing == "drop" and index in with_gaps:
            _refuse(raw, column, x[:, index])
        if column.missing == "category" and not column.categories:
            raise _wrong_way(column, "numbers", "mean, median or most_frequent")
        if column.categories or column.missing != "drop":
            values = x[training, index]
            known = values[~np.isnan(values)] if index in with_gaps else values
            column, notes_of = _seen(column, known)
            notes += notes_of
            if column.missing != "drop":
                column, value = _filling(column, known, len(known) < len(values))
                value += 0.0  # which makes -0 to 0
                if index in with_gaps:
                    notes.append(_fill_note(column, value))
        columns.append(column)
        fill.append(value)
    filled = tuple(fill) if any(value is not None for value in fill) else ()
    return FittedColumns(tuple(columns), filled, tuple(notes))


def refuse_gaps(raw: RawData) -> None:
    """Raise DataError when a value is missing in a column whose gaps are not filled."""
    for index, column in enumerate(raw.columns):
        values = in_memory(raw.x)[:, index]
        if column.missing == "drop" and np.isnan(values).any():
            _refuse(raw, column, values)


def _seen(column: Column, known: np.ndarray) -> tuple[Column, list[str]]:
    """`column` with the categories among `known`, and notes on the others."""
    if not column.categories:
        return column, []
    present = np.zeros(len(column.categories), bool)
    present[known.astype(np.int64)] = True
    names = list(zip(column.categories, present.tolist(), strict=True))
    kept = tuple(name for name, here in names if here)
    absent = [name for name, here in names if not here]
    if not kept and column.missing != "category":
        raise _empty(column)
    return replace(column, categories=kept), _absent_notes(column, absent)


def _absent_notes(column: Column, absent: list[str]) -> list[str]:
    if not absent:
        return []
    if len(absent) == 1:
        return [
            f"{column.name} = {absent[0]} does not occur in the training part; "
            "where it occurs, all categories of this column are 0."
        ]
    named = ", ".join(shortened(name, 40) for name in absent[:5]) + (", ..." if absent[5:] else "")
    return [
        f"{len(absent)} categories of {column.name} ({named}) do not occur in the training part; "
        "where they occur, all categories of this column are 0."
    ]


def _filling(column: Column, known: np.ndarray, gaps: bool) -> tuple[Column, float]:
    """The column, perhaps with a category for gaps, and what a gap becomes."""
    if column.missing == "category":
        if not gaps:
            return column, -1.0
        name = GAP_CATEGORY
        while name in column.categories:
            name += "'"
        categories = (*column.categories, name)
        return replace(column, categories=categories), float(len(categories) - 1)
    if not len(known):
        raise _empty(column)
    if column.missing == "most_frequent":
        values, counts = np.unique(known, return_counts=True)
        value = float(values[np.argmax(counts)])
        if column.categories:  # places among all categories, of which the seen ones are left
            value = float(np.searchsorted(values, value))
        return column, value
    if column.categories:
        raise _wrong_way(column, "categories", "most_frequent or category")
    return column, float(known.mean() if column.missing == "mean" else np.median(known))


def _fill_note(column: Column, value: float | None) -> str:
    if column.missing == "category":
        if value == -1.0:
            return (
                f"Gaps in {column.name} do not occur in the training part; there all categories of "
                "this column are 0."
            )
        return f"Gaps in {column.name} are a category of their own."
    assert value is not None
    shown = column.categories[int(value)] if column.categories else f"{value:.6g}"
    return (
        f"Gaps in {column.name} are filled with {shown}, the {_HOW[column.missing]} in the "
        "training part."
    )


def _refuse(raw: RawData, column: Column, values: np.ndarray) -> None:
    row = int(np.argmax(np.isnan(values)))
    raise DataError(
        f"{place_of(raw, row)} lacks a value in the column {quoted(column.name)}.",
        "Each sample needs a value in each column whose gaps are not filled.",
        "Choose how gaps of this column are filled, or leave the sample out.",
    )


def _empty(column: Column) -> DataError:
    return DataError(
        f"The column {quoted(column.name)} has no value in the training part.",
        f"To fill its gaps with the {_HOW.get(column.missing, 'value')}, at least one is needed.",
        "Ignore this column, or make the training part larger.",
    )


def _wrong_way(column: Column, holds: str, ways: str) -> DataError:
    return DataError(
        f"The column {quoted(column.name)} holds {holds}, and its gaps are to become: "
        f"{column.missing}.",
        f"Gaps among {holds} can become: {ways}.",
        "Choose one of these, or another type of the column.",
    )
