"""Samples to predict for: read from a table or an array, prepared as the training part was."""

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.core.number_words import counted
from app.core.short_names import quoted, shortened
from app.data.array_file import LARGEST_ARRAY, NPY_MAGIC, ZIP_MAGIC, array_from
from app.data.errors import DataError
from app.data.excel_table import sheet_names
from app.data.picture_form import Color, PictureForm
from app.data.picture_walk import are_pictures
from app.data.preprocessing import BYTE_MAXIMUM, FittedPreprocessing
from app.data.progress import Stop, never
from app.data.regular_file import read_regular_file
from app.data.table_columns import ColumnType, TableColumn, read_column, read_columns
from app.data.table_files import GUESSED, TableForm, holds_workbook, read_frame
from app.data.table_frame import TableFrame


@dataclass(frozen=True)
class PredictionInputs:
    """Samples without targets, in the order of the file; read-only arrays.

    Attributes:
        x: (samples, *input_shape) float32, preprocessed.
        raw: the same before preprocessing, categories encoded.
        notes: remarks in full sentences (columns that were not used, categories never seen).
        names: of the files, where each sample is a picture of its own; else empty.
    """

    x: np.ndarray
    raw: np.ndarray
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)


def read_prediction_inputs(
    path: str,
    preprocessing: FittedPreprocessing,
    form: TableForm = GUESSED,
    stop: Stop = never,
) -> PredictionInputs:
    """Read a table, `.npy` or `.npz` file (told by its first bytes) and prepare its samples.

    A table has the columns that the network was trained on, by name and in any order (others are
    ignored), or without a header exactly these in the same order; for pictures one column a pixel,
    row by row. An array has the shape (samples, *input_shape), or is one sample, or has its
    pictures flattened. A picture file, or a folder of them, is brought to size and color as in the
    training.

    Args:
        path: of the file or folder.
        preprocessing: as fitted for the training; tells which columns are needed.
        form: of a table, as that of the training data was told. A workbook with a single sheet may
            call it otherwise.
        stop: asked from time to time whether to give up.

    Raises:
        DataError: the file cannot be read or does not fit; says what is missing.
        LoadingStopped: `stop()` was true.
    """
    if are_pictures(path):
        return _from_pictures(path, preprocessing, stop)
    data = read_regular_file(path, LARGEST_ARRAY)
    notes: tuple[str, ...] = ()
    if data.startswith((NPY_MAGIC, ZIP_MAGIC)) and not holds_workbook(data):
        raw = _fitting(array_from(data, path), preprocessing, Path(path).name)
        if not any(column.categories for column in preprocessing.columns):
            raw = preprocessing.encode(raw)  # whose columns are the features: gaps are filled
    else:
        if form.sheet is not None and holds_workbook(data) and len(sheet_names(path)) == 1:
            form = replace(form, sheet=None)
        del data
        table = read_frame(path, form, stop, fewest_columns=1)
        raw, notes = _from_table(table, preprocessing)
    if len(raw) == 0:
        raise DataError(
            f"The file {quoted(Path(path).name, 120)} holds no samples.",
            "At least one sample is needed.",
            "Choose a file with samples.",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        x = preprocessing.transform(raw)
    bad = ~np.isfinite(x.reshape(len(x), -1)).all(axis=1)
    if bad.any():
        raise DataError(
            f"Sample {int(np.argmax(bad)) + 1} of {quoted(Path(path).name, 120)} holds a value "
            "that is missing, infinite or too large.",
            "Finite numbers are needed that fit into 32 bits.",
            "Mend or remove this sample.",
        )
    x.setflags(write=False)
    raw.setflags(write=False)
    return PredictionInputs(x, raw, notes)


def _from_pictures(path: str, preprocessing: FittedPreprocessing, stop: Stop) -> PredictionInputs:
    shape, maximum = preprocessing.input_shape, preprocessing.maximum
    if len(shape) != 3 or shape[2] not in (1, 3) or maximum is None:
        raise DataError(
            f"{quoted(Path(path).name, 120)} is a picture or a folder.",
            "The network was trained on arrays of which nothing says how they look as pictures."
            if len(shape) == 3
            else "The network was not trained on pictures.",
            "Choose a table, an .npy or an .npz file.",
        )
    from app.data.picture_prediction import read_pictures

    color: Color = "rgb" if shape[2] == 3 else "grayscale"
    form = PictureForm(shape[0], shape[1], color, preprocessing.picture_fit)
    found = read_pictures(path, form, stop)
    raw = found.pixels
    if maximum != BYTE_MAXIMUM:
        raw = raw * np.float32(maximum / BYTE_MAXIMUM)
    x = preprocessing.transform(raw)
    x.setflags(write=False)
    raw.setflags(write=False)
    return PredictionInputs(x, raw, found.notes, found.names)


def _channels_last(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """`array` turned when its pictures come channels first, as `array_source` turns them."""
    if len(shape) != 3 or shape[2] >= min(shape[:2]):
        return array
    first = (shape[2], *shape[:2])
    if array.shape[-3:] != first or array.ndim not in (3, 4) or array.shape[1:] == shape:
        return array
    return np.moveaxis(array, -3, -1)


def _fitting(array: np.ndarray, preprocessing: FittedPreprocessing, shown: str) -> np.ndarray:
    """`array` as (samples, *input_shape)."""
    shape = preprocessing.input_shape
    array = _channels_last(array, shape)
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
            f"The array in {quoted(shown, 120)} has the shape "
            f"{shortened(' × '.join(str(side) for side in array.shape) or '()', 120)}.",
            f"The shape {wanted} is needed.",
            "Reshape the array, or choose the file that belongs to this network.",
        )
    with np.errstate(over="ignore"):  # what is too large becomes infinite; callers look
        # In as many bits as `array_source` reads them.
        return array.astype(np.float64 if len(shape) == 1 else np.float32).reshape(samples, *shape)


def _from_table(
    table: TableFrame, preprocessing: FittedPreprocessing
) -> tuple[np.ndarray, tuple[str, ...]]:
    if not preprocessing.columns:
        return _pictures(table, preprocessing)
    wanted = [column.name for column in preprocessing.columns]
    if not table.header and len(table.names) == len(wanted):
        table = replace(table, names=tuple(wanted))
    missing = [name for name in wanted if name not in table.names]
    if missing:
        raise DataError(
            f"The file {quoted(table.shown, 120)} lacks "
            f"{'the column' if len(missing) == 1 else f'{len(missing)} columns:'} "
            f"{shortened(', '.join(missing), 300)}.",
            f"The network was trained on: {shortened(', '.join(wanted), 400)}.",
            "Add what is missing, or name the columns as in the training data.",
        )
    types: dict[str, ColumnType] = {
        c.name: "category" for c in preprocessing.columns if c.categories
    }
    orders = {column.name: column.day_first for column in preprocessing.columns}
    marks = {column.name: column.grouped for column in preprocessing.columns}
    types |= {name: "number" for name, mark in marks.items() if mark is not None}
    found_columns = read_columns(table, frozenset(wanted), types, orders, marks)
    read = {column.name: column for column in found_columns}
    fill = preprocessing.fill or (None,) * len(wanted)
    values, notes = [], list(table.notes)
    for column, filled in zip(preprocessing.columns, fill, strict=True):
        found = read[column.name]
        if filled is None:
            _refuse_missing(table, found)
        elif found.gaps:
            notes.append(
                f"{counted(found.gaps, 'gap')} in {column.name} "
                f"{'is' if found.gaps == 1 else 'are'} filled as in the training."
            )
        if column.categories:
            places, unknown = _places(found, column.categories)
            if unknown:
                notes.append(
                    f"{column.name}: {shortened(', '.join(unknown), 200)} did not occur in the "
                    "training part; there all categories of this column are 0."
                )
            values.append(places)
        else:
            values.append(_as_numbers(table, found).values)
    unused = [name for name in table.names if name not in wanted]
    if unused:
        notes.append(f"Not used: {shortened(', '.join(unused), 300)}.")
    return preprocessing.encode(np.stack(values, axis=1)), tuple(notes)


def _as_numbers(table: TableFrame, column: TableColumn) -> TableColumn:
    """A column where the network expects numbers: texts such as true and false are such too."""
    if not column.categories:
        return column
    try:
        return read_column(table, table.names.index(column.name), "number")
    except DataError:
        raise DataError(
            f"The column {quoted(column.name)} of {quoted(table.shown, 120)} holds texts such as "
            f"{quoted(column.categories[0])}.",
            "The network was trained on numbers in this column.",
            "Mend the column, or choose another decimal mark.",
        ) from None


def _pictures(
    table: TableFrame, preprocessing: FittedPreprocessing
) -> tuple[np.ndarray, tuple[str, ...]]:
    pixels = math.prod(preprocessing.input_shape)
    if len(table.names) != pixels:
        raise DataError(
            f"The file {quoted(table.shown, 120)} has {len(table.names):,} columns.",
            f"A picture of {' × '.join(str(s) for s in preprocessing.input_shape)} needs "
            f"{pixels:,} columns, one a pixel, row by row.",
            "Remove other columns, or save the pictures as an array with numpy.save.",
        )
    columns = read_columns(table, frozenset(table.names))
    for column in columns:
        _refuse_missing(table, column)
        if column.categories:
            raise DataError(
                f"The column {quoted(column.name)} of {quoted(table.shown, 120)} holds texts such "
                f"as {quoted(column.categories[0])}.",
                "Pixels are numbers.",
                "Mend the column.",
            )
    raw = np.stack([column.values for column in columns], axis=1).astype(np.float32)
    return raw.reshape(-1, *preprocessing.input_shape), table.notes


def _refuse_missing(table: TableFrame, column: TableColumn) -> None:
    if column.gaps:
        raise DataError(
            f"The column {quoted(column.name)} lacks a value in {table.word} "
            f"{table.lines[int(np.argmax(column.missing))]} of {quoted(table.shown, 120)}.",
            "Each sample needs a value in each column that the network was trained on.",
            f"Fill the gap or remove the {table.word}.",
        )


def _places(column: TableColumn, known: tuple[str, ...]) -> tuple[np.ndarray, list[str]]:
    """(place of each value among the known categories, -1 where it is none of them, NaN where it is
    missing; the values that are not known).
    """
    places = {name: float(place) for place, name in enumerate(known)}
    moved = np.array([*(places.get(text, -1.0) for text in column.categories), np.nan])
    values = moved[np.where(column.missing, -1, column.values).astype(np.int64)]
    return values, sorted(text for text in column.categories if text not in places)
