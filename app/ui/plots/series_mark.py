"""The marker of a series beside its name in a list."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import box_painter, px
from app.ui.plots.markers import paint_marker, series_style
from app.ui.theme import current_theme


class SeriesMark(QWidget):
    """The marker, in the colour, of series `number` from 0."""

    def __init__(self, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = number
        self.setFixedSize(px(14), px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        series, marker = series_style(self._number)
        ink = QColor(current_theme().tokens.series[series])
        with box_painter(self) as painter:
            paint_marker(painter, marker, QPointF(self.rect().center()), px(4), ink)
