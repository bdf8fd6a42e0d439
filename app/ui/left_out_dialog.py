"""The list of what of the data could not be used: files, rows, and why."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from app.core.data_summary import LeftOut
from app.core.number_words import counted
from app.ui.controls import Button, Label
from app.ui.controls.painting import px

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class _Entries(QAbstractTableModel):
    TITLES = ("what", "why it was left out")

    def __init__(self, entries: Sequence[LeftOut], parent: QWidget) -> None:
        super().__init__(parent)
        self._entries = entries

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        entry = self._entries[index.row()]
        return (entry.what, entry.why)[index.column()]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.TITLES[section]
        return None


class LeftOutDialog(QDialog):
    """A table of two columns, and a button that copies it all."""

    def __init__(self, entries: Sequence[LeftOut], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = tuple(entries)
        self.setWindowTitle("Left out")
        table = QTableView()
        table.setObjectName("left_out.table")
        table.setAccessibleName("What was left out, and why")
        table.setModel(_Entries(self._entries, self))
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(px(24))
        table.setColumnWidth(0, px(280))
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        copy, close = Button("Copy the list", "copy"), Button("Close")
        copy.setObjectName("left_out.copy")
        close.setObjectName("left_out.close")
        copy.clicked.connect(self._copy)
        close.clicked.connect(self.reject)
        close.setDefault(True)
        foot = QHBoxLayout()
        foot.addWidget(copy)
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        words = f"{counted(len(self._entries), 'entry', 'entries')} could not be used"
        column.addWidget(Label(words, "title"))
        column.addWidget(table, 1)
        column.addLayout(foot)
        self.resize(px(760), px(480))

    def _copy(self) -> None:
        text = "\n".join(f"{entry.what}\t{entry.why}" for entry in self._entries)
        QGuiApplication.clipboard().setText(text)
