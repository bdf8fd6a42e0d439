"""A table in a Parquet file, read by pyarrow; what other programs noted beside it is not used."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.core.short_names import quoted, shortened
from app.data.errors import DataError, LoadingStopped
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.regular_file import MEBIBYTE, open_regular_file, shown_name
from app.data.table_frame import (
    MISSING,
    Cells,
    DateCells,
    TableFrame,
    TextCells,
    header_of,
    number_cells,
)
from app.data.text_table import MOST_COLUMNS, MOST_ROWS, largest_file, refuse_size

_ROWS_AT_ONCE = 65_536
_LONGEST_TEXT = 16 * MEBIBYTE
_INDEX = "__index_level_"
"""How pandas calls the columns in which it keeps numbers of rows."""


def read_parquet(path: str, stop: Stop = never, tell: Tell = silent) -> TableFrame:
    """All rows of the table. Columns of a type that no network can use are left out aloud.

    Raises:
        DataError: pyarrow is not installed, the file is damaged or too large.
        LoadingStopped: `stop()` was true.
    """
    shown = shown_name(path)
    arrow = imported(shown)
    with open_regular_file(path, largest_file()) as (stream, _):
        try:
            with _opened(stream) as file:
                return _read(shown, file, stop, tell)
        except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _damaged(shown, error) from None


def describe_parquet(path: str, rows: int) -> TableFrame:
    """The first rows; raises as `read_parquet` does."""
    shown = shown_name(path)
    arrow = imported(shown)
    with open_regular_file(path, largest_file()) as (stream, _):
        try:
            with _opened(stream) as file:
                return _read(shown, file, never, silent, rows)
        except (arrow.ArrowException, OSError, ValueError, OverflowError) as error:
            raise _damaged(shown, error) from None


def imported(shown: str) -> Any:
    """The package pyarrow.

    Raises:
        DataError: it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise DataError(
            f"The file {quoted(shown, 120)} is a Parquet file, and the package that reads them is "
            "not installed.",
            "The package pyarrow is needed.",
            "Install it with: pip install layerlab[parquet] - or export the table as CSV.",
        ) from None
    return pyarrow


def _damaged(shown: str, error: Exception) -> DataError:
    reason = " ".join(str(error).split())
    return DataError(
        f"The Parquet file {quoted(shown, 120)} cannot be read: {shortened(reason, 200)}.",
        "An undamaged Parquet file is needed that is not encrypted.",
        "Write the file again, or export the table as CSV.",
    )


def _opened(stream: Any) -> Any:
    import pyarrow.parquet

    return pyarrow.parquet.ParquetFile(
        stream,
        memory_map=False,
        pre_buffer=False,
        thrift_string_size_limit=100_000_000,
        thrift_container_size_limit=5_000_000,
        arrow_extensions_enabled=False,
    )


def _read(shown: str, file: Any, stop: Stop, tell: Tell, most: int | None = None) -> TableFrame:
    schema = file.schema_arrow
    _refuse_unfit(shown, file, len(schema))
    kinds = {place: _kind(field.type) for place, field in enumerate(schema)}
    usable = [
        place
        for place, field in enumerate(schema)
        if kinds[place] is not None and not field.name.startswith(_INDEX)
    ]
    header = header_of([schema[place].name for place in usable], ".", True)
    gathered = [_KINDS[kinds[place] or "number"]() for place in usable]
    total, rows = file.metadata.num_rows, 0
    wanted = [schema[place].name for place in usable]
    if len(set(schema.names)) < len(schema):
        raise DataError(
            f"The Parquet file {quoted(shown, 120)} has several columns of the same name.",
            "Each column needs a name of its own.",
            "Rename them, or export the table as CSV.",
        )
    for batch in file.iter_batches(min(_ROWS_AT_ONCE, most or _ROWS_AT_ONCE), columns=wanted):
        if stop():
            raise LoadingStopped
        rows += len(batch)
        if rows > MOST_ROWS:
            raise _too_many_rows(shown)
        for column, name in zip(gathered, wanted, strict=True):
            column.add(batch.column(batch.schema.get_field_index(name)))
        tell(LoadingProgress(f"Reading the table, {rows:,} rows", min(1.0, rows / max(total, 1))))
        if most is not None and rows >= most:
            break
    odd = [
        field.name
        for place, field in enumerate(schema)
        if kinds[place] is None and not field.name.startswith(_INDEX)
    ]
    notes = header.notes
    if odd:
        named = ", ".join(shortened(name) for name in odd[:5]) + (", ..." if len(odd) > 5 else "")
        told = (
            "The column was left out, since it holds"
            if len(odd) == 1
            else ("Columns were left out, since they hold")
        )
        notes = (*notes, f"{told} neither numbers, texts nor dates: {named}.")
    return TableFrame(
        "parquet",
        shown,
        header.names,
        tuple(column.cells() for column in gathered),
        np.arange(1, rows + 1),
        notes=notes,
    )


def _refuse_unfit(shown: str, file: Any, columns: int) -> None:
    """What its beginning claims is looked at before anything is unpacked."""
    metadata = file.metadata
    if columns > MOST_COLUMNS:
        raise DataError(
            f"The file {quoted(shown, 120)} has {columns:,} columns.",
            f"At most {MOST_COLUMNS:,} columns can be read.",
            "Leave columns out.",
        )
    if metadata.num_rows > MOST_ROWS:
        raise _too_many_rows(shown)
    refuse_size(shown, metadata.num_rows, columns)
    size = 0
    for group in range(metadata.num_row_groups):
        found = metadata.row_group(group)
        size += sum(
            max(0, found.column(c).total_uncompressed_size) for c in range(found.num_columns)
        )
    if size > largest_file():
        raise DataError(
            f"The file {quoted(shown, 120)} unpacks to {size / MEBIBYTE:,.0f} MiB.",
            f"At most {largest_file() / MEBIBYTE:,.0f} MiB can be used on this computer.",
            "Use a part of the file.",
        )


def _too_many_rows(shown: str) -> DataError:
    return DataError(
        f"The file {quoted(shown, 120)} has more than {MOST_ROWS:,} rows.",
        f"At most {MOST_ROWS:,} rows can be read.",
        "Use a part of the file.",
    )


def _kind(found: Any) -> str | None:
    """How cells of an Arrow type are read; None: not at all."""
    import pyarrow.types as types

    if types.is_dictionary(found):
        return _kind(found.value_type)
    if types.is_integer(found) or types.is_floating(found) or types.is_decimal(found):
        return "number"
    if types.is_null(found):
        return "number"
    if types.is_string(found) or types.is_large_string(found) or types.is_boolean(found):
        return "text"
    return "date" if types.is_timestamp(found) or types.is_date(found) else None


class _Numbers:
    def __init__(self) -> None:
        self._parts = [np.empty(0)]

    def add(self, column: Any) -> None:
        self._parts.append(_as_floats(column))

    def cells(self) -> Cells:
        return number_cells(np.concatenate(self._parts))


class _Dates(_Numbers):
    def add(self, column: Any) -> None:
        import pyarrow as arrow

        whole = column.cast(arrow.timestamp("us", getattr(column.type, "tz", None)), safe=False)
        self._parts.append(_as_floats(whole.cast(arrow.int64())) / 1e6)

    def cells(self) -> Cells:
        return DateCells(np.concatenate(self._parts))


class _Texts:
    def __init__(self) -> None:
        self._parts = [np.empty(0, np.int32)]
        self._known: dict[str, int] = {}

    def add(self, column: Any) -> None:
        import pyarrow.compute as compute
        import pyarrow.types as types

        if types.is_boolean(column.type):  # as they stand in texts and workbooks
            column = compute.if_else(column, "True", "False")
        if not types.is_dictionary(column.type):
            column = column.dictionary_encode()
        places = [self._place(text) for text in column.dictionary.to_pylist()]
        indices = _as_floats(column.indices)
        moved = np.array([*places, -1], np.int32)
        self._parts.append(moved[np.where(np.isnan(indices), -1, indices).astype(np.int64)])

    def _place(self, text: object) -> int:
        slim = str(text).strip()[:_LONGEST_TEXT]
        return (
            -1
            if text is None or slim in MISSING
            else self._known.setdefault(slim, len(self._known))
        )

    def cells(self) -> Cells:
        return TextCells(np.concatenate(self._parts), tuple(self._known))


_KINDS: dict[str, Callable[[], "_Numbers | _Texts"]] = {
    "number": _Numbers,
    "date": _Dates,
    "text": _Texts,
}


def _as_floats(column: Any) -> np.ndarray:
    """(rows,) float64, NaN where nothing is known."""
    import pyarrow as arrow
    import pyarrow.types as types

    if types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if types.is_null(column.type):
        return np.full(len(column), np.nan)
    floats = column.cast(arrow.float64(), safe=False)
    return np.asarray(floats.to_numpy(zero_copy_only=False), np.float64)
