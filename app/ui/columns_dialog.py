"""The list of all columns of a table: roles, types and gaps of many at once."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.number_words import counted
from app.ui.column_entries import ColumnEntry, rows_read
from app.ui.controls import Button, ComboBox, Label, LineEdit, PrimaryButton, plain_tool_tip
from app.ui.controls.painting import color, px
from app.ui.pages.data_columns import LEFT_OUT, MISSING_WORDS, ROLE_WORDS, TYPE_WORDS

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
GUESSED = "guessed"
"""The type that is left to the program."""
NO_CHOICE = ""


class _Columns(QAbstractTableModel):
    TITLES = ("column", "role", "type", "gaps", "what becomes of gaps")

    def __init__(self, entries: Sequence[ColumnEntry], given: set[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.entries = list(entries)
        self.given = given
        self._names = [entry.name.casefold() for entry in entries]
        self.shown: Sequence[int] = range(len(self.entries))

    def search(self, text: str) -> None:
        """Show only the columns whose names hold `text`."""
        wanted = text.casefold()
        self.beginResetModel()
        self.shown = [row for row, name in enumerate(self._names) if wanted in name]
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry, column = self.entries[self.shown[index.row()]], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(entry, column)
        if role == Qt.ItemDataRole.ToolTipRole and column in (0, 3):
            return plain_tool_tip(entry.gaps_of if column else entry.name)
        if role == Qt.ItemDataRole.TextAlignmentRole and column == 3:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            return QBrush(self._ink(entry, column))
        return None

    def _text(self, entry: ColumnEntry, column: int) -> str:
        if column == 0:
            return entry.name
        if column == 1:
            return LEFT_OUT if entry.left_out else entry.role
        if column == 2:
            words = TYPE_WORDS[entry.type]
            return words if entry.name in self.given else f"{words} (guessed)"
        if column == 3:
            return "–" if entry.gaps is None else f"{entry.gaps:,}"
        unasked = entry.left_out or entry.gaps == 0 or entry.role == "ignored"
        return "" if unasked else MISSING_WORDS[entry.missing]

    def _ink(self, entry: ColumnEntry, column: int) -> QColor:
        if entry.role == "ignored" or entry.left_out:
            return color("control_border")
        if entry.role != "feature" and column == 1:
            return color("accent")
        return color("warning" if column == 3 and entry.gaps else "text")

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.TITLES[section]
        if (
            role == Qt.ItemDataRole.ToolTipRole
            and section == 3
            and (rows := rows_read(self.entries))
        ):
            return f"Missing values in all {rows:,} rows read, also in those that are left out."
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section == 3 else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def change(self, rows: Sequence[int], edit: Callable[[ColumnEntry], ColumnEntry]) -> None:
        """Edit these columns, by their places in `entries`."""
        for row in rows:
            self.entries[row] = edit(self.entries[row])
        if self.shown:
            last = self.index(len(self.shown) - 1, len(self.TITLES) - 1)
            self.dataChanged.emit(self.index(0, 0), last)


class ColumnsDialog(QDialog):
    """A list that can be searched; what is chosen below applies to the chosen columns. Nothing is
    changed before OK.

    Args:
        entries: the columns as they are read now.
        given: names of those whose type the user gave.
    """

    def __init__(
        self,
        title: str,
        entries: Sequence[ColumnEntry],
        given: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.columns")
        self.setWindowTitle(f"Columns of {title}")
        self._model = _Columns(entries, set(given), self)
        self._search = LineEdit(icon="search")
        self._search.setObjectName("columns.search")
        self._search.setAccessibleName("Search the columns")
        self._search.setPlaceholderText("Search a name")
        self._search.textChanged.connect(self._searched)
        self._table = self._make_table()
        self._count = Label("", "body", "muted")
        roles = [(role, words[0]) for role, words in ROLE_WORDS.items()]
        types = [(GUESSED, "as guessed"), *TYPE_WORDS.items()]
        self._role = self._choice("columns.role", "Role", roles, self._set_role)
        self._type = self._choice("columns.type", "Type", types, self._set_type)
        self._gaps = self._choice("columns.gaps", "Gaps", MISSING_WORDS.items(), self._set_gaps)
        everything = Button("Choose all", small=True)
        everything.setObjectName("columns.all")
        everything.clicked.connect(self._choose_all)
        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(self._search, 1)
        top.addWidget(everything)
        acts = QHBoxLayout()
        acts.setSpacing(px(8))
        acts.addWidget(self._count, 1)
        for box, width in ((self._role, 116), (self._type, 116), (self._gaps, 210)):
            box.setFixedWidth(px(width))
            acts.addWidget(box)
        self._trouble = Label("", "caption", "error", wrap=True)
        take, cancel = PrimaryButton("OK"), Button("Cancel")
        take.setObjectName("columns.ok")
        cancel.setObjectName("columns.cancel")
        take.setDefault(True)
        take.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self._take = take
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(self._trouble, 1)
        foot.addWidget(cancel)
        foot.addWidget(take)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(20), px(20), px(16))
        column.setSpacing(px(12))
        column.addLayout(top)
        column.addWidget(self._table, 1)
        column.addLayout(acts)
        column.addLayout(foot)
        self.resize(px(820), px(600))
        self._table.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self._selected()
        self._check()

    def entries(self) -> tuple[ColumnEntry, ...]:
        """The columns as they are wanted."""
        return tuple(self._model.entries)

    def given(self) -> frozenset[str]:
        """Names of the columns whose type the user gave."""
        return frozenset(self._model.given)

    def choose(self, names: Sequence[str]) -> None:
        """Choose the columns with these names."""
        wanted = set(names)
        flag = self._table.selectionModel().SelectionFlag
        for row, place in enumerate(self._model.shown):
            if self._model.entries[place].name in wanted:
                index = self._model.index(row, 0)
                self._table.selectionModel().select(index, flag.Select | flag.Rows)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setObjectName("columns.table")
        table.setAccessibleName("Columns")
        table.setModel(self._model)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(px(24))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for number, width in ((1, 90), (2, 156), (3, 80), (4, 200)):
            table.setColumnWidth(number, px(width))
        return table

    def _choice(
        self,
        name: str,
        words: str,
        choices: object,
        chosen: Callable[[str], None],
    ) -> ComboBox:
        box = ComboBox([(NO_CHOICE, f"{words}…"), *choices])  # type: ignore[misc]
        box.setObjectName(name)
        box.setAccessibleName(f"{words} of the chosen columns")

        def take(value: object) -> None:
            box.set_current(NO_CHOICE)
            if value != NO_CHOICE:
                chosen(str(value))
                self._check()

        box.chosen.connect(take)
        return box

    def _choose_all(self) -> None:
        self._table.selectAll()
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _rows(self) -> list[int]:
        """Places of the chosen columns in `entries`."""
        return [
            self._model.shown[row]
            for part in list(self._table.selectionModel().selection())  # type: ignore[call-overload]
            for row in range(part.top(), part.bottom() + 1)
        ]

    def _searched(self, text: str) -> None:
        self._model.search(text)
        self._selected()

    def _selected(self) -> None:
        count = len(self._rows())
        words = f"{counted(count, 'column')} chosen" if count else "Choose columns in the list"
        self._count.setText(words)
        for box in (self._role, self._type, self._gaps):
            box.setEnabled(count > 0)

    def _set_role(self, role: str) -> None:
        self._model.change(self._rows(), lambda entry: replace(entry, role=role, left_out=False))

    def _set_type(self, kind: str) -> None:
        rows = self._rows()
        names = {self._model.entries[row].name for row in rows}
        if kind == GUESSED:
            self._model.given -= names
        else:
            self._model.given |= names

        def edit(entry: ColumnEntry) -> ColumnEntry:
            typed = (entry.guessed or entry.type) if kind == GUESSED else kind
            return _fitting(replace(entry, type=typed))

        self._model.change(rows, edit)

    def _set_gaps(self, way: str) -> None:
        def edit(entry: ColumnEntry) -> ColumnEntry:
            return replace(entry, missing=way) if way in entry.choices else entry

        self._model.change(self._rows(), edit)

    def _check(self) -> None:
        roles = [entry.role for entry in self._model.entries if not entry.left_out]
        trouble = ""
        if "target" not in roles:
            trouble = "No column is a target: make at least one."
        elif "feature" not in roles:
            trouble = "No column is a feature: leave at least one."
        elif roles.count("weight") > 1 or roles.count("time") > 1:
            trouble = "Only one column can be the weight, and one the time."
        self._trouble.setText(trouble)
        self._take.setEnabled(not trouble)

    def accept(self) -> None:
        if self._take.isEnabled():
            super().accept()


def _fitting(entry: ColumnEntry) -> ColumnEntry:
    """With a way for its gaps that its type has."""
    return entry if entry.missing in entry.choices else replace(entry, missing="drop")
