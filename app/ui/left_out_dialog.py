"""Lists of what the loader has to say: what could not be used and why, and all of its remarks."""

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
MOST_WRAPPED = 500
"""Of so many rows each is as high as its text needs; of more only the tool tips tell all."""


class _Entries(QAbstractTableModel):
    def __init__(
        self, titles: tuple[str, ...], rows: Sequence[tuple[str, ...]], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._titles = titles
        self._rows = rows

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        return self._rows[index.row()][index.column()]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._titles[section]
        return None


class ListDialog(QDialog):
    """A table of texts, and a button that copies it all."""

    def __init__(
        self,
        heading: str,
        titles: tuple[str, ...],
        rows: Sequence[tuple[str, ...]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._rows = tuple(rows)
        self.setWindowTitle(heading)
        table = QTableView()
        table.setObjectName("left_out.table")
        table.setAccessibleName(heading)
        table.setModel(_Entries(titles, self._rows, self))
        table.setShowGrid(False)
        table.setAlternatingRowColors(True)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(px(24))
        if len(self._rows) <= MOST_WRAPPED:
            table.verticalHeader().setMinimumSectionSize(px(24))
            table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.setColumnWidth(0, px(280))
        header = table.horizontalHeader()
        header.setSectionResizeMode(len(titles) - 1, QHeaderView.ResizeMode.Stretch)
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
        column.addWidget(Label(heading, "title"))
        column.addWidget(table, 1)
        column.addLayout(foot)
        self.resize(px(760), px(480))

    def _copy(self) -> None:
        text = "\n".join("\t".join(row) for row in self._rows)
        QGuiApplication.clipboard().setText(text)


class LeftOutDialog(ListDialog):
    """What could not be used, and why."""

    def __init__(self, entries: Sequence[LeftOut], parent: QWidget | None = None) -> None:
        heading = f"{counted(len(entries), 'entry', 'entries')} could not be used"
        rows = [(entry.what, entry.why) for entry in entries]
        super().__init__(heading, ("what", "why it was left out"), rows, parent)


class RemarksDialog(ListDialog):
    """All remarks on the data."""

    def __init__(self, remarks: Sequence[str], parent: QWidget | None = None) -> None:
        rows = [(remark,) for remark in remarks]
        super().__init__(counted(len(rows), "remark"), ("remark",), rows, parent)
