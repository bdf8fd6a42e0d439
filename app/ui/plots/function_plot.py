"""Activation functions, or their derivatives, over one number."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app.core.activation_facts import plain_number
from app.core.activation_forms import ActivationForm
from app.ui.plots.axis import Tick, linear_ticks, nice_range, value_text
from app.ui.plots.framed_plot import FramedPlot, ReadingRow, nearest_label
from app.ui.plots.markers import paint_marker, series_style
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

_COUNT = 601
_MARKS = 5
"""So many markers stand on each line."""


@dataclass(frozen=True)
class LabSeries:
    """One function of the lab, with its colour and marker.

    Attributes:
        number: of the series, from 0; decides colour and marker.
        main: whether it is the one whose facts are told; it is drawn stronger.
    """

    form: ActivationForm
    given: Mapping[str, object]
    number: int
    main: bool = False

    @property
    def label(self) -> str:
        """Its name with the parameters that are not the usual ones."""
        p, usual = self.form.parameters(self.given), self.form.parameters({})
        words = [
            f"{option.label.lower()} = {plain_number(p[option.name])}"
            for option in self.form.options
            if p[option.name] != usual[option.name]
        ]
        return f"{self.form.label} ({', '.join(words)})" if words else self.form.label

    @property
    def marker(self) -> str:
        return series_style(self.number)[1]

    @property
    def ink(self) -> QColor:
        return QColor(current_theme().tokens.series[series_style(self.number)[0]])


class FunctionPlot(FramedPlot):
    """f or f' of several activations, from -reach to reach."""

    def __init__(self, what: Literal["value", "derivative"], parent: QWidget | None = None) -> None:
        self._derivative = what == "derivative"
        super().__init__(
            f"lab.{what}",
            "Derivatives f′ of the chosen activations"
            if self._derivative
            else "Values f of the chosen activations",
            parent,
        )
        self.title = "f′(x), the derivative" if self._derivative else "f(x), the function"
        self.across = "x, what the unit receives"
        self._series: tuple[LabSeries, ...] = ()
        self._samples: list[list[tuple[float, float]]] = []

    def show_series(self, series: Sequence[LabSeries], reach: float) -> None:
        """Draw `series`, the main one on top, from -`reach` to `reach`."""
        self._series = tuple(series)
        self.x_range = (-reach, reach)
        self.key_step = reach / 60
        places = [reach * (2 * k / (_COUNT - 1) - 1) for k in range(_COUNT)]
        self._samples = [self._sampled(one, places) for one in self._series]
        self.y_range = self._height(reach)
        self.setAccessibleDescription(", ".join(one.label for one in self._series))
        self.refresh()

    def table(self) -> PlotTable:
        """x and a column for each function."""
        sign = "f'" if self._derivative else "f"
        title = "Activation derivatives" if self._derivative else "Activation functions"
        headers = ("x", *(f"{sign} of {one.label}" for one in self._series))
        columns = [[y for _, y in samples] for samples in self._samples]
        xs = [x for x, _ in self._samples[0]] if self._samples else []
        return PlotTable(title, headers, tuple(zip(xs, *columns, strict=True)))

    def x_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.x_range, 6)

    def y_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.y_range, 5)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        rows = [
            ReadingRow(one.ink, one.marker, f"{one.label}  {value_text(self._value(one, x))}")
            for one in self._series
        ]
        return nearest_label(x, "x"), rows

    def paint_content(self, painter: QPainter) -> None:
        order = sorted(range(len(self._series)), key=lambda n: self._series[n].main)
        for number in order:
            one, samples = self._series[number], self._samples[number]
            width = 2.5 if one.main else 1.5
            for piece in self._pieces(samples):
                self.paint_line(painter, piece, one.ink, width)
            for x, y in self._marked(samples, number):
                paint_marker(painter, one.marker, self.at(x, y), 3.5, one.ink)

    def _sampled(self, one: LabSeries, places: Sequence[float]) -> list[tuple[float, float]]:
        p = one.form.parameters(one.given)
        function = one.form.derivative if self._derivative else one.form.value
        return [(x, function(x, p)) for x in places]

    def _value(self, one: LabSeries, x: float) -> float:
        p = one.form.parameters(one.given)
        return one.form.derivative(x, p) if self._derivative else one.form.value(x, p)

    def _height(self, reach: float) -> tuple[float, float]:
        """The range of the values, cut where a line that rises without end would press the
        others flat.
        """
        most = 2.0 if self._derivative else max(2.0, reach / 2)
        values = [y for samples in self._samples for _, y in samples if math.isfinite(y)]
        low = max(-most, min([0.0, *values]))
        high = min(most, max([1.0, *values]))
        low, high = nice_range(low, high)
        margin = 0.04 * (high - low)
        return low - margin * (low < 0), high + margin

    def _pieces(self, samples: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
        """The line in pieces: it ends where the function jumps, and where it leaves the frame."""
        low, high = self.y_range
        span = high - low
        pieces: list[list[tuple[float, float]]] = [[]]
        before: float | None = None
        for x, y in samples:
            y = min(high + span, max(low - span, y))
            if before is not None and abs(y - before) > 0.15 * span:
                pieces.append([])
            pieces[-1].append((x, y))
            before = y
        return [piece for piece in pieces if len(piece) > 1]

    def _marked(
        self, samples: Sequence[tuple[float, float]], number: int
    ) -> list[tuple[float, float]]:
        """Where its markers stand: spread along the line, those of each series elsewhere."""
        low, high = self.y_range
        step = (_COUNT - 1) // _MARKS
        shift = (number * step) // max(1, len(self._series))
        return [
            samples[k]
            for k in range(step // 4 + shift, _COUNT, step)
            if k < len(samples) and low <= samples[k][1] <= high
        ]
