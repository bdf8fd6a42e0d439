"""Curves in the unit square: ROC, precision over recall, calibration."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from app.core.number_words import counted
from app.ui.controls.painting import color, px
from app.ui.plots.axis import Tick, linear_ticks
from app.ui.plots.clear_place import clearest, line_of
from app.ui.plots.framed_plot import BELOW, FramedPlot, ReadingRow
from app.ui.plots.markers import paint_marker
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

SMALL, LARGE = 3.0, 7.0
"""Radii of the dot of a point over next to no samples, and of that over the most, in px."""
FEW = 10
"""A point over fewer samples is an outline: another one would move it by more than a tenth."""
FEW_WORDS = "too few to tell"


@dataclass(frozen=True, eq=False)
class ScoreLine:
    """Attributes:
    name: of the class.
    points: (points, 2), x ascending, both from 0 to 1.
    main: drawn strong, and read under the pointer.
    steps: the value of a point holds from the one before it on.
    counts: (points,) over how many samples each point is; they have dots, the larger the more, and
        their counts beside them where there is room.
    """

    name: str
    points: np.ndarray
    main: bool = False
    steps: bool = False
    counts: np.ndarray | None = None


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
        has_counts = any(line.counts is not None for line in self._lines)
        heads = ("class", self.across, self.title, *(["samples"] * has_counts))
        rows = tuple(
            (line.name, float(x), float(y), *([_count(line, n)] * has_counts))
            for line in self._lines
            for n, (x, y) in enumerate(line.points)
        )
        return PlotTable(self._subject, heads, rows)

    def x_ticks(self) -> Sequence[Tick]:
        return linear_ticks(0.0, 1.0, 4)

    def y_ticks(self) -> Sequence[Tick]:
        return linear_ticks(0.0, 1.0, 4)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        rows, ink = [], color("accent")
        for line in self._lines:
            if not line.main or not len(line.points):
                continue
            if line.counts is not None:  # between the points there is nothing
                near = int(np.abs(line.points[:, 0] - x).argmin())
                x, height = line.points[near].tolist()
                rows.append(ReadingRow(ink, "dot", f"{self.title.lower()} {height:.3f}"))
                number = int(line.counts[near])
                few = f" ({FEW_WORDS})" if number < FEW else ""
                rows.append(ReadingRow(ink, "dot", f"of {counted(number, 'sample')}{few}"))
            else:
                told = f"{self.title.lower()} {value_at(line, x):.3f}, {line.name}"
                rows.append(ReadingRow(ink, "dot", told))
        return f"{self.across} {x:.2f}", rows

    def paint_content(self, painter: QPainter) -> None:
        if self._guide:
            self.paint_line(painter, self._guide, color("control_border"), 1.25, (4, 4))
        for line in sorted(self._lines, key=lambda one: one.main):
            ink = color("accent" if line.main else "muted")
            if not line.main:
                ink.setAlphaF(0.55)
            points = drawn_points(line)
            thin = not line.main or line.counts is not None
            self.paint_line(painter, points, ink, 1.25 if thin else 2.0)
            if line.counts is not None and line.main:
                painter.setClipping(False)  # a dot at the edge is whole
                self._paint_counts(painter, line, ink)

    def _paint_counts(self, painter: QPainter, line: ScoreLine, ink: QColor) -> None:
        """A dot for each point, and beside it over how many samples it is."""
        painter.setFont(current_theme().font("caption"))
        ascent = QFontMetricsF(painter.font()).ascent()
        for place, radius, filled in self.dots():
            paint_marker(painter, "dot", place, radius, ink if filled else color("panel"))
            paint_marker(painter, "dot", place, radius, ink, hollow=True)
        painter.setPen(color("muted"))
        for text, box in self.count_boxes():
            painter.drawText(box.topLeft() + QPointF(0, ascent), text)

    def dots(self) -> list[tuple[QPointF, float, bool]]:
        """Of each point of the main line with counts its place, the radius of its dot, which grows
        with the root of the count, and whether it is over more than a few samples.
        """
        line = self._counted_line()
        if line is None or line.counts is None:
            return []
        most = max(1.0, float(line.counts.max()))
        return [
            (self.at(x, y), px(1) * (SMALL + (LARGE - SMALL) * (n / most) ** 0.5), n >= FEW)
            for (x, y), n in zip(line.points.tolist(), line.counts.tolist(), strict=True)
        ]

    def count_boxes(self) -> list[tuple[str, QRectF]]:
        """The counts beside the dots, where they are clear of the line and of each other."""
        line = self._counted_line()
        if line is None or line.counts is None:
            return []
        metrics = QFontMetricsF(current_theme().font("caption"))
        frame = self.frame()
        lines = [
            line_of([place for place, _, _ in self.dots()]),
            line_of(self.places(self._guide)),
            line_of([frame.topLeft(), frame.bottomLeft()]),
        ]
        taken = [QRectF(place.x() - r, place.y() - r, 2 * r, 2 * r) for place, r, _ in self.dots()]
        room = QRectF(self.rect()).adjusted(
            frame.left() - px(4), frame.top() - px(8), 0, -px(BELOW)
        )
        found = []
        for (place, radius, _), number in zip(self.dots(), line.counts.tolist(), strict=True):
            text = f"{int(number):,}"
            size = QSizeF(metrics.horizontalAdvance(text), metrics.ascent() + 1)
            boxes = _boxes_around(place, radius + px(3), size)
            box = clearest((one for one in boxes if room.contains(one)), lines, taken)
            if box is not None:
                taken.append(box)
                found.append((text, box))
        return found

    def _counted_line(self) -> ScoreLine | None:
        return next((one for one in self._lines if one.main and one.counts is not None), None)


def _boxes_around(place: QPointF, away: float, size: QSizeF) -> list[QRectF]:
    """Over and under `place`, then on both sides: just over and under a level line, and on it."""
    over, under = place.y() - size.height(), place.y()
    sides = (place.x() + away, place.x() - away - size.width())
    across = place.x() - size.width() / 2
    corners = [(across, over - away), (across, under + away)]
    corners += [(left, top) for top in (over - 2, under + 2) for left in sides]
    corners += [(left, place.y() - size.height() / 2) for left in sides]
    return [QRectF(QPointF(*corner), size) for corner in corners]


def _count(line: ScoreLine, number: int) -> int | None:
    return None if line.counts is None else int(line.counts[number])


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
