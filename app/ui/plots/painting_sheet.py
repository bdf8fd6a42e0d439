"""A sheet of the plane on which points are painted with the mouse or by keys."""

import math
from collections.abc import Iterator

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.data_settings import PaintedSource
from app.core.painting import Brush, Place, reach_of, stroke
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.markers import marker_stamp, series_style
from app.ui.theme import current_theme

MARGIN = 22
STEP, LEAP = 0.1, 0.5
"""How far an arrow key moves the crosshair, and with Shift."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class PaintingSheet(KeyboardFocus, QWidget):
    """Shows the points, the stroke being painted, and the brush; changes nothing itself.

    Signals:
        stroke_done(path): a tuple of (x, y) along which brush or eraser was led, in units of the
            axes.
    """

    stroke_done = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("painting.sheet")
        self.setAccessibleName("Sheet to paint points on")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._source = PaintedSource()
        self._reach = reach_of(self._source)
        self._class: int | None = 0
        self._brush = Brush()
        self._path: list[Place] = []
        self._pointer: Place | None = None
        self._drawn: QPixmap | None = None

    # ---- what is shown
    def show_points(self, source: PaintedSource) -> None:
        """Show these points; a stroke under way is dropped when they are others."""
        if source != self._source or self._drawn is None:
            self._source = source
            self._reach = reach_of(source)
            self._path = []
            self._drawn = None
            self.setAccessibleDescription(self._spoken())
            self.update()

    def set_tool(self, number: int | None, brush: Brush) -> None:
        """Paint class `number` with `brush`; None erases with its radius."""
        self._class, self._brush = number, brush
        self.update()

    @property
    def pointer(self) -> Place | None:
        """Where the brush stands, in units of the axes."""
        return self._pointer

    def _spoken(self) -> str:
        names = self._source.class_names
        counts = [self._source.classes.count(number) for number in range(len(names))]
        return ", ".join(f"{name}: {count:,}" for name, count in zip(names, counts, strict=True))

    # ---- places
    def sheet(self) -> QRectF:
        """The square of the plane, in px."""
        side = max(1.0, min(self.width(), self.height()) - 2.0 * px(MARGIN))
        left = (self.width() - side) / 2
        return QRectF(left, (self.height() - side) / 2, side, side)

    def at(self, x: float, y: float) -> QPointF:
        """Where a point of the plane lies in the widget."""
        box = self.sheet()
        scale = box.width() / (2 * self._reach)
        return QPointF(
            box.left() + (x + self._reach) * scale, box.bottom() - (y + self._reach) * scale
        )

    def _point(self, place: QPointF) -> Place:
        box = self.sheet()
        scale = 2 * self._reach / box.width()
        return self._inside((place.x() - box.left()) * scale - self._reach), self._inside(
            (box.bottom() - place.y()) * scale - self._reach
        )

    def _inside(self, value: float) -> float:
        return math.copysign(min(abs(value), self._reach), value)

    def _grid(self) -> Iterator[int]:
        """Where lines are drawn: some seven to thirteen whole numbers."""
        step = max(1, round(self._reach / 5))
        most = int(self._reach) // step * step
        return iter(range(-most, most + 1, step))

    def sizeHint(self) -> QSize:
        return QSize(px(420), px(420))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(200))

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drawn is None or self._drawn.devicePixelRatio() != self.devicePixelRatioF():
            self._drawn = self._picture()
        with box_painter(self) as painter:
            painter.drawPixmap(0, 0, self._drawn)
            painter.setClipRect(self.sheet().adjusted(-2, -2, 2, 2))
            if self._path and self._class is not None:
                seed = len(self._source.x)
                self._paint_points(
                    painter, stroke(self._path, self._brush, seed, self._reach), self._class
                )
            elif self._path:
                self._paint_swath(painter)
            if self._pointer is not None:
                self._paint_brush(painter, self._pointer)

    def _picture(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), color("panel"))
            self._paint_axes(painter)
            source = self._source
            for number in range(len(source.class_names)):
                mine = [
                    (x, y)
                    for x, y, c in zip(source.x, source.y, source.classes, strict=True)
                    if c == number
                ]
                self._paint_points(painter, mine, number)
        return picture

    def _paint_axes(self, painter: QPainter) -> None:
        box, theme = self.sheet(), current_theme()
        painter.setFont(theme.font("caption"))
        for value in self._grid():
            place = self.at(value, value)
            painter.setPen(make_pen(color("control_border" if value == 0 else "grid"), 1))
            painter.drawLine(QLineF(place.x(), box.top(), place.x(), box.bottom()))
            painter.drawLine(QLineF(box.left(), place.y(), box.right(), place.y()))
            painter.setPen(color("muted"))
            text = str(value).replace("-", "−")
            below = QRectF(place.x() - px(16), box.bottom() + px(3), px(32), px(16))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
            beside = QRectF(box.left() - px(22), place.y() - px(8), px(18), px(16))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(beside, flags, text)
        painter.setPen(make_pen(color("control_border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)

    def _paint_points(self, painter: QPainter, points: list[Place], number: int) -> None:
        stamp = marker_stamp(
            series_style(number)[1],
            px(3.5),
            _series_ink(number),
            edge=color("panel"),
            hollow=False,
            ratio=self.devicePixelRatioF(),
        )
        half = stamp.width() / stamp.devicePixelRatio() / 2
        for x, y in points:
            place = self.at(x, y)
            painter.drawPixmap(QPointF(place.x() - half, place.y() - half), stamp)

    def _paint_swath(self, painter: QPainter) -> None:
        """What the eraser goes over."""
        veil = color("panel")
        veil.setAlphaF(0.7)
        pen = make_pen(veil, 2 * self._radius() / current_theme().scale)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        places = [self.at(*point) for point in self._path]
        painter.drawPolyline(QPolygonF(places if len(places) > 1 else places * 2))

    def _paint_brush(self, painter: QPainter, point: Place) -> None:
        place, radius = self.at(*point), self._radius()
        dashes = (3, 2) if self._class is None else ()
        ink = color("muted") if self._class is None else _series_ink(self._class)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(make_pen(ink, 1.5, dashes=dashes))
        painter.drawEllipse(place, radius, radius)
        painter.drawLine(QLineF(place.x() - px(4), place.y(), place.x() + px(4), place.y()))
        painter.drawLine(QLineF(place.x(), place.y() - px(4), place.x(), place.y() + px(4)))

    def _radius(self) -> float:
        return self._brush.radius * self.sheet().width() / (2 * self._reach)

    # ---- mouse and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._move(self._point(event.position()))
            assert self._pointer is not None
            self._path = [self._pointer]
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(self._point(event.position()))
        if self._path and self._pointer is not None and self._pointer != self._path[-1]:
            self._path.append(self._pointer)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._path:
            self._finish(tuple(self._path))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self._path:
            self._pointer = None
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        x, y = self._pointer or (0.0, 0.0)
        if key in _ARROWS and not self._path:
            far = LEAP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
            across, up = _ARROWS[key]
            self._move((self._inside(x + far * across), self._inside(y + far * up)))
        elif key == Qt.Key.Key_Space:
            self._move((x, y))
            self._finish(((x, y),))
        elif key == Qt.Key.Key_Escape and self._path:
            self._path = []
            self.update()
        else:
            super().keyPressEvent(event)

    def _move(self, point: Place) -> None:
        self._pointer = point
        self.update()

    def _finish(self, path: tuple[Place, ...]) -> None:
        self._path = []
        self.update()
        self.stroke_done.emit(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._drawn = None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._drawn = None
            self.update()


def _series_ink(number: int) -> QColor:
    return QColor(current_theme().tokens.series[series_style(number)[0]])
