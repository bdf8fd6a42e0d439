"""What a layer makes of one sample: its feature maps, strips along a series, or bars."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.ui.controls import Label
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.filter_grid import round_up, steady_limit
from app.ui.plots.map_figures import figure, precise
from app.ui.plots.named_bars import Bar, NamedBars
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.tile_grid import TileGrid

if TYPE_CHECKING:
    from app.diagnostics.feature_maps import FeatureMaps


class MapWall(Plot):
    """Passive.

    Signals:
        map_pressed(channel, row, column): this number of a map was pressed, all from 0; row and
            column -1 when the map was chosen by Enter.
    """

    map_pressed = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inside.maps.wall")
        self.setAccessibleName("Feature maps")
        self._found: FeatureMaps | None = None
        self._slice = 0
        self._limit: float | None = None
        self.tiles = TileGrid(self)
        self.tiles.setObjectName("inside.maps.tiles")
        self.tiles.setAccessibleName("Feature maps")
        self.tiles.chosen.connect(lambda _: self._describe())
        self.tiles.pointed.connect(self._pointed)
        self.tiles.pressed.connect(self.map_pressed)
        self.bars = NamedBars("inside.maps.bars", "Output of each unit")
        self.caption = Label("", "body", elide=True)
        self.caption.setObjectName("inside.maps.caption")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tiles)
        self._stack.addWidget(self.bars)
        strip = QHBoxLayout()
        strip.setContentsMargins(px(24), 0, px(16), 0)
        strip.addWidget(self.caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(4), 0, 0)
        column.setSpacing(px(4))
        column.addWidget(self._stack, 1)
        column.addLayout(strip)

    def show_maps(self, found: "FeatureMaps", place: int, *, each_by_itself: bool) -> None:
        """Show the output of a layer.

        Args:
            place: which slice of volumes, from 0.
            each_by_itself: whether each map has a colour scale of its own.
        """
        before, self._found = self._found, found
        other = before is None or before.layer_id != found.layer_id
        if other:
            self.tiles.current, self._limit = 0, None
        self._slice = min(place, found.maps.shape[1] - 1)
        signed = found.low < 0
        self._limit = steady_limit(self._limit, max(abs(found.low), abs(found.high)))
        if found.form == "bars":
            bars = tuple(
                Bar(self._bar_name(number), float(value))
                for number, value in enumerate(found.maps.ravel())
            )
            title = f"Output of {found.layer_id}"
            self.bars.show_bars(title, "output", bars, reach=self._limit, signed=signed)
            self._stack.setCurrentWidget(self.bars)
            self.caption.setText(f"From {figure(found.low)} to {figure(found.high)}")
            return
        maps = found.maps[:, self._slice]
        lows, highs = maps.min(axis=(1, 2)), maps.max(axis=(1, 2))
        notes = [
            f"{figure(low)} to {figure(high)}" if low != high else f"all {figure(low)}"
            for low, high in zip(lows.tolist(), highs.tolist(), strict=True)
        ]
        limits: float | list[float] = self._limit
        if each_by_itself:
            limits = [round_up(value) for value in np.maximum(np.abs(lows), np.abs(highs)).tolist()]
        names = [f"{self._what} {name}" for name in found.names]
        self.tiles.show_tiles(maps, names, limits, signed=signed, notes=notes)
        self._stack.setCurrentWidget(self.tiles)
        self._describe()

    @property
    def found(self) -> "FeatureMaps | None":
        """What is shown."""
        return self._found

    @property
    def _what(self) -> str:
        """What one of them is called."""
        return "map" if self._found is not None and self._found.form == "pictures" else "unit"

    def _bar_name(self, number: int) -> str:
        assert self._found is not None
        name = self._found.names[number]
        return f"unit {name}" if name == str(number + 1) else name

    def table(self) -> PlotTable:
        """Every number that is shown."""
        found = self._found
        if found is None:
            return PlotTable("Feature maps", ("map", "row", "column", "output"), ())
        if found.form == "bars":
            return self.bars.table()
        slices = found.maps.shape[1] > 1
        extra = ((self._slice + 1),) if slices else ()
        rows = tuple(
            (found.names[number], *extra, row + 1, column + 1, float(value))
            for (number, row, column), value in np.ndenumerate(found.maps[:, self._slice])
        )
        headers = (self._what, *(("slice",) if slices else ()), "row", "column", "output")
        return PlotTable(f"Output of {found.layer_id}", headers, rows)

    def _describe(self) -> None:
        number, found = self.tiles.current, self._found
        if found is None or number >= len(found.maps):
            self.caption.setText("")
            return
        values = found.maps[number, self._slice]
        zeros = float((values == 0).mean())
        text = (
            f"{self._what.capitalize()} {found.names[number]} of {len(found.maps)}: "
            f"{figure(float(values.min()))} to {figure(float(values.max()))}, "
            f"mean {figure(float(values.mean()))}"
        )
        if found.low >= 0 and zeros:
            text += f", {zeros:.0%} of it 0"
        self.caption.setText(text)
        self.tiles.setAccessibleDescription(text)

    def _pointed(self, number: int, row: int, column: int) -> None:
        found = self._found
        if found is None or number < 0:
            self._describe()
            return
        value = float(found.maps[number, self._slice, row, column])
        where = f"row {row + 1}, column {column + 1}"
        if found.form == "strips":
            where = f"step {column + 1}"
        name = found.names[number]
        self.caption.setText(f"{self._what.capitalize()} {name}, {where}: {precise(value)}")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
