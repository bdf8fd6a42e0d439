"""The learning rate over the planned epochs, small, below its options."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QMouseEvent, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.range_test import short
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.pens import make_pen
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

Points = Sequence[tuple[float, float]]
"""(epochs done, rate of the next step), in their order."""


class ScheduleCurve(Plot):
    """The rate in accent, from 0 to the highest; rate and epoch under the pointer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("schedule")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._points: tuple[tuple[float, float], ...] = ()
        self._pointer: float | None = None
        self._menu: PlotMenu | None = None
        self.setAccessibleName("Learning-rate schedule")

    def show_points(self, points: Points) -> None:
        """Show another curve; none shows an empty box."""
        if tuple(points) == self._points:
            return
        self._points = tuple(points)
        if self._points:
            rates = [rate for _, rate in self._points]
            self.setAccessibleDescription(
                f"From {short(rates[0])} to {short(rates[-1])} over "
                f"{round(self._points[-1][0] + 0.5):,} epochs; highest {short(max(rates))}."
            )
        self.update()

    def table(self) -> PlotTable:
        return PlotTable("Learning-rate schedule", ("epochs done", "learning rate"), self._points)

    def sizeHint(self) -> QSize:
        return QSize(px(256), px(72))

    # ------------------------------------------------------------ painting

    @property
    def _last(self) -> float:
        return max(self._points[-1][0], 1e-9)

    def _at(self, epochs: float, rate: float) -> QPointF:
        highest = max(value for _, value in self._points) or 1.0
        left, right = float(px(10)), self.width() - float(px(10))
        top, bottom = float(px(22)), self.height() - float(px(18))
        return QPointF(
            left + epochs / self._last * (right - left), bottom - rate / highest * (bottom - top)
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            paint_box(
                painter, QRectF(self.rect()), px(6), fill=color("canvas"), line=color("border")
            )
            if not self._points:
                return
            ground = self._at(0, 0).y()
            painter.setPen(make_pen(color("control_border"), 1))
            painter.drawLine(QLineF(px(8), ground, self.width() - px(8), ground))
            painter.setPen(make_pen(color("accent"), 2))
            painter.drawPolyline(QPolygonF([self._at(*point) for point in self._points]))
            if self._pointer is not None:
                epochs, rate = self._near(self._pointer)
                place = self._at(epochs, rate)
                painter.setPen(make_pen(color("panel"), 1))
                painter.setBrush(color("accent"))
                painter.drawEllipse(place, px(3.5), px(3.5))
            self._paint_words(painter)

    def _paint_words(self, painter) -> None:
        caption = current_theme().font("caption")
        metrics = QFontMetricsF(caption)
        painter.setFont(caption)
        painter.setPen(color("muted"))
        rates = [rate for _, rate in self._points]
        left, right = px(10), self.width() - px(10)
        if self._pointer is None:
            above = f"highest {short(max(rates))}"
            end = "end near 0" if rates[-1] < 1e-6 * max(rates) else f"end {short(rates[-1])}"
        else:
            epochs, rate = self._near(self._pointer)
            above, end = short(rate), f"after {epochs:.3g} epochs"
        painter.drawText(QPointF(left, px(15)), above)
        painter.drawText(QPointF(right - metrics.horizontalAdvance(end), px(15)), end)
        last = f"epoch {round(self._last + 0.5):,}"
        foot = self.height() - px(5)
        painter.drawText(QPointF(left, foot), "0")
        painter.drawText(QPointF(right - metrics.horizontalAdvance(last), foot), last)

    def _near(self, epochs: float) -> tuple[float, float]:
        return min(self._points, key=lambda point: abs(point[0] - epochs))

    # ------------------------------------------------------------ pointer, menu

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._points:
            left, right = px(10), self.width() - px(10)
            share = (event.position().x() - left) / max(1, right - left)
            self._pointer = min(1.0, max(0.0, share)) * self._last
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointer = None
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._menu is None:
            self._menu = PlotMenu(self, self.objectName())
            self._menu.add_saving()
        self._menu.popup(event.globalPos())
