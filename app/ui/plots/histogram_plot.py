"""A histogram, and one from before behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, figures_text, linear_ticks
from app.ui.plots.framed_plot import FramedPlot, ReadingRow
from app.ui.plots.legend import LegendEntry
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

CUT_FROM = 3.0
"""A bar that is so many times as high as the next is cut off, and its share written on it."""

LINE = 2.0
BAR_OPACITY, AREA_OPACITY, LIT_OPACITY = 0.55, 0.35, 0.12


@dataclass(frozen=True)
class Bins:
    """Attributes:
    name: "epoch 12", "initial".
    edges: (bins + 1,), rising.
    counts: (bins,) values in each; a value on the upper edge of the last one is in it.
    """

    name: str
    edges: np.ndarray
    counts: np.ndarray

    @property
    def whole(self) -> int:
        return int(self.counts.sum())

    @property
    def densities(self) -> np.ndarray:
        """(bins,): the area over each bin is its share, so that bins of any width compare."""
        return np.asarray(self.counts / (max(1, self.whole) * np.diff(self.edges)))

    def bin_at(self, value: float) -> int | None:
        place = int(np.searchsorted(self.edges, value, side="right")) - 1
        if value == self.edges[-1]:
            place = len(self.counts) - 1
        return place if 0 <= place < len(self.counts) else None


class HistogramPlot(FramedPlot):
    """Bars for the epoch that is shown; where there are initial weights these are an area behind,
    and it a stepped line before them.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Histogram", parent)
        self._now: Bins | None = None
        self._before: Bins | None = None
        self._limits: tuple[float, ...] = ()
        self._subject = ""
        self.across = "value"

    def show_bins(
        self,
        subject: str,
        now: Bins,
        before: Bins | None,
        values: tuple[float, float],
        limits: Sequence[float] = (),
    ) -> None:
        """Show `now`, and `before` behind it.

        Args:
            subject: "kernel of dense_1".
            values: the axis goes from the first to the second.
            limits: where outputs begin to be saturated.
        """
        self._subject, self._now, self._before = subject, now, before
        self._limits = tuple(limits)
        self.title = "Density: share of the values by width"
        low, high = values
        room = (high - low) * 0.03 or max(abs(low), 1e-6) * 0.1
        self.x_range = (low - room, high + room)
        self.key_step = (self.x_range[1] - self.x_range[0]) / 40
        self.y_range = (0.0, self._top())
        entries = [LegendEntry(now.name, "accent", 6.0, opacity=BAR_OPACITY)]
        if before is not None:
            entries = [
                LegendEntry(now.name, "accent", LINE),
                LegendEntry(before.name, "muted", 6.0, opacity=AREA_OPACITY),
            ]
        self.legend = tuple(entries)
        self.setAccessibleDescription(f"{subject}: {now.whole:,} values")
        self.refresh()

    def table(self) -> PlotTable:
        """A row for each bin of each."""
        rows: list[tuple[object, ...]] = []
        for bins in (self._now, self._before):
            if bins is not None:
                edges = bins.edges.tolist()
                places = zip(edges, edges[1:], bins.counts.tolist(), strict=False)
                rows += [(bins.name, low, high, count) for low, high, count in places]
        headers = ("when", "from", "to", "values")
        return PlotTable(f"Histogram of {self._subject}", headers, tuple(rows))

    # ---- axes
    def x_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.x_range, max(2, round(self.frame().width() / px(70))))

    def y_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.y_range, max(2, round(self.frame().height() / px(40))))

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        rows = []
        for bins, ink, marker in ((self._now, "accent", "bar"), (self._before, "muted", "square")):
            place = None if bins is None else bins.bin_at(x)
            if bins is None:
                continue
            text = f"{bins.name}: none here"
            if place is not None:
                low, high = (figures_text(float(edge)) for edge in bins.edges[place : place + 2])
                count = int(bins.counts[place])
                share = 100 * count / max(1, bins.whole)
                text = f"{bins.name}: {count:,} ({share:.3g}%) from {low} to {high}"
            rows.append(ReadingRow(color(ink), marker, text))
        return f"value {figures_text(x)}", rows

    def _top(self) -> float:
        """How high the axis is: the highest bar, or less where one alone is far above the rest."""
        shown = [bins for bins in (self._now, self._before) if bins is not None]
        highs = sorted(float(d) for bins in shown for d in bins.densities if d > 0)
        if not highs:
            return 1.0
        # One lone bar of each may be cut off, the bar of all zeros for example.
        lone = [
            count
            for count in range(1, min(len(shown), len(highs) - 1) + 1)
            if highs[-count] > CUT_FROM * highs[-count - 1]
        ]
        return 1.12 * (1.5 * highs[-lone[-1] - 1] if lone else highs[-1])

    # ---- painting
    def paint_content(self, painter: QPainter) -> None:
        if self._now is None:
            return
        box = self.frame()
        if self._before is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_faint("muted", AREA_OPACITY))
            painter.drawPolygon(self._steps(self._before))
            painter.setPen(make_pen(color("accent"), LINE))
            painter.setBrush(_faint("accent", LIT_OPACITY))
            painter.drawPolygon(self._steps(self._now))
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_faint("accent", BAR_OPACITY))
            painter.drawRects([self._bar(*bar, box.bottom()) for bar in self._bars(self._now)])
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_cut(painter, box)
        painter.setPen(make_pen(color("error"), 1, dashes=(4, 3)))
        for limit in self._limits:
            x = self.at(limit, 0).x()
            painter.drawLine(QLineF(x, box.top(), x, box.bottom()))

    def _bar(self, left: float, right: float, height: float, foot: float) -> QRectF:
        """A bar in whole px, with a gap before the next."""
        low, high = self.places([(left, 0), (right, height)])
        first, behind, top = round(low.x()), round(high.x()) - 1, round(high.y())
        return QRectF(first, top, max(behind - first, 2), round(foot) - top)

    def _bars(self, bins: Bins) -> list[tuple[float, float, float]]:
        """(left, right, density) of the bins that hold anything."""
        edges = bins.edges.tolist()
        heights = bins.densities.tolist()
        return [
            (low, high, height)
            for low, high, height in zip(edges, edges[1:], heights, strict=False)
            if height > 0
        ]

    def _steps(self, bins: Bins) -> QPolygonF:
        """The outline of all bars together."""
        edges, heights = bins.edges.tolist(), bins.densities.tolist()
        points = [(edges[0], 0.0)]
        for low, high, height in zip(edges, edges[1:], heights, strict=False):
            points += [(low, height), (high, height)]
        points.append((edges[-1], 0.0))
        return QPolygonF(self.places(points))

    def _paint_cut(self, painter: QPainter, box: QRectF) -> None:
        """A bar that is cut off says how much it holds."""
        assert self._now is not None
        tallest = int(self._now.densities.argmax())
        if self._now.densities[tallest] <= self.y_range[1]:
            return
        left, right = (self.at(edge, 0).x() for edge in self._now.edges[tallest : tallest + 2])
        gap = box.top() + px(14)
        painter.setPen(make_pen(color("panel"), px(3)))
        wide = max(right - left, 2.0)
        painter.drawLine(QPointF(left - 2, gap + px(3)), QPointF(left + wide + 1, gap - px(3)))
        share = 100 * int(self._now.counts[tallest]) / max(1, self._now.whole)
        text = f"{share:.3g}% in this bar"
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(color("text"))
        place = left + wide + px(6)
        if place + metrics.horizontalAdvance(text) > box.right():
            place = left - px(6) - metrics.horizontalAdvance(text)
        baseline = QPointF(place, box.top() + px(12))
        around = metrics.tightBoundingRect(text).translated(baseline)
        painter.fillRect(around.adjusted(-px(2), -px(2), px(2), px(2)), color("panel"))
        painter.drawText(baseline, text)


def _faint(token: str, opacity: float) -> QColor:
    ink = color(token)
    ink.setAlphaF(opacity)
    return ink
