"""Curves over epochs as evidence: named at their ends, with a shaded stretch, gap or epoch."""

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.advisor.figures import Curve, CurvesFigure, Points
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import (
    Tick,
    epoch_ticks,
    linear_ticks,
    log_ticks,
    nice_range,
    spread,
    value_text,
)
from app.ui.plots.framed_plot import ABOVE, LEFT, FramedPlot, ReadingRow
from app.ui.plots.history_series import peaks
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

INKS = {
    "plain": ("muted", 1.25, "caption"),
    "bad": ("error", 2.0, "caption_strong"),
    "strong": ("accent", 2.0, "caption_strong"),
    "good": ("good", 2.0, "caption_strong"),
    "training": ("muted", 1.5, "caption"),
    "validation": ("accent", 2.0, "caption_strong"),
}
"""Token, width and font of each role."""
NAME_GAP = 13
"""Px from one name to the next."""
NAME_ROOM, NAME_SHARE = 96, 0.36
"""Px that names may take, or this share of the width where that is more."""
SMALLEST = 1e-12
"""What a logarithmic axis ends at."""


class EvidencePlot(FramedPlot):
    """A `CurvesFigure`. The last value of each curve is named at its right end; many curves are
    drawn quietly, those that matter strongly.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Evidence", parent)
        self._figure = CurvesFigure("", "", ())
        self._shown_epoch: int | None = None
        self._names_width = 0.0
        self.key_step = 1.0

    @property
    def figure(self) -> CurvesFigure:
        return self._figure

    def show_figure(self, figure: CurvesFigure, shown_epoch: int | None = None) -> None:
        """Draw `figure`; `shown_epoch` is marked by a line upright."""
        if (figure, shown_epoch) == (self._figure, self._shown_epoch):
            return
        self._figure, self._shown_epoch = figure, shown_epoch
        epochs = [x for curve in figure.curves for x, _ in curve.points]
        low, high = (min(epochs), max(epochs)) if epochs else (0.0, 1.0)
        self.x_range = (low, high) if high > low else (low - 0.5, low + 0.5)
        self.y_range = self._height()
        self.setAccessibleName(figure.title)
        ends = ", ".join(
            f"{curve.label} {value_text(curve.points[-1][1])}"
            for curve in figure.curves
            if curve.points
        )
        self.setAccessibleDescription(ends)
        self.refresh()

    def refresh(self) -> None:
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        widths = [metrics.horizontalAdvance(curve.label) for curve in self._figure.curves]
        self._names_width = max(widths, default=0.0)
        super().refresh()

    def table(self) -> PlotTable:
        """A row for each epoch, a column for each curve."""
        columns = [dict(curve.points) for curve in self._figure.curves]
        epochs = sorted({x for column in columns for x in column})
        rows = tuple((int(x), *(column.get(x) for column in columns)) for x in epochs)
        headers = ("epoch", *(curve.label for curve in self._figure.curves))
        return PlotTable(self._figure.title, headers, rows)

    # ---- axes
    def frame(self) -> QRectF:
        right = self._name_room() + px(24)
        width = self.width() - px(LEFT + 4) - right
        above = px(ABOVE if self._figure.mark is not None else 8)
        return QRectF(px(LEFT + 4), above, max(1.0, width), max(1, self.height() - above - px(22)))

    def _name_room(self) -> float:
        return min(self._names_width, max(px(NAME_ROOM), NAME_SHARE * self.width()))

    def x_ticks(self) -> Sequence[Tick]:
        return epoch_ticks(*self.x_range, max(2, round(self.frame().width() / px(64))))

    def y_ticks(self) -> Sequence[Tick]:
        count = max(2, round(self.frame().height() / px(28)))
        if self._figure.logarithmic:
            return log_ticks(*self.y_range, count)
        return linear_ticks(*self.y_range, count)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        epochs = sorted({e for curve in self._figure.curves for e, _ in curve.points})
        if not epochs:
            return "no epoch yet", ()
        epoch = min(epochs, key=lambda e: abs(e - x))
        rows = []
        for curve in self._figure.curves:
            value = dict(curve.points).get(epoch)
            if value is not None:
                marker = "dot" if curve.role in ("plain", "training") else "diamond"
                text = f"{curve.label}  {value_text(value)}"
                rows.append(ReadingRow(_ink(curve), marker, text))
        return f"epoch {int(epoch):,}", rows

    def _height(self) -> tuple[float, float]:
        figure = self._figure
        values = [y for curve in figure.curves for _, y in curve.points if math.isfinite(y)]
        if figure.logarithmic:
            edges = (figure.band.low, figure.band.high) if figure.band is not None else ()
            known = [v for v in (*values, *edges) if v > SMALLEST]
            low, high = (min(known), max(known)) if known else (1e-3, 1.0)
            bottom = math.floor(math.log10(low) + 1e-9)
            return float(bottom), float(max(math.ceil(math.log10(high) - 1e-9), bottom + 1))
        if figure.band is not None:
            values += [figure.band.low, figure.band.high]
        if not values:
            return 0.0, 1.0
        return nice_range(min(0.0, *values), max(values))

    def _up(self, value: float) -> float:
        """A value as a place on the upright axis."""
        if not self._figure.logarithmic:
            return value
        return math.log10(value) if value > SMALLEST else self.y_range[0]

    # ---- painting
    def paint_content(self, painter: QPainter) -> None:
        box = self.frame()
        self._paint_band(painter, box)
        self._paint_gap(painter)
        if self._shown_epoch is not None:
            x = self.at(self._shown_epoch, 0).x()
            painter.setPen(make_pen(color("accent"), 2))
            painter.drawLine(QLineF(x, box.top(), x, box.bottom()))
        for curve in sorted(self._figure.curves, key=lambda one: INKS[one.role][1]):
            points = self._thinned(curve.points)
            if len(points) == 1:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(_ink(curve))
                painter.drawEllipse(self.at(*points[0]), px(3), px(3))
            else:
                self.paint_line(painter, points, _ink(curve), INKS[curve.role][1])

    def _thinned(self, points: Points) -> list[tuple[float, float]]:
        """At most four points a pixel, as places of the axes."""
        if not points:
            return []
        x, y = np.array(points, dtype=float).T
        x, y = peaks(x, y, max(1, int(self.frame().width())))
        return [(a, self._up(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]

    def _paint_band(self, painter: QPainter, box: QRectF) -> None:
        band = self._figure.band
        if band is None:
            return
        top = max(box.top(), self.at(0, self._up(band.high)).y())
        bottom = min(box.bottom(), self.at(0, self._up(band.low)).y())
        good = band.words.startswith("about right")
        painter.fillRect(
            QRectF(box.left(), top, box.width(), bottom - top),
            color("shade" if good else "error_ground"),
        )
        painter.setFont(current_theme().font("caption"))
        painter.setPen(color("muted" if good else "error"))
        if bottom - top >= px(15):
            painter.drawText(QPointF(box.left() + px(8), bottom - px(5)), band.words)

    def _paint_gap(self, painter: QPainter) -> None:
        if self._figure.gap is None:
            return
        one, other = (
            self._thinned(self._figure.curves[place].points) for place in self._figure.gap
        )
        shade = color("error")
        shade.setAlphaF(0.14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(self.places([*one, *reversed(other)])))

    def _paint_all(self, painter: QPainter) -> None:
        super()._paint_all(painter)
        self._paint_names(painter)
        mark = self._figure.mark
        if mark is None:
            return
        box, theme = self.frame(), current_theme()
        x = self.at(mark[0], 0).x()
        painter.setPen(make_pen(color("accent"), 1.5, dashes=(4, 3)))
        painter.drawLine(QLineF(x, box.top(), x, box.bottom()))
        text = f"{mark[1]}: epoch {mark[0]:,}"
        painter.setFont(theme.font("caption"))
        width = QFontMetricsF(theme.font("caption")).horizontalAdvance(text)
        left = min(max(box.left(), x - width / 2), self.width() - width - px(4))
        painter.setPen(color("accent"))
        painter.drawText(QPointF(left, box.top() - px(6)), text)

    def _paint_names(self, painter: QPainter) -> None:
        named = [curve for curve in self._figure.curves if curve.points]
        if not named:
            return
        box, theme = self.frame(), current_theme()
        most = max(2, int(box.height() // px(NAME_GAP)))
        if len(named) > most:  # the strong ones, and as many of the others as have room
            quiet = [curve for curve in named if curve.role == "plain"]
            kept = quiet[:: max(1, math.ceil(len(quiet) / max(1, most - 2)))]
            named = [curve for curve in named if curve.role != "plain" or curve in kept]
        ends = [self.at(0, self._up(curve.points[-1][1])).y() for curve in named]
        low, high = box.top(), box.bottom()
        places = spread([min(high, max(low, end)) for end in ends], px(NAME_GAP))
        beyond = max(0.0, max(places) - high)
        for curve, end, y in zip(named, ends, (place - beyond for place in places), strict=True):
            font = theme.font(INKS[curve.role][2])
            metrics = QFontMetricsF(font)
            left = box.right() + px(12)
            if abs(y - end) > px(3):
                painter.setPen(make_pen(color("control_border"), 1))
                painter.drawLine(QLineF(box.right() + px(3), end, left - px(2), y))
            painter.setFont(font)
            painter.setPen(_ink(curve))
            text = metrics.elidedText(
                curve.label, Qt.TextElideMode.ElideMiddle, self._name_room() + px(8)
            )
            painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)


def _ink(curve: Curve) -> QColor:
    return color(INKS[curve.role][0])
