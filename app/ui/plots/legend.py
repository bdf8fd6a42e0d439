"""Names of the lines of a plot, each beside a piece of its line."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.markers import paint_marker
from app.ui.theme import current_theme


@dataclass(frozen=True)
class LegendEntry:
    text: str
    ink: str
    width: float
    marker: str = ""


class Legend(QWidget):
    """Names of the lines; those for which there is no room are left out, the last first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[LegendEntry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self.setAccessibleName("Lines: " + ", ".join(entry.text for entry in entries))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(current_theme().font("caption"))
        widths = [px(22) + metrics.horizontalAdvance(entry.text) for entry in self._entries]
        gaps = px(18) * max(0, len(widths) - 1) + px(25)
        return QSize(math.ceil(sum(widths)) + gaps if widths else 0, px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        x, middle = 0.0, self.height() / 2
        with box_painter(self) as painter:
            painter.setFont(font)
            for entry in self._entries:
                width = metrics.horizontalAdvance(entry.text)
                if x + px(22) + width > self.width():
                    break
                ink = QColor(entry.ink) if entry.ink.startswith("#") else color(entry.ink)
                painter.setPen(make_pen(ink, entry.width))
                painter.drawLine(QPointF(x, middle), QPointF(x + px(16), middle))
                if entry.marker:
                    paint_marker(painter, entry.marker, QPointF(x + px(8), middle), px(3), ink)
                painter.setPen(color("text"))
                rect = QRectF(x + px(22), 0, width + 1, self.height())
                painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, entry.text)
                x += px(22) + width + px(18)
