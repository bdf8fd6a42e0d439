"""From an array of targets to classes or numbers."""

from dataclasses import dataclass

import numpy as np

from app.core.data_summary import Task
from app.core.number_words import counted
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.table_columns import number_text

MOST_CLASSES = 1_000
_FEW = 20
_OFTEN = 3


@dataclass(frozen=True)
class ArrayTargets:
    """Attributes:
    task: what kind of target there is.
    y: (samples,) int32 class numbers, or (samples, targets) float32.
    class_names: in the order of the class numbers; empty for regression.
    notes: remarks in full sentences.
    """

    task: Task
    y: np.ndarray
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read_targets(values: np.ndarray, task: Task | None, shown: str) -> ArrayTargets:
    """What an array says of the targets.

    Texts and truth values are classes, and so are rows with a single 1 among zeros (one-hot), whole
    numbers from 0 or 1 on without a gap, and few different whole numbers that occur often.

    Args:
        values: (samples,) or (samples, columns): numbers, truth values or texts.
        task: as the user chose it, or None.
        shown: what the array is called in messages.

    Raises:
        DataError: it cannot serve as the target.
    """
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise DataError(
            f"{shown} has the shape {' × '.join(map(str, values.shape)) or '()'}.",
            "A target is one value for each sample, or a row of values.",
            "Choose another array as the target.",
        )
    if values.dtype.kind == "S":
        values = _decoded(values, shown)
    if values.dtype.kind == "U":
        return _of_texts(values, task, shown)
    _require_finite(values, shown)
    _require_change(values, shown)
    if values.ndim == 2:
        return _of_rows(values, task, shown)
    return _of_numbers(values, task, shown)


def _decoded(values: np.ndarray, shown: str) -> np.ndarray:
    try:
        return np.char.decode(values, "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{shown} holds bytes that are no text: {error.reason}.",
            "Names of classes are texts in UTF-8.",
            "Save them as texts (a NumPy array of str).",
        ) from None


def _require_finite(values: np.ndarray, shown: str) -> None:
    bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
    if bad.any():
        raise DataError(
            f"{shown} lacks a finite value for {counted(int(bad.sum()), 'sample')}, first for "
            f"sample {int(np.argmax(bad)) + 1}.",
            "Each sample needs a target that is a finite number.",
            "Mend these samples, or leave them out of the file.",
        )


def _require_change(values: np.ndarray, shown: str) -> None:
    rows = values.reshape(len(values), -1)
    if (rows == rows[0]).all():
        raise DataError(
            f"{shown} has the same value for every sample.",
            "A target that varies is needed; else there is nothing to learn.",
            "Choose another array as the target.",
        )


def _of_texts(values: np.ndarray, task: Task | None, shown: str) -> ArrayTargets:
    if values.ndim != 1:
        raise DataError(
            f"{shown} holds {values.shape[1]} texts for each sample.",
            "Classification needs one class for each sample.",
            "Choose another array as the target.",
        )
    if task == "regression":
        raise DataError(
            f"{shown} holds texts such as {quoted(str(values[0]))}.",
            "Regression needs numbers.",
            "Choose another target, or a task with classes.",
        )
    _require_change(values, shown)
    names, places = np.unique(values, return_inverse=True)
    return _classes(places, [str(name) for name in names], task, shown, guessed=task is None)


def _of_rows(values: np.ndarray, task: Task | None, shown: str) -> ArrayTargets:
    one_hot = bool(((values == 0) | (values == 1)).all() and (values.sum(axis=1) == 1).all())
    if one_hot and task != "regression":
        names = [str(number) for number in range(values.shape[1])]
        note = f"{shown} holds one-hot rows: class 0 is a 1 in the first column, and so on."
        found = _classes(values.argmax(axis=1), names, task, shown, guessed=False)
        return ArrayTargets(found.task, found.y, found.class_names, (note, *found.notes))
    if task in ("binary", "multiclass"):
        raise DataError(
            f"{shown} has {values.shape[1]} columns that are not one-hot.",
            "Classification needs one class for each sample, or a single 1 in a row of zeros.",
            "Choose regression, or another target.",
        )
    return _regression(values, shown, task is None)


def _of_numbers(values: np.ndarray, task: Task | None, shown: str) -> ArrayTargets:
    different, places = np.unique(values, return_inverse=True)
    if task == "regression" or (task is None and not _are_classes(different, values)):
        return _regression(values.reshape(-1, 1), shown, task is None)
    if values.dtype.kind == "f":
        names = [number_text(value) for value in different.astype(np.float64).tolist()]
    else:
        names = [str(value) for value in different]
    return _classes(places, names, task, shown, guessed=task is None)


def _are_classes(different: np.ndarray, values: np.ndarray) -> bool:
    """Whether numbers look like classes."""
    if values.dtype.kind == "b":
        return True
    count = len(different)
    whole = bool((different == np.rint(different)).all())
    if not whole or count > MOST_CLASSES:
        return False
    without_gap = different[0] in (0, 1) and different[-1] - different[0] == count - 1
    if values.dtype.kind in "iu" and without_gap and 2 * count <= len(values):
        return True
    return count == 2 or (count <= _FEW and _OFTEN * count <= len(values))


def _classes(
    places: np.ndarray, names: list[str], task: Task | None, shown: str, guessed: bool
) -> ArrayTargets:
    if task == "binary" and len(names) != 2:
        raise DataError(
            f"{shown} has {len(names):,} different values.",
            "A binary task needs exactly two classes.",
            "Choose the task multiclass, or another target.",
        )
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"{shown} has {len(names):,} different values.",
            f"At most {MOST_CLASSES:,} classes are possible.",
            "Choose another target, or the task regression.",
        )
    found: Task = task or ("binary" if len(names) == 2 else "multiclass")
    words = "two classes" if found == "binary" else f"{len(names):,} classes"
    notes = (f"The task was guessed from the target: {words}.",) if guessed else ()
    return ArrayTargets(found, places.astype(np.int32), tuple(names), notes)


def _regression(values: np.ndarray, shown: str, guessed: bool) -> ArrayTargets:
    with np.errstate(over="ignore"):
        y = values.astype(np.float32)
    if not np.isfinite(y).all():
        raise DataError(
            f"{shown} holds a value that is too large for the network's numbers.",
            "Numbers up to 3.4e38 fit into 32 bits.",
            "Give the target in another unit.",
        )
    notes = ("The task was guessed from the target: regression.",) if guessed else ()
    return ArrayTargets("regression", y, (), notes)
