"""The curve of an activation function and of its derivative, with the formula."""

import itertools
import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
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
LINE = 14
"""Height of a line of words."""
_NAMES = (("f'(x)", "caption", "muted", 2, -9), ("f(x)", "caption_strong", "accent", 1, 9))
"""Name, font, colour, column of the samples, and how far below the end it is wanted."""


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
        self._placed: tuple[object, tuple[QRectF, ...]] = (None, ())
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
        self.updateGeometry()
        self.update()

    def table(self) -> PlotTable:
        """x, f(x), f'(x) at steps of a fortieth."""
        label = self._entry.label if self._entry else "Activation"
        return PlotTable(label, ("x", "f(x)", "f'(x)"), self._samples)

    def sizeHint(self) -> QSize:
        return QSize(px(256), px(72) + px(LINE) * self._lines())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    # ------------------------------------------------------------ painting

    def _floor(self) -> float:
        """Where the curves end and the words begin."""
        return self.height() - float(px(LINE) * self._lines() + px(6))

    def _at(self, x: float, y: float, floor: float | None = None) -> QPointF:
        left, right = float(px(8)), self.width() - float(px(8))
        top = float(px(9))
        bottom = (self._floor() if floor is None else floor) - float(px(6))
        span = (self._high - self._low) or 1.0
        return QPointF(
            left + (x + REACH) / (2 * REACH) * (right - left),
            bottom - (y - self._low) / span * (bottom - top),
        )

    def _points(self, column: int) -> list[QPointF]:
        margin = 0.01 * (self._high - self._low)
        floor = self._floor()
        return [
            self._at(sample[0], sample[column], floor)
            for sample in self._samples
            if self._low - margin <= sample[column] <= self._high + margin
        ]

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
            painter.drawLine(QLineF(zero.x(), px(8), zero.x(), self._floor()))
            painter.setPen(make_pen(color("control_border"), 1.5, dashes=(4, 3)))
            painter.drawPolyline(QPolygonF(self._points(2)))
            painter.setPen(make_pen(color("accent"), 2))
            painter.drawPolyline(QPolygonF(self._points(1)))
            painter.setFont(theme.font("caption"))
            painter.setPen(color("muted"))
            self._paint_words(painter)

    def _words(self) -> list[str]:
        """What stands below the curves: the formula, or what is under the pointer."""
        if self._entry is None:
            return []
        formula = self._entry.formula
        if self._pointer is not None:
            x = self._pointer
            f, d = self._entry.value(x), self._entry.derivative(x)
            return [
                f"f({x:.1f}) = {value_text(f)}   f'({x:.1f}) = {value_text(d)}".replace("-", "−")
            ]
        return list(_wrapped(formula, *self._room()))

    def _room(self) -> tuple[QFontMetricsF, float]:
        """The font of the formula and the width that it may take."""
        metrics = QFontMetricsF(current_theme().font("caption"))
        return metrics, max(self.width(), px(120)) - px(28)

    def _lines(self) -> int:
        """How many lines are kept below for the formula."""
        if self._entry is None:
            return 1
        return len(_wrapped(self._entry.formula, *self._room()))

    def _paint_words(self, painter: QPainter) -> None:
        for number, line in enumerate(self._words()):
            painter.drawText(QPointF(px(14), self._floor() + px(11) + px(LINE) * number), line)
        theme = current_theme()
        for (text, role, token, _, _), box in zip(_NAMES, self.name_boxes(), strict=True):
            painter.setFont(theme.font(role))
            painter.setPen(color(token))
            painter.drawText(QPointF(box.left(), box.top() + px(9)), text)

    def name_boxes(self) -> tuple[QRectF, ...]:
        """Where the names of f' and f stand: near the right ends of their curves, and neither on
        a curve nor on the axis.
        """
        key = (self._entry, self.width(), self.height())
        if self._placed[0] != key:
            self._placed = key, self._place_names()
        return self._placed[1]

    def _place_names(self) -> tuple[QRectF, ...]:
        theme = current_theme()
        right, top, bottom = float(self.width() - px(6)), px(5), int(self._floor())
        segments = self._segments()
        taken: list[QRectF] = []
        for text, role, _, column, shift in _NAMES:
            width = QFontMetricsF(theme.font(role)).horizontalAdvance(text)
            last = min(self._high, max(self._low, self._samples[-1][column]))
            wanted = self._at(0, last).y() + px(shift)
            found = []
            for step in range(0, int(right - width - px(12)), px(6)):
                left = right - width - step
                beside = (segments[1] < left - 5) | (segments[0] > left + width + 5)
                lows, highs = segments[2:, ~beside]
                for y in range(top, bottom - px(11), 2):
                    box = QRectF(left, y, width, px(11))
                    if ((lows <= y + px(11) + 2) & (highs >= y - 2)).any():
                        continue
                    if any(box.adjusted(-3, -2, 3, 2).intersects(other) for other in taken):
                        continue
                    found.append((abs(box.center().y() - wanted) + step / 2, step, y, box))
            best = min(found, key=lambda one: one[:3])[3] if found else QRectF()
            taken.append(best)
        return tuple(taken)

    def _segments(self) -> NDArray[np.float64]:
        """(4, segments): left, right, top and bottom of each piece of the axes and the curves."""
        zero = self._at(0, 0)
        pieces = [
            (0.0, self.width(), zero.y(), zero.y()),
            (zero.x(), zero.x(), 0.0, self.height()),
        ]
        for column in (1, 2):
            pieces += [
                (one.x(), two.x(), min(one.y(), two.y()), max(one.y(), two.y()))
                for one, two in itertools.pairwise(self._points(column))
            ]
        return np.array(pieces, dtype=float).T

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
