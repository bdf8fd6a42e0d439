"""How numbers and classes of the data look on its page."""

import pyqtgraph
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.ui.theme import current_theme
from app.ui.tokens import PLOT_SYMBOLS


def class_color(index: int) -> QColor:
    """The colour of class `index`, as everywhere in the program."""
    series = current_theme().tokens.series
    return QColor(series[index % len(series)])


def number_text(value: float, whole: bool = False) -> str:
    """A number in a table: two decimals, fewer for large ones, two figures for tiny ones.

    `whole`: of a column that holds whole numbers only.
    """
    size = abs(value)
    if whole or size >= 1000:
        return f"{value:,.0f}"
    if size >= 0.01 or value == 0:
        return f"{value:.2f}"
    return f"{value:.2g}" if size >= 1e-4 else f"{value:.1e}"


def range_text(value: float, whole: bool) -> str:
    """An end of a range, with less room: "11.0", "0.74", "1,680"."""
    return f"{value:.1f}" if 10 <= abs(value) < 1000 and not whole else number_text(value, whole)


def paint_marker(painter: QPainter, kind: str, rect: QRectF, tint: QColor) -> None:
    """One of the eight markers in a small box."""
    path = pyqtgraph.graphicsItems.ScatterPlotItem.Symbols[PLOT_SYMBOLS[kind]]
    painter.save()
    painter.translate(rect.center())
    painter.scale(rect.width(), rect.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawPath(path)
    painter.restore()
