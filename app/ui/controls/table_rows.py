"""How the rows of a table look that is chosen from row by row."""

from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QTableView

from app.ui.controls.numbered_rows import Index
from app.ui.controls.painting import color, px


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


def paint_row_ground(painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
    """What is below the words of a cell: chosen, under the pointer, the line, the keyboard."""
    box, state = option.rect, option.state
    if state & QStyle.StateFlag.State_Selected:
        painter.fillRect(box, color("accent_soft"))
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(box, color("hover"))
    painter.fillRect(box.left(), box.bottom(), box.width(), 1, color("border"))
    paint_row_focus(painter, option, index)
