"""One field of numbers, large, in which a place is chosen by mouse and keys, or a window shown."""

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.number_cells import cell_rect, paint_mark, paint_numbers
from app.ui.plots.sign_picture import sign_picture
from app.ui.theme import current_theme


class PlaceMap(KeyboardFocus, QWidget):
    """Passive.

    Signals:
        place_chosen(row, column): another place is wanted, from 0.
        pointed(row, column): the pointer is on this number; -1, -1 when on none.
    """

    place_chosen = Signal(int, int)
    pointed = Signal(int, int)

    def __init__(self, name: str, spoken: str, *, choosing: bool, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._choosing = choosing
        if choosing:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.CrossCursor)
        self.values = np.zeros((1, 1), np.float32)
        self.limit = 1.0
        self.title = ""
        self.place: tuple[int, int] | None = None
        self._rows = self._columns = np.zeros(0, np.int64)

    def show_values(
        self, values: np.ndarray, limit: float, title: str, place: tuple[int, int] | None = None
    ) -> None:
        """Show `values` (height, width) with the end of the scale, and the chosen place."""
        self.values, self.limit, self.title, self.place = values, limit, title, place
        self.update()

    def show_window(self, rows: np.ndarray, columns: np.ndarray) -> None:
        """Outline the numbers at these places; -1 for one that is outside."""
        self._rows, self._columns = rows, columns
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(220), px(220))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), px(90))

    def picture_rect(self) -> QRect:
        """Where the numbers lie in the widget."""
        height, width = self.values.shape
        room = QRectF(self.rect()).adjusted(px(6), px(22), -px(6), -px(6))
        scale = min(room.width() / width, room.height() / height)
        if scale >= 4:
            scale = float(int(scale))
        high = max(round(height * scale), min(px(28), int(room.height())) if height == 1 else 1)
        return QRect(round(room.left()), round(room.top()), max(1, round(width * scale)), high)

    def place_at(self, point: QPoint) -> tuple[int, int] | None:
        """(row, column) under a point of the widget."""
        rect = self.picture_rect()
        if not rect.contains(point):
            return None
        height, width = self.values.shape
        row = (point.y() - rect.top()) * height // rect.height()
        return row, (point.x() - rect.left()) * width // rect.width()

    # ---- mouse and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self.place_at(event.position().toPoint()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place_at(event.position().toPoint())
        self.pointed.emit(*(place or (-1, -1)))
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(place)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, column = self.place or (0, 0)
        height, width = self.values.shape
        goals = {
            Qt.Key.Key_Left: (row, column - 1),
            Qt.Key.Key_Right: (row, column + 1),
            Qt.Key.Key_Up: (row - 1, column),
            Qt.Key.Key_Down: (row + 1, column),
            Qt.Key.Key_Home: (row, 0),
            Qt.Key.Key_End: (row, width - 1),
            Qt.Key.Key_PageUp: (0, column),
            Qt.Key.Key_PageDown: (height - 1, column),
        }
        goal = goals.get(Qt.Key(event.key()))
        if goal is None or not self._choosing:
            super().keyPressEvent(event)
        elif 0 <= goal[0] < height and 0 <= goal[1] < width:
            self._choose(goal)

    def _choose(self, place: tuple[int, int] | None) -> None:
        if self._choosing and place is not None and place != self.place:
            self.place = place
            self.update()
            self.place_chosen.emit(*place)

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            rect, theme = self.picture_rect(), current_theme()
            painter.setFont(theme.font("caption_strong"))
            painter.setPen(color("text"))
            metrics = QFontMetricsF(theme.font("caption_strong"))
            dots = Qt.TextElideMode.ElideRight
            title = metrics.elidedText(self.title, dots, self.width() - px(12))
            painter.drawText(QPointF(px(6), px(14)), title)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(rect, sign_picture(self.values, self.limit))
            paint_numbers(painter, rect, self.values, self.limit)
            painter.setPen(color("border"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5))
            self._paint_window(painter, rect)
            if self.place is not None:
                paint_mark(painter, cell_rect(rect, self.values.shape, *self.place))

    def _paint_window(self, painter: QPainter, rect: QRect) -> None:
        """The outline of the window; of one with gaps each of its numbers."""
        rows = self._rows[self._rows >= 0]
        columns = self._columns[self._columns >= 0]
        if len(rows) == 0 or len(columns) == 0:
            return
        gaps = any(len(p) > 1 and np.abs(np.diff(p)).max() > 1 for p in (rows, columns))
        if gaps:
            for row in rows:
                for column in columns:
                    paint_mark(painter, cell_rect(rect, self.values.shape, row, column))
            return
        corners = [
            cell_rect(rect, self.values.shape, int(edge(rows)), int(edge(columns)))
            for edge in (np.min, np.max)
        ]
        paint_mark(painter, corners[0].united(corners[1]))
