"""What a plot shows, as a table: for screen readers, for CSV files and for the clipboard."""

import csv
import io
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTableView, QVBoxLayout, QWidget

from app.ui.controls import Button, Label
from app.ui.controls.painting import px

_NO_PARENT = QModelIndex()


@dataclass(frozen=True)
class PlotTable:
    """A title, headers, and rows of numbers and texts; None for an empty cell."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]

    def csv(self) -> str:
        """The table as CSV with commas; numbers with all their digits, texts never as formulas."""
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([_harmless(header) for header in self.headers])
        writer.writerows([[_harmless(cell) for cell in row] for row in self.rows])
        return lines.getvalue()


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return "" if cell is None else cell


def cell_text(cell: object) -> str:
    """A cell as it is shown."""
    if cell is None:
        return ""
    return f"{float(cell):.6g}" if isinstance(cell, float | np.floating) else str(cell)


class PlotTableModel(QAbstractTableModel):
    """A `PlotTable` for a view; any number of rows costs nothing."""

    def __init__(self, table: PlotTable) -> None:
        super().__init__()
        self._table = table

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._table.headers)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        cell = self._table.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell_text(cell)
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(cell, str):
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._table.headers[section] if orientation == Qt.Orientation.Horizontal else None


class _CopyingTable(QTableView):
    def __init__(self, table: PlotTable, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self._table.csv())
        else:
            super().keyPressEvent(event)


class TableDialog(QDialog):
    """A plot's table in a window that stays open beside it."""

    def __init__(self, table: PlotTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plot_table")
        self.setWindowTitle(table.title)
        self.setAccessibleName(f"{table.title}, table")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.view = _CopyingTable(table, self)
        self.view.setObjectName("plot_table.rows")
        self.view.setAccessibleName(table.title)
        model = PlotTableModel(table)
        model.setParent(self.view)
        self.view.setModel(model)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(px(24))
        self.view.resizeColumnsToContents()
        self.title = Label(table.title, "subject", elide=True)
        self.title.setObjectName("plot_table.title")
        self.copy_button = Button("Copy as CSV", "copy", small=True)
        self.copy_button.setObjectName("plot_table.copy")
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(table.csv()))
        self.close_button = Button("Close", small=True)
        self.close_button.setObjectName("plot_table.close")
        self.close_button.clicked.connect(self.close)
        strip = QHBoxLayout()
        strip.addWidget(self.copy_button)
        strip.addStretch(1)
        strip.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.addWidget(self.title)
        column.addWidget(self.view)
        column.addLayout(strip)
        self.resize(px(560), px(420))
