"""Where the keyboard is in a table of whole rows."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QTableView

from app.ui.controls.painting import color, px

Index = QModelIndex | QPersistentModelIndex


def paint_row_focus(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
    """A bar in accent before the current row, while the table has the keyboard."""
    table = option.widget
    if (
        isinstance(table, QTableView)
        and table.hasFocus()
        and index.row() == table.currentIndex().row()
        and table.columnViewportPosition(index.column()) <= 0
    ):
        painter.fillRect(0, option.rect.top(), px(3), option.rect.height() - 1, color("accent"))
