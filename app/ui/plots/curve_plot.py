"""Curves over epochs: a view box of pyqtgraph with the frame of the drawing around it."""

import math
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, linear_ticks, log_range, log_ticks, nice_range, spread
from app.ui.plots.clear_place import clearest, crossings
from app.ui.plots.history_series import peaks
from app.ui.plots.markers import paint_marker
from app.ui.theme import current_theme

Floats = NDArray[np.float64]
LONG_LINE = 150
"""From this number of points on a line is drawn in pieces."""


@dataclass(frozen=True)
class Curve:
    """One line. `x` and `y` are finite; `ink` is a token of the theme or a colour `#RRGGBB`.

    Attributes:
        label: written at the right end of the plot, in bold when `strong`; none when empty.
        marker: at the last point: "dot" or one of the theme's markers; none when empty.
        opacity: below 1 for what is drawn behind (raw values under smoothed ones).
    """

    x: Floats
    y: Floats
    ink: str
    width: float
    label: str = ""
    strong: bool = False
    marker: str = ""
    opacity: float = 1.0
    counts_for_range: bool = True

    def color(self) -> QColor:
        shade = QColor(self.ink) if self.ink.startswith("#") else color(self.ink)
        shade.setAlphaF(self.opacity)
        return shade


@dataclass
class PlotMarks:
    """What is drawn over and under the curves; epochs, or None for nothing.

    Attributes:
        best: (epoch, value) of the ring; the value may be None.
        best_text: above it.
        best_kept: whether the model has the weights of that epoch: only then a dashed line goes
            through it.
        patience: first and last epoch of the shade.
        foot_text: words at the right foot of the shade, and their token.
        changes: (epochs done, words) of small marks on the axis; words that would stand on others
            are left out.
        pointer: epoch under the pointer.
    """

    best: tuple[int, float | None] | None = None
    best_text: str = ""
    best_kept: bool = True
    patience: tuple[int, int] | None = None
    foot_text: str = ""
    foot_token: str = "accent"
    changes: tuple[tuple[float, str], ...] = ()
    pointer: int | None = None
    pointer_values: list[tuple[float, QColor]] = field(default_factory=list)


class CurvePlot:
    """Curves in `rect` (px of the scene), with title, axes, grid and end labels.

    Args:
        cut_start: whether the first steep epochs may lie outside of a linear axis.

    Attributes:
        limits: what the values cannot leave, nor a linear axis.
    """

    def __init__(self, *, cut_start: bool = False) -> None:
        self.title = ""
        self.beside_head = 0.0
        self.cut_start = cut_start
        self.log_scale = False
        self.limits = (-math.inf, math.inf)
        self.rect = QRectF()
        self.marks = PlotMarks()
        self.curves: list[Curve] = []
        self.box = pg.ViewBox(enableMenu=False, border=None, defaultPadding=0)
        self.box.setZValue(0)
        self._items: list[pg.PlotCurveItem] = []

    # ------------------------------------------------------------ curves

    def place(self, rect: QRectF) -> None:
        self.rect = rect
        self.box.setGeometry(rect)

    def set_curves(self, curves: list[Curve]) -> None:
        """Show `curves`, the first at the bottom. What has no place on a logarithmic axis lies at
        its lower edge, which is said beside the title.
        """
        self.curves = curves
        while len(self._items) > len(curves):
            self.box.removeItem(self._items.pop())
        while len(self._items) < len(curves):
            item = pg.PlotCurveItem(antialias=True)
            self._items.append(item)
            self.box.addItem(item, ignoreBounds=True)
        self.draw_curves()

    def draw_curves(self) -> None:
        """Give pyqtgraph the part of the curves that is in view, with no more points than pixels
        need.
        """
        (low, high), _ = self.box.viewRange()
        for curve, item in zip(self.curves, self._items, strict=True):
            x, y = self.placed(curve)
            if len(x) > 2 * self.rect.width():
                first = max(0, int(np.searchsorted(x, low)) - 1)
                last = int(np.searchsorted(x, high)) + 2
                x, y = peaks(x[first:last], y[first:last], max(16, int(self.rect.width())))
            pen = make_pen(curve.color(), curve.width * current_theme().scale)
            pen.setCosmetic(True)
            # One long thick line with joints takes Qt 20 times as long as its pieces.
            item.setSegmentedLineMode("on" if len(x) > LONG_LINE else "off")
            item.setData(x, y, pen=pen)

    def scaled(self, curve: Curve) -> tuple[Floats, Floats]:
        """The points of `curve` that have a place on the axis, in its units."""
        if not self.log_scale:
            return curve.x, curve.y
        positive = curve.y > 0
        return curve.x[positive], np.log10(curve.y[positive])

    def placed(self, curve: Curve) -> tuple[Floats, Floats]:
        """All points of `curve` in the units of the axis; at its lower edge, as it is shown now,
        those that have no place on it.
        """
        if not self.log_scale:
            return curve.x, curve.y
        positive = curve.y > 0
        y = np.full(len(curve.y), self.box.viewRange()[1][0])
        y[positive] = np.log10(curve.y[positive])
        return curve.x, y

    def axis_value(self, value: float) -> float:
        """`value` in the units of the axis; its lower end when it has no place there."""
        if not self.log_scale:
            return value
        return float(np.log10(value)) if value > 0 else float(self.box.viewRange()[1][0])

    @property
    def below(self) -> str:
        """What is shown at the lower edge of a logarithmic axis: "0" or "0 or less"; "" for
        nothing.
        """
        if not self.log_scale:
            return ""
        lowest = min((float(c.y.min()) for c in self.curves if len(c.y)), default=1.0)
        return "" if lowest > 0 else "0" if lowest == 0 else "0 or less"

    def falls(self, curve: Curve) -> list[float]:
        """The epochs at which `curve` leaves a logarithmic axis."""
        if not self.log_scale or not len(curve.y):
            return []
        gone = curve.y <= 0
        first = gone & ~np.concatenate([[False], gone[:-1]])
        return [float(x) for x in curve.x[first]]

    # ------------------------------------------------------------ ranges

    def fit(self, x_range: tuple[float, float]) -> None:
        """Show all epochs of `x_range` and the values that say something."""
        low, high = self._value_range()
        self.box.setRange(xRange=x_range, yRange=(low, high), padding=0, disableAutoRange=True)

    def _value_range(self) -> tuple[float, float]:
        parts = [self.scaled(c)[1] for c in self.curves if c.counts_for_range]
        values = np.concatenate(parts) if parts else np.empty(0)
        if len(values) == 0:
            return (-2.0, 0.0) if self.log_scale else (0.0, 1.0)
        low, high = float(values.min()), float(values.max())
        if self.log_scale:
            bottom, top = log_range(10.0**low, 10.0**high)
            # A single value near zero must not flatten everything else.
            return max(bottom, top - 12), top
        ends = _without_start(parts, low, high) if self.cut_start else (low, high)
        return nice_range(*ends, limits=self.limits)

    def ticks(self) -> list[Tick]:
        """Places and texts of the vertical axis as it is shown now."""
        low, high = self.box.viewRange()[1]
        count = max(2, int(self.rect.height() / px(28)))
        return (
            log_ticks(low, high, count)
            if self.log_scale
            else linear_ticks(low, high, min(4, count))
        )

    # ------------------------------------------------------------ places

    def at(self, x: float, y: float) -> QPointF:
        """Where a point of the axes lies in the scene."""
        (x0, x1), (y0, y1) = self.box.viewRange()
        return QPointF(
            self.rect.left() + (x - x0) / ((x1 - x0) or 1) * self.rect.width(),
            self.rect.bottom() - (y - y0) / ((y1 - y0) or 1) * self.rect.height(),
        )

    def epoch_at(self, place: float) -> float:
        """The epoch at a horizontal place of the scene."""
        x0, x1 = self.box.viewRange()[0]
        return x0 + (place - self.rect.left()) / max(1.0, self.rect.width()) * (x1 - x0)

    # ------------------------------------------------------------ painting

    def paint_ground(self, painter: QPainter) -> None:
        """Shade, grid, axes, ticks and title; below the curves."""
        theme, rect = current_theme(), self.rect
        if self.marks.patience is not None:
            left = max(rect.left(), self.at(self.marks.patience[0], 0).x())
            right = min(rect.right(), self.at(self.marks.patience[1], 0).x())
            if right > left:
                painter.fillRect(
                    QRectF(left, rect.top(), right - left, rect.height()), color("shade")
                )
        caption = theme.font("caption")
        metrics = QFontMetricsF(caption)
        painter.setFont(caption)
        for value, text in self.ticks():
            y = self.at(0, value).y()
            if abs(y - rect.bottom()) > 1:
                painter.setPen(make_pen(color("grid"), 1))
                painter.drawLine(QLineF(rect.left(), y, rect.right(), y))
            painter.setPen(color("muted"))
            width = metrics.horizontalAdvance(text)
            painter.drawText(
                QPointF(rect.left() - px(8) - width, y + metrics.capHeight() / 2), text
            )
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(rect.left(), rect.top(), rect.left(), rect.bottom()))
        painter.drawLine(QLineF(rect.left(), rect.bottom(), rect.right(), rect.bottom()))
        if self.title:
            painter.setFont(theme.font("caption_strong"))
            painter.setPen(color("text"))
            painter.drawText(QPointF(rect.left(), rect.top() - px(7)), self.title)
        if self.below:
            left = rect.left() + self._title_width + px(10)
            _paint_fall(painter, QPointF(left + px(4), rect.top() - px(10)), color("muted"))
            painter.setFont(caption)
            painter.setPen(color("muted"))
            painter.drawText(QPointF(left + px(12), rect.top() - px(7)), self.below_text)

    def paint_marks(self, painter: QPainter) -> None:
        """Best epoch, last values, words and pointer; over the curves."""
        marks, rect = self.marks, self.rect
        if marks.best is not None:
            x = self.at(marks.best[0], 0).x()
            if rect.left() - 1 <= x <= rect.right() + 1:
                if marks.best_kept:
                    painter.setPen(make_pen(color("accent"), 1.5, dashes=(4, 3)))
                    painter.drawLine(QLineF(x, rect.top(), x, rect.bottom()))
                self._paint_ring(painter)
                self._paint_best_text(painter, x)
        self._paint_falls(painter)
        self._paint_ends(painter)
        self._paint_foot(painter)
        self._paint_changes(painter)
        if marks.pointer is not None:
            x = self.at(marks.pointer, 0).x()
            painter.setPen(make_pen(color("control_border"), 1))
            painter.drawLine(QLineF(x, rect.top(), x, rect.bottom()))
            for value, ink in marks.pointer_values:
                centre = self.at(marks.pointer, self.axis_value(value))
                if rect.adjusted(-1, -1, 1, 1).contains(centre):
                    painter.setPen(make_pen(color("panel"), 1))
                    painter.setBrush(ink)
                    painter.drawEllipse(centre, px(3.5), px(3.5))

    def _paint_ring(self, painter: QPainter) -> None:
        assert self.marks.best is not None
        epoch, value = self.marks.best
        if value is None:
            return
        centre = self.at(epoch, self.axis_value(value))
        if self.rect.adjusted(-1, -1, 1, 1).contains(centre):
            painter.setPen(make_pen(color("accent"), 2))
            painter.setBrush(color("panel"))
            radius = 4.5 * current_theme().scale
            painter.drawEllipse(centre, radius, radius)

    def _paint_best_text(self, painter: QPainter, x: float) -> None:
        if not self.marks.best_text:
            return
        font = current_theme().font("caption_strong")
        metrics = QFontMetricsF(font)
        width = metrics.horizontalAdvance(self.marks.best_text)
        left = max(self.rect.left() + self.head_width + px(12), x - width / 2)
        left = min(left, self.rect.right() + px(64) - width)
        painter.setFont(font)
        painter.setPen(color("accent" if self.marks.best_kept else "muted"))
        painter.drawText(QPointF(left, self.rect.top() - px(7)), self.marks.best_text)

    def _paint_foot(self, painter: QPainter) -> None:
        place = self.foot_place()
        if place is None:
            return
        font = current_theme().font("caption_medium")
        painter.setFont(font)
        painter.setPen(color(self.marks.foot_token))
        baseline = place.top() + QFontMetricsF(font).ascent()
        painter.drawText(QPointF(place.left(), baseline), self.marks.foot_text)

    @property
    def head_width(self) -> float:
        """How much room the title over the plot takes, or what stands in its place, in px."""
        note = 0.0
        if self.below:
            metrics = QFontMetricsF(current_theme().font("caption"))
            note = px(22) + metrics.horizontalAdvance(self.below_text)
        return self._title_width + note

    @property
    def _title_width(self) -> float:
        title = QFontMetricsF(current_theme().font("caption_strong")).horizontalAdvance(self.title)
        return max(title, self.beside_head)

    @property
    def below_text(self) -> str:
        """Beside the title: what the marks at the lower edge are."""
        if not self.below:
            return ""
        return self.below + ", below any log axis" * (self.rect.width() >= px(300))

    def foot_place(self) -> QRectF | None:
        """Where the words of the foot stand: in the shade, behind or before it, where neither its
        dashed line nor a curve crosses them; over the plot where there is no such place; None
        without words.
        """
        if not self.marks.foot_text:
            return None
        metrics = QFontMetricsF(current_theme().font("caption_medium"))
        width, ascent = metrics.horizontalAdvance(self.marks.foot_text), metrics.ascent()
        rect, right = self.rect, self.rect.right()
        lines = [self._drawn(curve) for curve in self.curves if len(curve.x)]
        lefts = []
        if self.marks.patience is not None:
            right = min(right, self.at(self.marks.patience[1], 0).x())
            line = self.at(self.marks.patience[0], 0).x()
            lines.append((np.array([line, line]), np.array([rect.top(), rect.bottom()])))
            lefts = [right + px(6), line - px(6) - width]
        first = max(rect.left() + px(6), right - px(6) - width)
        lefts = [first] + [x for x in lefts if rect.left() <= x <= rect.right() - width]
        rows = max(1, int(rect.height() / px(16)) - 1)
        skipped = {1} if self.marks.changes else set()  # words of changes stand there
        found = clearest(
            (
                QRectF(left, rect.bottom() - px(8 + 16 * row) - ascent, width, metrics.height())
                for row in range(rows)
                for left in lefts
                if row not in skipped
            ),
            lines,
        )
        if found is not None and not any(crossings(found, line) for line in lines):
            return found
        over = QRectF(
            max(first, rect.left() + self.head_width + px(12)),
            rect.top() - px(7) - ascent,
            width,
            metrics.height(),
        )
        return found if self.marks.best_text else over

    def _drawn(self, curve: Curve) -> tuple[Floats, Floats]:
        """The points of `curve` in px of the scene."""
        (x0, x1), (y0, y1) = self.box.viewRange()
        x, y = self.placed(curve)
        return (
            self.rect.left() + (x - x0) / ((x1 - x0) or 1) * self.rect.width(),
            self.rect.bottom() - (y - y0) / ((y1 - y0) or 1) * self.rect.height(),
        )

    def _paint_changes(self, painter: QPainter) -> None:
        font = current_theme().font("caption_medium")
        metrics = QFontMetricsF(font)
        ground = self.rect.bottom()
        baseline = ground - px(24 if self.marks.foot_text else 9)
        taken = -1.0
        for epochs, words in self.marks.changes:
            x = self.at(epochs, 0).x()
            if not self.rect.left() - 1 <= x <= self.rect.right() + 1:
                continue
            painter.setPen(make_pen(color("text"), 1))
            painter.drawLine(QLineF(x, ground - px(4), x, baseline - metrics.capHeight()))
            paint_marker(painter, "triangle", QPointF(x, ground - px(4)), px(4), color("text"))
            width = metrics.horizontalAdvance(words)
            left = x + px(4)
            if left + width > self.rect.right():
                left = x - px(4) - width
            if left > taken:
                painter.setFont(font)
                painter.setPen(color("text"))
                painter.drawText(QPointF(left, baseline), words)
                taken = left + width + px(4)

    def end_labels(self) -> list[tuple[Curve, float]]:
        """The labelled curves and where their labels stand, from top to bottom of the scene, none
        on another.
        """
        found, places = [], []
        for curve in self.curves:
            if curve.label and len(curve.y):
                found.append(curve)
                y = self.at(float(curve.x[-1]), self.axis_value(float(curve.y[-1]))).y()
                places.append(min(self.rect.bottom(), max(self.rect.top(), y)))
        spaced = spread(places, px(16))
        lowest = self.rect.bottom() - px(2)  # below it stands what the axis counts
        for number in sorted(range(len(spaced)), key=spaced.__getitem__, reverse=True):
            spaced[number] = min(spaced[number], lowest)
            lowest = spaced[number] - px(16)
        return list(zip(found, spaced, strict=True))

    def _paint_falls(self, painter: QPainter) -> None:
        """Where each curve leaves a logarithmic axis, as far as such places can be told apart."""
        for curve in self.curves:
            last = -math.inf
            for epoch in self.falls(curve):
                x = self.at(epoch, 0).x()
                if self.rect.left() - 1 <= x <= self.rect.right() + 1 and x - last >= px(8):
                    foot = QPointF(x, self.rect.bottom() - px(4))
                    _paint_fall(painter, foot, curve.color())
                    last = x

    def _paint_ends(self, painter: QPainter) -> None:
        theme = current_theme()
        for curve in self.curves:
            if curve.marker and len(curve.y):
                end = self.at(float(curve.x[-1]), self.axis_value(float(curve.y[-1])))
                if self.rect.adjusted(-1, -1, 1, 1).contains(end):
                    paint_marker(painter, curve.marker, end, px(3), curve.color())
        for curve, y in self.end_labels():
            font = theme.font("title" if curve.strong else "control")
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            painter.setPen(curve.color())
            painter.drawText(
                QPointF(self.rect.right() + px(8), y + metrics.capHeight() / 2), curve.label
            )


def _paint_fall(painter: QPainter, centre: QPointF, ink: QColor) -> None:
    """A triangle that points down."""
    half = px(4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    corners = (QPointF(-half, -half), QPointF(half, -half), QPointF(0, half))
    painter.drawPolygon(QPolygonF([centre + corner for corner in corners]))


def _without_start(parts: list[Floats], low: float, high: float) -> tuple[float, float]:
    """The range without the first steep epochs, which would press the rest into a corner.

    Only the side is cut from which the curves come, and only when a twelfth of the values takes up
    most of the range.
    """
    values = np.concatenate(parts)
    if len(values) < 24:
        return low, high
    start = np.concatenate([part[: max(1, len(part) // 8)] for part in parts])
    if start.mean() < np.median(values):
        cut = float(np.quantile(values, 0.08))
        return (cut, high) if high - cut < 0.5 * (high - low) else (low, high)
    cut = float(np.quantile(values, 0.92))
    return (low, cut) if cut - low < 0.5 * (high - low) else (low, high)
