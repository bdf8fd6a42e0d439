"""One sample as it is: a picture with all its pixels, or the values of a row."""

import numpy as np
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.painting import box_painter, color, px
from app.ui.controls.scrolling import ClearScroll
from app.ui.pens import make_pen
from app.ui.plots.pixel_images import fitted, pixel_images
from app.ui.theme import current_theme

LINE = 24
TOLD = 20
"""So many values are told to a screen reader."""


class SamplePicture(QWidget):
    """A picture as large as there is room, its pixels unsmoothed."""

    def __init__(self, name: str, side: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._side = side
        self._image: QImage | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_picture(self, raw: np.ndarray | None, low: float, high: float) -> None:
        """Show (height, width, channels), `low` black and `high` white; None: nothing."""
        self._image = None if raw is None else pixel_images(raw[None], low, high)[0]
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(self._side), px(self._side))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(min(self._side, 96)), px(min(self._side, 96)))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        box = fitted(QRectF(self.rect()).adjusted(1, 1, -1, -1), self._image)
        smaller = box.width() < self._image.width()
        with box_painter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smaller)
            painter.drawImage(box, self._image)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(make_pen(color("border"), 1))
            painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))


class _Lines(QWidget):
    """Names at the left, values at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[tuple[str, str]] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        high = px(LINE)
        first, last = event.rect().top() // high, event.rect().bottom() // high + 1
        with box_painter(self) as painter:
            for number in range(first, min(last, len(self.lines))):
                name, value = self.lines[number]
                line = QRect(0, number * high, self.width() - px(10), high)
                painter.setFont(current_theme().font("cell"))
                metrics = painter.fontMetrics()
                end = min(metrics.horizontalAdvance(value) + 2, line.width() // 2)
                painter.setPen(color("muted"))
                room = line.width() - end - px(8)
                middle = Qt.TextElideMode.ElideMiddle
                painter.drawText(
                    line, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(name, middle, room)
                )
                painter.setPen(color("text"))
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(line, flags, metrics.elidedText(value, middle, end))
                painter.fillRect(QRect(0, line.bottom(), line.width(), 1), color("border"))


class SampleValues(ClearScroll):
    """The values of one row under the names of their columns; scrolls when there are many."""

    def __init__(self, name: str) -> None:
        super().__init__(name, by_key=True)
        self._lines = _Lines()
        self.setWidget(self._lines)

    def show_values(self, lines: list[tuple[str, str]]) -> None:
        """Show (name, value) of each column."""
        self._lines.lines = lines
        self._lines.setMinimumHeight(len(lines) * px(LINE))
        self.updateGeometry()
        told = ", ".join(f"{name} {value}" for name, value in lines[:TOLD])
        rest = len(lines) - TOLD
        self.setAccessibleDescription(told + (f", and {rest:,} more" if rest > 0 else ""))
        self._lines.update()

    def sizeHint(self) -> QSize:
        return QSize(px(208), px(LINE) * max(1, min(len(self._lines.lines), 12)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), px(LINE) * max(1, min(len(self._lines.lines), 3)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._lines.setMinimumHeight(len(self._lines.lines) * px(LINE))
            self._lines.update()
