"""Names of the lines of a plot, each beside a piece of its line."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls import plain_tool_tip
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.markers import paint_marker
from app.ui.theme import current_theme


@dataclass(frozen=True)
class LegendEntry:
    """A line `width` px wide, or the marker alone where that is 0."""

    text: str
    ink: str
    width: float
    marker: str = ""
    opacity: float = 1.0


class Legend(QWidget):
    """Names of the lines; those for which there is no room are counted, the last first."""

    def __init__(self, parent: QWidget | None = None, what: str = "Lines") -> None:
        super().__init__(parent)
        self._what = what
        self._entries: tuple[LegendEntry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            names = ", ".join(entry.text for entry in entries)
            self.setAccessibleName(f"{self._what}: {names}")
            self.setToolTip(plain_tool_tip(names))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        width = entries_width(self._entries)
        return QSize(math.ceil(width) + px(25) if width else 0, px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            paint_entries(painter, QRectF(self.rect()), self._entries)


def entries_width(entries: Sequence[LegendEntry]) -> float:
    """How much room the names of all lines take, in px."""
    metrics = QFontMetricsF(current_theme().font("caption"))
    widths = [px(22) + metrics.horizontalAdvance(entry.text) for entry in entries]
    return sum(widths) + px(18) * max(0, len(widths) - 1)


def paint_entries(painter: QPainter, room: QRectF, entries: Sequence[LegendEntry]) -> None:
    """Draw pieces of lines and their names from the left of `room` on; how many do not fit is
    written behind.
    """
    font = current_theme().font("caption")
    metrics = QFontMetricsF(font)
    x, middle = room.left(), room.center().y()
    painter.setFont(font)
    whole = entries_width(entries) <= room.width() + 1
    for number, entry in enumerate(entries):
        width = metrics.horizontalAdvance(entry.text)
        more = f"+{len(entries) - number:,}"
        end = x + px(40) + width + metrics.horizontalAdvance(more)
        if not whole and end > room.right() + 1:
            painter.setPen(color("muted"))
            rest = QRectF(x, room.top(), room.right() + 1 - x, room.height())
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, more)
            break
        ink = QColor(entry.ink) if entry.ink.startswith("#") else color(entry.ink)
        ink.setAlphaF(entry.opacity)
        if entry.width:
            painter.setPen(make_pen(ink, entry.width))
            painter.drawLine(QPointF(x, middle), QPointF(x + px(16), middle))
        if entry.marker:
            paint_marker(painter, entry.marker, QPointF(x + px(8), middle), px(3), ink)
        painter.setPen(color("text"))
        rect = QRectF(x + px(22), room.top(), width + 1, room.height())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, entry.text)
        x += px(22) + width + px(18)
