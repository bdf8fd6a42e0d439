"""What each unit of a layer puts out over the plane, as small pictures."""

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import value_text
from app.ui.plots.filter_grid import round_up
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.scrolled_drawing import ScrolledDrawing
from app.ui.plots.sign_picture import rgb_picture
from app.ui.theme import current_theme
from app.ui.tokens import sign_image

if TYPE_CHECKING:
    from app.diagnostics.boundary import UnitResponses

TILE_SIZES = (104, 72, 56, 40)
"""Sides of a picture; the largest is taken with which all fit."""
_GAP, _BELOW = 20, 20
_MARGIN = 4
_FOOT = 32


class _Tiles(ScrolledDrawing):
    """The pictures, in rows; scrolls when they do not fit.

    Signals:
        chosen(number): a picture was chosen, from 0.
        pointed(number, row, column): the pointer is on this point of the grid; -1, -1, -1 when it
            is on none.
    """

    chosen = Signal(int)
    pointed = Signal(int, int, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.values = np.zeros((0, 1, 1), np.float32)
        self.middle = 0.0
        self.limits = np.zeros(0)
        self.current: int | None = None
        self._pictures: dict[int, QImage] = {}
        self._tile, self._columns = TILE_SIZES[-1], 1

    def show_values(self, values: np.ndarray, middle: float, limits: np.ndarray) -> None:
        """(units, rows, columns), the lowest row first; `limits` (units,), the ends of the scales
        on both sides of `middle`.
        """
        other = len(values) != len(self.values)
        self.values, self.middle, self.limits = values, middle, limits
        self._pictures.clear()
        if self.current is not None and self.current >= len(values):
            self.current = None
        if other:
            self.arrange()
        self.viewport().update()

    def choose(self, number: int | None) -> None:
        """Mark picture `number` and bring it into view; says nothing."""
        self.current = number
        if number is not None and number < len(self.values):
            rect, bar = self.tile_rect(number), self.verticalScrollBar()
            below = rect.bottom() + px(_BELOW) - self.viewport().height()
            if rect.top() < px(_MARGIN):
                bar.setValue(bar.value() + rect.top() - px(_MARGIN))
            elif below > 0:
                bar.setValue(bar.value() + below)
        self.viewport().update()

    # ---- places
    def arrange(self) -> None:
        width, height = self.viewport().width(), self.viewport().height()
        count = max(1, len(self.values))
        for tile in TILE_SIZES:
            columns = max(1, (width + px(_GAP) - 2 * px(_MARGIN)) // px(tile + _GAP))
            rows = -(-count // columns)
            self._tile, self._columns = tile, columns
            if rows * px(tile + _BELOW) + px(_MARGIN) <= height:
                break
        rows = -(-count // self._columns)
        total = rows * px(self._tile + _BELOW) + px(_MARGIN)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, total - height))
        bar.setPageStep(height)
        bar.setSingleStep(px(self._tile + _BELOW))

    def tile_rect(self, number: int) -> QRect:
        """Where picture `number` lies in the viewport, without frame."""
        row, column = divmod(number, self._columns)
        top = px(_MARGIN) + row * px(self._tile + _BELOW) - self.verticalScrollBar().value()
        left = px(_MARGIN) + column * px(self._tile + _GAP)
        return QRect(left, top, px(self._tile), px(self._tile))

    def place_at(self, place: QPoint) -> tuple[int, int, int]:
        """(unit, row, column) at a place of the viewport; (-1, -1, -1) for none."""
        row = (place.y() - px(_MARGIN) + self.verticalScrollBar().value()) // px(
            self._tile + _BELOW
        )
        column = (place.x() - px(_MARGIN)) // px(self._tile + _GAP)
        number = row * self._columns + column
        if not (0 <= column < self._columns and 0 <= number < len(self.values)):
            return -1, -1, -1
        rect = self.tile_rect(number)
        if not rect.contains(place):
            return -1, -1, -1
        rows, columns = self.values.shape[1:]
        y = (rect.bottom() - place.y()) * rows // rect.height()
        x = (place.x() - rect.left()) * columns // rect.width()
        return number, min(y, rows - 1), min(x, columns - 1)

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            for number in range(len(self.values)):
                rect = self.tile_rect(number)
                if rect.bottom() + px(_BELOW) < 0 or rect.top() > self.viewport().height():
                    continue
                chosen = number == self.current
                if self.values.shape[1] == 1:
                    self._paint_curve(painter, rect, number)
                else:
                    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                    painter.drawImage(rect, self._picture(number))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                frame = QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5)
                painter.setPen(
                    make_pen(color("accent" if chosen else "border"), 2 if chosen else 1)
                )
                painter.drawRect(frame)
                if chosen and self.hasFocus():
                    painter.setPen(make_pen(color("accent"), 1))
                    painter.drawRect(frame.adjusted(-3, -3, 3, 3))
                font = theme.font("caption_strong" if chosen else "caption")
                painter.setFont(font)
                painter.setPen(color("text" if chosen else "muted"))
                metrics = QFontMetricsF(font)
                name = str(number + 1)
                x = rect.center().x() + 0.5 - metrics.horizontalAdvance(name) / 2
                baseline = rect.bottom() + px(10) + metrics.capHeight() / 2
                painter.drawText(QPointF(x, baseline), name)

    def _picture(self, number: int) -> QImage:
        if number not in self._pictures:
            share = (self.values[number] - self.middle) / (self.limits[number] or 1.0)
            self._pictures[number] = rgb_picture(sign_image(share[::-1]))
        return self._pictures[number]

    def _paint_curve(self, painter: QPainter, rect: QRect, number: int) -> None:
        share = (self.values[number, 0] - self.middle) / (self.limits[number] or 1.0)
        painter.setPen(make_pen(color("grid"), 1))
        middle = rect.center().y() + 0.5
        painter.drawLine(QPointF(rect.left(), middle), QPointF(rect.right() + 1, middle))
        painter.setPen(make_pen(color("accent"), 1.5))
        across = rect.left() + np.linspace(0, rect.width(), len(share))
        down = middle - np.clip(share, -1, 1) * (rect.height() / 2 - 2)
        painter.drawPolyline(
            QPolygonF([QPointF(*p) for p in zip(across.tolist(), down.tolist(), strict=True)])
        )

    # ---- pointer and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        number, _, _ = self.place_at(event.position().toPoint())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.choose(number)
            self.chosen.emit(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self.place_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1, -1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self.values) - 1
        page = self._columns * max(1, self.viewport().height() // px(self._tile + _BELOW))
        now = self.current
        goals = {
            Qt.Key.Key_Left: -1 if now is None else now - 1,
            Qt.Key.Key_Right: 0 if now is None else now + 1,
            Qt.Key.Key_Up: -1 if now is None else now - self._columns,
            Qt.Key.Key_Down: 0 if now is None else now + self._columns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
            Qt.Key.Key_PageUp: max(0, (now or 0) - page),
            Qt.Key.Key_PageDown: min(last, (now or 0) + page),
        }
        goal = goals.get(Qt.Key(event.key()))
        if goal is None:
            event.ignore()
        elif 0 <= goal <= last:
            self.choose(goal)
            self.chosen.emit(goal)

    def contextMenuEvent(self, event) -> None:
        event.ignore()  # the grid's own menu


class UnitGrid(Plot):
    """The responses of all units, with a common scale or each with its own.

    Signals:
        unit_chosen(int): the user chose a unit, from 0.
    """

    unit_chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Response of each unit")
        self.responses: UnitResponses | None = None
        self.names: tuple[str, ...] = ()
        self.own_scales = False
        self.tiles = _Tiles(self)
        self.tiles.setObjectName(f"{name}.tiles")
        self.tiles.setAccessibleName("Response of each unit, pictures")
        self.tiles.chosen.connect(self._chosen)
        self.tiles.pointed.connect(self._pointed)
        self._foot = _Foot(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tiles, 1)
        column.addWidget(self._foot)

    @property
    def current(self) -> int | None:
        """The chosen unit, from 0."""
        return self.tiles.current

    def show_responses(self, responses: "UnitResponses", names: tuple[str, ...]) -> None:
        """Show all units of a layer; `names` of the axes. Another layer has no chosen unit."""
        before = self.responses
        if before is None or before.layer_id != responses.layer_id:
            self.tiles.choose(None)
        self.responses, self.names = responses, names
        self._scale()

    def set_own_scales(self, own: bool) -> None:
        """Whether each unit has a scale of its own."""
        self.own_scales = own
        self._scale()

    def limit_of(self, number: int) -> float:
        """How far the scale of a unit goes on both sides of the middle."""
        return float(self.tiles.limits[number])

    def choose(self, number: int | None) -> None:
        """Mark a unit; says nothing."""
        self.tiles.choose(number)
        self._describe()

    def table(self) -> PlotTable:
        """What each unit puts out at each point of the grid."""
        found = self.responses
        if found is None:
            return PlotTable("Response of each unit", (), ())
        units = [f"unit {number + 1}" for number in range(len(found.values))]
        flat = found.values.reshape(len(found.values), -1).T
        across, up = found.x.tolist(), found.y.tolist()
        places: list[tuple[float, ...]] = [(x,) for x in across]
        if up:
            places = [(x, y) for y in up for x in across]
        rows = tuple(
            (*place, *map(float, values)) for place, values in zip(places, flat, strict=True)
        )
        headers = (*self.names[: len(found.bounds) // 2], *units)
        return PlotTable(f"Response of each unit of {found.layer_id}", headers, rows)

    # ---- what is told
    def _scale(self) -> None:
        found = self.responses
        if found is None:
            return
        each = np.abs(found.values - found.middle).max(axis=(1, 2), initial=0.0).astype(float)
        largest = float(each.max(initial=0.0))
        # Of what is shown alone, never of what was shown before: equal answers look alike.
        limit = 0.5 if found.middle and largest <= 0.5 else round_up(largest)
        limits = np.full(len(each), limit)
        if self.own_scales:
            limits = np.where(each > 0, each, 1.0)
        self.tiles.show_values(found.values, found.middle, limits)
        self._describe()

    def _describe(self) -> None:
        found, number = self.responses, self.current
        if found is None:
            return
        middle, has_bar = found.middle, len(found.y) > 0
        if self.own_scales and number is None:
            ends = ("lowest", "highest") if middle else ("−largest", "largest")
            self._foot.show_scale(*ends, "each unit its own scale", has_bar=has_bar)
            words = f"{len(found.values)} units"
        else:
            limit = self.limit_of(number or 0)
            what = f"unit {(number or 0) + 1}" if self.own_scales else "output over the plane"
            if len(found.bounds) == 2 and not self.own_scales:
                what = "output along the feature"
            low, high = _end(middle - limit), _end(middle + limit)
            self._foot.show_scale(low, high, what, has_bar=has_bar)
            words = what
        if number is not None:
            values = found.values[number]
            words = (
                f"Unit {number + 1} of {len(found.values)}, from "
                f"{value_text(float(values.min()))} to {value_text(float(values.max()))}"
            )
            self._foot.show_words(words)
        self.tiles.setAccessibleDescription(words)

    def _chosen(self, number: int) -> None:
        self._describe()
        self.unit_chosen.emit(number)

    def _pointed(self, number: int, row: int, column: int) -> None:
        found = self.responses
        if found is None or number < 0:
            self._describe()
            return
        place = f"{self.names[0]} {value_text(float(found.x[column]))}"
        if len(found.y):
            place += f", {self.names[1]} {value_text(float(found.y[row]))}"
        value = value_text(float(found.values[number, row, column]))
        self._foot.show_words(f"Unit {number + 1}: {value} at {place}")

    def sizeHint(self) -> QSize:
        return QSize(px(380), px(300))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))


def _end(value: float) -> str:
    """An end of the scale."""
    return f"{value:.3g}".replace("-", "−")


class _Foot(QWidget):
    """The scale, lying, and a few words beside it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(px(_FOOT))
        self._low, self._high, self._words = "", "", ""
        self._has_bar = True

    def show_scale(self, low: str, high: str, words: str, *, has_bar: bool) -> None:
        """Without a bar the numbers are the lower and the upper edge of each picture."""
        self._low, self._high, self._words, self._has_bar = low, high, words, has_bar
        self.update()

    def show_words(self, words: str) -> None:
        self._words = words
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        metrics = QFontMetricsF(theme.font("caption"))
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            painter.setFont(theme.font("caption"))
            baseline = self.height() - px(8) - (px(8) - metrics.capHeight()) / 2
            painter.setPen(color("muted"))
            x = float(px(_MARGIN))
            if not self._has_bar:
                text = f"from {self._low} below to {self._high} above"
                painter.drawText(QPointF(x, baseline), text)
                x += metrics.horizontalAdvance(text) + px(16)
                self._paint_words(painter, metrics, x, baseline)
                return
            painter.drawText(QPointF(x, baseline), self._low)
            x += metrics.horizontalAdvance(self._low) + px(8)
            bar = QRectF(x, self.height() - px(16), px(96), px(8))
            gradient = QLinearGradient(bar.topLeft(), bar.topRight())
            for share in np.linspace(0, 1, 33):
                red, green, blue = (int(v) for v in sign_image(2 * share - 1))
                gradient.setColorAt(float(share), f"#{red:02x}{green:02x}{blue:02x}")
            painter.fillRect(bar, gradient)
            painter.setPen(make_pen(color("border"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))
            painter.setPen(color("muted"))
            x = bar.right() + px(8)
            painter.drawText(QPointF(x, baseline), self._high)
            x += metrics.horizontalAdvance(self._high) + px(16)
            self._paint_words(painter, metrics, x, baseline)

    def _paint_words(
        self, painter: QPainter, metrics: QFontMetricsF, x: float, baseline: float
    ) -> None:
        room = math.floor(self.width() - x)
        text = metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        painter.setPen(color("text"))
        painter.drawText(QPointF(x, baseline), text)
