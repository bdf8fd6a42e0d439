"""The product of derivatives through the layers, on a logarithmic axis against depth."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.activation_facts import log_product_bound, plain_number, scientific
from app.diagnostics.derivative_products import DerivativeProducts
from app.ui.plots.axis import Tick, linear_ticks
from app.ui.plots.framed_plot import FramedPlot, ReadingRow
from app.ui.plots.function_plot import LabSeries
from app.ui.plots.markers import paint_marker
from app.ui.plots.plot_table import PlotTable

LOWEST = -40.0
"""The axis ends at 1e-40; what is smaller is below it."""


@dataclass(frozen=True)
class ProductSeries:
    """A function with what random pre-activations make of its derivative."""

    series: LabSeries
    products: DerivativeProducts

    @property
    def bound(self) -> float:
        form = self.series.form
        return form.bound(form.parameters(self.series.given))


class ProductPlot(FramedPlot):
    """Dashed: the bound. Line: the median of random paths; shade: the quartiles of the main one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("lab.products", "Product of derivatives through the layers", parent)
        self.title = "Product of derivatives, log scale: dashed the bound, line the median"
        self.across = "layers"
        self.key_step = 1.0
        self._all: tuple[ProductSeries, ...] = ()
        self._layers = 1

    def show_products(self, series: Sequence[ProductSeries], layers: int) -> None:
        self._all, self._layers = tuple(series), layers
        self.x_range = (0.0, float(layers))
        low, high = -1.0, 0.5
        for one in self._all:
            finite = [v for v in one.products.quartiles[1] if math.isfinite(v)]
            low = min([low, *finite, self._bound(one, layers)])
            high = max([high, *finite])
            if math.isfinite(one.bound):
                high = max(high, self._bound(one, layers))
        self.y_range = (max(LOWEST, low * 1.06), min(-LOWEST, high * 1.06))
        self.setAccessibleDescription(", ".join(one.series.label for one in self._all))
        self.refresh()

    def table(self) -> PlotTable:
        """Depth, and for each function bound, quartiles, median (decimal logarithms) and the share
        of the paths whose product is exactly 0.
        """
        headers = ["layers"]
        columns: list[list[object]] = [list(range(1, self._layers + 1))]
        for one in self._all:
            label = one.series.label
            headers += [
                f"{label}: log10 of the bound",
                f"{label}: log10 of the lower quartile",
                f"{label}: log10 of the median",
                f"{label}: log10 of the upper quartile",
                f"{label}: share exactly 0",
            ]
            columns.append([self._bound(one, n) for n in range(1, self._layers + 1)])
            columns += [[float(v) for v in row] for row in one.products.quartiles]
            columns.append([float(v) for v in one.products.zeros])
        return PlotTable(
            "Product of derivatives", tuple(headers), tuple(zip(*columns, strict=True))
        )

    def x_ticks(self) -> Sequence[Tick]:
        return [tick for tick in linear_ticks(*self.x_range, 6) if tick[0] == round(tick[0])]

    def y_ticks(self) -> Sequence[Tick]:
        low, high = (math.ceil(self.y_range[0]), math.floor(self.y_range[1]))
        stride = max(1, math.ceil((high - low) / 5))
        first = stride * math.ceil(low / stride)
        return [(float(p), _power(p)) for p in range(first, high + 1, stride)]

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        layer = min(self._layers, max(1, round(x)))
        rows = []
        for one in self._all:
            median = scientific(float(one.products.quartiles[1][layer - 1])).removeprefix("≈ ")
            bound = scientific(self._bound(one, layer)).removeprefix("≈ ")
            median, bound = median.removeprefix("= "), bound.removeprefix("= ")
            text = f"{one.series.label}  median {median}, bound {bound}"
            rows.append(ReadingRow(one.series.ink, one.series.marker, text))
        return f"{layer} {'layer' if layer == 1 else 'layers'}", rows

    def paint_content(self, painter: QPainter) -> None:
        for one in sorted(self._all, key=lambda o: o.series.main):
            ink = one.series.ink
            depths = range(1, self._layers + 1)
            if one.series.main:
                self._paint_quartiles(painter, one, ink)
            if math.isfinite(one.bound):
                line = [(0.0, 0.0), *((float(n), self._bound(one, n)) for n in depths)]
                self.paint_line(painter, line, ink, 1.5, (5, 4))
            medians = one.products.quartiles[1]
            shown = [(float(n), float(v)) for n, v in zip(depths, medians, strict=True) if v > -1e9]
            self.paint_line(painter, [(0.0, 0.0), *shown], ink, 2.5 if one.series.main else 1.5)
            end = shown[-1] if shown else (0.0, 0.0)
            if len(shown) < len(medians):
                # The median falls to exactly 0: straight down, out of any logarithmic axis.
                self.paint_line(painter, [end, (end[0] + 1, self.y_range[0])], ink, 1.5, (2, 3))
                end = (end[0] + 1, self.y_range[0] + 0.03 * (self.y_range[1] - self.y_range[0]))
            paint_marker(painter, one.series.marker, self.at(*end) - QPointF(4, 0), 3.5, ink)

    def _paint_quartiles(self, painter: QPainter, one: ProductSeries, ink: QColor) -> None:
        floor = self.y_range[0] - 1
        low, _, high = one.products.quartiles
        across = [(float(n + 1), max(floor, float(v))) for n, v in enumerate(high)]
        back = [(float(n + 1), max(floor, float(v))) for n, v in enumerate(low)]
        points = [(0.0, 0.0), *across, *reversed(back)]
        shade = QColor(ink)
        shade.setAlphaF(0.16)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF(self.places(points)))

    @staticmethod
    def _bound(one: ProductSeries, layers: int) -> float:
        return log_product_bound(one.bound, layers) if one.bound > 0 else -math.inf


def _power(exponent: int) -> str:
    if -3 <= exponent <= 3:
        return plain_number(10.0**exponent)
    return f"1e{exponent}".replace("-", "−")
