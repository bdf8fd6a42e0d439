"""Which units of a layer were dead at which epoch: a row for each unit, the epochs across."""

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import epoch_ticks
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.sign_picture import rgb_of, rgb_picture
from app.ui.theme import current_theme

LEFT, RIGHT, ABOVE, BELOW = 44, 14, 24, 34
THICKEST = 16
"""Most px that a unit's row is high."""


class UnitStrip(KeyboardFocus, Plot):
    """Dead is the error colour, alive the ground of an empty bar. Where several units or epochs
    fall into one pixel it has the colour of their mean. The keys move a place that is read.

    Signals:
        epoch_chosen(int): the user pressed on this epoch.
    """

    epoch_chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Dead units of one layer over the epochs")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._layer = ""
        self._epochs = np.zeros(0, np.int64)
        self._dead = np.zeros((0, 0), np.bool_)
        self._shown_epoch: int | None = None
        self._image: QImage | None = None
        self.place: tuple[int, int] | None = None
        """(unit, place of the epoch) that is read, from 0."""

    def show_units(
        self, layer: str, epochs: np.ndarray, dead: np.ndarray, shown_epoch: int | None
    ) -> None:
        """Show a layer.

        Args:
            epochs: (epochs,) rising.
            dead: (units, epochs) bool.
            shown_epoch: is marked.
        """
        if (
            layer != self._layer
            or dead.shape[0] != self._dead.shape[0]
            or (self.place is not None and self.place[1] >= len(epochs))
        ):
            self.place = None
        self._layer, self._epochs, self._dead = layer, epochs, dead
        self._shown_epoch = shown_epoch
        self._image = None
        self._describe()
        self.update()

    def table(self) -> PlotTable:
        """A row for each epoch: how many units were dead, and which."""
        rows = []
        for column, epoch in enumerate(self._epochs.tolist()):
            dead = np.flatnonzero(self._dead[:, column]) + 1
            rows.append((epoch, len(dead), " ".join(map(str, dead.tolist()))))
        headers = ("epoch", "dead", "which units")
        return PlotTable(f"Dead units of {self._layer}", headers, tuple(rows))

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(160), px(100))

    # ---- places
    def box(self) -> QRectF:
        """Where the picture is, in px."""
        high = max(1, self.height() - px(ABOVE) - px(BELOW))
        high = min(high, max(1, len(self._dead)) * px(THICKEST))
        return QRectF(px(LEFT), px(ABOVE), max(1, self.width() - px(LEFT) - px(RIGHT)), high)

    def reading(self) -> str:
        """The unit and epoch under the pointer, in words."""
        if self.place is None:
            return ""
        unit, column = self.place
        state = "dead" if self._dead[unit, column] else "alive"
        return f"Epoch {self._epochs[column]:,}, unit {unit + 1}: {state}"

    def _at(self, where: QPointF) -> tuple[int, int] | None:
        box = self.box()
        units, epochs = self._dead.shape
        if not box.contains(where) or not self._dead.size:
            return None
        unit = int((where.y() - box.top()) / box.height() * units)
        column = int((where.x() - box.left()) / box.width() * epochs)
        return min(unit, units - 1), min(column, epochs - 1)

    def _x_of(self, column: float) -> float:
        box = self.box()
        return box.left() + column / max(1, len(self._epochs)) * box.width()

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            painter.setFont(theme.font("caption_strong"))
            painter.setPen(color("text"))
            painter.drawText(QPointF(px(4), px(ABOVE - 9)), self.reading() or self._title())
            if not self._dead.size:
                return
            box = self.box()
            if self._image is None:
                self._image = self._picture(box)
            painter.drawImage(box, self._image)
            self._paint_axes(painter, box)
            self._paint_moment(painter, box)
            if self.place is not None:
                self._paint_place(painter, box, self.place)

    def _title(self) -> str:
        if not self._layer:
            return ""
        return f"{self._layer}: each unit is a row, red where it was dead"

    def _picture(self, box: QRectF) -> QImage:
        ratio = self.devicePixelRatioF()
        shares = mean_cells(self._dead, round(box.height() * ratio), round(box.width() * ratio))
        low, high = (np.array(rgb_of(color(token)), float) for token in ("track", "error"))
        mixed = low + shares[..., None] * (high - low)
        return rgb_picture(np.rint(mixed).astype(np.uint8))

    def _paint_axes(self, painter: QPainter, box: QRectF) -> None:
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(color("muted"))
        units = len(self._dead)
        for unit in dict.fromkeys((1, units)):
            text = f"{unit:,}"
            middle = box.top() + (unit - 0.5) / units * box.height()
            middle = min(max(middle, box.top() + px(5)), box.bottom() - px(3))
            left = box.left() - px(6) - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, middle + metrics.capHeight() / 2), text)
        foot = box.bottom() + px(4) + metrics.ascent()
        first, last = int(self._epochs[0]), int(self._epochs[-1])
        for epoch, text in epoch_ticks(first, last, max(2, round(box.width() / px(64)))):
            column = int(np.searchsorted(self._epochs, epoch))
            x = self._x_of(column + 0.5) - metrics.horizontalAdvance(text) / 2
            painter.drawText(QPointF(x, foot), text)
        right = box.right() - metrics.horizontalAdvance("epoch")
        painter.drawText(QPointF(right, foot + px(14)), "epoch")
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(box.topLeft(), box.bottomLeft()))
        painter.drawLine(QLineF(box.bottomLeft(), box.bottomRight()))

    def _paint_moment(self, painter: QPainter, box: QRectF) -> None:
        found = np.flatnonzero(self._epochs == self._shown_epoch)
        if len(found):
            x = self._x_of(found[0] + 0.5)
            painter.setPen(make_pen(color("accent"), 2))
            painter.drawLine(QLineF(x, box.top() - px(4), x, box.bottom() + px(3)))

    def _paint_place(self, painter: QPainter, box: QRectF, place: tuple[int, int]) -> None:
        units = len(self._dead)
        top = box.top() + place[0] / units * box.height()
        left, right = self._x_of(place[1]), self._x_of(place[1] + 1)
        cell = QRectF(left, top, max(right - left, px(4)), max(box.height() / units, px(4)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(make_pen(color("panel"), 4))
        painter.drawRect(cell)
        painter.setPen(make_pen(color("accent"), 2))
        painter.drawRect(cell)

    # ---- hands
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self._move(self._at(event.position()))
        if event.button() == Qt.MouseButton.LeftButton:
            self._take_epoch()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._move(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        units, epochs = self._dead.shape
        if key in steps and self._dead.size:
            unit, column = self.place or (0, epochs - 1)
            if self.place is not None:
                unit, column = unit + steps[key][0], column + steps[key][1]
            self._move((min(max(unit, 0), units - 1), min(max(column, 0), epochs - 1)))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.place is not None:
            self._take_epoch()
        elif key == Qt.Key.Key_Escape and self.place is not None:
            self._move(None)
        else:
            super().keyPressEvent(event)

    def _move(self, place: tuple[int, int] | None) -> None:
        if place != self.place:
            self.place = place
            self._describe()
            self.update()

    def _take_epoch(self) -> None:
        if self.place is not None:
            self.epoch_chosen.emit(int(self._epochs[self.place[1]]))

    def _describe(self) -> None:
        told = self.reading()
        if not told and self._dead.size:
            dead = int(self._dead[:, -1].sum())
            told = f"{self._layer}, epoch {self._epochs[-1]:,}: {dead} of {len(self._dead)} dead"
        self.setAccessibleDescription(told)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._image = None
            self.update()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._image = None


def mean_cells(flags: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """`flags` (n, m) as at most (rows, columns) shares from 0 to 1: the mean of what falls
    together.
    """
    shares = np.asarray(flags, np.float32)
    for axis, most in ((0, rows), (1, columns)):
        count = shares.shape[axis]
        if count > max(1, most):
            starts = (np.arange(max(1, most)) * count) // max(1, most)
            sizes = np.diff(np.r_[starts, count]).astype(np.float32)
            shares = np.add.reduceat(shares, starts, axis=axis)
            shares = shares / (sizes[:, None] if axis == 0 else sizes[None, :])
    return shares
