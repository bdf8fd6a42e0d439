"""The learned filters of a layer as small pictures in the colours of sign."""

import math
from typing import TYPE_CHECKING

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
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.ui.controls import ComboBox, Label, SegmentedControl, plain_tool_tip
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.sign_picture import paint_scale, sign_picture, weight_text
from app.ui.theme import current_theme

if TYPE_CHECKING:
    from app.diagnostics.filters import FilterBank

TILE_SIZES = (104, 78, 52, 40, 30, 24)
"""Sides of a picture; the largest is taken with which all fit."""
_GAP = 20
_SCALE_ROOM = 62
_KEPT = 0.5
"""The scale stays while the largest weight is above this share of it, so that colours do not
flicker.
"""


def round_up(value: float) -> float:
    """The next number with two figures: 1.13 gives 1.2."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(round(value / unit, 5)) * unit


class _Tiles(QAbstractScrollArea):
    """The pictures, in rows; scrolls when they do not fit.

    Signals:
        chosen(number): another picture was chosen, from 0.
        pointed(number, row, column): the pointer is on this weight; -1, -1, -1 when it is on none.
    """

    chosen = Signal(int)
    pointed = Signal(int, int, int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.kernels = np.zeros((0, 1, 1), np.float32)
        self.names: tuple[str, ...] = ()
        self.limit = 1.0
        self.current = 0
        self._pictures: list[QImage] = []
        self._tile = TILE_SIZES[-1]
        self._columns = 1

    def show_kernels(self, kernels: np.ndarray, names: tuple[str, ...], limit: float) -> None:
        self.kernels, self.names, self.limit = kernels, names, limit
        self._pictures = [sign_picture(kernel, limit) for kernel in kernels]
        self.current = min(self.current, max(0, len(kernels) - 1))
        self._arrange()

    def _arrange(self) -> None:
        width = self.viewport().width() - px(23) - px(_SCALE_ROOM)
        height = self.viewport().height()
        count = max(1, len(self.kernels))
        for tile in TILE_SIZES:
            columns = max(1, (width + px(_GAP)) // px(tile + _GAP))
            rows = -(-count // columns)
            self._tile, self._columns = tile, columns
            if rows * px(tile + _GAP) + px(8) <= height:
                break
        total = rows * px(self._tile + _GAP) + px(8)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, total - height))
        bar.setPageStep(height)
        bar.setSingleStep(px(self._tile + _GAP))
        self.viewport().update()

    def tile_rect(self, number: int) -> QRect:
        """Where the weights of picture `number` lie in the viewport, without frame."""
        pitch, side = px(self._tile + _GAP), px(self._tile)
        row, column = divmod(number, self._columns)
        top = px(8) + row * pitch - self.verticalScrollBar().value()
        box = QRect(px(24) + column * pitch, top, side, side)
        height, width = self.kernels.shape[1:]
        scale = min(side / height, side / width)
        if scale >= 1 and max(height, width) > side / 3:
            scale = math.floor(
                scale
            )  # whole pixels for each weight, where the loss of room is small
        size = QRect(0, 0, max(1, round(width * scale)), max(1, round(height * scale)))
        size.moveCenter(box.center())
        return size

    def weight_at(self, place: QPoint) -> tuple[int, int, int]:
        """(number, row, column) of the weight at a place of the viewport; (-1, -1, -1) for none."""
        pitch = px(self._tile + _GAP)
        row = (place.y() - px(8) + self.verticalScrollBar().value()) // pitch
        column = (place.x() - px(24)) // pitch
        number = row * self._columns + column
        if not (0 <= column < self._columns and 0 <= number < len(self.kernels)):
            return -1, -1, -1
        rect = self.tile_rect(number)
        if not rect.contains(place):
            return -1, -1, -1
        height, width = self.kernels.shape[1:]
        y = (place.y() - rect.top()) * height // rect.height()
        x = (place.x() - rect.left()) * width // rect.width()
        return number, y, x

    def choose(self, number: int) -> None:
        """Mark picture `number` and bring it into view."""
        if not 0 <= number < len(self.kernels):
            return
        self.current = number
        rect, bar = self.tile_rect(number), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + rect.top() - px(8))
        elif rect.bottom() + px(_GAP) > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() + px(_GAP) - self.viewport().height())
        self.viewport().update()
        self.chosen.emit(number)

    # ------------------------------------------------------------ events

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._arrange()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def focusInEvent(self, event) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number, _, _ = self.weight_at(event.position().toPoint())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.choose(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self.weight_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1, -1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self.kernels) - 1
        page = self._columns * max(1, self.viewport().height() // px(self._tile + _GAP))
        goals = {
            Qt.Key.Key_Left: self.current - 1,
            Qt.Key.Key_Right: self.current + 1,
            Qt.Key.Key_Up: self.current - self._columns,
            Qt.Key.Key_Down: self.current + self._columns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
            Qt.Key.Key_PageUp: max(0, self.current - page),
            Qt.Key.Key_PageDown: min(last, self.current + page),
        }
        if Qt.Key(event.key()) in goals:
            self.choose(goals[Qt.Key(event.key())])
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the grid's own menu

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            for number, picture in enumerate(self._pictures):
                rect = self.tile_rect(number)
                if rect.bottom() < 0 or rect.top() > self.viewport().height():
                    continue
                chosen = number == self.current
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
                painter.drawImage(rect, picture)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                frame = QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5)
                painter.setPen(
                    make_pen(color("accent" if chosen else "border"), 2 if chosen else 1)
                )
                painter.drawRect(frame)
                if chosen and self.hasFocus():
                    painter.setPen(make_pen(color("accent"), 1))
                    painter.drawRect(frame.adjusted(-3, -3, 3, 3))
                font = theme.font("filter_number_strong" if chosen else "filter_number")
                painter.setFont(font)
                painter.setPen(color("text" if chosen else "muted"))
                metrics = QFontMetricsF(font)
                name = self.names[number] if number < len(self.names) else str(number + 1)
                x = rect.center().x() + 0.5 - metrics.horizontalAdvance(name) / 2
                painter.drawText(QPointF(x, rect.bottom() + px(8) + metrics.capHeight() / 2), name)
            self._paint_scale(painter)

    def _paint_scale(self, painter: QPainter) -> None:
        text = weight_text(self.limit) if self.limit < 1 else f"{self.limit:.4g}"
        label = QFontMetricsF(current_theme().font("caption")).horizontalAdvance(f"+{text}")
        left = self.viewport().width() - max(px(48), px(13) + px(6) + label + px(5))
        height = min(px(256), self.viewport().height() - px(16))
        rect = QRectF(left, px(8), px(13), height)
        paint_scale(painter, rect, ((1, f"+{text}"), (0, "0"), (-1, f"−{text}")))


class FilterGrid(Plot):
    """Shows a `FilterBank`; the scale is symmetric about 0 and the same for all filters.

    Signals:
        channel_chosen(channel): another input channel is wanted, from 0.
        filter_chosen(number): another filter was chosen, from 0.
        initial_chosen(initial): the initial weights are wanted, or those of now.
    """

    channel_chosen = Signal(int)
    filter_chosen = Signal(int)
    initial_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filters")
        self.setAccessibleName("Filters")
        self._bank: FilterBank | None = None
        self.tiles = _Tiles(self)
        self.tiles.setObjectName("filters.grid")
        self.tiles.setAccessibleName("Filters")
        self.tiles.chosen.connect(self._chosen)
        self.tiles.pointed.connect(self._pointed)
        self.caption = Label("", "caption", "muted", elide=True)
        self.caption.setObjectName("filters.caption")
        self.channels = ComboBox(small=True)
        self.channels.setObjectName("filters.channel")
        self.channels.setAccessibleName("Channel of the input")
        self.channels.chosen.connect(lambda value: self.channel_chosen.emit(int(str(value))))
        self.channels.hide()
        self.time = SegmentedControl([("now", "Now"), ("initial", "Initial")], small=True)
        self.time.setObjectName("filters.time")
        self.time.setAccessibleName("Learned or initial weights")
        self.time.set_segment_help("initial", "The weights that this training began with")
        self.time.chosen.connect(lambda value: self.initial_chosen.emit(value == "initial"))
        self._menu = PlotMenu(self, "filters")
        self._menu.add_saving()
        strip = QHBoxLayout()
        strip.setContentsMargins(px(24), 0, px(16), 0)
        strip.addWidget(self.caption, 1)
        strip.addWidget(self.channels)
        strip.addSpacing(px(8))
        strip.addWidget(self.time)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(3))
        column.setSpacing(0)
        column.addWidget(self.tiles, 1)
        column.addLayout(strip)
        self.caption.setFixedHeight(px(24))
        self.caption.setMinimumWidth(1)

    def show_filters(self, bank: "FilterBank") -> None:
        """Show `bank`; the chosen filter stays chosen, and the scale stays while it fits."""
        before, self._bank = self._bank, bank
        limit = self.tiles.limit
        other = before is None or before.layer_id != bank.layer_id
        if other or not _KEPT * limit < bank.largest <= limit:
            limit = round_up(bank.largest)
        if before is not None and other:
            self.tiles.current = 0
        self.tiles.show_kernels(bank.kernels, bank.names, limit)
        self._show_channels(bank)
        self._describe()

    def bank(self) -> "FilterBank | None":
        return self._bank

    def limit(self) -> float:
        """The end of the scale."""
        return self.tiles.limit

    def table(self) -> PlotTable:
        """Every weight that is shown."""
        rows: list[tuple[object, ...]] = []
        title = "Filters"
        if self._bank is not None:
            bank = self._bank
            title = f"Filters of {bank.layer_id}, channel {bank.channel + 1}"
            for name, kernel in zip(bank.names, bank.kernels, strict=True):
                for (row, column), weight in np.ndenumerate(kernel):
                    rows.append((name, row + 1, column + 1, float(weight)))
        return PlotTable(title, ("filter", "row", "column", "weight"), tuple(rows))

    def _show_channels(self, bank: "FilterBank") -> None:
        if self.channels.count() != bank.channels:
            options = [(number, f"channel {number + 1}") for number in range(bank.channels)]
            self.channels.set_options(options)
        self.channels.set_current(bank.channel)
        self.channels.setVisible(bank.channels > 1)

    def _describe(self) -> None:
        bank, number = self._bank, self.tiles.current
        if bank is None or number >= len(bank.largest_each):
            self.caption.setText("")
            return
        largest = weight_text(float(bank.largest_each[number]))
        text = f"Filter {bank.names[number]} of {len(bank.names)}, largest weight {largest}"
        self.caption.setText(f"Filter {bank.names[number]}, largest {largest}")
        self.caption.setToolTip(plain_tool_tip(text))
        self.tiles.setAccessibleDescription(text)

    def _chosen(self, number: int) -> None:
        self._describe()
        self.filter_chosen.emit(number)

    def _pointed(self, number: int, row: int, column: int) -> None:
        bank = self._bank
        if bank is None or number < 0:
            self._describe()
            return
        weight = weight_text(float(bank.kernels[number, row, column]))
        self.caption.setText(
            f"Filter {bank.names[number]}, row {row + 1}, column {column + 1}: {weight}"
        )

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
