"""Tables in files of every kind that can be read, told by their first bytes, and kept as long as
they do not change.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from app.core.data_settings import TableSource
from app.core.memory_size import memory_limit
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.progress import Stop, Tell, never, silent
from app.data.regular_file import FileStamp, open_regular_file, shown_name, stamp_of
from app.data.table_frame import FileKind, TableFrame
from app.data.text_table import largest_file, read_text_table

_MARKS: tuple[tuple[bytes, FileKind], ...] = ((b"PAR1", "parquet"), (b"PK\x03\x04", "excel"))
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_SHARE_KEPT = 0.25


@dataclass(frozen=True)
class TableForm:
    """How a table is to be read; what is None is guessed. As in `TableSource`."""

    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    header: bool | None = None
    sheet: str | None = None
    skip_rows: int | None = None


GUESSED = TableForm()
"""All of it is guessed."""


def form_of(source: TableSource) -> TableForm:
    """What `source` says of the form of its files."""
    return TableForm(**{field.name: getattr(source, field.name) for field in fields(TableForm)})


def kind_of_file(path: str) -> FileKind:
    """By the first bytes, whatever the name says.

    Raises:
        DataError: it cannot be read, or is a workbook in the format of old Excel versions.
    """
    with open_regular_file(path, largest_file()) as (file, _):
        beginning = file.read(8)
    if beginning.startswith(_OLD_WORKBOOK):
        raise DataError(
            f"The file {quoted(shown_name(path), 120)} is a workbook in the format of old Excel "
            "versions (.xls), or one that is protected by a password.",
            "A workbook in the format .xlsx without a password is needed, or a text file.",
            "Open it in a spreadsheet program and save it as .xlsx or as CSV.",
        )
    return next((kind for mark, kind in _MARKS if beginning.startswith(mark)), "text")


def holds_workbook(content: bytes) -> bool:
    """Whether a file is an Excel workbook, as other zip archives are not."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def read_frame(
    path: str,
    form: TableForm,
    stop: Stop = never,
    tell: Tell = silent,
    fewest_columns: int = 2,
) -> TableFrame:
    """All rows of a table.

    Raises:
        DataError: the file cannot be read; the message names the line.
        LoadingStopped: `stop()` was true.
    """
    kind = kind_of_file(path)
    if kind == "parquet":
        from app.data.parquet_table import read_parquet

        return read_parquet(path, stop, tell)
    if kind == "excel":
        from app.data.excel_table import read_workbook

        return read_workbook(path, form.sheet, form.header, form.skip_rows, stop, tell)
    frame, found = read_text_table(
        path,
        form.separator,
        form.decimal,
        form.encoding,
        form.header,
        stop,
        tell,
        fewest_columns,
        form.skip_rows,
    )
    notes = []
    if form.encoding is None and not found.encoding.startswith("utf-8"):
        notes.append(f"The text was read as {found.encoding}.")
    if form.decimal is None and found.decimal == ",":
        notes.append("Numbers were read with a decimal comma.")
    return replace(frame, notes=(*frame.notes, *notes))


class TableShelf:
    """Keeps the tables that were read last, so that another role of a column reads nothing anew.

    A file whose size or time of change is another is read again. It is used in one thread.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, TableForm], tuple[FileStamp, TableFrame]] = {}

    def frame(self, path: str, form: TableForm, stop: Stop, tell: Tell) -> TableFrame:
        """As `read_frame`."""
        key = (path, form)
        kept = self._kept.pop(key, None)
        stamp = stamp_of(path)
        if kept is not None and kept[0] == stamp:
            self._kept[key] = kept
            return kept[1]
        kept = None
        frame = read_frame(path, form, stop, tell)
        room = _SHARE_KEPT * memory_limit() - frame.nbytes
        if stamp is not None and room >= 0:
            self._make_room(room)
            self._kept[key] = (stamp, frame)
        return frame

    def at_hand(self, path: str | None, form: TableForm) -> TableFrame | None:
        """The table as it was read last, if it is still kept."""
        kept = None if path is None else self._kept.get((path, form))
        return None if kept is None else kept[1]

    def _make_room(self, room: float) -> None:
        """Forget the oldest: of two tables, a training and a test file, one may stay."""
        while self._kept and (
            len(self._kept) > 1 or sum(kept[1].nbytes for kept in self._kept.values()) > room
        ):
            del self._kept[next(iter(self._kept))]


ReadFrame = Callable[[str, TableForm, Stop, Tell], TableFrame]
