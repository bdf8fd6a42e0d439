"""The plots of the learning curves in one view, with a pointer that reads values."""

from collections.abc import Callable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.ui.controls.painting import color, paint_box, px
from app.ui.plots.axis import epoch_ticks
from app.ui.plots.curve_plot import CurvePlot
from app.ui.theme import current_theme

_LEFT, _RIGHT, _ABOVE, _BETWEEN, _BELOW = 48, 80, 20, 28, 36


class _Layer(QGraphicsItem):
    """Lets a function paint on the whole scene, below or above the curves."""

    def __init__(self, paint: Callable[[QPainter], None], z: float) -> None:
        super().__init__()
        self._paint = paint
        self._rect = QRectF()
        self.setZValue(z)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def set_rect(self, rect: QRectF) -> None:
        self.prepareGeometryChange()
        self._rect = rect

    def boundingRect(self) -> QRectF:
        return self._rect

    def shape(self):
        from PySide6.QtGui import QPainterPath

        return QPainterPath()  # the pointer passes through to the view box

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint(painter)


class CurvesView(pg.GraphicsView):
    """One or two `CurvePlot`s over the same epochs.

    Left drag moves, the wheel zooms, a double click shows all again. Left and right keys move the
    pointer.

    Signals:
        pointed(epoch): the pointer stands at this epoch; 0 when it left.
        moved(): the user chose another range.
        reset_requested(): all is to be shown again.
    """

    pointed = Signal(int)
    moved = Signal()
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # a cached ground is pixels in an SVG
        self.plots = (CurvePlot(), CurvePlot(cut_start=True))
        self.shown = 0
        self.message = ""
        self.readout: tuple[str, ...] = ()
        self._pointer: int | None = None
        self._ground = _Layer(self._paint_ground, -10)
        self._marks = _Layer(self._paint_marks, 10)
        self.scene().addItem(self._ground)
        self.scene().addItem(self._marks)
        for plot in self.plots:
            self.scene().addItem(plot.box)
            plot.box.sigRangeChangedManually.connect(self._moved_by_hand)
            plot.box.sigXRangeChanged.connect(self._range_changed)
        self.plots[1].box.setXLink(self.plots[0].box)
        self._wear()

    # ------------------------------------------------------------ layout

    def show_plots(self, count: int) -> None:
        """Show the first `count` of the plots; none shows `message`."""
        self.shown = count
        for index, plot in enumerate(self.plots):
            plot.box.setVisible(index < count)
        self._lay_out()

    def _lay_out(self) -> None:
        area = QRectF(self.viewport().rect())
        for layer in (self._ground, self._marks):
            layer.set_rect(area)
        count = max(1, self.shown)
        left, right = self._left(), px(_RIGHT)
        free = area.height() - px(_ABOVE) - px(_BELOW) - (count - 1) * px(_BETWEEN)
        height = max(10.0, free / count)
        top = float(px(_ABOVE))
        for plot in self.plots[:count]:
            width = max(10.0, area.width() - left - right)
            plot.place(QRectF(left, round(top), width, round(height)))
            top += height + px(_BETWEEN)
        self._redraw()

    def _left(self) -> int:
        """Room for the widest label of the vertical axes."""
        metrics = QFontMetricsF(current_theme().font("caption"))
        widest = max(
            (metrics.horizontalAdvance(t) for p in self.plots[: self.shown] for _, t in p.ticks()),
            default=0.0,
        )
        return max(px(_LEFT), round(widest) + px(16))

    def refresh(self) -> None:
        """Ranges or curves are others now."""
        if self.shown and abs(self._left() - self.plots[0].rect.left()) > 0.5:
            self._lay_out()
        else:
            self._redraw()

    def _redraw(self) -> None:
        for plot in self.plots[: self.shown]:
            plot.draw_curves()
        self._ground.update()
        self._marks.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_ground"):
            self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._wear()

    def _wear(self) -> None:
        if hasattr(self, "_ground"):
            self.setBackground(color("panel"))
            self._lay_out()

    # ------------------------------------------------------------ painting

    def _paint_ground(self, painter: QPainter) -> None:
        if not self.shown:
            painter.setFont(current_theme().font("body"))
            painter.setPen(color("muted"))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(QRectF(self.viewport().rect()), flags, self.message)
            return
        for plot in self.plots[: self.shown]:
            plot.paint_ground(painter)
        self._paint_epochs(painter)

    def _paint_epochs(self, painter: QPainter) -> None:
        plot = self.plots[self.shown - 1]
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(color("muted"))
        low, high = plot.box.viewRange()[0]
        baseline = plot.rect.bottom() + px(14) + metrics.capHeight() / 2
        for value, text in epoch_ticks(low, high, max(2, int(plot.rect.width() / px(60)))):
            width = metrics.horizontalAdvance(text)
            x = plot.at(value, 0).x() - width / 2
            if x + width <= plot.rect.right() + px(4):  # the word "epoch" follows there
                painter.drawText(QPointF(x, baseline), text)
        painter.drawText(QPointF(plot.rect.right() + px(8), baseline), "epoch")

    def _paint_marks(self, painter: QPainter) -> None:
        for plot in self.plots[: self.shown]:
            plot.paint_marks(painter)
        if self._pointer is not None and self.readout and self.shown:
            self._paint_readout(painter)

    def _paint_readout(self, painter: QPainter) -> None:
        assert self._pointer is not None
        plot = self.plots[0]
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        width = max(metrics.horizontalAdvance(line) for line in self.readout) + px(16)
        height = px(16) * len(self.readout) + px(8)
        x = plot.at(self._pointer, 0).x() + px(8)
        if x + width > plot.rect.right():
            x -= width + px(16)
        box = QRectF(max(0.0, x), plot.rect.top() + px(4), width, height)
        paint_box(painter, box, px(6), fill=color("card"), line=color("control_border"))
        painter.setFont(font)
        painter.setPen(color("text"))
        for index, line in enumerate(self.readout):
            y = box.top() + px(4) + px(16) * index
            rect = QRectF(box.left() + px(8), y, width, px(16))
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, line)

    # ------------------------------------------------------------ pointer

    def pointer(self) -> int | None:
        return self._pointer

    def set_pointer(self, epoch: int | None, readout: Sequence[str]) -> None:
        """Show the values of one epoch, or none."""
        self._pointer = epoch
        self.readout = tuple(readout)
        self._marks.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._point_at(event.position().toPoint())

    def _point_at(self, place: QPoint) -> None:
        inside = any(p.rect.contains(QPointF(place)) for p in self.plots[: self.shown])
        epoch = round(self.plots[0].epoch_at(place.x())) if inside else 0
        self.pointed.emit(max(0, epoch))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(0)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        high = self.plots[0].box.viewRange()[0][1]
        if Qt.Key(event.key()) in steps and self.shown:
            start = self._pointer if self._pointer is not None else round(high) + 1
            self.pointed.emit(max(1, start + steps[Qt.Key(event.key())]))
        elif event.key() == Qt.Key.Key_Home:
            self.reset_requested.emit()
        elif event.key() == Qt.Key.Key_Escape and self._pointer is not None:
            self.pointed.emit(0)
        else:
            event.ignore()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self.pointed.emit(0)

    # ------------------------------------------------------------ ranges

    def _moved_by_hand(self) -> None:
        self.moved.emit()
        self.refresh()

    def _range_changed(self) -> None:
        self._redraw()
