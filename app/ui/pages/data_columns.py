"""What can be set of the columns of a table, in words; the menu of one column."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, Signal, SignalInstance
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.core.data_settings import DataSource, TableSource
from app.core.short_names import shortened
from app.ui.column_entries import ColumnEntry

ROLE_WORDS = {
    "feature": ("feature", "The network gets it."),
    "target": ("target", "The network learns to tell it."),
    "weight": ("weight", "How much each row counts in the loss."),
    "time": ("time", "Puts the rows into order where the split goes by time."),
    "ignored": ("ignored", "Not used at all."),
}
LEFT_OUT = "left out"
"""What is said of a column that could not be used."""
ALSO = "also"
"""The choice "target, too": a target beside those that there are."""
TYPE_WORDS = {"number": "number", "category": "category", "date": "date"}
MISSING_WORDS = {
    "drop": "leave the row out",
    "mean": "fill with the mean",
    "median": "fill with the median",
    "most_frequent": "fill with the most frequent",
    "category": "a category of its own",
}
"""What becomes of a gap."""
_FILLED = {
    "mean": "filled with the mean",
    "median": "filled with the median",
    "most_frequent": "filled with the most frequent",
    "category": "a category of their own",
}


def lost_fills(before: DataSource | None, after: DataSource) -> str:
    """What is told when gaps are no longer filled because a column has another type; or ""."""
    if not isinstance(before, TableSource) or not isinstance(after, TableSource):
        return ""
    lost = [
        f"The gaps of {shortened(name, 40)} can no longer be {_FILLED[str(way)]}"
        for name, way in before.missing.items()
        if way != "drop" and name not in after.missing
        if before.types.get(name) != after.types.get(name)
    ]
    return f"{', '.join(lost)}: rows with gaps there are left out" if lost else ""


def type_text(entry: ColumnEntry) -> str:
    """The words for leaving the type to the program."""
    return f"as guessed: {TYPE_WORDS[entry.guessed]}" if entry.guessed else "as guessed"


class ColumnMenu(QObject):
    """The menu of one column: its role, its type, what becomes of its gaps.

    Signals:
        role_chosen(column, role), type_chosen(column, type or ""), missing_chosen(column, way):
        the user chose; an empty type leaves it to the program.
        list_requested(): the list of all columns is wanted.
    """

    role_chosen = Signal(str, str)
    type_chosen = Signal(str, str)
    missing_chosen = Signal(str, str)
    list_requested = Signal()

    def open(
        self, entry: ColumnEntry, several: bool, given_type: str | None, at: QPoint, parent: QWidget
    ) -> None:
        """Show the menu at `at` on the screen.

        Args:
            several: whether another column is a target.
            given_type: the type that the user gave it.
        """
        menu = QMenu(parent)
        menu.setObjectName("data.column_menu")
        roles = [(role, words[0]) for role, words in ROLE_WORDS.items()]
        if several and entry.role != "target":
            roles.insert(2, (ALSO, "target, too"))
        role = "" if entry.left_out else entry.role
        self._add(menu, "Role", roles, role, self.role_chosen, entry.name)
        types = [("", type_text(entry)), *TYPE_WORDS.items()]
        self._add(menu, "Type", types, given_type or "", self.type_chosen, entry.name)
        ways = [(way, MISSING_WORDS[way]) for way in entry.choices]
        gaps = "Gaps" if entry.gaps is None else f"Gaps ({entry.gaps:,} of {entry.rows:,})"
        self._add(menu, gaps, ways, entry.missing, self.missing_chosen, entry.name)
        menu.addSeparator()
        more = menu.addAction("All columns…")
        more.setObjectName("data.column_menu.all")
        more.triggered.connect(self.list_requested)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _add(
        self,
        menu: QMenu,
        title: str,
        choices: Sequence[tuple[str, str]],
        current: str,
        signal: SignalInstance,
        column: str,
    ) -> None:
        inner = menu.addMenu(title)
        inner.setObjectName(f"data.column_menu.{title.split(' ', maxsplit=1)[0].lower()}")
        group = QActionGroup(inner)
        for value, text in choices:
            action = inner.addAction(text)
            action.setObjectName(f"{inner.objectName()}.{value or 'guessed'}")
            action.setCheckable(True)
            action.setChecked(value == current)
            group.addAction(action)
            action.triggered.connect(lambda _on=False, v=value: signal.emit(column, v))
