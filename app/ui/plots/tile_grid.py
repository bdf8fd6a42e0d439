"""Small pictures in the colours of sign, side by side: filters, feature maps, whatever is a field
of numbers.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.number_cells import cell_rect, limit_text, paint_mark, paint_numbers
from app.ui.plots.scrolled_drawing import ScrolledDrawing
from app.ui.plots.sign_picture import paint_scale, sign_picture
from app.ui.theme import current_theme

SIZES = (
    *(1024, 800, 640, 512, 448, 384, 336, 288, 252, 216, 186, 160, 136, 120, 104, 90),
    *(78, 64, 52, 40, 30, 24),
)
"""Longer sides of a picture in px, the largest first."""
READABLE = 64
"""Where more pictures than fit are scrolled through, none is made smaller than this."""
SMALLEST = 40
"""So small they are made where all of them fit then."""
LEFT, TOP = 24, 8
GAP, GROUP_GAP = 20, 12
NOTE = 12
LOWEST = 16
"""A strip is drawn at least so high."""
SCALE_ROOM = 62
MOST_KEPT = 512
"""So many pictures are kept once they are made."""

Place = tuple[int, int, int]
"""(picture, row, column), from 0."""
NOWHERE: Place = (-1, -1, -1)


class TileGrid(ScrolledDrawing):
    """The pictures, in rows; scrolls when they do not fit. Only those in view are made.

    Args:
        sizes: sides to choose from, the largest first; the largest is taken with which all fit.
        least: the smallest that is taken where they do not fit.

    Signals:
        chosen(number): another picture was chosen, from 0.
        pointed(number, row, column): the pointer is on this number; -1, -1, -1 when on none.
        pressed(number, row, column): this number was pressed; Enter presses the chosen picture,
            with row and column -1.
    """

    chosen = Signal(int)
    pointed = Signal(int, int, int)
    pressed = Signal(int, int, int)

    def __init__(
        self,
        parent: QWidget | None = None,
        sizes: tuple[int, ...] = SIZES,
        least: int = READABLE,
    ) -> None:
        super().__init__(parent)
        self._sizes, self._least = sizes, least
        self.values = np.zeros((0, 1, 1), np.float32)
        self.name_of: Callable[[int], str] = lambda number: str(number + 1)
        self.limits: float | Sequence[float] = 1.0
        self.current = 0
        self.mark: Place = NOWHERE
        self._notes: Sequence[str] = ()
        self._signed = True
        self._group = 1
        self._zoom = 0
        self._pictures: OrderedDict[int, QImage] = OrderedDict()
        self._tile = sizes[-1]
        self._columns = 1
        self._abreast = 1

    # ---- what is shown
    def show_tiles(
        self,
        values: np.ndarray,
        names: Sequence[str] | Callable[[int], str],
        limits: float | Sequence[float],
        *,
        signed: bool = True,
        group: int = 1,
        notes: Sequence[str] = (),
    ) -> None:
        """Show `values` (pictures, height, width).

        Args:
            names: below the pictures.
            limits: the end of the colour scale, one for all or one for each.
            signed: whether the scale that is drawn has a negative half.
            group: so many belong together and begin a row of their own, where they fit in one.
            notes: a second line below each picture, where there is room.
        """
        self.values = values
        self.name_of = names if callable(names) else names.__getitem__
        self.limits, self._signed = limits, signed
        self._group, self._notes = max(1, group), notes
        self._pictures.clear()
        self.current = min(self.current, max(0, len(values) - 1))
        self.arrange()

    def set_mark(self, place: Place) -> None:
        """Ring one number of one picture; `NOWHERE` for none."""
        if place != self.mark:
            self.mark = place
            self.viewport().update()

    def limit_of(self, number: int) -> float:
        """The end of the scale of a picture."""
        return self.limits if isinstance(self.limits, float) else self.limits[number]

    # ---- places
    def zoom_by(self, steps: int) -> None:
        """So many sizes larger, or smaller (below 0), than what fits; 0 goes back to that."""
        place = self._sizes.index(self._tile)
        wanted = min(max(place - steps, 0), len(self._sizes) - 1)
        self._zoom = 0 if steps == 0 else self._zoom + place - wanted
        self.arrange()
        self.choose(self.current, tell=False)

    def _box(self, tile: int) -> tuple[int, int]:
        """(width, height) of the room of a picture in px."""
        side = px(tile)
        height, width = self.values.shape[1:]
        longer = max(height, width)
        return (
            max(px(LOWEST), round(side * width / longer)),
            max(px(LOWEST), round(side * height / longer)),
        )

    def _pitch(self) -> tuple[int, int]:
        width, height = self._box(self._tile)
        return width + px(GAP), height + px(GAP) + (px(NOTE) if self._notes else 0)

    def _rows(self, tile: int) -> int:
        """How many rows there are with this size; notes columns, and groups that stand abreast."""
        self._tile = tile
        room = self.viewport().width() - px(LEFT - 1) - px(SCALE_ROOM) + px(GAP)
        pitch = self._pitch()[0]
        self._columns = max(1, room // pitch)
        if self._group == 1:
            self._abreast = self._columns
        else:
            self._abreast = (room + px(GROUP_GAP)) // (self._group * pitch + px(GROUP_GAP))
        groups = -(-len(self.values) // self._group)
        if self._abreast:
            return -(-groups // self._abreast)
        return groups * -(-self._group // self._columns)

    def arrange(self) -> None:
        height = self.viewport().height()
        room = self.viewport().width() - px(LEFT) - px(SCALE_ROOM)
        sizes = [size for size in self._sizes if self._box(size)[0] <= room] or [self._sizes[-1]]
        least = max((size for size in sizes if size <= self._least), default=sizes[-1])
        for tile in sizes:
            rows = self._rows(tile)
            fits = rows * self._pitch()[1] + px(TOP) <= height
            if (fits and self._abreast) or tile <= min(least, SMALLEST):
                break
        if not (fits and self._abreast):
            rows = self._rows(least)
        if self._zoom:
            place = sizes.index(self._tile) - self._zoom
            rows = self._rows(sizes[min(max(place, 0), len(sizes) - 1)])
        pitch = self._pitch()[1]
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * pitch + px(TOP) - height))
        bar.setPageStep(height)
        bar.setSingleStep(min(pitch, height // 3 + 1))
        self.viewport().update()

    def _row_start(self, row: int) -> tuple[int, int]:
        """The first picture of a row, and how many it has at most."""
        if self._abreast:
            each = self._abreast * self._group
            return row * each, each
        lines = -(-self._group // self._columns)
        start = row // lines * self._group + row % lines * self._columns
        return start, min(self._columns, self._group - row % lines * self._columns)

    def _cell(self, number: int) -> tuple[int, int]:
        """(row, column) of a picture."""
        if self._abreast:
            return divmod(number, self._abreast * self._group)
        group, place = divmod(number, self._group)
        lines = -(-self._group // self._columns)
        return group * lines + place // self._columns, place % self._columns

    def tile_rect(self, number: int) -> QRect:
        """Where the numbers of picture `number` lie in the viewport, without frame."""
        row, column = self._cell(number)
        across, down = self._pitch()
        box_width, box_height = self._box(self._tile)
        gaps = column // self._group * px(GROUP_GAP) if self._group > 1 else 0
        left = px(LEFT) + column * across + gaps
        box = QRect(
            left,
            px(TOP) + row * down - self.verticalScrollBar().value(),
            box_width,
            box_height,
        )
        height, width = self.values.shape[1:]
        if height == 1:
            return box
        scale = min(box_width / width, box_height / height)
        if scale >= 1 and max(height, width) > max(box_width, box_height) / 3:
            scale = math.floor(scale)  # whole pixels for each number, where little room is lost
        size = QRect(0, 0, max(1, round(width * scale)), max(1, round(height * scale)))
        size.moveCenter(box.center())
        return size

    def weight_at(self, place: QPoint) -> Place:
        """(picture, row, column) of the number at a place of the viewport, or `NOWHERE`."""
        row = (place.y() - px(TOP) + self.verticalScrollBar().value()) // self._pitch()[1]
        start, count = self._row_start(max(0, row))
        for number in range(start, min(start + count, len(self.values))):
            rect = self.tile_rect(number)
            if rect.contains(place):
                height, width = self.values.shape[1:]
                y = (place.y() - rect.top()) * height // rect.height()
                x = (place.x() - rect.left()) * width // rect.width()
                return number, y, x
        return NOWHERE

    def choose(self, number: int, *, tell: bool = True) -> None:
        """Mark picture `number` and bring it into view."""
        if not 0 <= number < len(self.values):
            return
        self.current = number
        rect, bar = self.tile_rect(number), self.verticalScrollBar()
        below = self._pitch()[1] - self._box(self._tile)[1]
        if rect.top() < 0 or rect.height() > self.viewport().height():
            bar.setValue(bar.value() + rect.top() - px(TOP))
        elif rect.bottom() + below > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() + below - self.viewport().height())
        self.viewport().update()
        if tell:
            self.chosen.emit(number)

    # ---- events
    def mousePressEvent(self, event: QMouseEvent) -> None:
        number, row, column = self.weight_at(event.position().toPoint())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.choose(number)
            self.pressed.emit(number, row, column)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self.weight_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(*NOWHERE)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier and event.angleDelta().y():
            self.zoom_by(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = Qt.Key(event.key()), len(self.values) - 1
        abreast = self._abreast * self._group if self._abreast else self._columns
        page = abreast * max(1, self.viewport().height() // self._pitch()[1])
        goals = {
            Qt.Key.Key_Left: self.current - 1,
            Qt.Key.Key_Right: self.current + 1,
            Qt.Key.Key_Up: self.current - abreast,
            Qt.Key.Key_Down: self.current + abreast,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
            Qt.Key.Key_PageUp: max(0, self.current - page),
            Qt.Key.Key_PageDown: min(last, self.current + page),
        }
        zooms = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Minus: -1, Qt.Key.Key_0: 0}
        if key in goals:
            self.choose(goals[key])
        elif key in zooms:
            self.zoom_by(zooms[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and last >= 0:
            self.pressed.emit(self.current, -1, -1)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the menu of the plot that it is part of

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            down, scrolled = self._pitch()[1], self.verticalScrollBar().value()
            first = max(0, (scrolled - px(TOP)) // down)
            last = (scrolled + self.viewport().height()) // down
            for row in range(first, last + 1):
                start, count = self._row_start(row)
                for number in range(start, min(start + count, len(self.values))):
                    self._paint_tile(painter, number)
            self._paint_scale(painter)

    def _picture(self, number: int) -> QImage:
        if number not in self._pictures:
            limit = self.limit_of(number)
            self._pictures[number] = sign_picture(self.values[number], limit)
            while len(self._pictures) > MOST_KEPT:
                self._pictures.popitem(last=False)
        return self._pictures[number]

    def _paint_tile(self, painter: QPainter, number: int) -> None:
        theme, rect = current_theme(), self.tile_rect(number)
        chosen = number == self.current
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(rect, self._picture(number))
        paint_numbers(painter, rect, self.values[number], self.limit_of(number))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        frame = QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5)
        painter.setPen(make_pen(color("accent" if chosen else "border"), 2 if chosen else 1))
        painter.drawRect(frame)
        if chosen and self.hasFocus():
            painter.setPen(make_pen(color("accent"), 1))
            painter.drawRect(frame.adjusted(-3, -3, 3, 3))
        if self.mark[0] == number:
            paint_mark(painter, cell_rect(rect, self.values.shape[1:], *self.mark[1:]))
        font = theme.font("filter_number_strong" if chosen else "filter_number")
        metrics, room = QFontMetricsF(font), self._pitch()[0] - px(4)
        painter.setFont(font)
        painter.setPen(color("text" if chosen else "muted"))
        name = metrics.elidedText(self.name_of(number), Qt.TextElideMode.ElideMiddle, room)
        x = rect.center().x() + 0.5
        y = rect.bottom() + px(8) + metrics.capHeight() / 2
        painter.drawText(QPointF(x - metrics.horizontalAdvance(name) / 2, y), name)
        if self._notes:
            metrics = QFontMetricsF(theme.font("filter_number"))
            note = self._notes[number]
            if metrics.horizontalAdvance(note) <= room:
                painter.setFont(theme.font("filter_number"))
                painter.setPen(color("muted"))
                place = QPointF(x - metrics.horizontalAdvance(note) / 2, y + px(NOTE))
                painter.drawText(place, note)

    def _paint_scale(self, painter: QPainter) -> None:
        if len(self.values) == 0:
            return
        text = limit_text(self.limits) if isinstance(self.limits, float) else "own"
        label = QFontMetricsF(current_theme().font("caption")).horizontalAdvance(f"+{text}")
        left = self.viewport().width() - max(px(48), px(13) + px(6) + label + px(5))
        height = min(px(256), self.viewport().height() - px(16))
        rect = QRectF(left, px(TOP), px(13), height)
        if self._signed:
            paint_scale(painter, rect, ((1, f"+{text}"), (0, "0"), (-1, f"−{text}")))
        else:
            paint_scale(painter, rect, ((1, text), (-1, "0")), low=0.0)
