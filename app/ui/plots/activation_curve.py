"""The curve of an activation function and of its derivative, with the formula."""

import math

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.activation_catalog import ACTIVATIONS, Activation, sample_curve
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.pens import make_pen
from app.ui.plots.axis import value_text
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

REACH = 3.75
"""Drawn from -3.75 to 3.75."""
HIGHEST = 3.2
"""Curves end at this value, and at its negative."""
_COUNT = 301


class ActivationCurve(Plot):
    """f in accent, f' dashed; values under the pointer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("activation")
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._entry: Activation | None = None
        self._samples: tuple[tuple[float, float, float], ...] = ()
        self._low, self._high = 0.0, 1.0
        self._pointer: float | None = None
        self._menu: PlotMenu | None = None
        self.setAccessibleName("Activation")

    def show_activation(self, name: str | None) -> None:
        """Show the activation called `name` in Keras; an unknown name, or None, shows nothing."""
        entry = ACTIVATIONS.get(name) if name is not None else None
        if entry is self._entry:
            return
        self._entry = entry
        if entry is None:
            self._samples = ()
            self.setAccessibleName("Activation")
        else:
            self._samples = sample_curve(entry.name, -REACH, REACH, _COUNT)
            values = [f for _, f, _ in self._samples] + [d for _, _, d in self._samples]
            self._low = max(-HIGHEST, min(0.0, *values))
            self._high = min(HIGHEST, max(values))
            bound = (
                "without bound"
                if math.isinf(entry.derivative_bound)
                else (f"at most {value_text(entry.derivative_bound)}")
            )
            self.setAccessibleName(f"{entry.label}: {entry.formula}")
            self.setAccessibleDescription(f"{entry.help} Derivative {bound}.")
        self.update()

    def table(self) -> PlotTable:
        """x, f(x), f'(x) at steps of a fortieth."""
        label = self._entry.label if self._entry else "Activation"
        return PlotTable(label, ("x", "f(x)", "f'(x)"), self._samples)

    def sizeHint(self) -> QSize:
        return QSize(px(256), px(72))

    # ------------------------------------------------------------ painting

    def _at(self, x: float, y: float) -> QPointF:
        left, right = float(px(8)), self.width() - float(px(8))
        top, bottom = float(px(15)), self.height() - float(px(12))
        span = (self._high - self._low) or 1.0
        return QPointF(
            left + (x + REACH) / (2 * REACH) * (right - left),
            bottom - (y - self._low) / span * (bottom - top),
        )

    def _line(self, column: int) -> QPolygonF:
        margin = 0.01 * (self._high - self._low)
        points = [
            self._at(sample[0], sample[column])
            for sample in self._samples
            if self._low - margin <= sample[column] <= self._high + margin
        ]
        return QPolygonF(points)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        with box_painter(self) as painter:
            paint_box(
                painter, QRectF(self.rect()), px(6), fill=color("canvas"), line=color("border")
            )
            if self._entry is None:
                return
            axis = color("control_border")
            axis.setAlphaF(0.6)
            painter.setPen(make_pen(axis, 1))
            zero = self._at(0, 0)
            painter.drawLine(QLineF(px(8), zero.y(), self.width() - px(8), zero.y()))
            painter.drawLine(QLineF(zero.x(), px(8), zero.x(), self.height() - px(6)))
            painter.setPen(make_pen(color("control_border"), 1.5, dashes=(4, 3)))
            painter.drawPolyline(self._line(2))
            painter.setPen(make_pen(color("accent"), 2))
            painter.drawPolyline(self._line(1))
            painter.setFont(theme.font("caption"))
            painter.setPen(color("muted"))
            self._paint_words(painter)

    def _paint_words(self, painter: QPainter) -> None:
        assert self._entry is not None
        theme = current_theme()
        caption = QFontMetricsF(theme.font("caption"))
        room = self.width() / 2 - px(20)
        formula = self._entry.formula
        if self._pointer is not None:
            x = self._pointer
            f, d = self._entry.value(x), self._entry.derivative(x)
            formula = f"f({x:.1f}) = {value_text(f)}".replace("-", "−")
            slope = f"f'({x:.1f}) = {value_text(d)}".replace("-", "−")
            painter.drawText(QPointF(px(14), px(37)), slope)
        lines = _wrapped(formula, caption, room)[: 3 if self._pointer is None else 1]
        ground = color("canvas")
        ground.setAlphaF(0.85)
        for index, line in enumerate(lines):
            place = QPointF(px(14), px(22) + px(14) * index)
            box = caption.boundingRect(line).translated(place)
            painter.fillRect(box.adjusted(-2, -1, 2, 1), ground)
            painter.drawText(place, line)
        self._paint_names(painter)

    def _paint_names(self, painter: QPainter) -> None:
        """The names of the two curves, near their right ends and on neither of them."""
        theme = current_theme()
        right = float(self.width() - px(6))
        taken: list[QRectF] = []
        for text, role, token, column, shift in (
            ("f'(x)", "caption", "muted", 2, 0.0),
            ("f(x)", "caption_strong", "accent", 1, float(px(66))),
        ):
            metrics = QFontMetricsF(theme.font(role))
            width = metrics.horizontalAdvance(text)
            left = right - shift - width if shift else right - width
            end = self._at(0, min(self._high, max(self._low, self._samples[-1][column]))).y()
            wanted = end + px(9) if shift else end - px(5)
            places = sorted(range(px(13), self.height() - px(5)), key=lambda y: abs(y - wanted))
            heights = self._heights(left - 2, left + width + 2)
            boxes = [QRectF(left, y - px(9), width, px(11)) for y in places]
            free = [
                box
                for box in boxes
                if not any(box.top() - 2 <= y <= box.bottom() + 2 for y in heights)
                and not any(box.adjusted(-2, -2, 2, 2).intersects(other) for other in taken)
            ]
            box = free[0] if free else boxes[0]
            taken.append(box)
            painter.setFont(theme.font(role))
            painter.setPen(color(token))
            painter.drawText(QPointF(box.left(), box.top() + px(9)), text)

    def _heights(self, left: float, right: float) -> list[float]:
        """Where the two curves run between two places of the widget."""
        inside = [s for s in self._samples if left <= self._at(s[0], 0).x() <= right]
        return [self._at(s[0], s[column]).y() for s in inside for column in (1, 2)]

    # ------------------------------------------------------------ pointer, menu

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        left, right = px(8), self.width() - px(8)
        share = (event.position().x() - left) / max(1, right - left)
        self._pointer = min(REACH, max(-REACH, (2 * share - 1) * REACH))
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


def _wrapped(text: str, metrics: QFontMetricsF, room: float) -> list[str]:
    """`text` broken at spaces into lines no wider than `room`."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
