"""Curves in the unit square: ROC, precision over recall, calibration."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import color, px
from app.ui.plots.axis import Tick, linear_ticks
from app.ui.plots.framed_plot import FramedPlot, ReadingRow
from app.ui.plots.markers import paint_marker
from app.ui.plots.plot_table import PlotTable


@dataclass(frozen=True, eq=False)
class ScoreLine:
    """Attributes:
    name: of the class.
    points: (points, 2), x ascending, both from 0 to 1.
    main: drawn strong, and read under the pointer.
    steps: the value of a point holds from the one before it on.
    dots: each point has a marker.
    """

    name: str
    points: np.ndarray
    main: bool = False
    steps: bool = False
    dots: bool = False


class ScorePlot(FramedPlot):
    """Lines over a diagonal, or over a level; the main one in accent."""

    def __init__(
        self, name: str, title: str, across: str, up: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(name, title, parent)
        self.title, self.across, self._subject = up, across, title
        self.key_step = 0.02
        self._lines: tuple[ScoreLine, ...] = ()
        self._guide: tuple[tuple[float, float], ...] = ()

    def show_lines(
        self, lines: Sequence[ScoreLine], guide: Sequence[tuple[float, float]] = ()
    ) -> None:
        """Show these, and a dashed line of what chance, or honesty, would do."""
        self._lines, self._guide = tuple(lines), tuple(guide)
        main = next((line for line in self._lines if line.main), None)
        told = "" if main is None else f"{main.name}, {len(main.points):,} points"
        self.setAccessibleDescription(told)
        self.refresh()

    def table(self) -> PlotTable:
        rows = tuple(
            (line.name, float(x), float(y)) for line in self._lines for x, y in line.points
        )
        return PlotTable(self._subject, ("class", self.across, self.title), rows)

    def x_ticks(self) -> Sequence[Tick]:
        return linear_ticks(0.0, 1.0, 4)

    def y_ticks(self) -> Sequence[Tick]:
        return linear_ticks(0.0, 1.0, 4)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        rows = [
            ReadingRow(
                color("accent"), "dot", f"{self.title.lower()} {value_at(line, x):.3f}, {line.name}"
            )
            for line in self._lines
            if line.main and len(line.points)
        ]
        return f"{self.across} {x:.2f}", rows

    def paint_content(self, painter: QPainter) -> None:
        if self._guide:
            self.paint_line(painter, self._guide, color("control_border"), 1.25, (4, 4))
        for line in sorted(self._lines, key=lambda one: one.main):
            ink = color("accent" if line.main else "muted")
            if not line.main:
                ink.setAlphaF(0.55)
            points = drawn_points(line)
            self.paint_line(painter, points, ink, 2.0 if line.main else 1.25)
            if line.dots and line.main:
                for x, y in line.points:
                    paint_marker(painter, "dot", self.at(x, y), px(3.5), ink, edge=color("panel"))


def drawn_points(line: ScoreLine) -> list[tuple[float, float]]:
    """The corners of a line."""
    points = [(float(x), float(y)) for x, y in line.points]
    if not line.steps or not points:
        return points
    corners, before = [], 0.0
    for x, y in points:
        corners += [(before, y), (x, y)]
        before = x
    return corners


def value_at(line: ScoreLine, x: float) -> float:
    """The height of a line at `x`."""
    across, up = line.points[:, 0], line.points[:, 1]
    if line.steps:
        return float(up[min(int(np.searchsorted(across, x)), len(up) - 1)])
    return float(np.interp(x, across, up))
