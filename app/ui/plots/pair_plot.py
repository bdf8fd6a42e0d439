"""Two numbers of each sample against each other: predicted and actual, residual and predicted."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import color, px
from app.ui.plots.axis import Tick, figures_text, linear_ticks, nice_range
from app.ui.plots.framed_plot import FramedPlot, ReadingRow
from app.ui.plots.markers import marker_stamp
from app.ui.plots.plot_table import PlotTable

MOST_POINTS = 4000
"""So many points are drawn; of more samples some, evenly."""
NEAR = 12
"""A point is pressed within so many px."""


class PairPlot(FramedPlot):
    """Points, and a line on which they would stand if all were right.

    Signals:
        sample_chosen(place): the point of this sample was pressed.
    """

    sample_chosen = Signal(int)

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(name, title, parent)
        self._subject = title
        self._places = np.zeros(0, np.int64)
        self._x, self._y = np.zeros(0), np.zeros(0)
        self._diagonal = True
        self.chosen: int | None = None

    def show_pairs(
        self, across: str, up: str, x: np.ndarray, y: np.ndarray, *, diagonal: bool
    ) -> None:
        """Show (samples,) against (samples,), finite.

        Args:
            diagonal: the line where both are equal; else that where `y` is 0.
        """
        self.across, self.title, self._diagonal = across, up, diagonal
        places = np.arange(len(x))
        if len(x) > MOST_POINTS:
            places = np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(np.int64)
        self._places, self._x, self._y = places, x[places], y[places]
        self.chosen = None
        if len(x):
            low, high = float(self._x.min()), float(self._x.max())
            down, top = float(self._y.min()), float(self._y.max())
            if diagonal:
                low = down = min(low, down)
                high = top = max(high, top)
            else:
                down, top = min(down, 0.0), max(top, 0.0)
            self.x_range, self.y_range = nice_range(low, high), nice_range(down, top)
            self.key_step = (self.x_range[1] - self.x_range[0]) / 50
            self.setAccessibleDescription(
                f"{len(x):,} samples, {across} from {figures_text(low)} to {figures_text(high)}"
            )
        self.refresh()

    @property
    def drawn(self) -> int:
        """How many points are drawn."""
        return len(self._places)

    def set_chosen(self, place: int | None) -> None:
        """Ring the point of a sample, where it is drawn."""
        self.chosen = place
        self.refresh()

    def point_of(self, place: int) -> QPointF | None:
        """Where the point of a sample lies in the widget; None where it is not drawn."""
        found = np.flatnonzero(self._places == place)
        return self.at(float(self._x[found[0]]), float(self._y[found[0]])) if len(found) else None

    def table(self) -> PlotTable:
        rows = tuple(
            (int(place) + 1, float(x), float(y))
            for place, x, y in zip(self._places, self._x, self._y, strict=True)
        )
        return PlotTable(self._subject, ("sample", self.across, self.title), rows)

    def x_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.x_range, 5)

    def y_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.y_range, 5)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        if not len(self._x):
            return f"{self.across} {figures_text(x)}", []
        nearest = int(np.argmin(np.abs(self._x - x)))
        text = f"{self.title.lower()} {figures_text(float(self._y[nearest]))}"
        head = f"{self.across} {figures_text(float(self._x[nearest]))}"
        return head, [ReadingRow(color("accent"), "dot", text)]

    def paint_content(self, painter: QPainter) -> None:
        (left, right), (bottom, top) = self.x_range, self.y_range
        if self._diagonal:
            ends = [(max(left, bottom),) * 2, (min(right, top),) * 2]
        else:
            ends = [(left, 0.0), (right, 0.0)]
        self.paint_line(painter, ends, color("control_border"), 1.25, (4, 4))
        ratio = self.devicePixelRatioF()
        ink = color("accent")
        ink.setAlphaF(0.75 if len(self._x) < 500 else 0.4)
        stamp = marker_stamp("dot", px(3), ink, edge=None, hollow=False, ratio=ratio)
        half = stamp.width() / ratio / 2
        for place in self.places(zip(self._x.tolist(), self._y.tolist(), strict=True)):
            painter.drawPixmap(place - QPointF(half, half), stamp)
        ringed = None if self.chosen is None else self.point_of(self.chosen)
        if ringed is not None:
            ring = marker_stamp("dot", px(6), color("text"), edge=None, hollow=True, ratio=ratio)
            half = ring.width() / ratio / 2
            painter.drawPixmap(ringed - QPointF(half, half), ring)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not len(self._x):
            return
        spots = np.array([(p.x(), p.y()) for p in self.places(zip(self._x, self._y, strict=True))])
        away = np.hypot(spots[:, 0] - event.position().x(), spots[:, 1] - event.position().y())
        nearest = int(np.argmin(away))
        if away[nearest] <= px(NEAR):
            self.sample_chosen.emit(int(self._places[nearest]))
