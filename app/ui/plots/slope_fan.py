"""Randomized leaky ReLU: the slopes drawn in training as a fan, the mean slope in use."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.activation_forms import FORMS, RANDOMIZED, mean_slope
from app.diagnostics.derivative_products import drawn_slopes
from app.ui.controls.painting import color, px
from app.ui.plots.axis import Tick, linear_ticks, value_text
from app.ui.plots.framed_plot import FramedPlot, ReadingRow, nearest_label
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

REACH = 4.0
LINE = 16
"""Height of a line of words."""
NAMES = 3 * LINE + 4
"""Height of the three names."""


class SlopeFan(FramedPlot):
    """Thin lines: slopes drawn in training; strong line: their mean, used afterwards; dashed: a
    leaky ReLU with a fixed slope, for comparison.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "lab.slopes", "Randomized leaky ReLU: slopes in training and in use", parent
        )
        self.title = "Randomized leaky ReLU: thin lines in training, strong line in use"
        self.across = "x, what the unit receives"
        self.x_range = (-REACH, REACH / 2)
        self.key_step = 0.1
        self._given: Mapping[str, object] = {}
        self._slopes: tuple[float, ...] = ()
        self._leaky = 0.01
        self._fit()

    @property
    def slopes(self) -> tuple[float, ...]:
        """The slopes that were drawn, in their order."""
        return self._slopes

    def show_slopes(self, given: Mapping[str, object], count: int, seed: int, leaky: float) -> None:
        """Draw `count` slopes with `seed`; `leaky` is the slope that the dashed line has."""
        self._given, self._leaky = given, leaky
        p = FORMS[RANDOMIZED].parameters(given)
        self._slopes = tuple(float(s) for s in drawn_slopes(p, count, seed))
        self._fit()
        self.refresh()

    def words(self) -> str:
        """What is drawn, in a sentence."""
        p = FORMS[RANDOMIZED].parameters(self._given)
        low, high = sorted(p.values())
        mean = sum(self._slopes) / max(1, len(self._slopes))
        return (
            "In training each negative number gets a slope of its own, drawn evenly from "
            f"{value_text(low)} to {value_text(high)}; the {len(self._slopes)} drawn here have the "
            f"mean {value_text(mean)}. In use every slope is {value_text(mean_slope(p))}, so that "
            "the same input always gives the same output."
        )

    def table(self) -> PlotTable:
        """Each slope that was drawn, and what it makes of -1."""
        rows = tuple((n + 1, slope, -slope) for n, slope in enumerate(self._slopes))
        return PlotTable("Randomized leaky ReLU", ("draw", "slope", "f(-1)"), rows)

    def x_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.x_range, 6)

    def y_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.y_range, 4)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        p = FORMS[RANDOMIZED].parameters(self._given)
        low, high = sorted(p.values())
        theme = current_theme()
        muted, accent = theme.color("muted"), theme.color("accent")
        first = (
            f"in training {value_text(x * high)} to {value_text(x * low)}"
            if x < 0
            else f"in training {value_text(x)}"
        )
        use = x if x > 0 else mean_slope(p) * x
        leaky = x if x > 0 else self._leaky * x
        return nearest_label(x, "x"), (
            ReadingRow(muted, "bar", first),
            ReadingRow(accent, "dot", f"in use {value_text(use)}"),
            ReadingRow(theme.color("text"), "dot", f"leaky ReLU {value_text(leaky)}"),
        )

    def paint_content(self, painter: QPainter) -> None:
        p = FORMS[RANDOMIZED].parameters(self._given)
        low, high = sorted(p.values())
        end = -REACH
        corners = [self.at(0, 0), self.at(end, low * end), self.at(end, high * end)]
        shade = QColor(color("accent"))
        shade.setAlphaF(0.10)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(shade)
        painter.drawPolygon(QPolygonF([QPointF(c) for c in corners]))
        for slope in self._slopes:
            self.paint_line(painter, [(end, slope * end), (0, 0)], color("muted"), 0.75)
        positive = (REACH / 2, REACH / 2)
        text = color("text")
        self.paint_line(painter, [(end, self._leaky * end), (0, 0)], text, 1.5, (5, 4))
        self.paint_line(
            painter, [(end, mean_slope(p) * end), (0, 0), positive], color("accent"), 2.5
        )
        self._paint_names(painter, low, high, mean_slope(p))

    def _paint_names(self, painter: QPainter, low: float, high: float, mean: float) -> None:
        rows = (
            ("caption_strong", "accent", f"in use {value_text(mean)} x"),
            ("caption", "muted", f"in training {value_text(low)} x to {value_text(high)} x"),
            ("caption", "text", f"dashed: leaky ReLU {value_text(self._leaky)} x"),
        )
        line = px(LINE)
        start = self.names_room().topLeft() + QPointF(px(8), line - px(3))
        for number, (font, token, words) in enumerate(rows):
            painter.setFont(current_theme().font(font))
            painter.setPen(color(token))
            painter.drawText(start + QPointF(0, number * line), words)

    def names_room(self) -> QRectF:
        """The larger of the two corners that no line enters: above the axis on the left, below it
        on the right.
        """
        frame, zero = self.frame(), self.at(0, 0)
        above = QRectF(frame.topLeft(), zero)
        below = QRectF(zero, frame.bottomRight())
        return above if above.height() >= min(below.height(), px(NAMES)) else below

    def _fit(self) -> None:
        p = FORMS[RANDOMIZED].parameters(self._given)
        steepest = max(*p.values(), self._leaky, 0.25)
        self.y_range = (-REACH * steepest * 1.08, REACH / 2)
