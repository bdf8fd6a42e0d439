"""From a text table and the roles of its columns to samples."""

import dataclasses

import numpy as np

from app.core.data_settings import TableSource
from app.core.data_summary import Task
from app.data.errors import DataError, LoadingStopped
from app.data.progress import Stop, Tell, never, silent
from app.data.raw_data import Column, RawData
from app.data.table_columns import Header, TableColumn, read_columns, read_header
from app.data.text_table import TextTable, read_table

MOST_CATEGORIES = 100
MOST_CLASSES = 1_000
MOST_FEATURES = 20_000
FEWEST_SAMPLES = 2
_ROLES = ("feature", "target", "ignored")


def load_table(source: TableSource, stop: Stop = never, tell: Tell = silent) -> RawData:
    """Read a table; what the source leaves open is guessed.

    Raises:
        DataError: the file cannot be used; the message names line and column.
        LoadingStopped: `stop()` was true.
    """
    table = read_table(source.path, source.separator, source.decimal, source.encoding, stop)
    header = read_header(table)
    features, targets = _roles(table, header, source)
    if len(table.lines) - header.present < FEWEST_SAMPLES:
        raise DataError(
            f"The file {table.shown!r:.120} has {_rows(len(table.lines) - header.present)} "
            "below its header.",
            f"At least {FEWEST_SAMPLES} samples are needed.",
            "Choose a table with more rows.",
        )
    columns = {
        column.name: column
        for column in read_columns(table, header, frozenset((*features, *targets)))
    }
    if stop():
        raise LoadingStopped
    notes = [*_format_notes(source, table), *header.notes]
    kept, left_out = _usable([columns[name] for name in features])
    notes += left_out
    chosen_targets = [columns[name] for name in targets]
    if not kept:
        raise DataError(
            f"The file {table.shown!r:.120} has no column that can serve as a feature.",
            "At least one column of numbers or categories is needed besides the target.",
            "Give another column the role feature.",
        )
    rows, row_notes = _complete_rows(table, header, [*kept, *chosen_targets])
    kept = [_only(column, rows) for column in kept]
    task, y, class_names, target_notes = _targets(
        table.shown, source.task, [_only(column, rows) for column in chosen_targets]
    )
    return RawData(
        title=table.shown,
        task=task,
        x=np.stack([column.values for column in kept], axis=1),
        y=y,
        columns=tuple(Column(column.name, column.categories) for column in kept),
        class_names=class_names,
        target_names=targets,
        notes=(*notes, *row_notes, *target_notes),
    )


def _roles(
    table: TextTable, header: Header, source: TableSource
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(names of the features, names of the targets), in the order of the file."""
    for name, role in source.roles.items():
        if name not in header.names:
            raise DataError(
                f"The file {table.shown!r:.120} has no column {name!r:.60}, "
                "but it was given a role.",
                f"Its columns are: {', '.join(header.names):.400}.",
                "Take the role away, or choose the file that has this column.",
            )
        if role not in _ROLES:
            raise DataError(
                f"The column {name!r:.60} has the role {role!r:.40}.",
                f"A role is one of {', '.join(_ROLES)}.",
                "Choose one of these.",
            )
    targets = tuple(name for name in header.names if source.roles.get(name) == "target")
    if not targets:
        free = [n for n in header.names if n not in source.roles] or [
            n for n in header.names if source.roles[n] != "ignored"
        ]
        targets = tuple(free[-1:])
    features = tuple(
        name
        for name in header.names
        if name not in targets and source.roles.get(name, "feature") == "feature"
    )
    if not targets or not features:
        raise DataError(
            f"The columns of {table.shown!r:.120} leave no {'feature' if targets else 'target'}.",
            "At least one feature and one target are needed.",
            "Change the role of a column.",
        )
    return features, targets


def _format_notes(source: TableSource, table: TextTable) -> list[str]:
    notes = []
    if source.encoding is None and not table.format.encoding.startswith("utf-8"):
        notes.append(f"The text was read as {table.format.encoding}.")
    if source.decimal is None and table.format.decimal == ",":
        notes.append("Numbers were read with a decimal comma.")
    return notes


def _usable(features: list[TableColumn]) -> tuple[list[TableColumn], list[str]]:
    """The columns that can be features, and a note on each that was left out."""
    kept, notes = [], []
    for column in features:
        if column.missing.all():
            notes.append(f"The column {column.name!r:.60} is empty and was left out.")
        elif len(column.categories) > MOST_CATEGORIES:
            notes.append(
                f"The column {column.name!r:.60} was left out: it holds {len(column.categories):,} "
                f"different texts, and at most {MOST_CATEGORIES} can serve as categories."
            )
        else:
            kept.append(column)
    width = sum(max(1, len(column.categories)) for column in kept)
    if width > MOST_FEATURES:
        raise DataError(
            f"The columns make {width:,} features.",
            f"At most {MOST_FEATURES:,} features are possible.",
            "Ignore some columns, first of all those with many categories.",
        )
    return kept, notes


def _complete_rows(
    table: TextTable, header: Header, columns: list[TableColumn]
) -> tuple[np.ndarray, list[str]]:
    """Which rows (bool) lack nothing, and a note on the others."""
    missing = np.zeros(len(columns[0].values), bool)
    for column in columns:
        missing |= column.missing
    lost = int(missing.sum())
    left = len(missing) - lost
    if left < FEWEST_SAMPLES:
        worst = max(columns, key=lambda column: int(column.missing.sum()))
        raise DataError(
            f"Of {_rows(len(missing))} in {table.shown!r:.120} only {left} are complete; "
            f"most values are missing in the column {worst.name!r:.60}.",
            f"At least {FEWEST_SAMPLES} rows without missing values are needed.",
            "Ignore this column, or fill its gaps.",
        )
    if not lost:
        return ~missing, []
    lines = (table.lines[1:] if header.present else table.lines)[missing]
    named = ", ".join(str(line) for line in lines[:5]) + (", ..." if lost > 5 else "")
    return ~missing, [
        f"{_rows(lost)} with missing values {'was' if lost == 1 else 'were'} left out "
        f"({'line' if lost == 1 else 'lines'} {named})."
    ]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _only(column: TableColumn, rows: np.ndarray) -> TableColumn:
    """`column` with some of its rows, and without the categories that occur in none of them."""
    values = column.values[rows]
    if not column.categories:
        return dataclasses.replace(column, values=values)
    present, places = np.unique(values.astype(np.int64), return_inverse=True)
    return TableColumn(
        column.name,
        places.astype(np.float64),
        tuple(column.categories[place] for place in present),
    )


def _targets(
    shown: str, task: Task | None, columns: list[TableColumn]
) -> tuple[Task, np.ndarray, tuple[str, ...], list[str]]:
    """(task, y, class names, notes)."""
    for column in columns:
        if np.all(column.values == column.values[0]):
            raise DataError(
                f"The target {column.name!r:.60} of {shown!r:.120} "
                "has the same value in every row.",
                "A target that varies is needed; else there is nothing to learn.",
                "Choose another column as the target.",
            )
    notes = []
    if task is None:
        task = _guess_task(columns)
        notes.append(f"The task was guessed from the target: {_TASK_WORDS[task]}.")
    if task == "regression":
        return task, _numbers(columns), (), notes
    if len(columns) > 1:
        names = ", ".join(column.name for column in columns)
        raise DataError(
            f"{len(columns)} columns are targets ({names:.200}), but the task is classification.",
            "Classification needs one target column.",
            "Give the other columns another role, or choose regression.",
        )
    y, class_names = _classes(columns[0])
    if task == "binary" and len(class_names) != 2:
        raise DataError(
            f"The target {columns[0].name!r:.60} has {len(class_names)} different values.",
            "A binary task needs exactly two classes.",
            "Choose the task multiclass, or another target.",
        )
    if len(class_names) > MOST_CLASSES:
        raise DataError(
            f"The target {columns[0].name!r:.60} has {len(class_names):,} different values.",
            f"At most {MOST_CLASSES:,} classes are possible.",
            "Choose another target"
            + ("." if columns[0].categories else ", or the task regression."),
        )
    return task, y, class_names, notes


_TASK_WORDS: dict[Task, str] = {
    "binary": "two classes",
    "multiclass": "several classes",
    "regression": "regression",
}


def _guess_task(columns: list[TableColumn]) -> Task:
    """Texts are classes, and so are few different whole numbers that occur three times each."""
    if len(columns) > 1:
        return "regression"
    column = columns[0]
    if column.categories:
        return "binary" if len(column.categories) == 2 else "multiclass"
    different = np.unique(column.values)
    whole = bool(np.all(different == np.rint(different)))
    if whole and len(different) == 2:
        return "binary"
    if whole and len(different) <= 20 and len(different) * 3 <= len(column.values):
        return "multiclass"
    return "regression"


def _numbers(columns: list[TableColumn]) -> np.ndarray:
    for column in columns:
        if column.categories:
            raise DataError(
                f"The target {column.name!r:.60} holds texts such as {column.categories[0]!r:.60}.",
                "Regression needs numbers.",
                "Choose another target, or a task with classes.",
            )
    with np.errstate(over="ignore"):
        y = np.stack([column.values for column in columns], axis=1).astype(np.float32)
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
    return places.astype(np.int32), tuple(f"{value:.15g}" for value in different)
