"""What is to be learned: classes or numbers, from the columns that are targets."""

from dataclasses import dataclass

import numpy as np

from app.core.data_summary import Task
from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.table_columns import TableColumn, number_text

MOST_CLASSES = 1_000
_MOST_GUESSED = 20
_FEW = 1_000
_TASK_WORDS: dict[Task, str] = {
    "binary": "two classes",
    "multiclass": "several classes",
    "regression": "regression",
}


@dataclass(frozen=True)
class Targets:
    """Attributes:
    task: as told or guessed.
    y: (samples,) int32 class numbers, or (samples, targets) float32.
    class_names: in the order of the class numbers; empty for regression.
    notes: remarks in full sentences.
    """

    task: Task
    y: np.ndarray
    class_names: tuple[str, ...]
    notes: tuple[str, ...]


def targets_of(shown: str, task: Task | None, columns: list[TableColumn]) -> Targets:
    """The targets, of which none is missing.

    Args:
        shown: name of the file, for messages.
        task: None: guessed. Texts are classes, and so are few different whole numbers that occur
            three times each.
        columns: at least one.

    Raises:
        DataError: the columns do not suit the task, or have the same value in every row.
    """
    for column in columns:
        first = column.values[0]  # of most columns a few tell already
        if np.all(column.values[:_FEW] == first) and np.all(column.values == first):
            raise DataError(
                f"The target {quoted(column.name)} of {quoted(shown, 120)} has the same value in "
                "every row.",
                "A target that varies is needed; else there is nothing to learn.",
                "Choose another column as the target.",
                column=column.name,
            )
    notes: tuple[str, ...] = ()
    if task is None:
        task = _guessed_task(columns)
        notes = (f"The task was guessed from the target: {_TASK_WORDS[task]}.",)
    if task == "regression":
        return Targets(task, _numbers(columns), (), notes)
    if len(columns) > 1:
        names = ", ".join(column.name for column in columns)
        raise DataError(
            f"{len(columns)} columns are targets ({shortened(names, 200)}), but the task is "
            "classification.",
            "Classification needs one target column.",
            "Give the other columns another role, or choose regression.",
        )
    y, class_names = _classes(columns[0])
    if task == "binary" and len(class_names) != 2:
        raise DataError(
            f"The target {quoted(columns[0].name)} has {len(class_names)} different values.",
            "A binary task needs exactly two classes.",
            "Choose the task multiclass, or another target.",
            column=columns[0].name,
            roles=("feature",),
        )
    if len(class_names) > MOST_CLASSES:
        raise DataError(
            f"The target {quoted(columns[0].name)} has {len(class_names):,} different values.",
            f"At most {MOST_CLASSES:,} classes are possible.",
            "Choose another target"
            + ("." if columns[0].categories else ", or the task regression."),
            column=columns[0].name,
            roles=("feature",),
        )
    return Targets(task, y, class_names, notes)


def _guessed_task(columns: list[TableColumn]) -> Task:
    if len(columns) > 1:
        return "regression"
    column = columns[0]
    if column.categories:
        return "binary" if len(column.categories) == 2 else "multiclass"
    beginning = column.values[:_FEW]
    if column.type == "date" or not _whole(beginning) or len(np.unique(beginning)) > _MOST_GUESSED:
        return "regression"
    if not _whole(column.values):
        return "regression"
    different = np.unique(column.values)
    if len(different) == 2:
        return "binary"
    few = len(different) <= _MOST_GUESSED and len(different) * 3 <= len(column.values)
    return "multiclass" if few else "regression"


def _whole(values: np.ndarray) -> bool:
    return bool(np.all(values == np.rint(values)))


def _numbers(columns: list[TableColumn]) -> np.ndarray:
    for column in columns:
        if column.categories:
            raise DataError(
                f"The target {quoted(column.name)} holds texts such as "
                f"{quoted(column.categories[0])}.",
                "Regression needs numbers.",
                "Choose another target, or a task with classes.",
                column=column.name,
                roles=("feature",),
            )
    with np.errstate(over="ignore"):
        y = np.stack([column.values.astype(np.float32) for column in columns], axis=1)
    if not np.isfinite(y).all():
        raise DataError(
            "A target is too large for the network's numbers.",
            "Numbers up to 3.4e38 fit into 32 bits.",
            "Give the target in another unit.",
        )
    return y


def _classes(column: TableColumn) -> tuple[np.ndarray, tuple[str, ...]]:
    if column.categories:
        return column.values.astype(np.int32), column.categories
    different, places = np.unique(column.values, return_inverse=True)
    return places.astype(np.int32), tuple(number_text(value) for value in different)
