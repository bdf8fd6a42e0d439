"""An activation with its derivative, against the derivative of another one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from app.core.activation_catalog import ACTIVATIONS, activation_label
from app.core.advisor.figures import ActivationFigure
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, value_text
from app.ui.plots.clear_place import Line, clearest, line_of
from app.ui.plots.framed_plot import FramedPlot, ReadingRow, nearest_label
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

REACH = 6.0
"""Drawn from -6 to 6."""
COUNT = 481
HALVES: tuple[Tick, ...] = (
    (-1.0, "−1"),
    (-0.5, "−0.5"),
    (0.0, "0"),
    (0.5, "0.5"),
    (1.0, "1"),
    (1.5, "1.5"),
)
WANTED = (3.0, -5.5, -2.0)
"""Where the names of f, f′ and the other derivative are wanted, on the axis across."""
HIGHEST, LOWEST = 1.5, -1.2
"""Values are cut there: a line that rises without end would press the others flat."""


@dataclass(frozen=True)
class _Drawn:
    """A line: its name, tone, width, dashes, and points."""

    label: str
    tone: str
    font: str
    width: float
    dashes: tuple[float, ...]
    points: tuple[tuple[float, float], ...]


class ActivationPairPlot(FramedPlot):
    """An `ActivationFigure`: f muted, f′ strong, the derivative of the other dashed."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Activation and its derivative", parent)
        self._figure = ActivationFigure("", "", "", "", "")
        self._lines: tuple[_Drawn, ...] = ()
        self.x_range = (-REACH, REACH)

    @property
    def figure(self) -> ActivationFigure:
        return self._figure

    def show_figure(self, figure: ActivationFigure) -> None:
        if figure == self._figure:
            return
        self._figure = figure
        places = [REACH * (2 * k / (COUNT - 1) - 1) for k in range(COUNT)]
        lines = []
        if figure.name in ACTIVATIONS:
            one, label = ACTIVATIONS[figure.name], activation_label(figure.name)
            value = tuple((x, one.value(x)) for x in places)
            slope = tuple((x, one.derivative(x)) for x in places)
            lines.append(_Drawn(f"{label} f", "muted", "caption", 1.5, (), value))
            lines.append(_Drawn(f"{label} f′", "accent", "caption_strong", 2.0, (), slope))
        if figure.other in ACTIVATIONS:
            other, label = ACTIVATIONS[figure.other], activation_label(figure.other)
            slope = tuple((x, other.derivative(x)) for x in places)
            lines.append(_Drawn(f"{label} f′", "good", "caption_strong", 1.5, (4, 3), slope))
        self._lines = tuple(lines)
        values = [y for line in lines for _, y in line.points if math.isfinite(y)]
        low, high = max(LOWEST, min([0.0, *values])), min(HIGHEST, max([1.0, *values]))
        margin = 0.03 * (high - low)
        self.y_range = (low - margin, high + margin)
        self.setAccessibleDescription(figure.words)
        self.refresh()

    def table(self) -> PlotTable:
        """x and a column for each line."""
        rows = tuple(
            (x, *(line.points[place][1] for line in self._lines))
            for place, (x, _) in enumerate(self._lines[0].points if self._lines else ())
        )
        headers = ("x", *(line.label.replace("′", "'") for line in self._lines))
        return PlotTable(self._figure.title or "Activation", headers, rows)

    def frame(self) -> QRectF:
        below = px(20) + (px(20) if self._figure.words else 0)
        width = self.width() - px(36) - px(12)
        return QRectF(px(36), px(8), max(1, width), max(1, self.height() - px(8) - below))

    def x_ticks(self) -> Sequence[Tick]:
        return [
            (x, f"{x:g}".replace("-", "−")) for x in (-REACH, -REACH / 2, 0.0, REACH / 2, REACH)
        ]

    def y_ticks(self) -> Sequence[Tick]:
        low, high = self.y_range
        ticks = [tick for tick in HALVES if low <= tick[0] <= high]
        bound = self._bound()
        if 0 < bound < 1:
            near = (self.y_range[1] - self.y_range[0]) / 10
            ticks = [tick for tick in ticks if abs(tick[0] - bound) > near]
            ticks.append((bound, value_text(bound).rstrip("0")))
        return ticks

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        rows = []
        for line in self._lines:
            value = min(line.points, key=lambda point: abs(point[0] - x))[1]
            marker = "diamond" if line.dashes else "dot"
            rows.append(ReadingRow(color(line.tone), marker, f"{line.label}  {value_text(value)}"))
        return nearest_label(x, "x"), rows

    def _bound(self) -> float:
        one = ACTIVATIONS.get(self._figure.name)
        return one.derivative_bound if one is not None else math.inf

    def _peak(self) -> tuple[float, float] | None:
        """Where f′ is largest, when there is one place."""
        if len(self._lines) < 2 or not 0 < self._bound() < math.inf:
            return None
        top = max(self._lines[1].points, key=lambda point: (point[1], -abs(point[0])))
        alike = sum(abs(y - top[1]) < 1e-6 for _, y in self._lines[1].points)
        return top if alike <= 2 else None

    # ---- painting
    def paint_content(self, painter: QPainter) -> None:
        for line in self._lines:
            for piece in _pieces(line.points, *self.y_range):
                self.paint_line(painter, piece, color(line.tone), line.width, line.dashes)
        peak = self._peak()
        if peak is not None:
            painter.setPen(make_pen(color("accent"), 2))
            painter.setBrush(color("panel"))
            painter.drawEllipse(self.at(*peak), px(4.5), px(4.5))

    def _paint_all(self, painter: QPainter) -> None:
        super()._paint_all(painter)
        self._paint_names(painter)
        if self._figure.words:
            font = current_theme().font("caption")
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            painter.setPen(color("text"))
            room = self.width() - px(36) - px(4)
            text = metrics.elidedText(self._figure.words, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(px(36), self.height() - px(6)), text)

    def _paint_names(self, painter: QPainter) -> None:
        """A name beside each line, where no line goes through it."""
        low, high = self.y_range
        drawn = [
            line_of(self.places([(x, min(high, max(low, y))) for x, y in line.points]))
            for line in self._lines
        ]
        taken: list[QRectF] = []
        peak = self._peak()
        if peak is not None:
            self._name(
                painter,
                f"at most {value_text(peak[1]).rstrip('0')}",
                ("accent", "caption_strong"),
                [
                    self.at(*peak) + QPointF(px(10), -px(6)),
                    self.at(*peak) + QPointF(px(8), -px(16)),
                ],
                drawn,
                taken,
            )
        for number, line in enumerate(self._lines):
            wanted = WANTED[number]
            step = COUNT // 48
            places = [self.at(x, y) for x, y in line.points[step::step] if low <= y <= high]
            goal = self.at(wanted, 0).x()
            places.sort(key=lambda place: abs(place.x() - goal))
            away = (QPointF(px(6), px(16)), QPointF(px(-10), -px(6)), QPointF(-px(70), -px(4)))
            spots = [place + shift for place in places for shift in away]
            self._name(painter, line.label, (line.tone, line.font), spots, drawn, taken)

    def _name(
        self,
        painter: QPainter,
        text: str,
        look: tuple[str, str],
        spots: list[QPointF],
        drawn: list[Line],
        taken: list[QRectF],
    ) -> None:
        font = current_theme().font(look[1])
        metrics = QFontMetricsF(font)
        frame = self.frame()
        boxes = [
            QRectF(spot.x(), spot.y() - px(10), metrics.horizontalAdvance(text), px(13))
            for spot in spots
        ]
        found = clearest([box for box in boxes if frame.contains(box)], drawn, taken)
        if found is None:
            return
        taken.append(found.adjusted(-px(4), -px(2), px(4), px(2)))
        painter.setFont(font)
        painter.setPen(color(look[0]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawText(QPointF(found.left(), found.bottom() - px(3)), text)


def _pieces(
    points: Sequence[tuple[float, float]], low: float, high: float
) -> list[list[tuple[float, float]]]:
    """The line in pieces within the frame; a jump is drawn upright."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if not math.isfinite(y) or y > high or y < low:
            if pieces[-1]:
                pieces[-1].append((x, min(high, max(low, y)) if math.isfinite(y) else high))
                pieces.append([])
            continue
        if pieces[-1] and abs(pieces[-1][-1][1] - y) > 0.5 * (high - low) / 3:
            pieces[-1].append((x, pieces[-1][-1][1]))
        pieces[-1].append((x, y))
    return [piece for piece in pieces if len(piece) > 1]
