"""A sheet to draw a picture on, of the size and in the greys or colours of the data."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.data.drawn_picture import PictureLook, picture_of
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.sign_picture import rgb_picture
from app.ui.theme import current_theme

FINENESS = 192
"""The longer side of the fine sheet has at least so many pixels."""
STEP, LEAP = 0.02, 0.1
"""How far an arrow key leads the brush, as a share of the shorter side, and with Shift."""
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
Point = tuple[float, float]
"""Across and down, as shares of the sheet's sides."""


@dataclass(frozen=True)
class Stroke:
    """A way that the brush was led; `width` as a share of the shorter side, `ink` as #rrggbb or ""
    for the eraser.
    """

    path: tuple[Point, ...]
    width: float
    ink: str


class DrawingPad(KeyboardFocus, QWidget):
    """Drawn on with the mouse; by keys the arrows lead the brush, and Space puts it down or lifts
    it.

    Signals:
        drawn(): there is another picture; also while a stroke is led.
    """

    drawn = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Sheet to draw a picture on")
        self.setAccessibleDescription(
            "Arrow keys lead the brush, Space puts it down and lifts it, Ctrl+Z takes the last "
            "stroke back, Delete clears."
        )
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._look = PictureLook(0.0, 1.0, np.zeros(1), np.ones(1), False)
        self._shape = (8, 8, 1)
        self._steps: list[Stroke | QImage] = []
        self._sheet = QImage()
        self._path: list[Point] = []
        self._by_keys = False
        self._pointer: Point | None = None
        self._ink, self._erasing, self._width = "#ffffff", False, 0.12
        self.centred = True
        self.hint = ""
        self.start(self._look, self._shape)

    # ---- what is drawn on
    def start(self, look: PictureLook, shape: tuple[int, int, int]) -> None:
        """An empty sheet for pictures of this look and shape."""
        self._look, self._shape = look, shape
        self._ink = self.own_ink
        self._steps, self._path = [], []
        self._paint_all()

    @property
    def own_ink(self) -> str:
        """The colour that stands out most from the ground of these data."""
        return self._color_of(self._look.ink)

    @property
    def colored(self) -> bool:
        return self._shape[2] == 3

    def put_picture(self, raw: np.ndarray) -> None:
        """Draw on upon this picture (height, width, channels); one step to undo."""
        if raw.shape == self._shape:
            look = self._look
            shares = (np.asarray(raw, float) - look.low) / ((look.high - look.low) or 1.0)
            grey = shares if self.colored else shares.mean(axis=-1, keepdims=True)
            tones = np.rint(np.clip(grey, 0, 1) * 255)
            image = rgb_picture(np.broadcast_to(tones, (*self._shape[:2], 3)))
            self._step(image.convertToFormat(QImage.Format.Format_RGB32))

    def clear(self) -> None:
        """An empty sheet; one step to undo."""
        if self._steps:
            self._step(self._ground_image())

    def undo(self) -> None:
        """Take the last stroke, or the last clearing, back."""
        if self._steps:
            self._steps.pop()
            self._paint_all()
            self.drawn.emit()

    @property
    def can_undo(self) -> bool:
        return bool(self._steps)

    @property
    def empty(self) -> bool:
        """Whether there is nothing on the sheet: nothing drawn, all cleared, or only erased."""
        drawn = any(isinstance(step, QImage) or step.ink for step in self._live())
        return not drawn and (self._erasing or not self._path)

    def picture(self) -> np.ndarray:
        """What is drawn, (height, width, channels) float64 in raw values of the data."""
        pixels = np.frombuffer(self._sheet.constBits(), np.uint8)
        lines = pixels.reshape(self._sheet.height(), self._sheet.bytesPerLine())
        bgr = lines[:, : 4 * self._sheet.width()].reshape(len(lines), -1, 4)[..., :3]
        rgb = bgr[..., ::-1] if self.colored else bgr[..., :1]
        centred = self.centred and not any(isinstance(step, QImage) for step in self._live())
        return picture_of(rgb / 255.0, self._look, self._shape, centred=centred)

    # ---- tools
    def set_brush(self, width: float, *, erasing: bool = False, ink: str | None = None) -> None:
        """`width` as a share of the shorter side; `ink` as #rrggbb, that of the data by default."""
        self._width, self._erasing = width, erasing
        self._ink = ink or self.own_ink
        self.update()

    # ---- the fine sheet
    def _fineness(self) -> int:
        return max(1, -(-FINENESS // max(self._shape[:2])))

    def _color_of(self, raw: np.ndarray) -> str:
        shares = (raw - self._look.low) / ((self._look.high - self._look.low) or 1.0)
        tones = np.rint(np.clip(shares, 0, 1) * 255).astype(int)
        red, green, blue = tones if len(tones) == 3 else (int(tones.mean()),) * 3
        return f"#{red:02x}{green:02x}{blue:02x}"

    def _ground_image(self) -> QImage:
        image = QImage(1, 1, QImage.Format.Format_RGB32)
        image.fill(QColor(self._color_of(self._look.ground)))
        return image

    def _live(self) -> list[Stroke | QImage]:
        """The steps that can still be seen: from the last clearing or picture on."""
        wholes = [n for n, step in enumerate(self._steps) if isinstance(step, QImage)]
        if not wholes:
            return self._steps
        last = self._steps[wholes[-1]]
        blank = isinstance(last, QImage) and last.width() == last.height() == 1
        return self._steps[wholes[-1] + blank :]

    def _step(self, step: Stroke | QImage) -> None:
        self._steps.append(step)
        self._paint_all()
        self.drawn.emit()

    def _paint_all(self) -> None:
        times = self._fineness()
        height, width = self._shape[0] * times, self._shape[1] * times
        self._sheet = QImage(width, height, QImage.Format.Format_RGB32)
        self._sheet.fill(QColor(self._color_of(self._look.ground)))
        with QPainter(self._sheet) as painter:
            for step in self._live():
                if isinstance(step, QImage):
                    painter.drawImage(self._sheet.rect(), step)
                else:
                    self._paint_stroke(painter, step)
        self.update()

    def _paint_stroke(self, painter: QPainter, stroke: Stroke) -> None:
        width, height = self._sheet.width(), self._sheet.height()
        ink = QColor(stroke.ink or self._color_of(self._look.ground))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        thick = stroke.width * min(width, height)
        pen = make_pen(ink, 1)
        pen.setWidthF(thick)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        places = [QPointF(x * width, y * height) for x, y in stroke.path]
        if len(places) == 1:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawEllipse(places[0], thick / 2, thick / 2)
        else:
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(places))

    def _stroke(self) -> Stroke:
        return Stroke(tuple(self._path), self._width, "" if self._erasing else self._ink)

    # ---- places
    def sheet_rect(self) -> QRectF:
        """Where the sheet lies in the widget."""
        height, width = self._shape[:2]
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        scale = min(room.width() / width, room.height() / height)
        box = QRectF(0, 0, width * scale, height * scale)
        box.moveCenter(room.center())
        return box

    def _point(self, place: QPointF) -> Point:
        box = self.sheet_rect()
        return (place.x() - box.left()) / box.width(), (place.y() - box.top()) / box.height()

    def sizeHint(self) -> QSize:
        return QSize(px(208), px(208))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(120), px(120))

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        box = self.sheet_rect()
        with box_painter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, self._sheet)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(make_pen(color("control_border"), 1))
            painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
            if self.hint and self.empty:  # in the ink, so that it is seen on the ground
                painter.setFont(current_theme().font("body"))
                painter.setPen(QColor(self.own_ink))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.hint)
            if self._pointer is not None and self.isEnabled():
                painter.setClipRect(box)
                self._paint_brush(painter, box, self._pointer)

    def _paint_brush(self, painter: QPainter, box: QRectF, point: Point) -> None:
        place = QPointF(box.left() + point[0] * box.width(), box.top() + point[1] * box.height())
        radius = max(2.0, self._width * min(box.width(), box.height()) / 2)
        dashes = (3, 2) if self._erasing else ()
        for ink, far in (("#000000", 0.75), ("#ffffff", -0.75)):  # seen on every ground
            painter.setPen(make_pen(QColor(ink), 1, dashes=dashes))
            painter.drawEllipse(place, radius + far, radius + far)
        if self._by_keys:
            painter.setPen(make_pen(color("accent"), 2))
            reach = radius + px(4)
            painter.drawLine(QLineF(place.x() - reach, place.y(), place.x() + reach, place.y()))
            painter.drawLine(QLineF(place.x(), place.y() - reach, place.x(), place.y() + reach))

    # ---- mouse and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._put_down(self._point(event.position()))
            event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._lead(self._point(event.position()), down=bool(self._path) and not self._by_keys)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._lift()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self._path:
            self._pointer = None
            self.update()

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.matches(QKeySequence.StandardKey.Undo) or event.key() == Qt.Key.Key_Delete)
        ):
            event.accept()  # here they mean the drawing, not the project
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        x, y = self._pointer or (0.5, 0.5)
        if key in _ARROWS:
            far = LEAP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
            across, down = _ARROWS[key]
            point = min(1.0, max(0.0, x + far * across)), min(1.0, max(0.0, y + far * down))
            self._lead(point, down=self._by_keys)
        elif key == Qt.Key.Key_Space and self._by_keys:
            self._lift()
        elif key == Qt.Key.Key_Space:
            self._put_down((x, y))
            self._by_keys = True
        elif key == Qt.Key.Key_Delete:
            self.clear()
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif key == Qt.Key.Key_Escape and self._path:
            self._path, self._by_keys = [], False
            self._paint_all()
            self.drawn.emit()
        else:
            super().keyPressEvent(event)

    def _put_down(self, point: Point) -> None:
        self._lift()
        self._pointer = point
        self._path = [point]
        self._show_path()

    def _lead(self, point: Point, *, down: bool) -> None:
        self._pointer = point
        if down and point != self._path[-1]:
            self._path.append(point)
            self._show_path()
        self.update()

    def _lift(self) -> None:
        self._by_keys = False
        if self._path:
            stroke = self._stroke()
            self._path = []
            self._steps.append(stroke)
            self._paint_all()  # as one line: pieces laid over each other have darker joints
            self.drawn.emit()
        self.update()

    def _show_path(self) -> None:
        """The piece that is new, or the dab that a stroke begins with."""
        piece = Stroke(tuple(self._path[-2:]), self._width, self._stroke().ink)
        with QPainter(self._sheet) as painter:
            self._paint_stroke(painter, piece)
        self.update()
        self.drawn.emit()
