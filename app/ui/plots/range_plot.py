"""The loss over the learning rate, both as a range test finds them, with what it suggests."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.range_test import FEWEST_STEPS, Suggestion, falls, short, smoothed
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import linear_ticks, log_ticks, nice_range
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

_LEFT, _RIGHT, _ABOVE, _BELOW = 56, 20, 30, 40


class RangePlot(Plot):
    """Each loss thin, the smoothed ones strong; dashed lines at the rates that are suggested."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("range")
        self.setAccessibleName("Loss over learning rate")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._low, self._high = 1e-6, 1.0
        self._rates: tuple[float, ...] = ()
        self._losses: tuple[float, ...] = ()
        self._soft: tuple[float, ...] = ()
        self._shown = (0.0, 1.0)
        self._suggestion: Suggestion | None = None
        self._message = ""
        self._menu: PlotMenu | None = None

    def show_range(self, low: float, high: float) -> None:
        """The rates that the axis reaches over."""
        self._low, self._high = low, high
        self.update()

    def show_steps(
        self,
        rates: Sequence[float],
        losses: Sequence[float],
        suggestion: Suggestion | None = None,
        message: str = "",
    ) -> None:
        """Show the steps so far; without any `message` stands there."""
        finite = [i for i, loss in enumerate(losses) if math.isfinite(loss)]
        self._rates = tuple(rates[i] for i in finite)
        self._losses = tuple(losses[i] for i in finite)
        self._soft = smoothed(self._losses)
        self._shown = self._value_range()
        self._suggestion = suggestion
        self._message = message
        self.setAccessibleDescription(
            suggestion.sentence if suggestion else message or f"{len(finite)} steps so far."
        )
        self.update()

    def table(self) -> PlotTable:
        rows = tuple(zip(self._rates, self._losses, self._soft, strict=True))
        return PlotTable("Range test", ("learning rate", "loss", "smoothed loss"), rows)

    def sizeHint(self) -> QSize:
        return QSize(px(560), px(300))

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            area = QRectF(self.rect()).adjusted(px(_LEFT), px(_ABOVE), -px(_RIGHT), -px(_BELOW))
            self._paint_frame(painter, area)
            if not self._losses:
                painter.setFont(current_theme().font("body"))
                painter.setPen(color("muted"))
                flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
                painter.drawText(area, flags, self._message)
                return
            painter.save()
            painter.setClipRect(area.adjusted(-px(2), -px(2), px(2), px(2)))
            raw = color("muted")
            raw.setAlphaF(0.45)
            for values, pen in (
                (self._losses, make_pen(raw, 1)),
                (self._soft, make_pen(color("accent"), 2)),
            ):
                painter.setPen(pen)
                points = zip(self._rates, values, strict=True)
                painter.drawPolyline(QPolygonF([self._at(area, r, v) for r, v in points]))
            painter.restore()
            self._paint_suggestion(painter, area)

    def _value_range(self) -> tuple[float, float]:
        """The smoothed losses up to a little above the first; a steep end is cut off. Where they
        fall nowhere, what stands around the first ones, and how far the end grows.
        """
        if not self._soft:
            return 0.0, 1.0
        low, first = min(self._soft), self._soft[0]
        if len(self._soft) >= FEWEST_STEPS and falls(self._losses):
            ceiling = first + 0.6 * (first - low)
            high = max(value for value in self._soft if value <= ceiling or value == first)
            return nice_range(low, high)
        ordered = sorted(self._losses)
        most = len(ordered) - 1
        low = min(low, ordered[most // 20])
        usual = ordered[most // 2]
        ceiling = max(first, usual + 4 * (usual - low), usual + 2 * abs(usual))
        high = max(value for value in (*self._soft, usual) if value <= ceiling)
        high = max(high, min(ordered[most * 9 // 10], ceiling))
        least = 0.02 * max(abs(usual), 1e-9)
        if high - low < least:
            low, high = (low + high - least) / 2, (low + high + least) / 2
        return nice_range(low, high)

    def _at(self, area: QRectF, rate: float, loss: float) -> QPointF:
        low, high = math.log10(self._low), math.log10(self._high)
        bottom, top = self._shown
        return QPointF(
            area.left() + (math.log10(rate) - low) / (high - low) * area.width(),
            area.bottom() - (loss - bottom) / (top - bottom) * area.height(),
        )

    def _paint_frame(self, painter: QPainter, area: QRectF) -> None:
        theme = current_theme()
        caption = theme.font("caption")
        metrics = QFontMetricsF(caption)
        low, high = math.log10(self._low), math.log10(self._high)
        painter.setFont(caption)
        bottom, top = self._shown
        for value, text in linear_ticks(bottom, top) if self._losses else ():
            y = area.bottom() - (value - bottom) / (top - bottom) * area.height()
            painter.setPen(make_pen(color("grid"), 1))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(color("muted"))
            width = metrics.horizontalAdvance(text)
            painter.drawText(
                QPointF(area.left() - px(8) - width, y + metrics.capHeight() / 2), text
            )
        painter.setPen(color("muted"))
        for value, text in log_ticks(low, high, 8):
            x = area.left() + (value - low) / (high - low) * area.width()
            width = metrics.horizontalAdvance(text)
            painter.drawText(QPointF(x - width / 2, area.bottom() + px(16)), text)
        words = "learning rate, logarithmic"
        width = metrics.horizontalAdvance(words)
        painter.drawText(QPointF(area.center().x() - width / 2, area.bottom() + px(33)), words)
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        painter.drawText(QPointF(area.left(), area.top() - px(15)), "Loss of each batch, smoothed")
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(area.left(), area.top(), area.left(), area.bottom()))
        painter.drawLine(QLineF(area.left(), area.bottom(), area.right(), area.bottom()))

    def _paint_suggestion(self, painter: QPainter, area: QRectF) -> None:
        if self._suggestion is None:
            return
        font = current_theme().font("caption_strong")
        metrics = QFontMetricsF(font)
        taken: list[QRectF] = []
        for rate, words in (
            (self._suggestion.steepest, "steepest"),
            (self._suggestion.tenth, "tenth of the minimum"),
            (self._suggestion.careful, "to train on"),
        ):
            if rate is None or not self._low <= rate <= self._high:
                continue
            x = self._at(area, rate, 0).x()
            painter.setPen(make_pen(color("accent"), 1.5, dashes=(4, 3)))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            text = f"{words}: {short(rate)}"
            width = metrics.horizontalAdvance(text)
            left = x + px(6) if x + px(6) + width <= area.right() else x - px(6) - width
            box = QRectF(left, area.top() + px(2), width, px(16))
            while any(box.intersects(other) for other in taken):
                box.translate(0, px(18))
            taken.append(box)
            ground = color("panel")
            ground.setAlphaF(0.85)
            painter.fillRect(box.adjusted(-px(2), 0, px(2), 0), ground)
            painter.setFont(font)
            painter.setPen(color("accent"))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._menu is None:
            self._menu = PlotMenu(self, self.objectName())
            self._menu.add_saving()
        self._menu.popup(event.globalPos())
