"""A map over a picture: what mattered where, with its scale and the value under the pointer.

The map has the very colours of its scale; of the picture there is the outline between dark and
bright, and more of it as the map is faded out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.filter_grid import round_up
from app.ui.plots.pixel_images import fitted, pixel_images
from app.ui.plots.plane import refined
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.sign_picture import paint_scale, rgb_picture, weight_text
from app.ui.theme import current_theme
from app.ui.tokens import sign_image

_SCALE_ROOM = 76
_CAPTION = 28
_OUTLINED = 64
"""The outline is that of the picture with at most about so many pixels along a side."""
_FINE = 160
"""A smooth map is drawn with at least so many cells along a side."""


@dataclass(frozen=True)
class Overlay:
    """A map over a picture.

    Attributes:
        title: of the table and of files.
        raw: (height, width, channels) the picture.
        low, high: black and white of it.
        values: (rows, columns) of the map, over the whole picture; not a number where nothing is
            known yet.
        signed: whether values below 0 have a meaning of their own; else there are none.
        smooth: whether a coarse map is drawn with soft passages.
        meaning: of a value, for the caption: "gradient".
        least: the scale goes so far even where all values are smaller.
    """

    title: str
    raw: np.ndarray
    low: float
    high: float
    values: np.ndarray
    signed: bool
    smooth: bool
    meaning: str
    least: float = 0.0


class OverlayPicture(KeyboardFocus, Plot):
    """Arrow keys lead the reading from cell to cell."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Map over the picture")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._overlay: Overlay | None = None
        self._picture, self._map = QImage(), QImage()
        self._outline = QPainterPath()
        self._opacity = 1.0
        self._cell: tuple[int, int] | None = None
        self.limit = 1.0

    # ---- what is shown
    def show_overlay(self, overlay: Overlay) -> None:
        """Show this; the cell that is read stays where there is one."""
        self._overlay = overlay
        self._picture = pixel_images(overlay.raw[None], overlay.low, overlay.high)[0]
        known = overlay.values[np.isfinite(overlay.values)]
        self._outline = outline(overlay.raw)
        largest = float(np.abs(known).max()) if known.size else 0.0
        self.limit = round_up(max(largest, overlay.least))
        values = overlay.values
        if overlay.smooth:
            values = refined(values, max(1, -(-_FINE // max(values.shape))))
        self._map = _tinted(values, self.limit)
        if self._cell is not None and not self._inside(*self._cell):
            self._cell = None
        self._tell()
        self.update()

    def overlay(self) -> Overlay | None:
        return self._overlay

    def set_opacity(self, opacity: float) -> None:
        """How much of the map is seen, from 0 to 1."""
        self._opacity = opacity
        self.update()

    def reading(self) -> str:
        """The value under the pointer in words, or the largest one."""
        shown = self._overlay
        if shown is None:
            return ""
        if self._cell is not None:
            row, column = self._cell
            value = shown.values[row, column]
            what = weight_text(float(value), sign=shown.signed) if np.isfinite(value) else "not yet"
            return f"row {row + 1}, column {column + 1}: {shown.meaning} {what}"
        known = np.where(np.isfinite(shown.values), np.abs(shown.values), -1.0)
        row, column = divmod(int(known.argmax()), known.shape[1])
        if known[row, column] < 0:
            return ""
        value = weight_text(float(shown.values[row, column]), sign=shown.signed)
        return f"largest: {shown.meaning} {value} at row {row + 1}, column {column + 1}"

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        cell, self._cell = self._cell, None
        yield
        self._cell = cell

    def table(self) -> PlotTable:
        if self._overlay is None:
            return PlotTable("What mattered", ("row", "column", "value"), ())
        values = self._overlay.values
        rows = tuple(
            (row + 1, column + 1, float(value) if np.isfinite(value) else None)
            for (row, column), value in np.ndenumerate(values)
        )
        return PlotTable(self._overlay.title, ("row", "column", self._overlay.meaning), rows)

    # ---- places
    def picture_rect(self) -> QRectF:
        """Where the picture lies."""
        room = QRectF(self.rect()).adjusted(px(2), px(2), -px(_SCALE_ROOM), -px(_CAPTION))
        return fitted(room, self._picture)

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Where a value of the map lies."""
        assert self._overlay is not None
        box = self.picture_rect()
        rows, columns = self._overlay.values.shape
        wide, high = box.width() / columns, box.height() / rows
        return QRectF(box.left() + column * wide, box.top() + row * high, wide, high)

    def _inside(self, row: int, column: int) -> bool:
        if self._overlay is None:
            return False
        rows, columns = self._overlay.values.shape
        return 0 <= row < rows and 0 <= column < columns

    def sizeHint(self) -> QSize:
        return QSize(px(420), px(380))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(220), px(180))

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self._overlay
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            if shown is None:
                return
            box = self.picture_rect()
            painter.drawImage(box, self._picture)
            # Under a veil black and white lie closer together, so that the colours of the map look
            # more as they do in the scale.
            painter.setOpacity(self._opacity / 2)
            painter.fillRect(box, Qt.GlobalColor.white)
            painter.setOpacity(self._opacity)
            painter.drawImage(box, self._map)
            painter.setOpacity(1.0)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            self._paint_outline(painter, box)
            painter.setPen(make_pen(color("border"), 1))
            painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
            if self._cell is not None:
                painter.setPen(make_pen(color("accent"), 2))
                painter.drawRect(self.cell_rect(*self._cell))
            self._paint_scale(painter, box, signed=shown.signed)
            painter.setFont(current_theme().font("caption"))
            painter.setPen(color("muted"))
            below = QRectF(0, self.height() - px(_CAPTION) + px(4), self.width(), px(20))
            words = self.reading()
            text = QFontMetricsF(painter.font()).elidedText(
                words[:1].upper() + words[1:], Qt.TextElideMode.ElideRight, below.width()
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_outline(self, painter: QPainter, box: QRectF) -> None:
        """Dark in light, so that it is seen on every colour; the map stays as it is beside it."""
        onto = QTransform(box.width(), 0, 0, box.height(), box.left(), box.top())
        path = onto.map(self._outline)
        painter.setClipRect(box)
        for ink, width in (("#FFFFFF", 3.0), ("#1A1D23", 1.25)):
            painter.setPen(make_pen(QColor(ink), width))
            painter.drawPath(path)
        painter.setClipping(False)

    def _paint_scale(self, painter: QPainter, box: QRectF, *, signed: bool) -> None:
        text = weight_text(self.limit)
        bar = QRectF(box.right() + px(14), box.top(), px(13), min(box.height(), px(256)))
        if signed:
            paint_scale(painter, bar, ((1, f"+{text}"), (0, "0"), (-1, f"−{text}")))
        else:
            paint_upper_scale(painter, bar, text)

    # ---- pointer and keys
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._read(self._cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._read(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._overlay is not None:
            row, column = self._cell or (-1, -1)
            goal = (row + step[0], column + step[1]) if self._cell is not None else (0, 0)
            if self._inside(*goal):
                self._read(goal)
        elif event.key() == Qt.Key.Key_Escape and self._cell is not None:
            self._read(None)
        else:
            super().keyPressEvent(event)

    def _cell_at(self, place: QPointF) -> tuple[int, int] | None:
        box = self.picture_rect()
        if self._overlay is None or not box.contains(place):
            return None
        rows, columns = self._overlay.values.shape
        row = min(rows - 1, int((place.y() - box.top()) / box.height() * rows))
        column = min(columns - 1, int((place.x() - box.left()) / box.width() * columns))
        return row, column

    def _read(self, cell: tuple[int, int] | None) -> None:
        if cell != self._cell:
            self._cell = cell
            self._tell()
            self.update()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.reading())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def outline(raw: np.ndarray) -> QPainterPath:
    """Where a picture (height, width, channels) passes from its darker to its brighter half; the
    whole picture is the unit square.
    """
    grey = np.asarray(raw, float).mean(axis=-1)
    rows, columns = map(float, grey.shape)
    step = -(-max(grey.shape) // _OUTLINED)
    if step > 1 and min(grey.shape) >= step:
        height, width = (side // step * step for side in grey.shape)
        blocks = grey[:height, :width].reshape(height // step, step, width // step, step)
        grey = blocks.mean(axis=(1, 3))
        rows, columns = rows / step, columns / step
    bright = grey > (grey.max() + grey.min()) / 2
    path = QPainterPath()
    for row, column in np.argwhere(bright[:, 1:] != bright[:, :-1]).tolist():
        path.moveTo((column + 1) / columns, row / rows)
        path.lineTo((column + 1) / columns, (row + 1) / rows)
    for row, column in np.argwhere(bright[1:] != bright[:-1]).tolist():
        path.moveTo(column / columns, (row + 1) / rows)
        path.lineTo((column + 1) / columns, (row + 1) / rows)
    return path


def _tinted(values: np.ndarray, limit: float) -> QImage:
    """The map in the colours of sign; where nothing is known it is clear."""
    known = np.isfinite(values)
    image = rgb_picture(sign_image(np.where(known, values, 0.0) / limit))
    if known.all():
        return image
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    for row, column in np.argwhere(~known):
        image.setPixel(int(column), int(row), 0)
    return image


def paint_upper_scale(painter: QPainter, rect: QRectF, text: str) -> None:
    """An upright bar in the colours from 0 (below) to the upper end, named at its right."""
    gradient = QLinearGradient(rect.bottomLeft(), rect.topLeft())
    for share in np.linspace(0, 1, 17):
        red, green, blue = (int(v) for v in sign_image(share))
        gradient.setColorAt(float(share), f"#{red:02x}{green:02x}{blue:02x}")
    painter.fillRect(rect, gradient)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(make_pen(color("border"), 1))
    painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
    font = current_theme().font("caption")
    rise = QFontMetricsF(font).capHeight() / 2
    painter.setFont(font)
    painter.setPen(color("muted"))
    for y, label in ((rect.top() + px(5), text), (rect.bottom() - px(3), "0")):
        painter.drawText(QPointF(rect.right() + px(6), y + rise), label)
