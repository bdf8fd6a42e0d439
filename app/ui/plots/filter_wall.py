"""All filters of a layer: one channel of them or all, now, at the beginning, and what changed."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.controls import Label
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.filter_grid import steady_limit
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.sign_picture import weight_text
from app.ui.plots.tile_grid import TileGrid

if TYPE_CHECKING:
    from app.diagnostics.filters import LayerFilters

Times = Literal["now", "initial", "change", "beside"]
ALL = -1
"""All channels at once, instead of one."""

_WORDS = {"now": "now", "initial": "initial", "change": "change"}


class FilterWall(Plot):
    """Passive. One colour scale, symmetric about 0, for all filters and channels of the layer.

    Signals:
        filter_chosen(number): another filter was chosen, from 0.
    """

    filter_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inside.filters.wall")
        self.setAccessibleName("Filters of the layer")
        self._layer_id = ""
        self._names: tuple[str, ...] = ()
        self._now = self._initial = np.zeros((0, 1, 1, 1, 1), np.float32)
        self._channels: tuple[int, ...] = (0,)
        self._slice = 0
        self._times: tuple[str, ...] = ("now",)
        self._limits: dict[str, float] = {}
        self.tiles = TileGrid(self)
        self.tiles.setObjectName("inside.filters.tiles")
        self.tiles.setAccessibleName("Filters of the layer")
        self.tiles.chosen.connect(self._chosen)
        self.tiles.pointed.connect(self._pointed)
        self.caption = Label("", "body", elide=True)
        self.caption.setObjectName("inside.filters.caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, px(8))
        column.setSpacing(px(4))
        column.addWidget(self.tiles, 1)
        strip = QVBoxLayout()
        strip.setContentsMargins(px(24), 0, px(16), 0)
        strip.addWidget(self.caption)
        column.addLayout(strip)

    def show_filters(
        self,
        now: "LayerFilters",
        initial: "LayerFilters | None",
        channel: int,
        place: int,
        times: Times,
    ) -> None:
        """Show the filters of a layer.

        Args:
            initial: those that the run began with; None while they are not known.
            channel: of the input, from 0, or `ALL`.
            place: which slice of filters that are volumes, from 0.
            times: "beside" shows initial, now and change side by side.
        """
        other = now.layer_id != self._layer_id
        if other:
            self._limits.clear()
            self.tiles.current = 0
        self._layer_id, self._names = now.layer_id, now.names
        self._now = now.weights
        before = now.weights if initial is None else initial.weights
        known = initial is not None and before.shape == now.weights.shape
        self._initial = before if known else now.weights
        count, slices = now.weights.shape[1:3]
        self._channels = tuple(range(count)) if channel == ALL else (min(channel, count - 1),)
        self._slice = min(place, slices - 1)
        wanted = ("initial", "now", "change") if times == "beside" else (times,)
        self._times = wanted if known else ("now",)
        self._show()

    def _weights(self, time: str) -> np.ndarray:
        """(filters, channels, slices, height, width)."""
        if time == "change":
            return self._now - self._initial
        return self._now if time == "now" else self._initial

    def _show(self) -> None:
        key = "change" if self._times == ("change",) else "weights"
        arrays = [self._weights(time) for time in self._times]
        reach = arrays if key == "change" else [self._now, self._initial]
        largest = max(float(np.abs(array).max()) for array in reach)
        limit = steady_limit(self._limits.get(key), largest)
        self._limits[key] = limit
        cut = [array[:, list(self._channels), self._slice] for array in arrays]
        tiles = np.stack(cut, axis=2)
        group = tiles.shape[1] * tiles.shape[2]
        self.tiles.show_tiles(
            tiles.reshape(-1, *tiles.shape[3:]), self._tile_name, limit, group=group
        )
        self._describe()

    # ---- which tile is what
    def what(self, tile: int) -> tuple[int, int, str]:
        """(filter, channel, time) of a picture; the first two from 0."""
        rest, time = divmod(tile, len(self._times))
        number, channel = divmod(rest, len(self._channels))
        return number, self._channels[channel], self._times[time]

    def _tile_name(self, tile: int) -> str:
        number, channel, time = self.what(tile)
        parts = [self._names[number]]
        if len(self._channels) > 1:
            parts.append(f"ch. {channel + 1}")
        if len(self._times) > 1:
            parts.append(_WORDS[time])
        return ", ".join(parts)

    def limit(self) -> float:
        """The end of the scale."""
        limits = self.tiles.limits
        assert isinstance(limits, float)
        return limits

    def table(self) -> PlotTable:
        """Every weight that is shown."""
        rows: list[tuple[object, ...]] = []
        slices = self._now.shape[2] > 1
        for tile, weights in enumerate(self.tiles.values):
            number, channel, time = self.what(tile)
            where = (self._names[number], channel + 1, *((self._slice + 1,) if slices else ()))
            for (row, column), weight in np.ndenumerate(weights):
                rows.append((*where, _WORDS[time], row + 1, column + 1, float(weight)))
        headers = ("filter", "channel", *(("slice",) if slices else ()), "when", "row", "column")
        return PlotTable(f"Filters of {self._layer_id}", (*headers, "weight"), tuple(rows))

    # ---- words
    def _describe(self) -> None:
        tile = self.tiles.current
        if tile >= len(self.tiles.values):
            self.caption.setText("")
            return
        weights = self.tiles.values[tile]
        largest = float(weights.ravel()[np.abs(weights).argmax()])
        text = f"{self._words(tile)}: largest {weight_text(largest)}, {_size_text(weights)}"
        self.caption.setText(text)
        self.tiles.setAccessibleDescription(text)

    def _words(self, tile: int) -> str:
        number, channel, time = self.what(tile)
        words = f"Filter {self._names[number]} of {len(self._names)}, channel {channel + 1}"
        return f"{words}, {_WORDS[time]}" if self._times != ("now",) else words

    def _chosen(self, tile: int) -> None:
        self._describe()
        self.filter_chosen.emit(self.what(tile)[0])

    def _pointed(self, tile: int, row: int, column: int) -> None:
        if tile < 0:
            self._describe()
            return
        number, channel, _ = self.what(tile)
        at = (number, channel, self._slice, row, column)
        now, initial = float(self._now[at]), float(self._initial[at])
        text = f"{self._words(tile)}, row {row + 1}, column {column + 1}: {weight_text(now)}"
        if self._times != ("now",):
            change = weight_text(now - initial, sign=True)
            text += f" now, {weight_text(initial)} at first, change {change}"
        self.caption.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))


def _size_text(weights: np.ndarray) -> str:
    height, width = weights.shape
    return f"{height} × {width} weights"
