"""Spans of numbers, one below the other, on an axis that is logarithmic on both sides of 0."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from app.core.advisor.figures import SpansFigure
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, value_text
from app.ui.plots.framed_plot import FramedPlot, ReadingRow
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

WIDEST_NAME = 120
THICKEST = 14


def bent(value: float) -> float:
    """Linear near 0, the decimal logarithm far from it: asinh(value / 2) / ln 10."""
    return math.asinh(value / 2) / math.log(10)


class SpansPlot(FramedPlot):
    """A `SpansFigure`; the pointer reads all spans."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Evidence", parent)
        self._figure = SpansFigure("", "", ())

    @property
    def figure(self) -> SpansFigure:
        return self._figure

    def show_figure(self, figure: SpansFigure) -> None:
        if figure == self._figure:
            return
        self._figure = figure
        ends = [bent(v) for span in figure.spans for v in (span.low, span.high)]
        low, high = min([0.0, *ends]), max([0.0, *ends, bent(1.0)])
        margin = 0.05 * (high - low)
        self.x_range = (low - margin * (low < 0), high + margin)
        self.y_range = (float(len(figure.spans)), 0.0)
        self.setAccessibleName(figure.title)
        told = (f"{s.label} {value_text(s.low)} to {value_text(s.high)}" for s in figure.spans)
        self.setAccessibleDescription("; ".join(told))
        self.refresh()

    def table(self) -> PlotTable:
        """A row for each span."""
        rows = tuple((s.label, s.low, s.middle, s.high) for s in self._figure.spans)
        return PlotTable(self._figure.title, ("what", "low", "middle", "high"), rows)

    def frame(self) -> QRectF:
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        widths = [metrics.horizontalAdvance(span.label) for span in self._figure.spans]
        left = min(px(WIDEST_NAME), max(widths, default=0.0)) + px(12)
        return QRectF(
            left, px(8), max(1.0, self.width() - left - px(14)), max(1, self.height() - px(34))
        )

    def x_ticks(self) -> Sequence[Tick]:
        places = [0.0]
        for power in range(7):
            places += [10.0**power, -(10.0**power)]
        low, high = self.x_range
        shown = sorted(place for place in places if low <= bent(place) <= high)
        most = max(2, int(self.frame().width() // px(56)))
        if len(shown) > most:
            shown = [p for p in shown if p == 0 or round(math.log10(abs(p))) % 2 == 0]
        return [(bent(place), f"{place:,.0f}".replace("-", "−")) for place in shown]

    def y_ticks(self) -> Sequence[Tick]:
        return ()

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        rows = [
            ReadingRow(
                color("error" if span.bad else "muted"),
                "diamond" if span.bad else "dot",
                f"{span.label}  {value_text(span.low)} to {value_text(span.high)}",
            )
            for span in self._figure.spans
        ]
        value = 2 * math.sinh(x * math.log(10))
        return f"at {value_text(value)}", rows

    def paint_content(self, painter: QPainter) -> None:
        box = self.frame()
        zero = self.at(0, 0).x()
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QPointF(zero, box.top()), QPointF(zero, box.bottom()))
        thick = min(px(THICKEST), 0.6 * box.height() / max(1, len(self._figure.spans)))
        for place, span in enumerate(self._figure.spans):
            left, right = (
                self.at(bent(span.low), place + 0.5),
                self.at(bent(span.high), place + 0.5),
            )
            ink = color("error" if span.bad else "accent")
            soft = color("error_ground" if span.bad else "accent_soft")
            painter.setPen(make_pen(ink, 1))
            painter.setBrush(soft)
            width = max(px(3), right.x() - left.x())
            painter.drawRect(QRectF(left.x(), left.y() - thick / 2, width, thick))
            middle = self.at(bent(span.middle), place + 0.5)
            painter.setPen(make_pen(ink, 2))
            half = QPointF(0, thick / 2 + px(1))
            painter.drawLine(middle - half, middle + half)

    def _paint_all(self, painter: QPainter) -> None:
        super()._paint_all(painter)
        box, theme = self.frame(), current_theme()
        for place, span in enumerate(self._figure.spans):
            font = theme.font("caption_strong" if span.bad else "caption")
            metrics = QFontMetricsF(font)
            text = metrics.elidedText(span.label, Qt.TextElideMode.ElideMiddle, px(WIDEST_NAME))
            y = self.at(0, place + 0.5).y() + metrics.capHeight() / 2
            painter.setFont(font)
            painter.setPen(color("error" if span.bad else "muted"))
            left = box.left() - px(8) - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y), text)
