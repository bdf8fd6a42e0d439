"""Samples to predict for: read from a table or an array, prepared as the training part was."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.data.array_file import LARGEST_ARRAY, NPY_MAGIC, ZIP_MAGIC, array_from
from app.data.errors import DataError
from app.data.preprocessing import FittedPreprocessing
from app.data.regular_file import read_regular_file
from app.data.table_columns import Header, TableColumn, read_columns, read_header
from app.data.text_table import TextTable, read_table


@dataclass(frozen=True)
class PredictionInputs:
    """Samples without targets, in the order of the file; read-only arrays.

    Attributes:
        x: (samples, *input_shape) float32, preprocessed.
        raw: the same before preprocessing, categories encoded.
        notes: remarks in full sentences (columns that were not used, categories never seen).
    """

    x: np.ndarray
    raw: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)


def read_prediction_inputs(
    path: str,
    preprocessing: FittedPreprocessing,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    stop: Callable[[], bool] | None = None,
) -> PredictionInputs:
    """Read a CSV, `.npy` or `.npz` file (told by its first bytes) and prepare its samples.

    A table has the columns that the network was trained on, by name and in any order (others are
    ignored), or without a header exactly these in the same order; for pictures one column a pixel,
    row by row. An array has the shape (samples, *input_shape), or is one sample, or has its
    pictures flattened.

    Args:
        path: of the file.
        preprocessing: as fitted for the training; tells which columns are needed.
        separator, decimal, encoding: as in `TableSource`; guessed when None.
        stop: asked from time to time whether to give up.

    Raises:
        DataError: the file cannot be read or does not fit; says what is missing.
        LoadingStopped: `stop()` was true.
    """
    data = read_regular_file(path, LARGEST_ARRAY)
    notes: tuple[str, ...] = ()
    if data.startswith((NPY_MAGIC, ZIP_MAGIC)):
        raw = _fitting(array_from(data, path), preprocessing, Path(path).name)
    else:
        del data
        table = read_table(path, separator, decimal, encoding, stop, fewest_columns=1)
        raw, notes = _from_table(table, preprocessing)
    if len(raw) == 0:
        raise DataError(
            f"The file {Path(path).name!r:.120} holds no samples.",
            "At least one sample is needed.",
            "Choose a file with samples.",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        x = preprocessing.transform(raw)
    bad = ~np.isfinite(x.reshape(len(x), -1)).all(axis=1)
    if bad.any():
        raise DataError(
            f"Sample {int(np.argmax(bad)) + 1} of {Path(path).name!r:.120} holds a value that is "
            "missing, infinite or too large.",
            "Finite numbers are needed that fit into 32 bits.",
            "Mend or remove this sample.",
        )
    x.setflags(write=False)
    raw.setflags(write=False)
    return PredictionInputs(x, raw, notes)


def _fitting(array: np.ndarray, preprocessing: FittedPreprocessing, shown: str) -> np.ndarray:
    """`array` as (samples, *input_shape)."""
    shape = preprocessing.input_shape
    forms = {shape, (math.prod(shape),)}
    if shape[-1] == 1:
        forms.add(shape[:-1])
    if array.shape[1:] in forms and array.ndim >= 1:
        samples = len(array)
    elif array.shape in forms:
        samples = 1
    else:
        wanted = " × ".join(("samples", *(str(side) for side in shape)))
        raise DataError(
            f"The array in {shown!r:.120} has the shape "
            f"{' × '.join(str(side) for side in array.shape) or '()':.120}.",
            f"The shape {wanted} is needed.",
            "Reshape the array, or choose the file that belongs to this network.",
        )
    kind = np.float32 if len(shape) == 3 and array.dtype.itemsize < 8 else np.float64
    return array.astype(kind).reshape(samples, *shape)


def _from_table(
    table: TextTable, preprocessing: FittedPreprocessing
) -> tuple[np.ndarray, tuple[str, ...]]:
    header = read_header(table)
    if not preprocessing.columns:
        return _pictures(table, header, preprocessing)
    wanted = [column.name for column in preprocessing.columns]
    if not header.present and len(header.names) == len(wanted):
        header = Header(tuple(wanted), present=False, notes=header.notes)
    missing = [name for name in wanted if name not in header.names]
    if missing:
        raise DataError(
            f"The file {table.shown!r:.120} lacks "
            f"{'the column' if len(missing) == 1 else f'{len(missing)} columns:'} "
            f"{', '.join(missing):.300}.",
            f"The network was trained on: {', '.join(wanted):.400}.",
            "Add what is missing, or name the columns as in the training data.",
        )
    read = {column.name: column for column in read_columns(table, header, frozenset(wanted))}
    lines = _lines(table, header)
    values, notes = [], list(header.notes)
    for column in preprocessing.columns:
        found = read[column.name]
        _refuse_missing(table, found, lines)
        if column.categories:
            places, unknown = _places(found, column.categories)
            if unknown:
                notes.append(
                    f"{column.name}: {', '.join(unknown):.200} did not occur in the training part; "
                    "there all categories of this column are 0."
                )
            values.append(places)
        elif found.categories:
            raise DataError(
                f"The column {column.name!r:.60} of {table.shown!r:.120} holds texts such as "
                f"{found.categories[0]!r:.60}.",
                "The network was trained on numbers in this column.",
                "Mend the column, or choose another decimal mark.",
            )
        else:
            values.append(found.values)
    unused = [name for name in header.names if name not in wanted]
    if unused:
        notes.append(f"Not used: {', '.join(unused):.300}.")
    return preprocessing.encode(np.stack(values, axis=1)), tuple(notes)


def _pictures(
    table: TextTable, header: Header, preprocessing: FittedPreprocessing
) -> tuple[np.ndarray, tuple[str, ...]]:
    pixels = math.prod(preprocessing.input_shape)
    if len(header.names) != pixels:
        raise DataError(
            f"The file {table.shown!r:.120} has {len(header.names):,} columns.",
            f"A picture of {' × '.join(str(s) for s in preprocessing.input_shape)} needs "
            f"{pixels:,} columns, one a pixel, row by row.",
            "Remove other columns, or save the pictures as an array with numpy.save.",
        )
    columns = read_columns(table, header, frozenset(header.names))
    lines = _lines(table, header)
    for column in columns:
        _refuse_missing(table, column, lines)
        if column.categories:
            raise DataError(
                f"The column {column.name!r:.60} of {table.shown!r:.120} holds texts such as "
                f"{column.categories[0]!r:.60}.",
                "Pixels are numbers.",
                "Mend the column.",
            )
    raw = np.stack([column.values for column in columns], axis=1).astype(np.float32)
    return raw.reshape(-1, *preprocessing.input_shape), header.notes


def _lines(table: TextTable, header: Header) -> np.ndarray:
    return table.lines[1:] if header.present else table.lines


def _refuse_missing(table: TextTable, column: TableColumn, lines: np.ndarray) -> None:
    if column.missing.any():
        raise DataError(
            f"The column {column.name!r:.60} lacks a value in line "
            f"{lines[int(np.argmax(column.missing))]} of {table.shown!r:.120}.",
            "Each sample needs a value in each column that the network was trained on.",
            "Fill the gap or remove the line.",
        )


def _places(column: TableColumn, known: tuple[str, ...]) -> tuple[np.ndarray, list[str]]:
    """(place of each value among the known categories or -1, the values that are not known)."""
    if column.categories:
        texts = np.array(column.categories, object)[column.values.astype(np.int64)]
    else:  # categories that look like numbers, such as postal codes
        texts = np.array([f"{value:.15g}" for value in column.values], object)
    places = {name: float(place) for place, name in enumerate(known)}
    unknown = sorted({text for text in texts if text not in places})
    return np.array([places.get(text, -1.0) for text in texts], np.float64), unknown
