"""The learned filters of a layer as small pictures in the colours of sign."""

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QContextMenuEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.controls import ComboBox, Label, SegmentedControl, plain_tool_tip
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.sign_picture import weight_text
from app.ui.plots.tile_grid import TileGrid

if TYPE_CHECKING:
    from app.diagnostics.filters import FilterBank

TILE_SIZES = (104, 78, 52, 40, 30, 24)
"""Sides of a picture; the largest is taken with which all fit."""
_KEPT = 0.5
"""The scale stays while the largest weight is above this share of it, so that colours do not
flicker.
"""


def steady_limit(before: float | None, largest: float) -> float:
    """The end of a scale for numbers up to `largest`: the one from before while it fits."""
    if before is not None and _KEPT * before < largest <= before:
        return before
    return round_up(largest)


def round_up(value: float) -> float:
    """The next number with two figures: 1.13 gives 1.2."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return math.ceil(round(value / unit, 5)) * unit


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
        self._limit = 1.0
        self.tiles = TileGrid(self, TILE_SIZES, TILE_SIZES[-1])
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
        other = before is None or before.layer_id != bank.layer_id
        self._limit = steady_limit(None if other else self._limit, bank.largest)
        if before is not None and other:
            self.tiles.current = 0
        self.tiles.show_tiles(bank.kernels, bank.names, self._limit)
        self._show_channels(bank)
        self._describe()

    def bank(self) -> "FilterBank | None":
        return self._bank

    def limit(self) -> float:
        """The end of the scale."""
        return self._limit

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
