"""From a table and the roles of its columns to samples."""

from collections import Counter
from dataclasses import dataclass
from typing import cast

import numpy as np

from app.core.data_findings import DataFinding
from app.core.data_settings import MISSING, ROLES, TYPES, TableSource
from app.core.frozen import FrozenMap
from app.core.short_names import quoted, shortened
from app.data.errors import DataError, LoadingStopped
from app.data.progress import Stop, Tell, never, silent
from app.data.raw_data import TEST, Column, Missing, RawData
from app.data.table_columns import ColumnType, TableColumn, read_column
from app.data.table_files import ReadFrame, form_of, read_frame
from app.data.table_frame import NumberCells, TableFrame
from app.data.table_rows import only, side_by_side, united
from app.data.table_targets import targets_of
from app.data.weight_and_time import Places, times_of, weights_of

MOST_CATEGORIES = 100
MOST_FEATURES = 20_000
FEWEST_SAMPLES = 2


def load_table(
    source: TableSource, stop: Stop = never, tell: Tell = silent, read: ReadFrame = read_frame
) -> RawData:
    """Read a table; what the source leaves open is guessed.

    Args:
        source: which file, and what its columns are for.
        stop: asked from time to time whether to give up.
        tell: told how far it is.
        read: gives the table of a file, perhaps as it was read before.

    Raises:
        DataError: the file cannot be used; the message names line and column.
        LoadingStopped: `stop()` was true.
    """
    frame = read(source.path, form_of(source), stop, tell)
    _refuse_unknown(frame, source)
    test = None if source.test_path is None else read(source.test_path, form_of(source), stop, tell)
    _refuse_few_rows(frame)
    roles = _sorted(frame, source, stop)
    _ask(stop)
    if test is not None:
        roles = _with_test(frame, roles, test, stop)
    _ask(stop)
    return _raw_data(source, frame, test, roles, stop)


@dataclass(frozen=True)
class _Roles:
    """The columns by their roles.

    Attributes:
        ignored: names of columns that nobody asked for, or that cannot serve.
        notes: why not.
        findings: columns of texts that look like numbers.
    """

    features: list[TableColumn]
    targets: list[TableColumn]
    weight: TableColumn | None
    time: TableColumn | None
    ignored: tuple[str, ...]
    notes: list[str]
    findings: tuple[DataFinding, ...]

    @property
    def single(self) -> list[TableColumn]:
        """Weight and time, as far as there are such."""
        return [column for column in (self.weight, self.time) if column is not None]


def _ask(stop: Stop) -> None:
    if stop():
        raise LoadingStopped


def _refuse_unknown(frame: TableFrame, source: TableSource) -> None:
    """Names of columns, roles, types and ways to fill gaps that there are not."""
    tables: tuple[tuple[FrozenMap, str, tuple[str, ...]], ...] = (
        (source.roles, "role", ROLES),
        (source.types, "type", TYPES),
        (source.missing, "way to treat gaps", MISSING),
    )
    for chosen, what, known in tables:
        for name, value in chosen.items():
            if name not in frame.names:
                raise DataError(
                    f"The file {quoted(frame.shown, 120)} has no column {quoted(name)}, "
                    f"but it was given a {what}.",
                    f"Its columns are: {shortened(', '.join(frame.names), 400)}.",
                    f"Take the {what} away, or choose the file that has this column. If these are "
                    "not the names of its columns, correct Skip rows or what the first row is.",
                )
            if value not in known:
                raise DataError(
                    f"The column {quoted(name)} has the {what} {quoted(value, 40)}.",
                    f"A {what} is one of {', '.join(known)}.",
                    "Choose one of these.",
                )
    for role in ("weight", "time"):
        columns = [name for name in frame.names if source.roles.get(name) == role]
        if len(columns) > 1:
            raise DataError(
                f"{len(columns)} columns have the role {role}: "
                f"{shortened(', '.join(columns), 300)}.",
                f"At most one column can be the {role}.",
                "Give the others another role.",
            )


def _refuse_few_rows(frame: TableFrame) -> None:
    if len(frame) < FEWEST_SAMPLES:
        raise DataError(
            f"The file {quoted(frame.shown, 120)} has {_rows(len(frame))} below its header.",
            f"At least {FEWEST_SAMPLES} samples are needed.",
            "Choose a table with more rows.",
        )


def _sorted(frame: TableFrame, source: TableSource, stop: Stop) -> _Roles:
    """The columns by their roles. Without a target the last column is one that has no role, is not
    empty and holds no dates.
    """
    chosen = source.roles
    types = cast("dict[str, ColumnType]", dict(source.types))
    columns = []
    for place, name in enumerate(frame.names):
        if chosen.get(name) != "ignored":
            _ask(stop)
            told = types.get(name)
            marks = frame.decimal if told == "number" else None
            columns.append(read_column(frame, place, told, grouped=marks))
    targets = [column for column in columns if chosen.get(column.name) == "target"]
    if not targets:
        free = [c for c in columns if c.name not in chosen] or [
            c for c in columns if chosen[c.name] == "feature"
        ]
        filled = [c for c in free if c.gaps < len(c.values)] or free
        targets = ([c for c in filled if c.type != "date"] or filled)[-1:]
    taken = {column.name for column in targets}
    rest = [column for column in columns if column.name not in taken]
    single = {chosen[c.name]: c for c in rest if chosen.get(c.name) in ("weight", "time")}
    candidates = [c for c in rest if chosen.get(c.name, "feature") == "feature"]
    if not targets or not candidates:
        raise DataError(
            f"The columns of {quoted(frame.shown, 120)} leave no "
            f"{'feature' if targets else 'target'}.",
            "At least one feature and one target are needed.",
            "Change the role of a column.",
        )
    _refuse_numbers_as_dates(frame, candidates, chosen)
    features, notes = _usable(candidates, frozenset(chosen))
    notes += [column.note for column in (*targets, *features, *single.values()) if column.note]
    if not features:
        raise DataError(
            f"The file {quoted(frame.shown, 120)} has no column that can serve as a feature.",
            "At least one column of numbers or categories is needed besides the target.",
            "Give another column the role feature.",
        )
    kept = taken | {c.name for c in (*features, *single.values())}
    ignored = tuple(name for name in frame.names if name not in kept)
    findings = tuple(column.finding for column in columns if column.finding is not None)
    weight, time = single.get("weight"), single.get("time")
    return _Roles(features, targets, weight, time, ignored, notes, findings)


def _refuse_numbers_as_dates(
    frame: TableFrame, features: list[TableColumn], chosen: FrozenMap
) -> None:
    """New data would not tell that the numbers of such a feature are dates."""
    for column in features:
        if column.type != "date" or column.name not in chosen:
            continue
        if isinstance(frame.cells[frame.names.index(column.name)], NumberCells):
            raise DataError(
                f"The column {quoted(column.name)} holds numbers that are to be dates, and is a "
                "feature.",
                "Numbers are dates only in the column that orders the samples.",
                "Give the column the type number, or the role time.",
            )


def _usable(
    features: list[TableColumn], told: frozenset[str]
) -> tuple[list[TableColumn], list[str]]:
    """The columns that can be features, and a note on each that was left out."""
    kept, notes = [], []
    empty = []
    for column in features:
        if column.gaps == len(column.values):
            empty.append(column.name)
        elif len(column.categories) > MOST_CATEGORIES:
            notes.append(
                f"The column {quoted(column.name)} was left out: it holds "
                f"{len(column.categories):,} different texts, and at most {MOST_CATEGORIES} can "
                "serve as categories."
            )
        elif column.type == "date" and column.name not in told:
            notes.append(
                f"The column {quoted(column.name)} holds dates and was left out; with the role "
                "time it orders the samples, with the role feature it is a number, seconds since "
                "1970."
            )
        else:
            kept.append(column)
    if len(empty) == 1:
        notes.append(f"The column {quoted(empty[0])} is empty and was left out.")
    elif empty:
        named = ", ".join(quoted(name) for name in empty[:5])
        more = ", ..." if len(empty) > 5 else ""
        notes.append(f"{len(empty)} columns are empty and were left out ({named}{more}).")
    width = sum(max(1, len(column.categories)) for column in kept)
    if width > MOST_FEATURES:
        raise DataError(
            f"The columns make {width:,} features.",
            f"At most {MOST_FEATURES:,} features are possible.",
            "Ignore some columns, first of all those with many categories.",
        )
    return kept, notes


def _with_test(frame: TableFrame, roles: _Roles, test: TableFrame, stop: Stop) -> _Roles:
    """The columns with those of the test file below."""

    def below(columns: list[TableColumn]) -> list[TableColumn]:
        _ask(stop)
        return united(frame, columns, test)

    if not len(test):
        raise DataError(
            f"The test file {quoted(test.shown, 120)} has no rows below its header.",
            "At least one sample is needed.",
            "Choose another test file.",
        )
    united(frame, [*roles.features, *roles.targets, *roles.single], test)  # tells all at once
    return _Roles(
        below(roles.features),
        below(roles.targets),
        None if roles.weight is None else below([roles.weight])[0],
        None if roles.time is None else below([roles.time])[0],
        roles.ignored,
        roles.notes,
        roles.findings,
    )


def _raw_data(
    source: TableSource, frame: TableFrame, test: TableFrame | None, roles: _Roles, stop: Stop
) -> RawData:
    rows, row_notes = _complete_rows(source, frame, test, roles)
    _ask(stop)
    features = [only(column, rows) for column in roles.features]
    x = side_by_side(frame, features)
    _ask(stop)
    targets = targets_of(frame.shown, source.task, [only(column, rows) for column in roles.targets])
    lines = frame.lines if test is None else np.concatenate([frame.lines, test.lines])
    parts = None
    if test is not None:
        parts = np.full(len(lines), -1, np.int8)
        parts[len(frame) :] = TEST
        parts = parts if rows is None else parts[rows]
        row_notes += _test_notes(test, parts, targets.y, targets.class_names)
    where, told = Places(frame, test), frozenset(source.types)
    weights = None if roles.weight is None else weights_of(where, roles.weight, rows, told)
    return RawData(
        title=frame.shown,
        task=targets.task,
        x=x,
        y=targets.y,
        columns=tuple(
            Column(
                column.name,
                column.categories,
                cast("Missing", source.missing.get(column.name, "drop")),
                column.day_first,
                column.grouped,
            )
            for column in features
        ),
        class_names=targets.class_names,
        target_names=tuple(column.name for column in roles.targets),
        notes=(*frame.notes, *roles.notes, *row_notes, *targets.notes),
        weights=weights,
        times=None if roles.time is None else times_of(roles.time, rows, told),
        parts=parts,
        row_numbers=lines if rows is None else lines[rows],
        row_word=frame.word,
        test_file="" if test is None else test.shown,
        gaps=tuple(
            (column.name, column.gaps)
            for column in (*roles.features, *roles.targets, *roles.single)
            if column.gaps
        ),
        rows_with_gaps=0 if rows is None else int((~rows).sum()),
        ignored=roles.ignored,
        findings=roles.findings,
    )


def _complete_rows(
    source: TableSource, frame: TableFrame, test: TableFrame | None, roles: _Roles
) -> tuple[np.ndarray | None, list[str]]:
    """(which rows (bool) lack nothing that is not filled, None: all; notes on the others)."""
    needed = [c for c in roles.features if source.missing.get(c.name, "drop") == "drop"]
    needed = [c for c in (*needed, *roles.targets, *roles.single) if c.gaps]
    if not needed:
        return None, []
    missing = np.zeros(len(needed[0].values), bool)
    for column in needed:
        missing |= column.missing
    lost = int(missing.sum())
    left = len(missing) - lost
    if left < FEWEST_SAMPLES:
        worst = max(needed, key=lambda column: column.gaps)
        raise DataError(
            f"Of {_rows(len(missing))} in {quoted(frame.shown, 120)} only {left} are complete; "
            f"most values are missing in the column {quoted(worst.name)}.",
            f"At least {FEWEST_SAMPLES} rows without missing values are needed.",
            "Ignore this column, or fill its gaps.",
            column=worst.name,
        )
    notes = []
    upper = missing[: len(frame)]
    for table, lacking in ((frame, upper), (test, missing[len(frame) :])):
        count = int(lacking.sum())
        if table is not None and count:
            lines = table.lines[lacking]
            named = ", ".join(str(line) for line in lines[:5]) + (", ..." if count > 5 else "")
            word = table.word if count == 1 else f"{table.word}s"
            of_test = "" if table is frame else f" of {shortened(table.shown)}"
            notes.append(
                f"{_rows(count)}{of_test} with missing values "
                f"{'was' if count == 1 else 'were'} left out ({word} {named})."
            )
    return ~missing, notes


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _test_notes(
    test: TableFrame, parts: np.ndarray, y: np.ndarray, class_names: tuple[str, ...]
) -> list[str]:
    notes = [
        f"{_rows(int((parts == TEST).sum()))} of {shortened(test.shown, 120)} are the test part."
    ]
    if class_names:
        counts = Counter(y[parts != TEST].tolist())
        only_there = [name for number, name in enumerate(class_names) if not counts[number]]
        if only_there:
            notes.append(
                "The test file holds classes that the other does not: "
                f"{shortened(', '.join(only_there), 300)}."
            )
    return notes
