"""The runs of the journal as a table model: any number of them costs a view nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt

from app.journal.entries import Entry
from app.ui.controls import plain_tool_tip
from app.ui.controls.numbered_rows import LEFT, RIGHT, ROOT, Index, NumberedRows
from app.ui.runs.run_words import (
    ending_text,
    kind_text,
    metric_text,
    score_text,
    searched,
    seconds_text,
    when_text,
)

_ROLE = Qt.ItemDataRole
ENTRY = int(_ROLE.UserRole)
"""The role of the whole `Entry`."""


class Column:
    """One column: how a run is written there, and what it is sorted by."""

    def __init__(
        self,
        name: str,
        title: str,
        text: Callable[[Entry], str],
        key: Callable[[Entry], Any],
        *,
        right: bool = False,
        help_text: str = "",
    ) -> None:
        self.name, self.title, self.text, self.key = name, title, text, key
        self.right, self.help_text = right, help_text


COLUMNS = (
    Column("number", "Run", lambda e: str(e.number), lambda e: e.number, right=True),
    Column(
        "name",
        "Name",
        lambda e: e.title,
        lambda e: (e.name.casefold(), e.part, e.begun_at, e.trial),
    ),
    Column("kind", "From", kind_text, kind_text),
    Column("data", "Data", lambda e: e.data, lambda e: e.data.casefold()),
    Column(
        "score",
        "Score",
        score_text,
        lambda e: e.score,
        right=True,
        help_text="The first metric, or the loss, over the validation part at the best epoch; of "
        "a trial the mean of its folds and their standard deviation. Without a validation part "
        "there is none.",
    ),
    Column("metric", "Metric", metric_text, metric_text),
    Column("epochs", "Epochs", lambda e: f"{e.epochs:,}", lambda e: e.epochs, right=True),
    Column("seconds", "Time", lambda e: seconds_text(e.seconds), lambda e: e.seconds, right=True),
    Column("ending", "Ended", ending_text, ending_text),
    Column("started", "Started", lambda e: when_text(e.started_at), lambda e: e.started_at),
    Column(
        "notes", "Notes", lambda e: " ".join(e.notes.split())[:200], lambda e: e.notes.casefold()
    ),
)
PLACES = {column.name: place for place, column in enumerate(COLUMNS)}


class RunsModel(NumberedRows):
    """Rows in the order that was asked for; a run that only came on keeps its row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.column, self.descending = PLACES["number"], True
        self._entries: dict[int, Entry] = {}
        self._searched: dict[int, str] = {}
        self._text, self._kind, self._data = "", "", ""

    # ---- what is shown
    def show(self, entries: Sequence[Entry]) -> None:
        """Show these runs; what is filtered and sorted stays so."""
        before = self._entries
        self._entries = {entry.number: entry for entry in entries}
        for number, entry in before.items():
            if self._entries.get(number) != entry:
                self._searched.pop(number, None)
        self._renew(changed=True)

    def sort_by(self, column: int, descending: bool) -> None:
        self.column, self.descending = column, descending
        self._renew()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)

    def filter_by(self, text: str, kind: str, data: str) -> None:
        """Only runs in which all words of `text` occur, of this kind and on these data; "" for
        any.
        """
        self._text, self._kind, self._data = text, kind, data
        self._renew()

    @property
    def entries(self) -> dict[int, Entry]:
        """All of them, by number."""
        return self._entries

    def _ordered(self) -> list[int]:
        words = self._text.casefold().split()
        found = [
            entry
            for entry in self._entries.values()
            if (not self._kind or entry.kind == self._kind)
            and (not self._data or entry.data == self._data)
            and (not words or self._has(entry, words))
        ]
        key = COLUMNS[self.column].key
        known = [entry for entry in found if key(entry) is not None]
        rest = [entry.number for entry in found if key(entry) is None]
        known.sort(key=lambda entry: (key(entry), entry.number), reverse=self.descending)
        return [*(entry.number for entry in known), *rest]

    def _has(self, entry: Entry, words: list[str]) -> bool:
        text = self._searched.get(entry.number)
        if text is None:
            text = self._searched[entry.number] = searched(entry)
        return all(word in text for word in words)

    def _renew(self, *, changed: bool = False) -> None:
        order = self._ordered()
        self.reorder(order, 0 if changed and order else None, len(order) - 1)

    # ---- what a view asks
    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.order):
            return None
        entry, column = self._entries[self.order[index.row()]], COLUMNS[index.column()]
        if role == _ROLE.DisplayRole:
            return column.text(entry)
        if role == ENTRY:
            return entry
        if role == _ROLE.TextAlignmentRole:
            return RIGHT if column.right else LEFT
        if role == _ROLE.ToolTipRole:
            whole = f"{entry.title}\n{entry.file}".strip()
            text = {"notes": entry.notes, "ending": entry.sentence, "name": whole}
            return plain_tool_tip(text.get(column.name) or column.text(entry))
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == _ROLE.DisplayRole:
            arrow = ("↓" if self.descending else "↑") if section == self.column else ""
            return f"{column.title} {arrow}".rstrip()
        if role == _ROLE.TextAlignmentRole:
            return RIGHT if column.right else LEFT
        if role == _ROLE.ToolTipRole:
            return plain_tool_tip(column.help_text)
        return None
