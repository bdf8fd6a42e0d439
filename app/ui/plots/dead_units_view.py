"""Units that never fire: one small cell for each unit of each layer, and their share over the
epochs.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QVBoxLayout, QWidget

from app.ui.controls import Label
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

CELL, GAP = 10, 2
_SPARK_WIDTH = 88
_HEAD, _FOOT, _LEAST = 22, 14, 34

Units = NDArray[np.bool_]


def paint_unit(painter: QPainter, rect: QRectF, dead: bool, share: float = 1.0) -> None:
    """One unit: dead ones hatched in the error colour, others the stronger the more often they
    fire.
    """
    if dead:
        painter.fillRect(rect, color("error_ground"))
        painter.setPen(make_pen(color("error"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.drawLine(
            QLineF(rect.left() + 1, rect.bottom() - 1, rect.right() - 1, rect.top() + 1)
        )
        return
    ink = color("good")
    ink.setAlphaF(0.25 + 0.75 * min(1.0, max(0.0, share)))
    painter.fillRect(rect, ink)


class _Rows(QAbstractScrollArea):
    """The layers under each other.

    Signals:
        pointed(layer, unit): the pointer or the keys stand on this unit; -1, -1 for none.
    """

    pointed = Signal(int, int)

    def __init__(self, parent: QWidget, sparks: bool, cell: int) -> None:
        super().__init__(parent)
        self._sparks, self._cell = sparks, cell
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setMouseTracking(True)
        self.census: tuple[tuple[str, Units], ...] = ()
        self.shares: Mapping[str, np.ndarray] = {}
        self.history: dict[str, list[tuple[int, float]]] = {}
        self.cursor_unit: tuple[int, int] | None = None

    # ------------------------------------------------------------ places

    def _columns(self) -> int:
        room = self.viewport().width() - px(24) - px(16)
        if self._sparks:
            room -= px(_SPARK_WIDTH) + px(16)
        return max(1, room // px(self._cell + GAP))

    def _block_heights(self) -> list[int]:
        columns = self._columns()
        rows = [-(-len(units) // columns) for _, units in self.census]
        least = px(_LEAST) if self._sparks else 0
        return [px(_HEAD) + max(least, r * px(self._cell + GAP)) + px(_FOOT) for r in rows]

    def _top(self, layer: int) -> int:
        return sum(self._block_heights()[:layer]) - self.verticalScrollBar().value()

    def unit_rect(self, layer: int, unit: int) -> QRect:
        """Where a unit's cell lies in the viewport."""
        return self._cells(self._top(layer), [unit])[0]

    def _cells(self, top: int, units: Sequence[int]) -> list[QRect]:
        """Where cells of a layer lie whose block begins at `top`."""
        columns, pitch, side = self._columns(), px(self._cell + GAP), px(self._cell)
        left, first = px(24), top + px(_HEAD)
        return [
            QRect(left + unit % columns * pitch, first + unit // columns * pitch, side, side)
            for unit in units
        ]

    def unit_at(self, place: QPoint) -> tuple[int, int]:
        """(layer, unit) at a place of the viewport; (-1, -1) for none."""
        pitch, columns = px(self._cell + GAP), self._columns()
        for layer, (_, units) in enumerate(self.census):
            top = self._top(layer) + px(_HEAD)
            row, column = (place.y() - top) // pitch, (place.x() - px(24)) // pitch
            unit = row * columns + column
            if row >= 0 and 0 <= column < columns and unit < len(units):
                if self.unit_rect(layer, unit).contains(place):
                    return layer, unit
        return -1, -1

    def arrange(self) -> None:
        total = sum(self._block_heights()) + px(8)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, total - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(px(24))
        self.viewport().update()

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        heights = self._block_heights()
        top = -self.verticalScrollBar().value()
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            for layer, height in enumerate(heights):
                if top + height > 0 and top < self.viewport().height():
                    self._paint_layer(painter, layer, top)
                top += height

    def _paint_layer(self, painter: QPainter, layer: int, top: int) -> None:
        theme = current_theme()
        name, units = self.census[layer]
        dead = int(units.sum())
        width = self.viewport().width()
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        painter.drawText(QPointF(px(24), top + px(15)), name)
        text = f"{dead}/{len(units)} dead"
        font = theme.font("caption_strong" if dead else "caption")
        painter.setFont(font)
        painter.setPen(color("warning" if dead else "muted"))
        right = width - px(16) - QFontMetricsF(font).horizontalAdvance(text)
        painter.drawText(QPointF(right, top + px(15)), text)
        shares = self.shares.get(name)
        cells = self._cells(top, range(len(units)))
        for unit, is_dead in enumerate(units.tolist()):
            rect = QRectF(cells[unit])
            share = 1.0 if shares is None else float(shares[unit])
            paint_unit(painter, rect, is_dead, share)
            if self.hasFocus() and self.cursor_unit == (layer, unit):
                painter.setPen(make_pen(color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(rect.adjusted(-1, -1, 1, 1))
        if self._sparks:
            left = width - px(16) - px(_SPARK_WIDTH)
            place = QRectF(left, top + px(_HEAD), px(_SPARK_WIDTH), px(28))
            self._paint_spark(painter, place, name)

    def _paint_spark(self, painter: QPainter, rect: QRectF, name: str) -> None:
        """The share of dead units over the epochs, from 0 to 100%."""
        painter.setPen(make_pen(color("grid"), 1))
        painter.drawLine(QLineF(rect.left(), rect.top(), rect.right(), rect.top()))
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(rect.left(), rect.bottom(), rect.right(), rect.bottom()))
        points = self.history.get(name, [])
        if not points:
            return
        first, last = points[0][0], points[-1][0]
        span = max(1, last - first)
        line = [
            QPointF(
                rect.left() + (epoch - first) / span * (rect.width() - px(3)),
                rect.bottom() - share * rect.height(),
            )
            for epoch, share in points
        ]
        painter.setPen(make_pen(color("muted"), 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(line))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("warning" if points[-1][1] > 0 else "muted"))
        painter.drawEllipse(line[-1], px(2.5), px(2.5))

    # ------------------------------------------------------------ events

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.arrange()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self.unit_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._columns()
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
        }
        if Qt.Key(event.key()) not in steps or not self.census:
            event.ignore()
            return
        layer, unit = self.cursor_unit or (0, -1 if steps[Qt.Key(event.key())] == 1 else 0)
        unit += steps[Qt.Key(event.key())]
        if unit < 0 and layer > 0:
            layer -= 1
            unit = len(self.census[layer][1]) - 1
        elif unit >= len(self.census[layer][1]) and layer + 1 < len(self.census):
            layer, unit = layer + 1, 0
        unit = min(max(unit, 0), len(self.census[layer][1]) - 1)
        self.cursor_unit = (layer, unit)
        rect, bar = self.unit_rect(layer, unit), self.verticalScrollBar()
        if rect.top() < px(_HEAD):
            bar.setValue(bar.value() + rect.top() - px(_HEAD))
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() - self.viewport().height() + px(8))
        self.viewport().update()
        self.pointed.emit(layer, unit)

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()


class DeadUnitsView(Plot):
    """Shows a census of units after each epoch and remembers the shares of the run.

    Args:
        name: begins the object names.
        sparks: whether the shares of the run are drawn beside the units.
        cell: px of a unit's side.
    """

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        name: str = "dead_units",
        sparks: bool = True,
        cell: int = CELL,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Dead units")
        self._epoch = 0
        self._note = ""
        self._sparks = sparks
        self.rows = _Rows(self, sparks, cell)
        self.rows.setObjectName(f"{name}.rows")
        self.rows.setAccessibleName("Dead units of each layer")
        self.rows.pointed.connect(self._pointed)
        self.caption = Label("", "caption", "muted")
        self.caption.setObjectName(f"{name}.caption")
        self.caption.setFixedHeight(px(24))
        self.caption.setMinimumWidth(1)
        self.caption.setContentsMargins(px(24), 0, px(16), 0)
        self._menu = PlotMenu(self, name)
        self._menu.add_saving()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(3))
        column.setSpacing(0)
        column.addWidget(self.rows, 1)
        column.addWidget(self.caption)

    def show_census(
        self,
        epoch: int,
        dead_units: Sequence[tuple[str, Units]],
        active_shares: Mapping[str, np.ndarray] | None = None,
        note: str = "",
    ) -> None:
        """Show the units after `epoch`; an epoch before the last one shown begins a new history.

        Args:
            dead_units: layer id and (units,) bool, True where the unit is dead; in the order of the
                network.
            active_shares: by layer (units,) the share of samples for which a unit is active, where
                it is known.
            note: what has happened to the network since, as "before the best weights came back".
        """
        self._note = note
        if epoch < self._epoch:
            self.rows.history = {}
        self._epoch = epoch
        for name, units in dead_units:
            points = self.rows.history.setdefault(name, [])
            share = float(units.mean()) if units.size else 0.0
            if points and points[-1][0] == epoch:
                points[-1] = (epoch, share)
            else:
                points.append((epoch, share))
        self.rows.census = tuple(dead_units)
        self.rows.shares = dict(active_shares or {})
        self.rows.cursor_unit = None
        self.rows.arrange()
        self._describe()

    def clear(self) -> None:
        """Forget the run."""
        self._epoch, self._note = 0, ""
        self.rows.census, self.rows.shares, self.rows.history = (), {}, {}
        self.rows.arrange()
        self._describe()

    def table(self) -> PlotTable:
        """Dead and all units of each layer at each epoch; of the units alone, without the shares
        of the run, each unit.
        """
        if not self._sparks:
            return self._table_of_units()
        sizes = {name: len(units) for name, units in self.rows.census}
        rows = tuple(
            (name, epoch, round(share * sizes[name]), sizes[name])
            for name, points in self.rows.history.items()
            if name in sizes
            for epoch, share in points
        )
        return PlotTable("Dead units", ("layer", "epoch", "dead", "units"), rows)

    def _table_of_units(self) -> PlotTable:
        rows = []
        for name, units in self.rows.census:
            shares = self.rows.shares.get(name)
            for number, dead in enumerate(units.tolist()):
                share = None if shares is None else float(shares[number])
                rows.append((name, number + 1, "dead" if dead else "alive", share))
        headers = ("layer", "unit", "state", "share of samples it is active on")
        return PlotTable(f"Units at epoch {self._epoch}", headers, tuple(rows))

    def _describe(self) -> None:
        when = f"Epoch {self._epoch:,}" if self._epoch else "Before the first epoch"
        text = f"{when}. Hatched: never active on any sample."
        if self._note:
            text = f"As of epoch {self._epoch:,}, {self._note}."
        self.caption.setText(text if self.rows.census else "")
        spoken = ", ".join(
            f"{name} {int(units.sum())} of {len(units)} dead" for name, units in self.rows.census
        )
        moment = f"Epoch {self._epoch}{', ' if self._note else ''}{self._note}"
        self.rows.setAccessibleDescription(f"{moment}: {spoken}" if spoken else "")

    def _pointed(self, layer: int, unit: int) -> None:
        if layer < 0:
            self._describe()
            return
        name, units = self.rows.census[layer]
        words = "never active" if units[unit] else "active"
        shares = self.rows.shares.get(name)
        if shares is not None and not units[unit]:
            words = f"active on {float(shares[unit]):.0%} of the samples"
        self.caption.setText(f"{name}, unit {unit + 1}: {words}")
        self.rows.setAccessibleDescription(self.caption.text())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
