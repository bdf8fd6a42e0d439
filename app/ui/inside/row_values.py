"""Columns of a table and the features that a network gets of them. Pure NumPy."""

from dataclasses import dataclass

import numpy as np

from app.data.prepared import PreparedData
from app.data.preprocessing import FittedPreprocessing
from app.ui.pages.data_numbers import number_text

NONE_OF_THEM = -1


@dataclass(frozen=True)
class RowColumn:
    """One column; `categories` is empty for numbers."""

    name: str
    categories: tuple[str, ...] = ()


def columns_of(data: PreparedData) -> tuple[RowColumn, ...]:
    """The columns that make up a row; of an array without names its numbers."""
    fitted = data.preprocessing
    if fitted.columns:
        return tuple(RowColumn(column.name, column.categories) for column in fitted.columns)
    names = data.summary.feature_names
    count = fitted.input_shape[0]
    if len(names) != count:
        names = tuple(f"input {number}" for number in range(1, count + 1))
    return tuple(map(RowColumn, names))


def cells_of(fitted: FittedPreprocessing, features: np.ndarray) -> np.ndarray:
    """The columns of one row whose features (features,) are known: numbers, and of a category its
    place or `NONE_OF_THEM`.
    """
    if not fitted.columns:
        return np.asarray(features, float)
    cells, start = [], 0
    for column in fitted.columns:
        width = len(column.categories) or 1
        part = features[start : start + width]
        start += width
        if not column.categories:
            cells.append(float(part[0]))
        else:
            cells.append(float(part.argmax() if part.max() > 0.5 else NONE_OF_THEM))
    return np.array(cells)


def cell_texts(columns: tuple[RowColumn, ...], cells: np.ndarray) -> list[tuple[str, str]]:
    """(name, value) of each column, for the screen."""
    return [
        (column.name, _text(column, float(cell)))
        for column, cell in zip(columns, cells, strict=True)
    ]


def _text(column: RowColumn, cell: float) -> str:
    if column.categories:
        return column.categories[int(cell)] if cell >= 0 else "none of them"
    return number_text(cell, whole=cell.is_integer())
